"""A reward that no test has left is none, in the gates and in trajectories."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Ran, Refused
from shellwright.trajectories.grade import Grade, grade
from shellwright.verify.case import Case
from shellwright.verify.trial import Bench, Graded


class FakeBox:
    """A box in which a full reward lies, and test scripts end with a given exit code."""

    user = "agent"

    def __init__(self, exit_code: int) -> None:
        self._ran = Ran(exit_code, b"cannot fork", 0.1, timed_out=False, truncated=False)

    def run(self, *_: Any, **__: Any) -> Ran:
        return self._ran

    def read(self, path: str, most_bytes: int) -> bytes:
        return b"1"

    def distrust(self) -> str:
        return ""

    def put(self, tar: bytes) -> None: ...

    def put_files(self, files: Any, below: str) -> None: ...

    def kill_all(self) -> None: ...


def both(code: int) -> tuple[Graded, Grade]:
    """The grades of the gates and of a trajectory."""
    box: Any = FakeBox(code)
    boxes: Any = None
    bench = Bench(boxes, "image", Case.of_row(tasks.row()), 20.0)
    bench.box = box
    return bench.grade(real=True), grade(box, [], 20.0)


@pytest.mark.parametrize("code", [125, 137, 139])
def test_tests_that_did_not_run_to_their_end_have_left_no_reward(code: int) -> None:
    graded, rewarded = both(code)
    assert graded.reward == 0
    assert graded.problem
    assert rewarded.reward == (None if code == 125 else 0)
    assert f"(exit code {code}): cannot fork" in rewarded.problem


@pytest.mark.parametrize("code", [0, 1, 127])
def test_any_other_exit_code_says_nothing(code: int) -> None:
    graded, rewarded = both(code)
    assert graded.reward == 1
    assert rewarded.reward == 1


def test_tests_of_which_something_stays_give_no_grade() -> None:
    class Stubborn(FakeBox):
        def run(self, *_: Any, **given: Any) -> Ran:
            assert given["alone"]
            raise Refused("processes that cannot be killed: 7")

    box: Any = Stubborn(0)
    assert grade(box, [], 20.0) == Grade(
        None, None, None, "the tests could not be ended: processes that cannot be killed: 7"
    )
