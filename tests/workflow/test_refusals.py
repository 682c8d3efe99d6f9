"""What is refused before any work, and how it reads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.builds import PROJECT, TASKS, Build

from shellwright import preflight
from shellwright.errors import UserError

BAD = [
    pytest.param({"sead": 1}, "sead: found an unknown key", id="unknown-key"),
    pytest.param({"seed": "one"}, 'seed: found "one"; expected a whole number', id="wrong-type"),
    pytest.param({"shards": {"bits": -1}}, "which asks for zero shards", id="zero-shards"),
]


@pytest.mark.parametrize(("config", "message"), BAD)
def test_a_bad_configuration_ends_the_run_with_one_sentence(
    config: Any, message: str, new_build: Callable[..., Build]
) -> None:
    build = new_build()
    build.configure(config)
    result = build.run(*TASKS)
    assert result.status == 1
    (line,) = [line for line in result.text.splitlines() if "expected" in line]
    assert message in line
    assert str(build.folder / "mine.yaml") in line
    assert "Traceback" not in result.text
    assert not (build.folder / "results").exists()


def test_numbers_in_a_block_can_be_given_on_the_command_line(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    assert build.run("--dry-run", TASKS[0], "--config", "blueprints={count: 3}").status == 0
    bad = build.run("--dry-run", TASKS[0], "--config", "blueprints={cuont: 3}")
    assert bad.status == 1
    assert "--config: blueprints.cuont: found an unknown key" in bad.text


def test_a_missing_engine_is_refused_before_the_first_job(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    nowhere = {"DOCKER_HOST": f"unix://{build.folder}/no.sock"}
    result = build.run("results/verified/0.parquet", **nowhere)
    assert result.status == 1
    assert "No container engine answers at DOCKER_HOST" in result.text
    assert "Traceback" not in result.text
    assert not result.jobs
    assert build.run("results/skills.parquet", **nowhere).status == 0


def test_a_full_disk_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10 << 20))
    with pytest.raises(UserError, match=r"results: 10 MB are free and \d+ MB are needed"):
        preflight.check({"collect_skills"}, tmp_path)


def test_a_build_that_was_killed_goes_on(new_build: Callable[..., Build]) -> None:
    build = new_build()
    first = subprocess.Popen(
        build.command(*TASKS), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert first.stdout is not None
    for line in first.stdout:
        if "Finished" in line:
            break
    first.kill()
    first.wait()
    assert "Directory cannot be locked" in build.run(*TASKS).text
    unlock = [sys.executable, "-m", "shellwright.preflight"]
    done = subprocess.run(
        unlock,
        cwd=build.folder,
        env={**os.environ, "PYTHONPATH": str(build.project / "scripts")},
        text=True,
        capture_output=True,
        check=True,
    )
    assert "its lock is removed" in done.stderr
    assert build.good(*TASKS).items("tasks") == 8


def test_the_lock_of_a_running_build_is_left_alone(new_build: Callable[..., Build]) -> None:
    build = new_build()
    running = subprocess.Popen(
        build.command(*TASKS), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    for line in running.stdout:
        if "Finished" in line:
            break
    try:
        with pytest.raises(UserError, match=f"process {running.pid}"):
            preflight.unlock(build.folder)
    finally:
        running.terminate()
        running.communicate()


def test_there_is_nothing_to_unlock_in_a_new_folder(tmp_path: Path) -> None:
    assert preflight.unlock(tmp_path) == ""


def test_every_rule_that_preflight_names_exists() -> None:
    rules = {
        line.split()[1].rstrip(":")
        for file in (PROJECT / "rules").glob("*.smk")
        for line in file.read_text().splitlines()
        if line.startswith("rule ")
    }
    assert rules >= preflight.ENGINE


@pytest.mark.parametrize(
    "options",
    [
        ["--configfile", "a.yaml", "b.yaml", "--cores", "2"],
        ["--cores", "2", "--configfile=a.yaml", "--configfiles", "b.yaml"],
    ],
)
def test_the_files_that_options_name_are_found(options: list[str]) -> None:
    assert preflight.config_files(options) == [Path("a.yaml"), Path("b.yaml")]


@pytest.mark.parametrize(
    ("name", "words"), [("missing.yaml", "No such file"), ("broken.yaml", "line 2, column 1")]
)
def test_a_config_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "broken.yaml").write_text("seed: [1\n")
    command = [sys.executable, "-m", "shellwright.preflight", "--configfile", name]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_stops_the_environment_before_anything_is_fetched(tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "df"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho Avail\necho 60\n")
    tool.chmod(0o755)
    done = subprocess.run(
        [PROJECT / "scripts" / "make_env.sh", ".venv", PROJECT / "envs" / "python.lock"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "60 MB are free and 1500 MB are needed" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_environment_is_made_anew_from_within_itself(tmp_path: Path) -> None:
    """Whoever has activated an old one, and updates the project, has its Python on the PATH."""
    old = tmp_path / ".venv" / "bin"
    old.mkdir(parents=True)
    real = Path(sys.executable).resolve()
    for version in ("3", "3.11", "3.12", "3.13"):
        (old / f"python{version}").symlink_to(real)
    nothing = tmp_path / "nothing.lock"
    nothing.write_text("")
    done = subprocess.run(
        [PROJECT / "scripts" / "make_env.sh", ".venv", nothing],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{old}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (old / "pip").exists()
