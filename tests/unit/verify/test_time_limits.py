"""Time limits of task.toml: what is too long for them, and what is only recorded."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.time_limits import held, limits


def case(config: str) -> Case:
    return Case.of_row(tasks.row(files={"task.toml": config}))


def run(oracle: float, tests: float) -> dict[str, Any]:
    return {"oracle_seconds": oracle, "seconds": tests}


BOTH = "[agent]\ntimeout_sec = 10\n[verifier]\ntimeout_sec = 4.0\n"


def test_limits_are_those_that_harbor_applies() -> None:
    assert limits("") == {"verifier": 600.0}
    assert limits(BOTH) == {"agent": 10.0, "verifier": 4.0}


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([run(9.9, 3.9)], ""),
        ([run(12.0, 1.0), run(11.25, 1.0)], "the oracle takes 11.2 s, and agent.timeout_sec"),
        ([run(1.0, 5.0)], "the tests take 5.0 s, and verifier.timeout_sec"),
        # Slow once on a busy machine.
        ([run(12.0, 3.0), run(8.0, 3.0)], ""),
        # The second is a fork's.
        ([run(1.0, 5.0), run(1.0, 0.1)], "the tests take 5.0 s, and verifier.timeout_sec"),
    ],
)
def test_what_takes_longer_every_time_cannot_be_done(runs: Any, reason: str) -> None:
    told, shares = held(case(BOTH), runs)
    assert told.startswith(f"over-time-limit: {reason}" if reason else ""), told
    assert bool(told) == bool(reason)
    slowest = max(each["oracle_seconds"] for each in runs)
    assert shares["agent"] == pytest.approx(slowest / 10)


def test_tests_of_another_project_are_always_run_by_their_script() -> None:
    foreign = Case.of_row(tasks.foreign("f", "", files={"task.toml": BOTH}))
    assert held(foreign, [run(1.0, 5.0), run(1.0, 3.0)]) == ("", {"agent": 0.1, "verifier": 1.25})


def test_without_a_limit_or_a_good_run_nothing_is_held() -> None:
    assert held(case(""), [run(1e4, 60.0)]) == ("", {"verifier": 0.1})
    assert held(case(BOTH), []) == ("", {})
