"""The Harbor export: exact files, nothing stale, nothing half-written."""

import json
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tiny_build import failed_task, task, verdict, write_shards

from shellwright import tables
from shellwright.tasks.export import content_hash, export_harbor

BASE = "debian:bookworm"


@pytest.fixture
def contexts(tmp_path: Path) -> list[Path]:
    for name, parent in (("common", "base"), ("text", "common")):
        folder = tmp_path / "envs" / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(f"FROM shellwright/{parent}\n")
    return [tmp_path / "envs" / "common", tmp_path / "envs" / "text"]


def image(folder: Path) -> Path:
    path = folder / "images.parquet"
    row: dict[str, Any] = {
        "id": "env-text",
        "domain": "text",
        "reference": "shellwright/text:0",
        "image": "sha256:1",
        "status": "ok",
        "reason": None,
        "size_bytes": 1,
        "packages": [],
        "log_path": "x.log",
    }
    own = {"id": "env-own", "domain": "task", "reference": "shellwright/task:1"}
    tables.write_table(path, "image", [row, {**row, **own}])
    return path


def export(folder: Path, contexts: list[Path], rows: list[dict[str, Any]], **tiers: str) -> Any:
    verdicts = [verdict(row, tiers.get(row["id"], "rl")) for row in rows if row["status"] == "ok"]
    shards = write_shards(folder, rows, verdicts, [])
    return export_harbor(
        [shard.tasks for shard in shards],
        [shard.verdicts for shard in shards],
        [image(folder)],
        folder / "out",
        contexts=contexts,
        base=BASE,
        sources=["deb http://deb.example/debian bookworm main", "deb [trusted=yes] file:/x ./"],
        organisation=tiers.get("organisation", "shellwright"),
    )


def test_a_task_is_its_bundle_with_modes(tmp_path: Path, contexts: list[Path]) -> None:
    row = task("a", "Sort it.")
    report = export(
        tmp_path, contexts, [row, failed_task("b", "lint: no"), task("c", "Count.")], c="rejected"
    )
    folder = tmp_path / "out" / "a"
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert {
        path: (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) for path, file in found.items()
    } == {file["path"]: (file["mode"], file["content"]) for file in row["files"]}
    assert not (tmp_path / "out" / "b").exists() and not (tmp_path / "out" / "c").exists()
    assert (report.seen, report.accepted, report.written, report.removed) == (3, 1, 1, 0)


def test_the_describing_files_agree(tmp_path: Path, contexts: list[Path]) -> None:
    rows = [task("b", "Sort it."), task("a", "Count it.")]
    export(tmp_path, contexts, rows, b="sft")
    out = tmp_path / "out"
    manifest = json.loads((out / "manifest.json").read_text())
    dataset = tomllib.loads((out / "dataset.toml").read_text())
    registry = json.loads((out / "registry.json").read_text())
    assert [(entry["id"], entry["tier"]) for entry in manifest] == [("a", "rl"), ("b", "sft")]
    assert manifest[0]["content_hash"] == content_hash(rows[1]["files"])
    assert manifest[0]["reference"] == "shellwright/text:0"
    assert dataset["tasks"][0] == {
        "name": "shellwright/a",
        "digest": "sha256:" + manifest[0]["content_hash"],
    }
    assert dataset["dataset"]["version"] == registry[0]["version"]
    assert [each["path"] for each in registry[0]["tasks"]] == ["a", "b"]
    readme = (out / "README.md").read_text()
    assert "2 terminal tasks" in readme and "shellwright/text:0" in readme and "{" not in readme


def test_the_domains_come_along_and_can_be_built(tmp_path: Path, contexts: list[Path]) -> None:
    own = task("b", "Count it.", environment_key="env-own")
    export(tmp_path, contexts, [task("a", "Sort it."), own])
    script = tmp_path / "out" / "domains" / "build.sh"
    lines = script.read_text().splitlines()
    assert lines[-3:] == [
        "docker build --tag shellwright/common common",
        "docker build --tag shellwright/text text",
        "docker tag shellwright/text shellwright/text:0",
    ]
    assert f"base=${{1:-{BASE}}}" in lines
    (writes,) = [line for line in lines if line.startswith("RUN printf")]
    printed = subprocess.run(
        ["bash", "-c", writes.removeprefix("RUN ").partition(" > /etc/apt/sources.list")[0]],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == (
        "deb http://deb.example/debian bookworm main\ndeb [trusted=yes] file:/x ./\n"
    )
    assert (script.parent / "text" / "Dockerfile").is_file()
    subprocess.run(["bash", "-n", script], check=True)


def test_a_second_export_writes_what_changed_and_removes_what_is_stale(
    tmp_path: Path, contexts: list[Path]
) -> None:
    rows = [task("a", "Sort it."), task("b", "Count it."), task("c", "Cut it.")]
    export(tmp_path, contexts, rows)
    out = tmp_path / "out"
    kept = (out / "a" / "task.toml").stat().st_mtime_ns
    (out / "b" / "instruction.md").write_text("changed by hand")
    (out / "b" / "extra").write_text("left behind")
    (out / ".unfinished-x" / "tests").mkdir(parents=True)
    report = export(tmp_path, contexts, rows[:2])
    assert (report.written, report.removed) == (1, 1)
    assert (out / "a" / "task.toml").stat().st_mtime_ns == kept
    assert (out / "b" / "instruction.md").read_text() == "Count it.\n"
    assert not (out / "b" / "extra").exists()
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "a",
        "b",
        "dataset.toml",
        "domains",
        "manifest.json",
        "registry.json",
    ]


def test_another_organisation_names_the_tasks(tmp_path: Path, contexts: list[Path]) -> None:
    export(tmp_path, contexts, [task("a", "Sort it.")], organisation="acme")
    out = tmp_path / "out"
    assert tomllib.loads((out / "a" / "task.toml").read_text())["task"]["name"] == "acme/a"
    assert tomllib.loads((out / "dataset.toml").read_text())["tasks"][0]["name"] == "acme/a"


def test_no_task_gives_an_empty_data_set(tmp_path: Path, contexts: list[Path]) -> None:
    assert export(tmp_path, contexts, []).accepted == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == []
