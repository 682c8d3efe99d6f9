"""What the oracle gate makes of a reward for tests that broke, or were not there."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Ran
from shellwright.verify.case import Case
from shellwright.verify.crashing import UNREADABLE, crash_passes
from shellwright.verify.oracle import oracle_gate
from shellwright.verify.report import Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import LOGS, Bench, Graded

TEST = "def test_x():\n    assert open('/app/n').read() == '4\\n'\n"
PATH = "tests/test_outputs.py"
XML = '<?xml version="1.0"?><testsuites><testsuite>{}</testsuite></testsuites>'
NONE = XML.format("").encode()
SOME = XML.format('<testcase classname="test_outputs" name="test_x"/>').encode()


def graded(reward: float, printed: str = "") -> Graded:
    return Graded(reward, None, None, "", 0, tail=printed)


class FakeBench:
    """A solved box whose test.sh gives these rewards to broken tests, and pytest's account."""

    hours_ahead = 0

    def __init__(self, unreadable: float, empty: float, account: bytes = b"", said: str = ""):
        self._rewards = {UNREADABLE: unreadable, b"": empty}
        self._account, self._said = account, said
        self.given: list[dict[str, bytes]] = []

    def grade_with(self, contents: dict[str, bytes]) -> tuple[Graded, bytes]:
        if not contents:  # the true tests, in the end
            return graded(1.0), b""
        self.given.append(contents)
        (text,) = set(contents.values())
        return graded(self._rewards[text], self._said), self._account

    def fresh(self, place: Any) -> None: ...

    def solve(self) -> Ran:
        return Ran(0, b"", 1.0, timed_out=False, truncated=False)

    def grade(self, *, real: bool) -> Graded:
        return graded(1.0)

    def disagreement(self) -> str:
        return ""

    def snapshot(self, paths: Any) -> list[Any]:
        return []

    def account(self) -> tuple[Graded, bytes]:
        return graded(1.0), SOME


def tried(bench: FakeBench, row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    made: Any = bench
    evidence: dict[str, Any] = {}
    return crash_passes(Case.of_row(row), made, evidence), evidence


@pytest.mark.parametrize(
    ("bench", "reason", "runs"),
    [
        (FakeBench(0, 0, NONE), "", 2),
        (FakeBench(1, 0, SOME), "crash-passes: the reward is 1 when the tests are a syntax", 1),
        (FakeBench(0, 1, NONE), "crash-passes: the reward is 1 when pytest finds no test", 2),
        (FakeBench(0, 1, said="\nno tests ran in 0.01s\n"), "crash-passes: the reward is 1 w", 2),
        # Something else has run that is no file of the bundle's, or unittest, or a program.
        (FakeBench(0, 1, SOME), "", 2),
        (FakeBench(0, 1, said="Ran 0 tests in 0.000s\n\nOK\n"), "", 2),
        (FakeBench(0, 1), "", 2),
    ],
)
def test_a_reward_for_broken_tests_is_refused(bench: FakeBench, reason: str, runs: int) -> None:
    found, evidence = tried(bench, tasks.foreign("x", TEST))
    assert found.startswith(reason) and bool(found) == bool(reason)
    assert bench.given == [{PATH: UNREADABLE}, {PATH: b""}][:runs]
    assert list(evidence["tests_broken"]) == ["unreadable", "empty"][:runs]


def test_the_oracle_gate_tries_it_where_the_harness_is_not_this_projects() -> None:
    foreign: Any = FakeBench(1, 0)
    case = Case.of_row(tasks.foreign("x", TEST))
    outcome = oracle_gate(case, foreign, Settings(), Report())
    assert outcome.reason.startswith("crash-passes")
    assert outcome.evidence["tests_broken"]["unreadable"]["reward"] == 1
    own: Any = FakeBench(1, 0)
    assert oracle_gate(Case.of_row(tasks.row()), own, Settings(), Report()).outcome == "pass"
    assert own.given == []


def test_files_that_nothing_starts_may_be_data() -> None:
    grade = "#!/bin/bash\nbash /tests/check.sh && echo 1 > /logs/verifier/reward.txt\n"
    given = tasks.foreign("x", TEST)["files"]  # what is left of this project's harness needs pytest
    gone = {f["path"]: None for f in given if f["path"].startswith("tests/checks/")}
    data = tasks.foreign("x", TEST, grade=grade, files=gone)
    assert tried(FakeBench(1, 1), data) == ("", {})
    named = grade.replace("check.sh", "../tests/test_outputs.py")
    assert tried(FakeBench(1, 1), tasks.foreign("x", TEST, grade=named, files=gone))[0]
    none = tasks.foreign("x", "", files={"tests/test_outputs.py": None})
    assert tried(FakeBench(1, 1), none) == ("", {})


def test_the_true_tests_come_back_and_no_earlier_reward_is_read() -> None:
    calls: list[tuple[str, Any]] = []

    class FakeBox:
        user = "agent"

        def put(self, tar: bytes) -> None:
            calls.append(("put", tar))

        def kill_all(self, emptied: Any = ()) -> None:
            calls.append(("emptied", emptied))

        def distrust(self) -> str:
            return "nothing is run here"

        def remove(self, path: str) -> None: ...

        def record(self, path: str, most: int) -> None: ...

        def recorded(self) -> bytes:
            return b""

    case = Case.of_row(tasks.foreign("x", TEST))
    boxes: Any = None
    box: Any = FakeBox()
    bench = Bench(boxes, "image", case, 20.0)
    bench.box = box
    bench.grade_with({PATH: UNREADABLE})
    (_, true), (_, broken), emptied = calls
    assert true == case.tests_tar
    assert UNREADABLE in broken and b"def test_x" not in broken
    assert emptied == ("emptied", [LOGS])
    bench.upload_tests()
    assert calls[3:] == [("put", case.tests_tar)]
