"""What a report of the gates comes to, and what a verdict depends on."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright import tables
from shellwright.config import load
from shellwright.verify.gates import GATES
from shellwright.verify.mutants import Mutant
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.stage import item_key, verdict_row

SETTINGS = Settings.of_config(load({})["verify"])
IMAGE = {"id": tasks.KEY, "image": "sha256:1", "reference": "d:1", "status": "ok", "reason": None}


def report(failing: str = "") -> Report:
    gates = [
        Gate(name, "fail", "why: detail") if name == failing else Gate(name, "pass")
        for name in GATES
    ]
    return Report(gates=gates, oracle_rewards=[1.0], noop_reward=0.0, tests_total=3)


@pytest.mark.parametrize(
    ("failing", "tier"),
    [
        ("", "rl"),
        ("lint", "rejected"),
        ("initial_state", "rejected"),
        ("noop", "rejected"),
        ("oracle", "rejected"),
        ("mutants", "sft"),
        ("isolation", "sft"),
    ],
)
def test_the_tier_follows_from_the_gate_that_failed(failing: str, tier: str) -> None:
    row = verdict_row(tasks.row(), IMAGE, report(failing), "")
    assert row["tier"] == tier
    assert row["reason"] == ("why: detail" if failing else None)


def test_the_kill_rate_is_a_share_or_unknown() -> None:
    made = report()
    assert made.kill_rate is None
    made.mutants = [Mutant(str(n), "empty", n > 0) for n in range(3)]
    assert made.kill_rate == pytest.approx(2 / 3, abs=1e-6)


def test_a_verdict_without_any_trial_is_a_legal_row(tmp_path: Path) -> None:
    rows = [verdict_row(tasks.row(), None, Report(), "no-image: there is none")]
    tables.write_table(tmp_path / "v.parquet", "verdict", rows)
    assert [gate["outcome"] for gate in rows[0]["gates"]] == ["skip"] * 6


def test_the_key_covers_what_a_verdict_depends_on() -> None:
    task = tasks.row()
    other: list[Any] = [
        (tasks.row(tags=["x"]), IMAGE, SETTINGS, "c"),
        (task, {**IMAGE, "image": "sha256:2"}, SETTINGS, "c"),
        (task, None, SETTINGS, "c"),
        (task, IMAGE, Settings.of_plain({**SETTINGS.plain(), "oracle_runs": 9}), "c"),
        (task, IMAGE, SETTINGS, "d"),
    ]
    keys = {item_key(*arguments) for arguments in [(task, IMAGE, SETTINGS, "c"), *other]}
    assert len(keys) == 6
    assert item_key(tasks.row(), dict(IMAGE), SETTINGS, "c") in keys


def test_settings_survive_the_way_through_a_file() -> None:
    assert Settings.of_plain(SETTINGS.plain()) == SETTINGS
