"""Folders of tasks that failed a gate, opened, mended and run again."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks
from tests.support.images import own_removed

from shellwright.config import load
from shellwright.images import own
from shellwright.images.environment import Environment
from shellwright.images.present import workshop
from shellwright.images.stage import image_rows
from shellwright.sandbox.box import Box, BoxLost
from shellwright.store import ItemStore
from shellwright.verify import gates, rerun
from shellwright.verify.failures import keep_failures
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

pytestmark = pytest.mark.engine

CONFIG = load({})
SETTINGS = replace(
    Settings.of_config(CONFIG["verify"]), oracle_runs=1, dropped_steps=False, compared=0.0
)
MARKED = ["test -e /opt/marker", *tasks.GOOD.commands]
MARKS = "RUN touch /opt/marker\nADD fixture.tar /\n"
BROKEN = tasks.variant("broken", commands=["false"])

Verify = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def work(
    engine: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Makes the folder of a test that of a build; images that are built there do not stay."""
    monkeypatch.setattr(own, "own_authorities", lambda environment: None)
    monkeypatch.chdir(tmp_path)
    with own_removed(engine, tmp_path):
        yield


@pytest.fixture
def verify(engine: docker.DockerClient, images: Any, tmp_path: Path) -> Verify:
    """A function that verifies rows, and leaves their folders in `the failures`."""
    domains = images

    def run(
        rows: Any,
        settings: Settings = SETTINGS,
        images: Any = domains,
        judged: Callable[[Any], Any] = lambda verdict: verdict,
    ) -> list[dict[str, Any]]:
        with ItemStore(tmp_path / "items", "verify", "0", 0) as store:
            options: dict[str, Any] = {"code": "c", "workers": 1, "label": "verify"}
            outcome = verify_shard(
                rows, images, settings, engine, store, run_id="test-verify-rerun", **options
            )
        verdicts = [judged(row) for row in outcome.rows]
        failures = tmp_path / "the failures"
        section = CONFIG["images"]
        keep_failures(failures, rows, images, settings, verdicts, section, belongs=lambda id: True)
        return verdicts

    return run


def test_a_rejected_task_can_be_opened_mended_and_run_again(verify: Verify, tmp_path: Path) -> None:
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


def test_a_task_whose_own_dockerfile_fails_can_be_mended_and_run_again(
    engine: docker.DockerClient, verify: Verify, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "FROM shellwright/common\nRUN echo the reason; exit 7\n"
    row = tasks.row(tasks.variant("own", commands=MARKED), files={"environment/Dockerfile": text})
    shop, environment = workshop(CONFIG["images"]), Environment.of_files(row["files"])
    record = own.own_record(engine, environment.key(shop), environment, shop)
    row["environment_key"] = record["key"]
    (verdict,) = verify([row], images=image_rows([record["key"]], [record]))
    assert verdict["reason"].startswith("no-image: ")
    folder = tmp_path / "the failures" / "own"
    assert rerun.main([str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "build-failed: " in printed and "code: 7" in printed
    assert "the reason" in Path(printed.split("the log of its build is ")[1].split()[0]).read_text()
    (folder / "bundle/environment/Dockerfile").write_text("FROM shellwright/common\n" + MARKS)
    assert rerun.main([str(folder)]) == 0, capsys.readouterr()


def test_the_dockerfile_is_the_one_that_lies_there(
    verify: Verify, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (verdict,) = verify([tasks.row(tasks.variant("marked", commands=MARKED))])
    assert verdict["reason"].startswith("oracle-exit")
    folder = tmp_path / "the failures" / "marked"
    dockerfile = folder / "bundle/environment/Dockerfile"
    dockerfile.write_text("FROM shellwright/file-operations\n" + MARKS)
    assert rerun.main([str(folder)]) == 0, capsys.readouterr()
    dockerfile.write_text("FROM debian:12\n")
    assert rerun.main([str(folder)]) == 1
    assert "base-refused: debian:12 is not among shellwright/*" in capsys.readouterr().out


def test_rerun_says_what_folder_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rerun.main([str(tmp_path)]) == 2
    assert "expected the folder of a failed task" in capsys.readouterr().err


def test_a_lost_box_fails_the_same_gate_as_in_the_build(
    verify: Verify,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def lose(*_: Any, **__: Any) -> Any:
        raise BoxLost("a box ended")

    monkeypatch.setattr(Box, "run_python", lose)
    (verdict,) = verify([tasks.row()])
    folder = tmp_path / "the failures" / "sort-names"
    assert rerun.main([str(folder)]) == 1
    printed = capsys.readouterr().out
    assert f"initial_state  fail  {verdict['reason']}" in printed
    assert "box-lost: in 2 boxes, the last in the initial_state gate: a box ended" in printed
    monkeypatch.undo()
    assert rerun.main([str(folder)]) == 0


def test_a_hostile_bundle_leaves_no_file_outside_its_folder(verify: Verify, tmp_path: Path) -> None:
    (verdict,) = verify([tasks.row(files={"../../outside": "x"})])
    assert verdict["reason"].startswith("path-escapes")
    assert not list(tmp_path.rglob("outside"))
    assert (tmp_path / "the failures/sort-names/bundle.txt").exists()


def test_what_the_build_compared_is_compared_again(
    verify: Verify,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = gates.run_gates

    def leaking(case: Any, bench: Any, settings: Any) -> Any:
        # As if a reset left the answers behind: with boxes of their own, one mutant more survives.
        report = run(case, bench, settings)
        if bench.plain:
            report.mutants[0] = replace(report.mutants[0], killed=False)
        return report

    monkeypatch.setattr(gates, "run_gates", leaking)
    (row,) = verify([tasks.row()], settings=replace(SETTINGS, compared=1.0))
    assert row["tier"] == "sft"
    assert row["reason"].startswith("depends-on-box: mutant ")
    folder = tmp_path / "the failures" / "sort-names"
    assert rerun.main([str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "isolation      fail  depends-on-box: mutant " in printed
    assert "tier: sft" in printed
    monkeypatch.undo()
    assert rerun.main([str(folder)]) == 0
    assert "for every trial: no difference" in capsys.readouterr().out


def test_a_models_judgement_is_not_repeated_and_nothing_is_called_accepted(
    verify: Verify, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "tests-not-asked: score 1 of 5"
    gate = {"gate": "rubric", "outcome": "fail", "reason": reason, "evidence_json": "{}"}
    verify(
        [tasks.row()],
        judged=lambda row: {**row, "tier": "sft", "reason": reason, "gates": [*row["gates"], gate]},
    )
    folder = tmp_path / "the failures" / "sort-names"
    assert reason in (folder / "README.md").read_text()
    assert rerun.main([str(folder)]) == 3
    printed = capsys.readouterr().out
    assert f"rubric         not repeated, a model judges; in the build: fail {reason}" in printed
    assert "tier" not in printed
