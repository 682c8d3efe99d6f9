"""The whole build, end to end, on a few tasks: what comes out, and what a change makes stale."""

import contextlib
import json
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.support.builds import CONFIG, SKILLS, Build, copy_project

from shellwright import tables
from shellwright.preflight import unlock

pytestmark = pytest.mark.engine

NOTHING = "Nothing to be done"
COUNT = 4
# A step more, which fails.
BROKEN = """

from dataclasses import replace

from shellwright.recipe import do

_apply = {name}.apply


def _broken(self, world, draw):
    move = _apply(self, world, draw)
    failing = do("test -e /nowhere", "It should be there.", "Look for it.")
    return replace(move, steps=[*move.steps, failing])


{name}.apply = _broken
"""
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


def test_a_recipe_whose_oracle_fails_costs_its_own_tasks_only(edited: Build) -> None:
    tasks = pl.read_parquet(edited.folder / "results" / "tasks" / "*.parquet")
    uses = {
        folder: {id for id, used in tasks.select("id", "skills").iter_rows() if name in used}
        for folder in SKILLS
        for name in [f"bundled/{folder.rpartition('/')[2]}"]
    }
    folder, broken = next((f, ids) for f, ids in uses.items() if 0 < len(ids) < COUNT)
    recipe = edited.project / "resources" / "skills" / folder / "recipe.py"
    text = recipe.read_text()
    name = re.findall(r"^class (\w+)\(Recipe\)", text, re.MULTILINE)[0]
    recipe.write_text(text + BROKEN.format(name=name))
    said = edited.good().text
    verdicts = pl.read_parquet(edited.folder / "results" / "verified" / "*.parquet")
    reasons = {id: reason for id, reason in verdicts.select("id", "reason").iter_rows() if reason}
    assert reasons.keys() == broken
    assert all(reason.startswith("oracle-exit") for reason in reasons.values())
    corpus = pl.read_parquet(edited.folder / "results" / "corpus.parquet")
    assert set(corpus["task_id"]) == set(verdicts["id"]) - broken
    summary = (edited.folder / "results" / "report" / "summary.md").read_text()
    assert f"{folder.rpartition('/')[2]}: {len(broken)} of its {len(broken)} tasks" in summary
    assert f"skills/{folder}/recipe.py" in summary
    assert "oracle-exit" in said


def test_the_number_of_workers_decides_nothing(edited: Build) -> None:
    edited.configure({**SMALL, "verify": {"workers": 2}, "trajectories": {"workers": 2}})
    assert stale(edited) == set()


def test_a_build_killed_among_the_gates_goes_on_and_leaves_no_container(
    edited: Build, engine: Any
) -> None:
    edited.configure({**SMALL, "verify": {"oracle_runs": 3}})
    before = finished(edited)
    kill_when(edited, lambda: finished(edited) - before)
    kept = len(finished(edited) - before)
    wait_until_gone(engine, edited, "running")
    unlock(edited.folder)  # as `make corpus` does
    result = edited.good()
    assert result.jobs["verify_tasks"] == 2
    assert result.jobs["write_tasks"] == 0
    assert 0 < kept <= result.reused("verified")
    assert result.reused("verified") + result.made("verified") == COUNT
    # One that was made and not yet begun when its job was killed is removed by the next build.
    wait_until_gone(engine, edited)


def test_a_build_killed_at_the_start_of_any_job_goes_on(edited: Build, engine: Any) -> None:
    edited.configure({**SMALL, "seed": 3})
    for rule in ["sample_blueprints", "write_tasks", "verify_tasks", "collect_trajectories"]:
        kill_when(edited, lambda rule=rule: scripts(edited, rule))
        # Not a moment to finish in: a job ends with its build, however young it is.
        deadline = time.monotonic() + 10
        while scripts(edited):
            assert time.monotonic() < deadline, f"still running: {scripts(edited)}"
            time.sleep(0.1)
        assert not boxes(engine, edited, "running")
        unlock(edited.folder)
    edited.good()
    again = edited.good()
    assert NOTHING in again.text
    wait_until_gone(engine, edited)


def kill_when(build: Build, condition: Callable[[], Any]) -> None:
    """Start a build and kill Snakemake alone, with signal 9, as soon as a condition holds."""
    started = time.monotonic()
    with subprocess.Popen(
        build.command("--quiet", "all"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not condition():
            assert process.poll() is None, "the build ended before it was killed"
            assert time.monotonic() < started + 180
            time.sleep(0.02)
        process.kill()


def scripts(build: Build, rule: str = "") -> list[str]:
    """The commands of the running scripts of a build's jobs, or of those of one rule."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{build.folder}/.snakemake/scripts/" in command and f"{rule}.py" in command:
                found.append(command)
    return found


def finished(build: Build) -> set[tuple[str, str]]:
    """Id and key of every verdict in the store."""
    found: set[tuple[str, str]] = set()
    for path in (build.folder / "results" / ".items" / "verified").glob("*.sqlite"):
        with contextlib.suppress(sqlite3.Error), sqlite3.connect(path) as store:
            found.update(store.execute("select id, key from items"))
    return found


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
