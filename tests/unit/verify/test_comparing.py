"""Verdicts held against the plain way: which ones, and what a difference comes to."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from tests.support import verify_tasks as tasks

from shellwright.store import ItemStore, shard_names, shard_of
from shellwright.verify.comparing import chosen, compared
from shellwright.verify.gates import GATES
from shellwright.verify.mutants import Mutant
from shellwright.verify.report import NEEDED, Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard


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


IDS = [f"task-{number}" for number in range(4000)]


def test_about_the_share_is_compared_wherever_the_tasks_lie() -> None:
    some = {id for id in IDS if chosen(id, 0.05)}
    assert 150 < len(some) < 250
    shards = Counter(shard_of(id, 2) for id in some)
    assert len(shards) == 4 and min(shards.values()) > 25, "their hash is not that of the shards"


def test_a_greater_share_compares_the_same_tasks_and_more() -> None:
    before, after = ({id for id in IDS if chosen(id, share)} for share in (0.01, 0.02))
    assert before < after
    assert all(chosen(id, 1.0) for id in IDS)
    assert not any(chosen(id, 0.0) for id in IDS)


def test_sharding_anew_changes_no_choice(tmp_path: Path) -> None:
    rows = [tasks.row(tasks.variant(f"task-{number}")) for number in range(30)]
    settings, client = Settings(compared=0.3), Mock()

    def made(bits: int) -> int:
        """How many items are made with so many bits; there is no image, so that nothing is run."""
        number = 0
        for shard in shard_names(bits):
            with ItemStore(tmp_path, "verified", shard, bits) as store:
                number += verify_shard(
                    [row for row in rows if shard_of(row["id"], bits) == shard],
                    [],
                    settings,
                    client,
                    store,
                    code="c",
                    workers=1,
                    label="verified",
                    run_id="test-comparing",
                ).made
        return number

    assert [made(bits) for bits in (0, 3, 1)] == [30, 0, 0]
    settings = replace(settings, compared=0.0)
    assert made(1) == sum(chosen(row["id"], 0.3) for row in rows), "the key tells who is compared"


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
