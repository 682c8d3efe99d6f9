"""Which runs the oracle gate makes, and what it says when one of them fails."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Ran
from shellwright.verify.case import Case
from shellwright.verify.oracle import left_out, oracle_gate
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import PLACES, Graded, Place

HERE, THERE = PLACES
NOW = replace(THERE, hours_ahead=0)
NAMED = Place(THERE.hostname)
CASE = Case.of_row(tasks.row())
FINE = Ran(0, b"", 1.0, timed_out=False, truncated=False)
BROKEN = replace(FINE, exit_code=1, output=b"no such day")
ENDLESS = replace(FINE, exit_code=137, timed_out=True)


class FakeBench:
    """A bench whose oracle does as it is told, by the place and the number of the run."""

    def __init__(
        self,
        outcome: Callable[[Place, int], Ran],
        *,
        clock: bool = True,
        tests_end: bool = True,
        slow: int = 0,
    ) -> None:
        self._outcome, self._clock, self._tests_end = outcome, clock, tests_end
        self._slow = slow  # so many grades come too late
        self.places: list[Place] = []
        self.hours_ahead = 0

    def fresh(self, place: Place) -> None:
        self.hours_ahead = place.hours_ahead if self._clock else 0
        self._place = replace(place, hours_ahead=self.hours_ahead)

    def solve(self, *, trace: bool = False) -> Ran:
        if not trace:
            self.places.append(self._place)
        return self._outcome(self._place, len(self.places))

    def grade(self, *, real: bool) -> Graded:
        if self._slow:
            self._slow -= 1
            return Graded(0.5, 2, 3, "", 0, out_of_time=True)
        endless = self.hours_ahead != 0 and not self._tests_end
        return Graded(0.0 if endless else 1.0, 3, 3, "", 0, timed_out=endless)


def gate(bench: FakeBench, report: Report | None = None, runs: int = 2) -> Gate:
    made: Any = bench
    return oracle_gate(CASE, made, Settings(oracle_runs=runs), report or Report())


def test_the_second_run_is_elsewhere_and_at_another_time() -> None:
    bench, report = FakeBench(lambda place, run: FINE), Report()
    outcome = gate(bench, report, runs=3)
    assert outcome.outcome == "pass"
    assert bench.places == [HERE, THERE, HERE]
    assert report.oracle_rewards == [1.0] * 3
    told = [(run["hostname"], run["clock_hours_ahead"]) for run in outcome.evidence["runs"]]
    assert told == [("task", 0), ("elsewhere", THERE.hours_ahead), ("task", 0)]


@pytest.mark.parametrize(
    ("fails", "reason", "further"),
    [
        (lambda place, run: place.hours_ahead, "depends-on-clock", [THERE, THERE, NOW, NOW, NOW]),
        (
            lambda place, run: not place.named,
            "depends-on-user",
            [THERE, THERE, NOW, NAMED, NAMED, NAMED],
        ),
        (
            lambda place, run: place.hostname == THERE.hostname,
            "depends-on-host",
            [THERE, THERE, NOW, NAMED, HERE, HERE, HERE],
        ),
        (lambda place, run: run > 1, "flaky", [THERE, THERE, NOW, NAMED, HERE]),
        (lambda place, run: run == 2, "flaky", [THERE]),
        (lambda place, run: run in (2, 3), "flaky", [THERE, THERE]),
        (lambda place, run: run > 1 and run != 5, "flaky", [THERE, THERE, NOW, NOW]),
        (lambda place, run: run in (2, 3, 4, 7), "flaky", [THERE, THERE, NOW, NOW, NOW]),
    ],
    ids=["clock", "user", "host", "neither", "once", "twice", "lucky once", "lucky twice"],
)
def test_what_makes_the_second_run_fail_is_told_by_further_ones(
    fails: Any, reason: str, further: list[Place]
) -> None:
    bench, report = FakeBench(lambda place, run: BROKEN if fails(place, run) else FINE), Report()
    outcome = gate(bench, report)
    assert outcome.outcome == "fail"
    assert outcome.reason == f"{reason}: in run 2: oracle-exit: exit code 1: no such day"
    assert bench.places == [HERE, THERE, *further]
    assert len(outcome.evidence["runs"]) == 2 + len(further)
    assert len(report.oracle_rewards) == 2


def test_an_oracle_that_takes_longer_than_the_agent_has_fails() -> None:
    def slow(place: Place, run: int) -> Ran:
        return replace(FINE, seconds=901.0)

    outcome = gate(FakeBench(slow))
    assert outcome.reason.startswith("over-time-limit: the oracle takes 901.0 s")
    assert gate(FakeBench(lambda place, run: slow(place, run) if run == 1 else FINE)).reason == ""
    shares = gate(FakeBench(lambda place, run: FINE)).evidence["share_of_time_limit"]
    assert shares == {"agent": round(1 / 900, 4), "verifier": 0.0}


def test_a_program_that_took_too_long_is_given_a_second_chance() -> None:
    bench, report = FakeBench(lambda place, run: FINE, slow=1), Report()
    outcome = gate(bench, report)
    assert outcome.outcome == "pass"
    assert bench.places == [HERE, THERE]
    assert report.oracle_rewards == [1.0, 1.0]
    assert [run.get("graded") for run in outcome.evidence["runs"]] == [None, "again", None]


def test_a_program_that_never_ends_is_given_one_only_in_each_run() -> None:
    outcome = gate(FakeBench(lambda place, run: FINE, slow=6))
    assert outcome.reason.startswith("oracle-fails: reward 0.5")
    assert len(outcome.evidence["runs"]) == 6


def test_a_first_run_that_always_fails_depends_on_nothing() -> None:
    bench, report = FakeBench(lambda place, run: BROKEN), Report()
    assert gate(bench, report).reason == "oracle-exit: exit code 1: no such day"
    assert bench.places == [HERE] * 3
    assert len(report.oracle_rewards) == 1


@pytest.mark.parametrize("failures", [1, 2])
def test_a_first_run_that_succeeds_when_it_is_made_again_is_flaky(failures: int) -> None:
    bench = FakeBench(lambda place, run: BROKEN if run <= failures else FINE)
    outcome = gate(bench)
    assert outcome.reason == "flaky: in run 1: oracle-exit: exit code 1: no such day"
    assert bench.places == [HERE] * (failures + 1)


class UndecidedError(Exception):
    """A run that the script of a bench says nothing of."""


def by_chance(failing: float) -> dict[str, float]:
    """How often an oracle that fails by chance has each reason, by all that may happen."""
    found: dict[str, float] = defaultdict(float)
    scripts: list[tuple[bool, ...]] = [()]
    while scripts:
        script = scripts.pop()

        def scripted(place: Place, run: int, script: tuple[bool, ...] = script) -> Ran:
            if run > len(script):
                raise UndecidedError
            return BROKEN if script[run - 1] else FINE

        try:
            reason = gate(FakeBench(scripted)).reason.partition(":")[0] or "passes"
        except UndecidedError:
            scripts += [(*script, True), (*script, False)]
        else:
            found[reason] += prod(failing if failed else 1 - failing for failed in script)
    return found


@pytest.mark.parametrize(
    ("failing", "passes", "flaky", "always", "depends"),  # the table of docs/verify.md
    [
        (1 / 2, 0.25, 0.61, 0.125, 0.014),
        (1 / 4, 0.56, 0.42, 0.016, 0.006),
        (1 / 10, 0.81, 0.19, 0.001, 0.001),
    ],
)
def test_an_oracle_that_fails_by_chance_is_mostly_called_flaky(
    failing: float, passes: float, flaky: float, always: float, depends: float
) -> None:
    found = by_chance(failing)
    assert sum(found.values()) == pytest.approx(1)
    assert found["passes"] == pytest.approx((1 - failing) ** 2) == pytest.approx(passes, abs=0.005)
    assert found["flaky"] == pytest.approx(flaky, abs=0.005)
    assert found["oracle-exit"] == pytest.approx(always, abs=0.0005)
    told = sum(share for reason, share in found.items() if reason.startswith("depends-on-"))
    assert told == pytest.approx(depends, abs=0.0005)


def test_a_third_run_that_fails_where_the_first_did_not_is_flaky() -> None:
    bench = FakeBench(lambda place, run: BROKEN if run == 3 else FINE)
    assert gate(bench, runs=3).reason.startswith("flaky")
    assert bench.places == [HERE, THERE, HERE, HERE]


def test_a_run_that_never_ends_under_another_clock_is_made_again() -> None:
    bench, report = FakeBench(lambda place, run: ENDLESS if place.hours_ahead else FINE), Report()
    outcome = gate(bench, report)
    assert outcome.outcome == "pass"
    assert bench.places == [HERE, THERE, NOW]
    assert report.oracle_rewards == [1.0, 1.0]
    assert [run.get("oracle_timed_out") for run in outcome.evidence["runs"]] == [None, True, None]


def test_tests_that_never_end_under_another_clock_are_run_again() -> None:
    bench = FakeBench(lambda place, run: FINE, tests_end=False)
    assert gate(bench).outcome == "pass"
    assert bench.places == [HERE, THERE, NOW]


def test_an_image_that_has_no_other_clock_is_tried_at_the_true_time() -> None:
    bench = FakeBench(lambda place, run: FINE, clock=False)
    outcome = gate(bench)
    assert outcome.outcome == "pass"
    assert bench.places == [HERE, NOW]
    first, second = outcome.evidence["runs"]
    assert second["clock_hours_ahead"] == 0
    assert "clock" not in first
    assert second["clock"].startswith("the image")


def test_without_another_clock_user_and_host_name_can_make_a_difference() -> None:
    def fails(place: Place, run: int) -> Ran:
        return BROKEN if place.hostname == THERE.hostname else FINE

    bench = FakeBench(fails, clock=False)
    assert gate(bench).reason.startswith("depends-on-host")
    assert bench.places == [HERE, NOW, NOW, NOW, NAMED, HERE, HERE, HERE]


@pytest.mark.parametrize(
    ("tail", "reward", "told"),
    [
        ("Ran 1 test in 0.1s\n\nOK\n", 1.0, ""),
        ("Ran 1 test in 0.1s\n\nOK (skipped=1)\n", 1.0, "tests-not-run: the tests print that 0 of"),
        ("Ran 1 test in 0.1s\n\nOK (skipped=1)\n", 0.0, ""),
        ("ok\n", 1.0, ""),
    ],
)
def test_tests_that_unittest_says_it_left_out_are_told(tail: str, reward: float, told: str) -> None:
    outputs = (
        "import unittest\n\n\nclass Outputs(unittest.TestCase):\n    def test_n(self):\n"
        "        with open('/app/n') as file:\n            self.assertEqual(file.read(), '4\\n')\n"
    )
    case = Case.of_row(tasks.foreign("left", outputs, deliverables=["/app/n"]))

    class Account:
        def account(self) -> tuple[Graded, bytes]:
            return Graded(reward, None, None, "", 0, tail=tail), b""

    bench: Any = Account()
    evidence: dict[str, Any] = {}
    found = left_out(case, bench, Report(), evidence)
    assert found.startswith(told) and bool(found) == bool(told)
    assert evidence == {"tests_defined": 1, "runs_of_pytest_seen": 0}
