"""The verify stage: reuse, verdict rows, folders of rejected tasks, and running those again."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright import tables
from shellwright.config import load
from shellwright.images.build import Workshop, build_domain
from shellwright.sandbox.box import Box, BoxLost, SandboxError
from shellwright.store import ItemStore
from shellwright.verify import rerun, stage
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

pytestmark = pytest.mark.engine

CONFIG = load({})
SETTINGS = replace(Settings.of_config(CONFIG["verify"]), oracle_runs=1, dropped_steps=False)
BROKEN = tasks.variant("broken", commands=["false"])


@pytest.fixture(scope="module")
def images(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Any:
    workshop = Workshop(CONFIG["images"]["base"], tmp_path_factory.mktemp("images"))
    record = build_domain(engine, "file-operations", workshop)
    row = {"id": tasks.KEY, "domain": "file-operations", "image": record["image"]}
    return [{**row, "reference": record["reference"], "status": "ok", "reason": None}]


@pytest.fixture
def verify(engine: docker.DockerClient, images: Any, tmp_path: Path) -> Iterator[Any]:
    """A function that verifies rows as the one shard of a build in tmp_path."""
    with ItemStore(tmp_path / "items", "verify", "0", 0) as store:

        def run(rows: Any, **changes: Any) -> Any:
            arguments = {"settings": SETTINGS, "images": images, "code": "c", **changes}
            return verify_shard(
                rows,
                client=engine,
                store=store,
                workers=1,
                label="verify",
                run_id="test-verify-stage",
                failures=tmp_path / "the failures",
                section=CONFIG["images"],
                **arguments,
            )

        yield run


def test_only_what_changed_is_verified_again(verify: Any) -> None:
    rows = [tasks.row(), tasks.row(BROKEN)]
    first = verify(rows)
    assert (first.made, first.reused, first.failed) == (2, 0, 1)
    assert dict(first.reasons) == {"oracle-exit": 1}
    again = verify(rows)
    assert (again.made, again.reused, again.failed) == (0, 2, 1)
    assert again.rows == first.rows
    assert verify([tasks.row(tags=["new"]), rows[1]]).made == 1
    assert verify([rows[1]], settings=replace(SETTINGS, wall_seconds=30.0)).made == 1
    assert verify([rows[1]], code="other").made == 1


def test_verdicts_are_legal_rows_and_the_same_every_time(verify: Any, tmp_path: Path) -> None:
    rows = [tasks.row(), tasks.row(BROKEN)]
    first = verify(rows).rows
    tables.write_table(tmp_path / "v.parquet", "verdict", first)
    assert [row["id"] for row in tables.read_table(tmp_path / "v.parquet", "verdict")] == [
        "broken",
        "sort-names",
    ]
    second = verify(rows, code="other").rows
    assert [steady(row) for row in first] == [steady(row) for row in second]


def steady(row: dict[str, Any]) -> dict[str, Any]:
    """A verdict without its times."""
    times = re.compile(r'"[a-z_]*seconds":[0-9.e-]+')
    gates = [{**g, "evidence_json": times.sub("", g["evidence_json"])} for g in row["gates"]]
    return {**row, "seconds": 0, "gates": gates}


def test_tasks_that_cannot_be_tried_keep_their_reason(verify: Any, images: Any) -> None:
    failed = {**tasks.row(status="failed", reason="content unsuitable: no table"), "files": []}
    other = tasks.row(tasks.variant("other"), environment_key="f" * 64)
    verdicts = verify([failed, other]).rows
    assert [verdict["tier"] for verdict in verdicts] == ["rejected"] * 2
    assert verdicts[0]["reason"] == "content unsuitable: no table"
    assert verdicts[1]["reason"].startswith("no-image")
    assert {gate["outcome"] for gate in verdicts[0]["gates"]} == {"skip"}
    lost = [{**images[0], "status": "failed", "reason": "build-failed: apt"}]
    assert verify([tasks.row()], images=lost).rows[0]["reason"].endswith("build-failed: apt")


def test_a_rejected_task_can_be_opened_mended_and_run_again(verify: Any, tmp_path: Path) -> None:
    verify([tasks.row(BROKEN)])
    folder = tmp_path / "the failures" / "broken"
    readme = (folder / "README.md").read_text()
    assert "oracle-exit" in readme
    command = next(line for line in readme.split("\n") if line.startswith("    "))
    ran = subprocess.run(command, shell=True, cwd="/", capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    assert "oracle         fail  oracle-exit: exit code 1" in ran.stdout
    good = next(f for f in tasks.row()["files"] if f["path"] == "solution/solve.sh")
    (folder / "bundle/solution/solve.sh").write_bytes(good["content"])
    assert rerun.main([str(folder)]) == 0
    verify([tasks.row(replace(tasks.GOOD, id="broken"))])
    assert not folder.exists()


def test_rerun_says_what_folder_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rerun.main([str(tmp_path)]) == 2
    assert "expected the folder of a failed task" in capsys.readouterr().err


def test_a_hostile_bundle_leaves_no_file_outside_its_folder(verify: Any, tmp_path: Path) -> None:
    verdict = verify([tasks.row(files={"../../outside": "x"})]).rows[0]
    assert verdict["reason"].startswith("path-escapes")
    assert not list(tmp_path.rglob("outside"))
    assert (tmp_path / "the failures/sort-names/bundle.txt").exists()


def test_a_lost_box_is_replaced_once(verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = Box.run_python, [1]

    def lose(self: Box, *arguments: Any, **options: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise BoxLost("a box ended")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Box, "run_python", lose)
    assert verify([tasks.row()]).rows[0]["tier"] == "rl"
    left[0] = 2
    verdict = verify([tasks.row()], code="other").rows[0]
    assert verdict["reason"] == "box-lost: in 2 boxes: a box ended"


def test_a_box_that_is_lost_with_its_engine_says_nothing_of_the_task(
    verify: Any, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: Any, **__: Any) -> Any:
        raise BoxLost("a box ended")

    def refuse() -> bool:
        raise docker.errors.DockerException("connection refused")

    monkeypatch.setattr(Box, "run_python", lose)
    monkeypatch.setattr(engine, "ping", refuse)
    with pytest.raises(SandboxError, match="went away"):
        verify([tasks.row()])
    monkeypatch.undo()
    assert verify([tasks.row()]).made == 1


def test_a_compared_task_has_the_same_verdict_with_a_container_for_every_trial(
    verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = Box.start
    monkeypatch.setattr(Box, "start", lambda *a, **k: (started.append(a[1]), start(*a, **k))[1])
    settings = replace(SETTINGS, oracle_runs=2)
    plain = verify([tasks.row()], settings=settings).rows[0]
    assert len(started) == 2
    compared = verify([tasks.row()], settings=replace(settings, compared=1.0)).rows[0]
    # Two and two host names, then one each for the start, two oracles and the attack.
    assert len(started) == 2 + 2 + 4
    (evidence,) = [g["evidence_json"] for g in compared["gates"] if g["gate"] == "isolation"]
    assert json.loads(evidence)["compared"] == {"differences": []}
    assert compared["tier"] == plain["tier"] == "rl"
    assert compared["mutants"] == plain["mutants"]


def test_a_task_whose_verdict_depends_on_the_box_is_not_for_reinforcement_learning(
    verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if a reset left the answers behind: with boxes of their own, one mutant more survives.
    run = stage.run_gates

    def leaking(case: Any, bench: Any, settings: Any) -> Any:
        report = run(case, bench, settings)
        if not bench._boxes._reuse:
            report.mutants[0] = replace(report.mutants[0], killed=False)
        return report

    monkeypatch.setattr(stage, "run_gates", leaking)
    row = verify([tasks.row()], settings=replace(SETTINGS, compared=1.0)).rows[0]
    assert row["tier"] == "sft"
    assert row["reason"].startswith("depends-on-box: mutant ")


def test_about_the_wanted_share_is_compared() -> None:
    chosen = sum(stage.share_of(f"task-{number}") < 0.1 for number in range(2000))
    assert 150 < chosen < 250


def test_a_broken_engine_is_no_verdict(verify: Any, images: Any) -> None:
    gone = [{**images[0], "image": "sha256:" + "0" * 64}]
    with pytest.raises(SandboxError):
        verify([tasks.row()], images=gone)
