"""What the script that tries spoiled outputs says of tests, each in a fork of its own."""

import importlib.util
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shellwright.tasks.bundle import HARNESS
from shellwright.verify.spoiling import SCRIPT


def loaded(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


spoil = loaded("spoil", SCRIPT)


@pytest.fixture(autouse=True)
def harness(monkeypatch: pytest.MonkeyPatch) -> None:
    conftest = loaded("conftest_of_tasks", HARNESS / "conftest.py")
    monkeypatch.setitem(sys.modules, "conftest", conftest)


def command_prints() -> None:
    """Stand for the check of that name."""


def marked(test: Any, name: str, **values: object) -> Any:
    """A test as the harness marks it; pytest's own marks would have to be known here."""
    test.pytestmark = [SimpleNamespace(name=name, kwargs=values)]
    return test


def good() -> None:
    """A test that passes."""


def bad() -> None:
    raise AssertionError("/app/n: found b'5', expected b'4'")


def changed() -> None:
    raise AssertionError("changed")


def program() -> None:
    command_prints()


GOOD, BAD = marked(good, "check", weight=3), marked(bad, "check", weight=1)
GUARD, PROGRAM = marked(changed, "guard"), program


def ask(*tests: Any, seconds: int = 20) -> dict[str, Any]:
    told: dict[str, Any] = spoil.ask(tests, seconds)
    assert 0 <= told.pop("seconds") < 10
    return told


def test_tests_that_pass_earn_the_full_reward() -> None:
    assert ask(GOOD, PROGRAM) == {
        "noticed": False,
        "by": None,
        "exit_code": 0,
        "reward": 1.0,
        "passed": 2,
        "total": 2,
        "output": None,
    }


def test_the_reward_is_known_when_all_tests_have_run() -> None:
    told = ask(BAD, GOOD)
    assert (told["noticed"], told["by"], told["exit_code"]) == (True, "bad", 1)
    assert (told["reward"], told["passed"], told["total"]) == (0.75, 1, 2)
    assert told["output"] == "/app/n: found b'5', expected b'4'"


def test_programs_are_not_run_after_a_failure_and_the_reward_is_unknown_then() -> None:
    told = ask(BAD, GOOD, PROGRAM)
    assert (told["reward"], told["passed"], told["total"]) == (None, 1, 3)


def test_a_guard_that_fails_decides_alone() -> None:
    told = ask(GUARD, GOOD, PROGRAM)
    assert (told["by"], told["reward"]) == ("changed", 0.0)


def test_whoever_runs_when_the_time_is_over_has_failed() -> None:
    def test_endless() -> None:
        time.sleep(60)

    told = ask(GOOD, test_endless, PROGRAM, seconds=1)
    assert (told["by"], told["exit_code"]) == ("test_endless", 128 + signal.SIGALRM)
    assert told["output"] == "the tests: still running after 1 s"
    assert told["passed"] == 1 and told["reward"] is None


def test_a_fork_that_is_killed_or_quits_has_noticed() -> None:
    def test_killed() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def test_quits() -> None:
        sys.exit(0)

    assert ask(test_killed)["exit_code"] == 128 + signal.SIGKILL
    assert ask(test_quits)["by"] == "test_quits"


def test_without_tests_nothing_shows_that_they_hold() -> None:
    told = ask()
    assert (told["noticed"], told["reward"], told["by"]) == (True, 0.0, None)


def test_a_message_is_bounded_text() -> None:
    def test_long() -> None:
        raise AssertionError("ä\ud800" * 5000)

    said = ask(test_long)["output"]
    assert 100 < len(said) <= spoil.MESSAGE and said.startswith("ä?ä?")
