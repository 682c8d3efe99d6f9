"""The folders of tasks that failed a gate: what they hold, and how long they stay."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest
from tests.support import verify_tasks as tasks
from tests.support.failures import CONFIG, IMAGE, SETTINGS, verdict, write

from shellwright.errors import UserError
from shellwright.store import shard_of
from shellwright.verify.failures import ENGINE, folder_name, keep_failures, read_failure


def test_a_failure_folder_reads_back_with_its_edits(tmp_path: Path) -> None:
    task = tasks.row()
    folder = write(tmp_path, task)
    (folder / "bundle/solution/solve.sh").write_text("#!/bin/bash\ntrue\n")
    found = read_failure(folder)
    assert found.settings == SETTINGS
    assert found.image is not None and found.image["image"] == "sha256:1"
    assert found.task["authoring_json"] == task["authoring_json"]
    files = {file["path"]: file for file in found.task["files"]}
    assert files.keys() == {file["path"] for file in task["files"]}
    assert files["solution/solve.sh"]["content"] == b"#!/bin/bash\ntrue\n"
    assert files["tests/test.sh"]["mode"] == 0o755
    before = (folder / "evidence.json").stat().st_mtime_ns
    write(tmp_path, task)
    assert (folder / "evidence.json").stat().st_mtime_ns == before, "the same verdict is kept"


def test_the_printed_command_holds_in_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENGINE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write(Path("the failures"), tasks.row())
    folder = tmp_path / "the failures" / "sort-names"
    path, python, *rest = shlex.split(printed(folder))
    name, _, scripts = path.partition("=")
    assert name == "PYTHONPATH" and (Path(scripts) / "shellwright/verify/rerun.py").is_absolute()
    assert (Path(scripts) / "shellwright/verify/rerun.py").exists()
    assert python == sys.executable
    assert rest == ["-m", "shellwright.verify.rerun", str(folder)]


def test_the_printed_command_asks_the_engine_that_the_build_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/my engine.sock")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "")
    monkeypatch.setenv("DOCKER_CERT_PATH", "certificates")
    words = shlex.split(printed(write(tmp_path, tasks.row())))
    settings = dict(word.split("=", 1) for word in words[: words.index(sys.executable)])
    assert settings.keys() == {"PYTHONPATH", "DOCKER_HOST", "DOCKER_CERT_PATH"}
    assert settings["DOCKER_HOST"] == "unix:///run/user/1000/my engine.sock"
    assert settings["DOCKER_CERT_PATH"] == str(tmp_path / "certificates")


def printed(folder: Path) -> str:
    """The command in a folder's README."""
    lines = (folder / "README.md").read_text().split("\n")
    (line,) = [line for line in lines if line.startswith("    ")]
    return line


def keep(failures: Path, shard: str, ids: dict[str, str]) -> set[str]:
    """What lies in the folder when a shard of two has tasks that fail the gates, or none ("")."""
    rows = [{**tasks.row(), "id": id} for id in ids]
    verdicts = [verdict(row, ids[row["id"]]) for row in rows]
    keep_failures(
        failures,
        rows,
        [IMAGE],
        SETTINGS,
        verdicts,
        CONFIG["images"],
        belongs=lambda id: shard_of(id, 1) == shard,
    )
    return {path.name for path in failures.iterdir()}


def test_folders_of_tasks_that_are_gone_go_too_and_those_of_other_shards_stay(
    tmp_path: Path,
) -> None:
    names = [f"t{number}" for number in range(20)] + [f"odd {number}" for number in range(20)]
    first, second = (
        {name: "oracle" for name in names if shard_of(name, 1) == shard} for shard in "01"
    )
    keep(tmp_path, "0", first)
    here, there = ({folder_name(name) for name in these} for these in (first, second))
    assert keep(tmp_path, "1", second) == here | there
    left, passing, *_ = first
    assert keep(tmp_path, "0", {left: "mutants", passing: ""}) == {left} | there
    assert keep(tmp_path, "1", {}) == {left}


def test_a_copy_of_a_folder_stays_as_long_as_its_task_fails(tmp_path: Path) -> None:
    name = next(f"t{number}" for number in range(9) if shard_of(f"t{number}", 1) == "0")
    keep(tmp_path, "0", {name: "oracle"})
    copies = [f"{name}-{number}" for number in range(9)]
    for copy in copies:
        shutil.copytree(tmp_path / name, tmp_path / copy)
    assert keep(tmp_path, "0", {name: "oracle"}) == {name, *copies}


def test_a_folder_that_is_no_failure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected the folder of a failed task"):
        read_failure(tmp_path)
    (tmp_path / "evidence.json").write_text("[]")
    with pytest.raises(UserError):
        read_failure(tmp_path)


def test_a_bundle_that_could_not_be_unpacked_is_none_to_run(tmp_path: Path) -> None:
    folder = write(tmp_path, tasks.row(files={"../../outside": "x"}))
    with pytest.raises(UserError, match=r"bundle\.txt .* says why"):
        read_failure(folder)


@pytest.mark.parametrize("hostile", ["../x", "a/b", "", ".", "..", "-x", "x" * 300, "a\0b"])
def test_no_task_id_leads_out_of_the_folder(hostile: str) -> None:
    name = folder_name(hostile)
    assert "/" not in name and name.startswith("task-") and len(name) < 100
    assert folder_name("sg-0015219205b8") == "sg-0015219205b8"
