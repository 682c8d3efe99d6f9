"""What the mutants gate says of the mutants, and of further grades of the solved task."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Ran
from shellwright.verify import gates, oracle
from shellwright.verify.case import Case
from shellwright.verify.forms import Tried
from shellwright.verify.mutants import Answer, Mutant
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Graded

CASE = Case.of_row(tasks.row())
KILLED, SURVIVED = Mutant("empty n", "empty", True), Mutant("cut n", "cut", False)
GOOD, BAD = Answer(False), Answer(True, "test_x", output="4 is not 5")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The gate, given what came of the mutants."""

    def run(tried: Tried, *regrades: Answer) -> Gate:
        monkeypatch.setattr(gates, "try_mutants", lambda case, bench, settings: tried)
        bench: Any = None
        return gates.mutants_gate(CASE, bench, Settings(), Report(regrades=list(regrades)))

    return run


def test_every_mutant_is_noticed_and_every_grade_is_the_same(gate: Any) -> None:
    outcome = gate(Tried([KILLED], ["one_value n"], ["log"], regrades=[GOOD] * 6), GOOD)
    assert (outcome.outcome, outcome.reason) == ("pass", "")
    assert outcome.evidence == {
        "tried": 1,
        "survivors": [],
        "tolerated": ["one_value n"],
        "form_only": ["log"],
        "graded_again": 7,
    }


@pytest.mark.parametrize(
    ("before", "after", "of"), [([BAD], [GOOD] * 6, "1 of 7"), ([], [GOOD, BAD, BAD], "2 of 3")]
)
def test_one_other_grade_is_enough(gate: Any, before: Any, after: Any, of: str) -> None:
    outcome = gate(Tried([KILLED], regrades=after), *before)
    assert outcome.reason == (
        f"not-repeatable: test_x failed in {of} further grades of the solved task: 4 is not 5"
    )
    assert outcome.evidence["graded_differently"][0]["by"] == "test_x"


@pytest.mark.parametrize(
    ("tried", "reason"),
    [
        (Tried(), "no-mutants: no output could be spoiled"),
        (Tried([KILLED, SURVIVED]), "mutant-survives: 1 of 2 accepted, e.g. cut n: have the tests"),
        (
            Tried([SURVIVED], form_only=["/app/n"], shape_only=True),
            "shape-only: the tests accept any other values in /app/n",
        ),
    ],
)
def test_the_reason_says_what_to_repair(gate: Any, tried: Tried, reason: str) -> None:
    assert gate(tried).reason.startswith(reason)


class FakeBench:
    """A bench whose tests give a grade, and an account of pytest or none."""

    def __init__(self, reward: float, written: bytes) -> None:
        self._reward, self._written = reward, written

    def account(self) -> tuple[Graded, bytes]:
        return Graded(self._reward, None, None, "", 0), self._written


ACCOUNT = (
    b'<?xml version="1.0"?><testsuites><testsuite>'
    b'<testcase classname="tests.test_outputs" name="test_x"/></testsuite></testsuites>'
)


@pytest.mark.parametrize(
    ("reward", "written", "counted"), [(1.0, ACCOUNT, [1.0]), (0.0, ACCOUNT, [0.0]), (0.0, b"", [])]
)
def test_the_grade_for_the_account_counts_where_pytest_gave_one(
    reward: float, written: bytes, counted: list[float]
) -> None:
    case = Case.of_row(tasks.foreign("f", "def test_x() -> None:\n    assert open('/app/n')\n"))
    report = Report()
    bench: Any = FakeBench(reward, written)
    assert oracle.left_out(case, bench, report, {}) == ""
    assert [each.reward for each in report.regrades] == counted


def test_the_seconds_of_runs_are_what_the_limits_are_held_against() -> None:
    ran = Ran(0, b"", 2.5, timed_out=False, truncated=False)
    kept = oracle.run_evidence(oracle.PLACES[0], 0, ran, Graded(1.0, 1, 1, "", 0, seconds=1.5))
    assert (kept["oracle_seconds"], kept["seconds"]) == (2.5, 1.5)
