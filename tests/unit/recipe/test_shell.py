"""Checks that ask the shell, and what kinds say of things that skills make."""

import dataclasses
import json
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest

from shellwright.recipe import Archive, Check, Draw, Log, Resource, Scenario, Tree, times_kept
from shellwright.recipe.kinds.archive import packed
from shellwright.recipe.start import start_world


def start(text: str) -> Resource:
    return start_world(Scenario.parse(text), Draw("test", 7)).focus


def lay_out(resource: Resource) -> None:
    """Write a resource whose path lies below a scratch folder."""
    for entry in resource.entries():
        path = Path(entry.path)
        if entry.kind == "dir":
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.content)
        os.utime(path, (entry.mtime, entry.mtime))


def holds(check: Check) -> bool:
    """Whether the script of a check prints what it should."""
    argv, name = check.arguments["argv"], check.arguments["expected"]
    done = subprocess.run(argv, capture_output=True, cwd="/", check=False)
    return done.returncode == 0 and done.stdout == check.expected[name]


def test_times_are_those_of_the_tree(tmp_path: Path) -> None:
    tree = start("tree:condition=scattered,content=documents").at(f"{tmp_path}/heap")
    assert isinstance(tree, Tree)
    lay_out(tree)
    assert holds(times_kept(tree))
    assert holds(times_kept(tree, gone="find . -name '*.orig'"))
    assert not holds(times_kept(tree, gone="ls | head -n 1"))
    (tmp_path / "heap" / tree.files[0].name).touch()
    assert not holds(times_kept(tree))


@pytest.mark.parametrize("form", ["tar.gz", "tar.bz2", "tar.xz"])
def test_a_made_archive_is_compared_with_the_file_it_was_made_of(tmp_path: Path, form: str) -> None:
    source = start("log:format=service,storage=plain").at(f"{tmp_path}/a.log")
    path = f"{tmp_path}/a.{form}"
    made = Archive(
        path=path, noun="", payload=source, root=str(tmp_path), format=form, packed_from=source.path
    )
    lay_out(source)
    (check,) = made.checks()
    assert not holds(check)
    lay_out(made)
    assert holds(check)
    Path(source.path).write_text("another log\n", encoding="utf-8")
    assert not holds(check)


def test_a_rotated_log_may_be_compressed_in_any_way(tmp_path: Path) -> None:
    log = start("log:format=json,storage=rotated").at(f"{tmp_path}/logs")
    assert isinstance(log, Log)
    lay_out(log)
    scripts = [check for check in log.checks() if check.function == "command_prints"]
    assert len(scripts) == 2
    assert all(holds(check) for check in scripts)
    oldest = f"{tmp_path}/logs/{log.name}.log.3"
    subprocess.run(["sh", "-c", f"gzip -d {oldest}.gz; gzip -1 {oldest}"], check=True)
    assert all(holds(check) for check in scripts)


def test_modes_of_folders_count_where_modes_count() -> None:
    tree = start("tree:condition=exposed,content=documents")
    assert isinstance(tree, Tree)
    strict = dataclasses.replace(
        tree, check_modes=True, folder_mode=0o750, folder_modes=((tree.folders()[0], 0o700),)
    )
    top, listing = strict.checks()
    assert top.arguments["mode"] == "0750"
    (content,) = listing.expected.values()
    assert json.loads(content)[tree.folders()[0]] == {"dir": True, "mode": "0700"}
    assert len(tree.checks()) == 1


def test_zstd_frames_decompress() -> None:
    archive = start("archive:format=tar.gz,holds=tree,origin=received")
    assert isinstance(archive, Archive)
    plain = packed(archive.members(), "tar")
    frame = packed(archive.members(), "tar.zst")
    assert pa.decompress(frame, len(plain), codec="zstd").to_pybytes() == plain
