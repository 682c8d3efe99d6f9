"""Verdicts held against the plain way: which ones, and what a difference comes to."""

from typing import Any

import pytest

from shellwright.verify.comparing import chosen, compared
from shellwright.verify.gates import GATES
from shellwright.verify.mutants import Mutant
from shellwright.verify.report import NEEDED, Gate, Report


def report(failing: str = "", **fields: Any) -> Report:
    """What run_gates gives when a gate fails, or none."""
    gates: list[Gate] = []
    for name in GATES:
        failed = next((gate for gate in gates if gate.outcome == "fail"), None)
        if failed and failed.gate in NEEDED:
            gates.append(Gate(name, "skip", f"{failed.gate} failed"))
        else:
            gates.append(Gate(name, "fail", "why: it") if name == failing else Gate(name, "pass"))
    return Report(gates=gates, **fields)


def tried(fast: Report, plain: Report, *, wanted: bool = True) -> Report:
    return compared(lambda is_plain: plain if is_plain else fast, wanted=wanted)


@pytest.mark.parametrize(
    ("tasks", "share", "in_first", "in_others"),
    [
        (40, 0.01, 1, 0),  # a quarter of a build of 160
        (300, 0.01, 3, 3),
        (301, 0.01, 4, 3),
        (40, 0.0, 0, 0),
        (9, 1.0, 9, 9),
        (0, 1.0, 0, 0),
    ],
)
def test_the_wanted_share_is_compared_and_one_at_least_of_a_build(
    tasks: int, share: float, in_first: int, in_others: int
) -> None:
    ids = [f"task-{number}" for number in range(tasks)]
    for first, few in ((True, in_first), (False, in_others)):
        found = chosen(ids, share, first=first)
        assert len(found) == few
        assert chosen(ids[::-1], share, first=first) == found, "their order does not matter"


def test_further_tasks_change_few_choices() -> None:
    ids = [f"task-{number}" for number in range(1000)]
    before, after = chosen(ids[:500], 0.02, first=False), chosen(ids, 0.02, first=False)
    assert len(before & after) >= 5


def test_what_is_not_chosen_is_not_compared() -> None:
    assert tried(report(), report("oracle"), wanted=False).differences is None


@pytest.mark.parametrize("failing", ["", *GATES])
def test_whatever_was_graded_is_compared_rejected_or_not(failing: str) -> None:
    found = tried(report(failing), report(failing))
    assert found.differences == (None if failing in ("lint", "initial_state") else [])
    assert found.reason == ("why: it" if failing else "")


@pytest.mark.parametrize(
    ("fast", "plain", "tier"),
    [
        ("oracle", "", "rejected"),
        ("noop", "", "rejected"),
        ("mutants", "", "sft"),
        ("", "mutants", "sft"),
        ("", "oracle", "rejected"),
        ("isolation", "", "sft"),
    ],
)
def test_a_difference_is_the_reason_and_the_lower_tier_counts(
    fast: str, plain: str, tier: str
) -> None:
    found = tried(report(fast), report(plain))
    assert found.tier == tier
    assert found.reason.startswith("depends-on-box: ")
    other = "fail why: it" if plain else "pass"
    told = f"{fast or plain}: {'fail' if fast else 'pass'}, in the plain way {other}"
    assert found.differences == [told]
    assert ("seen at first: why: it" in found.reason) == bool(fast)
    assert [gate.reason for gate in found.gates if gate.gate == fast] == ["why: it"] * bool(fast)


def test_mutants_and_rewards_count_too_and_the_reason_names_a_few() -> None:
    mutants = [Mutant(f"m{number}", "wrong", killed=True) for number in range(5)]
    found = tried(report(mutants=mutants), report(noop_reward=0.5))
    assert found.tier == "sft"
    assert found.differences is not None and len(found.differences) == 6
    assert found.reason.endswith("mutant m1; and 3 more")
    assert found.failed is not None and found.failed.gate == "isolation"
