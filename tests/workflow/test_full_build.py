"""The whole build, end to end, on a few tasks: what comes out, and what a change makes stale."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.support.builds import CONFIG, Build, copy_project

from shellwright import tables

pytestmark = pytest.mark.engine

COUNT = 4
SMALL = {**CONFIG, "blueprints": {"count": COUNT, "length": {"max": 2}}}
DOWNSTREAM = {
    "collect_trajectories",
    "build_corpus",
    "write_train",
    "export_harbor",
    "report_census",
    "report_coverage",
    "report_summary",
    "all",
}


def stale(build: Build) -> set[str]:
    """Return the rules that have jobs to do."""
    text = build.good("--dry-run").text
    table = text.partition("Job stats:")[2].partition("total")[0]
    return set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, engine: Any) -> Build:
    build = Build(copy_project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("work"))
    build.configure(SMALL)
    build.good()
    return build


@pytest.fixture
def edited(built: Build, tmp_path: Path) -> Iterator[Build]:
    project = shutil.copytree(built.project, tmp_path / "project")
    yield Build(project, shutil.copytree(built.folder, tmp_path / "work"))


def test_the_corpus_holds_a_solved_trajectory_of_every_accepted_task(built: Build) -> None:
    corpus = pl.read_parquet(built.folder / "results" / "corpus.parquet")
    assert corpus.schema == tables.polars_schema("corpus")
    verdicts = pl.read_parquet(built.folder / "results" / "verified" / "*.parquet")
    accepted = verdicts.filter(pl.col("tier") != "rejected")["id"]
    assert len(verdicts) == COUNT
    assert set(corpus["task_id"]) == set(accepted)
    assert corpus["success"].all()
    assert corpus["contaminated"].any() is False


def test_every_stage_says_what_it_saw_and_kept(built: Build) -> None:
    results = built.folder / "results"
    funnel = {
        stage["stage"]: stage for stage in json.loads((results / "corpus/funnel.json").read_text())
    }
    assert funnel["blueprints"]["kept"] == funnel["tasks"]["kept"] == COUNT
    for stage in funnel.values():
        assert stage["seen"] == stage["kept"] + sum(lost["count"] for lost in stage["dropped"])
    assert "verified tasks" in (results / "report" / "summary.md").read_text()
    for path in ["train/messages/manifest.json", "tasks_export/harbor/manifest.json"]:
        assert (results / path).exists()


def test_nothing_is_done_twice(built: Build) -> None:
    assert stale(built) == set()


def test_another_seed_leaves_the_images_alone(edited: Build) -> None:
    edited.configure({**SMALL, "seed": 2})
    assert stale(edited) == DOWNSTREAM | {
        "sample_blueprints",
        "plan_coverage",
        "shard_blueprints",
        "write_tasks",
        "record_images",
        "verify_tasks",
    }


def test_edited_gates_remake_verdicts_and_what_follows(edited: Build) -> None:
    file = edited.project / "scripts" / "shellwright" / "verify" / "gates.py"
    file.write_text(file.read_text() + "\n# Edited.\n")
    assert stale(edited) == DOWNSTREAM | {"verify_tasks"}


def test_the_number_of_workers_decides_nothing(edited: Build) -> None:
    edited.configure({**SMALL, "verify": {"workers": 2}, "trajectories": {"workers": 2}})
    assert stale(edited) == set()


def test_a_build_killed_among_the_gates_goes_on_and_leaves_no_container(
    edited: Build, engine: Any
) -> None:
    edited.configure({**SMALL, "verify": {"oracle_runs": 3}})
    started = time.monotonic()
    build = subprocess.Popen(
        edited.command("--quiet", "all"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not boxes(engine, edited):
        assert build.poll() is None, "the gates began no container"
        assert time.monotonic() < started + 120
        time.sleep(0.1)
    build.kill()
    build.wait()
    wait_until_gone(engine, edited, "running")
    shutil.rmtree(edited.folder / ".snakemake" / "locks")
    result = edited.good()
    assert result.jobs["verify_tasks"] == 2
    assert result.jobs["write_tasks"] == 0
    # One that was made and not yet begun when its job was killed is removed by the next build.
    wait_until_gone(engine, edited)


def wait_until_gone(engine: Any, build: Build, status: str = "") -> None:
    """Wait for the engine, which takes a moment to remove a container that has ended."""
    deadline = time.monotonic() + 30
    while left := boxes(engine, build, status):
        assert time.monotonic() < deadline, f"containers left behind: {left}"
        time.sleep(0.2)


def boxes(engine: Any, build: Build, status: str = "") -> list[str]:
    """Return the containers of the jobs of ``build``: all of them, or those of one status."""
    filters = {"label": "shellwright.run", **({"status": status} if status else {})}
    return [
        container["Id"]
        for container in engine.api.containers(all=True, filters=filters)
        if container["Labels"]["shellwright.run"].startswith(f"{build.folder}:")
    ]
