"""Reasons of the gates that no task of the other tests comes to: each is told when it must be."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import BoxLost, Ran, Refused
from shellwright.verify.case import Case
from shellwright.verify.gates import isolation_gate, noop_gate, timed
from shellwright.verify.isolation import SURVIVOR, Seen
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Graded

CASE = Case.of_row(tasks.row())
RAN = Ran(0, b"{}", 0.1, timed_out=False, truncated=False)
NAMED_BY_KERNEL = SURVIVOR[:15]


class FakeBench:
    """A box in which the attack leaves processes, and a grade of so many checks is given."""

    def __init__(self, *, killed: tuple[str, ...] = (), left: tuple[str, ...] = (), total: int = 3):
        self.box = self
        self._names = [list(left), list(killed)]  # kill_all is asked twice, the last one first
        self._total = total

    def fresh(self) -> None: ...

    def apart(self) -> None: ...

    def grade(self, **_: Any) -> Graded:
        return Graded(0.0, 0, self._total, "", 0)

    def kill_all(self) -> list[str]:
        return self._names.pop() if self._names else []

    def run(self, argv: list[str], **_: Any) -> Ran:
        return Ran(1, b"", 0.1, timed_out=False, truncated=False) if "/bin/cat" in argv else RAN

    def write(self, path: str, content: bytes) -> None: ...


def isolated(bench: FakeBench) -> Gate:
    made: Any = bench
    return isolation_gate(CASE, made, Settings(), Report(tests_total=3))


@pytest.mark.parametrize(
    ("bench", "reason"),
    [
        (FakeBench(killed=(NAMED_BY_KERNEL,)), ""),
        (FakeBench(), "attack-failed: the process that was to survive never ran"),
        (FakeBench(killed=("bash", "")), "attack-failed: the process that was to survive never"),
        (FakeBench(killed=(NAMED_BY_KERNEL,), left=("sleep",)), "process-survives: sleep"),
        (FakeBench(killed=(NAMED_BY_KERNEL,), total=2), "fewer-tests: 2 checks ran, 3 before"),
    ],
)
def test_the_isolation_gate_tells_what_the_attack_left(bench: FakeBench, reason: str) -> None:
    outcome = isolated(bench)
    assert outcome.outcome == ("fail" if reason else "pass")
    assert outcome.reason.startswith(reason) and bool(outcome.reason) == bool(reason)


def test_a_survivor_is_known_by_the_beginning_of_its_name() -> None:
    assert Seen(RAN, ["python3", NAMED_BY_KERNEL]).survivor_ran
    assert not Seen(RAN, ["python3", "", SURVIVOR + "-2"]).survivor_ran
    assert Seen(RAN, []).evidence()["survivor_ran"] is False


def test_a_noop_without_tests_is_refused() -> None:
    none: Any = FakeBench(total=0)
    other = Case.of_row(tasks.foreign("x", ""))
    for case, remedy in ((CASE, "mark functions"), (other, "have tests/test.sh run functions")):
        outcome = noop_gate(case, none, Settings(), Report())
        assert outcome.outcome == "fail"
        assert outcome.reason.startswith(f"no-tests-ran: no check was collected: {remedy}")
    some: Any = FakeBench(total=3)
    assert noop_gate(CASE, some, Settings(), Report()).outcome == "pass"


def test_a_gate_that_a_bundle_breaks_has_failed_and_an_engine_that_breaks_is_no_verdict() -> None:
    def raises(error: Exception) -> Any:
        def gate() -> Gate:
            raise error

        return gate

    outcome = timed("mutants", raises(KeyError("x")))
    assert (outcome.gate, outcome.outcome) == ("mutants", "fail")
    assert outcome.reason == "gate-broken: KeyError: 'x'"
    assert "gate_seconds" in outcome.evidence
    assert timed("noop", raises(Refused("no room"))).reason == "refused: no room"
    with pytest.raises(BoxLost):
        timed("noop", raises(BoxLost("gone")))
