"""What a report of the gates comes to, and the folders of rejected tasks."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright import tables
from shellwright.config import load
from shellwright.errors import UserError
from shellwright.verify.failures import folder_name, read_failure, write_failure
from shellwright.verify.gates import GATES, Gate, Report
from shellwright.verify.mutants import Mutant
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


def test_a_failure_folder_reads_back_with_its_edits(tmp_path: Path) -> None:
    task = tasks.row()
    verdict = verdict_row(task, IMAGE, report("oracle"), "")
    write_failure(tmp_path, task, IMAGE, SETTINGS, verdict)
    folder = tmp_path / task["id"]
    (folder / "bundle/solution/solve.sh").write_text("#!/bin/bash\ntrue\n")
    found, image, settings = read_failure(folder)
    assert settings == SETTINGS
    assert image is not None and image["image"] == "sha256:1"
    assert found["authoring_json"] == task["authoring_json"]
    files = {file["path"]: file for file in found["files"]}
    assert files.keys() == {file["path"] for file in task["files"]}
    assert files["solution/solve.sh"]["content"] == b"#!/bin/bash\ntrue\n"
    assert files["tests/test.sh"]["mode"] == 0o755
    before = (folder / "evidence.json").stat().st_mtime_ns
    write_failure(tmp_path, task, IMAGE, SETTINGS, verdict)
    assert (folder / "evidence.json").stat().st_mtime_ns == before, "the same verdict is kept"


def test_a_folder_that_is_no_failure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected the folder of a failed task"):
        read_failure(tmp_path)
    (tmp_path / "evidence.json").write_text("[]")
    with pytest.raises(UserError):
        read_failure(tmp_path)


@pytest.mark.parametrize("hostile", ["../x", "a/b", "", ".", "..", "-x", "x" * 300, "a\0b"])
def test_no_task_id_leads_out_of_the_folder(hostile: str) -> None:
    name = folder_name(hostile)
    assert "/" not in name and name.startswith("task-") and len(name) < 100
    assert folder_name("sg-0015219205b8") == "sg-0015219205b8"
