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
from tests.support.builds import PROJECT, TASKS, Build, copy_project

from shellwright import preflight
from shellwright.config import MODEL_USES
from shellwright.errors import UserError

BAD = [
    pytest.param({"sead": 1}, "sead: found an unknown key", id="unknown-key"),
    pytest.param({"seed": "one"}, 'seed: found "one"; expected a whole number', id="wrong-type"),
    pytest.param({"shards": {"bits": -1}}, "which asks for zero shards", id="zero-shards"),
    pytest.param(
        {"corpus": {"decontaminate": {"indexes": ["nowhere.idx"]}}},
        'corpus.decontaminate.indexes[0]: found "nowhere.idx", where no file lies',
        id="no-index",
    ),
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


def begun(command: list[str]) -> subprocess.Popen[str]:
    """Start a build; return it when its first job has ended.

    Snakemake says so with its scheduler's lock in hand.
    """
    build = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert build.stdout is not None
    assert any("Finished" in line for line in build.stdout)
    return build


def test_a_build_that_was_killed_goes_on(new_build: Callable[..., Build]) -> None:
    build = new_build()
    first = begun(build.command(*TASKS))
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
    running = begun(build.command(*TASKS))
    try:
        with pytest.raises(UserError, match=f"process {running.pid}"):
            preflight.unlock(build.folder)
    finally:
        running.terminate()
        running.communicate(timeout=60)


def test_a_build_that_is_told_to_stop_ends_and_goes_on(new_build: Callable[..., Build]) -> None:
    build = new_build()
    first = begun(build.command(*TASKS))
    first.terminate()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1
    assert "Will exit after finishing currently running jobs" in said
    assert "(100%) done" not in said
    assert build.good(*TASKS).items("tasks") == 8


@pytest.mark.engine  # `make corpus` looks for one
def test_make_hands_on_that_a_build_is_to_stop(
    new_build: Callable[..., Build], tmp_path: Path
) -> None:
    build = new_build()
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    activate = f'PATH="{Path(sys.executable).parent}:$PATH" PYTHONPATH="{PROJECT}/scripts"'
    (environment / "bin" / "activate").write_text(f"export {activate}\n")
    (environment / "installed").touch()
    _, _, *command = build.command(*TASKS)
    _, *options = command
    variables = [f"VENV={environment}", f"OPTIONS={' '.join(options)}"]
    make = begun(["make", "-C", str(PROJECT), "corpus", *variables])
    make.terminate()
    said, _ = make.communicate(timeout=60)
    assert make.returncode != 0
    assert "Will exit after finishing currently running jobs" in said
    assert "The build did not finish." in said
    assert not preflight.running(build.folder)


def test_there_is_nothing_to_unlock_in_a_new_folder(tmp_path: Path) -> None:
    assert preflight.unlock(tmp_path) == ""


def test_every_rule_that_preflight_names_exists() -> None:
    rules = {
        line.split()[1].rstrip(":")
        for file in (PROJECT / "rules").glob("*.smk")
        for line in file.read_text().splitlines()
        if line.startswith("rule ")
    }
    assert rules >= preflight.ENGINE | {use.rule for use in MODEL_USES}


def test_a_default_file_that_is_not_yaml_is_named_with_its_line(
    new_build: Callable[..., Build], tmp_path: Path
) -> None:
    build = new_build(copy_project(tmp_path / "project"))
    (build.project / "config.yaml").write_bytes(b"seed: [1\n")
    result = build.run("--dry-run", *TASKS)
    assert result.status == 1
    assert f"{build.project}/config.yaml: not YAML" in result.text
    assert "line 2, column 1" in result.text
    assert "Snakefile" not in result.text


def test_a_key_that_stands_twice_is_refused(new_build: Callable[..., Build]) -> None:
    build = new_build()
    (build.folder / "mine.yaml").write_text("seed: 1\nseed: 2\n")
    result = build.run("--dry-run", *TASKS)
    assert result.status == 1
    assert f"{build.folder}/mine.yaml: the key seed stands in line 1 and again" in result.text


def test_a_file_in_the_place_of_the_results_is_refused(new_build: Callable[..., Build]) -> None:
    build = new_build()
    (build.folder / "results").write_text("")
    result = build.run(*TASKS)
    assert result.status == 1
    assert f"{build.folder}/results: found a file" in result.text
    assert "Traceback" not in result.text


def checked(*options: str) -> subprocess.CompletedProcess[str]:
    """What `make corpus` has checked before it looks for an engine."""
    return subprocess.run(
        [sys.executable, "-m", "shellwright.preflight", *options],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_config_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "missing.yaml"
    done = checked("--configfile", str(file))
    assert done.returncode == 1
    assert done.stderr == (
        f"{file}: No such file or directory; expected a YAML file."
        " docs/config.md describes every key.\n"
    )


def test_the_configuration_is_checked_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("corpus: {decontaminate: {indexes: [nowhere.idx]}}\n")
    options = ["--directory", str(tmp_path), "--configfile", str(file)]
    assert preflight.main([*options, "--config", "blueprints={count: 0}"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("--config: blueprints.count: found 0")
    assert preflight.main(options) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{file}: corpus.decontaminate.indexes[0]: found")
    assert preflight.main([*options, "--config", "corpus={decontaminate: {indexes: []}}"]) == 0
    (tmp_path / "results").symlink_to("nowhere")
    assert preflight.main(options[:2]) == 1
    assert "results: found a file, or a link that leads to none" in capsys.readouterr().err


def test_the_configuration_is_checked_before_an_engine_is_looked_for() -> None:
    """`make corpus` may install one, which takes minutes."""
    plan = subprocess.run(
        ["make", "-C", str(PROJECT), "--dry-run", "corpus", "OPTIONS=--directory there"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    steps = [
        "python -m shellwright.preflight --directory there",
        "python -m shellwright.sandbox.engine --ensure",
        "exec python -m shellwright.make_corpus",
    ]
    places = [plan.find(step) for step in steps]
    assert -1 not in places and places == sorted(places), plan


def test_a_target_behind_the_config_file_is_told_from_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 2\n")
    assert preflight.main(["--configfile", str(file), "results/corpus.parquet"]) == 1
    assert "put targets before it" in capsys.readouterr().err


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
