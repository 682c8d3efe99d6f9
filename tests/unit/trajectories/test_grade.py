"""Which reward an episode gets of the files that its tests leave."""

from typing import Any, cast

import pytest

from shellwright.sandbox.box import Box, Ran, Refused
from shellwright.trajectories.grade import Grade, grade

LOGS = "/logs/verifier/"


class FakeBox:
    """A box whose tests leave these files below /logs/verifier."""

    user = "agent"

    def __init__(self, **files: str) -> None:
        self._files = {name.replace("_", "."): text for name, text in files.items()}

    def kill_all(self) -> None:
        pass

    def distrust(self) -> str:
        return ""

    def put_files(self, *_: object) -> None:
        pass

    def run(self, *_: object, **__: object) -> Ran:
        return Ran(0, b"", 0.1, timed_out=False, truncated=False)

    def read(self, path: str, most: int) -> bytes:
        try:
            return self._files[path.removeprefix(LOGS)].encode()[:most]
        except KeyError:
            raise Refused(path) from None


def graded(**files: str) -> Grade:
    return grade(cast(Box, FakeBox(**files)), [], 10)


@pytest.mark.parametrize(
    ("files", "reward"),
    [
        ({"reward_txt": "1\n"}, 1.0),
        ({"reward_json": '{"reward": 0.5}'}, 0.5),
        ({"reward_json": "0", "reward_txt": "1"}, 0.0),
    ],
)
def test_the_reward_is_that_of_the_gates(files: dict[str, Any], reward: float) -> None:
    assert graded(**files) == Grade(reward, None, None)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "the tests wrote no reward"),
        ({"reward_txt": "yes"}, "no reward from 0 to 1 but 'yes'"),
        ({"reward_json": '{"reward": 2}', "reward_txt": "1"}, "no reward from 0 to 1 but"),
    ],
)
def test_what_is_no_reward_is_said(files: dict[str, Any], problem: str) -> None:
    given = graded(**files)
    assert given.reward is None and problem in given.problem
