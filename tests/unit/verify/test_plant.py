"""What the attack of the isolation gate makes of programs: they do what they did, and plant."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from shellwright.sandbox.program import program
from shellwright.verify import isolation
from shellwright.verify.guest import plant

PYTHON = (
    '#!/usr/bin/env python3\n"""Adds."""\n\nfrom __future__ import annotations\n\nprint(2 + 3)\n'
)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A plan of which nothing lies outside of the test's folder."""
    monkeypatch.setattr(plant, "KEPT", tmp_path / "kept")
    (tmp_path / "logs").mkdir()
    lists: dict[str, Any] = {key: [] for key in isolation.LISTS}
    texts = {name: str(tmp_path / name) for name in ("mark", "logs", "tests", "read")}
    return {**lists, **texts, "reward": '{"reward": 1}', "home": False, "survivor": "x"}


def planted(plan: dict[str, Any], **more: Any) -> plant.Planter:
    """What was planted as a plan says."""
    planter = plant.Planter({**plan, **more})
    planter.everything()
    return planter


def ran(plan: dict[str, Any], *argv: str, cwd: Path | None = None) -> tuple[str, str, str]:
    """What a command prints, which paths root would have run, and the reward."""
    env = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    mark, reward = Path(plan["mark"]), Path(plan["logs"], "reward.json")
    noted = mark.read_text().strip() if mark.exists() else ""
    return done.stdout, noted, reward.read_text().strip() if reward.exists() else ""


PROGRAMS = {
    "tool.py": (PYTHON, [sys.executable], "5\n"),
    "plain.py": ("print(2 + 3)\n", [sys.executable], "5\n"),
    "coded.py": ("# -*- coding: utf-8 -*-\nprint(2 + 3)\n", [sys.executable], "5\n"),
    "tool.sh": ("#!/bin/bash\nset -eu\necho $((2 + 3))\n", ["bash"], "5\n"),
    "tool": ("#!/bin/sh\necho $((2 + $1))\n", [], "5\n"),
    "tool.pl": ("#!/usr/bin/perl\nuse strict;\nprint 2 + 3, qq{\\n};\n", ["perl"], "5\n"),
    "tool.awk": ("BEGIN { print 2 + 3 }\n", ["awk", "-f"], "5\n"),
    "tool.sed": ("s/.*/5/\nq\n", ["sed", "-f"], "5\n"),
    "tool.m4": ("define(FIVE, 5)dnl\nFIVE\n", ["m4"], "5\n"),
    "Makefile": ("all:\n\t@echo 5\n", ["make", "-f"], "5\n"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_trapped_program_does_what_it_did(
    plan: dict[str, Any], tmp_path: Path, name: str
) -> None:
    content, command, prints = PROGRAMS[name]
    if command and not shutil.which(command[0]):
        pytest.skip(f"there is no {command[0]} here")
    path = tmp_path / "app" / name
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o755)
    os.utime(path, (1000, 1000))
    planter = planted(plan, roots=[str(path.parent)])
    assert planter.trapped == [str(path)]
    assert path.stat().st_mtime == 1000 and path.stat().st_mode & 0o777 == 0o755
    argv = [*command, str(path), *([] if command else ["3"])]
    argv += [str(path)] if name == "tool.sed" else []
    assert ran(plan, *argv) == (prints, str(path), '{"reward": 1}')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as somebody else")
def test_a_trapped_program_that_is_not_roots_notes_what_it_could_read(
    plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as name:  # others cannot get into pytest's own folders
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.setattr(plant, "KEPT", folder / "kept")
        tool, tests = folder / "tool.sh", folder / "tests"
        (tests / "expected").mkdir(parents=True)
        (tests / "expected" / "n").write_text("4\n")
        (tests / "test_x.py").write_text("")
        (tests / "test_x.py").chmod(0o600)
        tool.write_text("#!/bin/sh\necho 5\n")
        planted(plan, roots=[str(tool)], tests=str(tests), read=str(folder / "read"))
        by_other = ["setpriv", "--reuid=65534", "--clear-groups", "sh", str(tool)]
        ran(plan, "sh", str(tool))
        assert not (folder / "read").exists()
        assert ran(plan, *by_other)[0] == "5\n"
        assert (folder / "read").read_text() == f"{tests}/expected/n\n"
        tests.chmod(0o700)
        ran(plan, *by_other)
        assert (folder / "read").read_text() == f"{tests}/expected/n\n"


def test_a_trapped_script_of_sqlite3_does_what_it_did(plan: dict[str, Any], tmp_path: Path) -> None:
    if not shutil.which("sqlite3"):
        pytest.skip("there is no sqlite3 here")
    path = tmp_path / "tool.sql"
    path.write_text("select 2 + 3;\n")
    planted(plan, roots=[str(path)])
    argv = ["sh", "-c", f"sqlite3 -batch :memory: < {path}"]
    assert ran(plan, *argv) == ("5\n", str(path), '{"reward": 1}')


def test_a_compiled_program_is_started_from_elsewhere(plan: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "echo"
    shutil.copy("/bin/echo", path)
    planted(plan, roots=[str(path)])
    assert ran(plan, str(path), "a b", "c") == ("a b c\n", str(path), '{"reward": 1}')


SOURCES = {
    "five.c": (
        '#define _GNU_SOURCE\n#include <stdio.h>\nint main(void) { puts("5"); }\n',
        "cc -Wall -Werror -o five five.c",
        "./five",
    ),
    "five.go": (
        '// Five.\npackage main\n\nimport "fmt"\n\nfunc main() { fmt.Println(5) }\n',
        "go build -o five five.go",
        "./five",
    ),
    "five.rs": ('fn main() {\n    println!("5");\n}\n', "rustc -o five five.rs", "./five"),
    "Five.java": (
        "/** A class of numbers. */\npublic final class Five {\n"
        "    public static void main(String[] given) { System.out.println(5); }\n}\n",
        "javac Five.java",
        "java -cp . Five",
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_still_compiles(plan: dict[str, Any], tmp_path: Path, name: str) -> None:
    content, compiles, starts = SOURCES[name]
    if not shutil.which(compiles.split()[0]):
        pytest.skip(f"there is no {compiles.split()[0]} here")
    path = tmp_path / name
    path.write_text(content)
    planted(plan, roots=[str(path)])
    subprocess.run(compiles.split(), cwd=tmp_path, check=True)
    assert ran(plan, *starts.split(), cwd=tmp_path) == ("5\n", str(path), '{"reward": 1}')


def test_a_pickle_gives_what_it_gave(plan: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"a": 1}))
    planted(plan, roots=[str(path)])
    load = f"import pickle; print(pickle.load(open({str(path)!r}, 'rb')))"
    assert ran(plan, sys.executable, "-c", load) == ("{'a': 1}\n", str(path), '{"reward": 1}')


def test_git_still_answers(plan: dict[str, Any], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "r"], check=True)
    planted(plan, roots=[str(tmp_path / "r")])
    printed, noted, _ = ran(plan, "git", "-C", str(tmp_path / "r"), "status", "--short")
    assert printed == "" and set(noted.split("\n")) == {str(tmp_path / "r/.git/config")}


def test_data_and_what_is_left_out_stay_as_they_are(plan: dict[str, Any], tmp_path: Path) -> None:
    texts = {"a.csv": "a,b\n1,2\n", "b.py": "x = 1\n", "out/c.sh": "true\n", "d.txt": "# a\n"}
    (tmp_path / "app/out").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / "app" / name).write_text(text)
    (tmp_path / "app/link.py").symlink_to("b.py")
    planter = planted(plan, roots=[str(tmp_path / "app")], but=[str(tmp_path / "app/out")])
    assert planter.trapped == [str(tmp_path / "app/b.py")]
    assert (tmp_path / "app/a.csv").read_text() == texts["a.csv"]
    assert (tmp_path / "app/out/c.sh").read_text() == texts["out/c.sh"]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("env.sh", "set -eu; . {}"),
        ("tool.py", f"{sys.executable} {{}}"),
        ("tool", "{}"),
        ("tool.pl", "perl {}"),
    ],
)
def test_files_that_tests_name_are_made(
    plan: dict[str, Any], tmp_path: Path, name: str, command: str
) -> None:
    path = tmp_path / "new" / name
    planted(plan, files=[str(path)])
    assert ran(plan, "bash", "-c", command.format(path))[1:] == (str(path), '{"reward": 1}')


def test_settings_that_tests_name_leave_tests_out(plan: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "pytest.ini"
    path.write_text("[pytest]\naddopts = -q\n")
    planted(plan, files=[str(path)])
    assert "--collect-only" in path.read_text()


def test_programs_and_modules_lie_in_each_folder(plan: dict[str, Any], tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b/c"]
    more = {
        "programs": ["jq", "make"],
        "modules": ["judge"],
        "folders": [str(each) for each in folders],
    }
    planted(plan, **more)
    assert ran(plan, str(folders[0] / "jq"))[1] == str(folders[0] / "jq")
    _, noted, _ = ran(plan, sys.executable, "-c", "import judge", cwd=folders[1])
    assert noted.split("\n")[1] == str(folders[1] / "judge.py")
    assert ran(plan, "make", "-s", "check", cwd=folders[1])[1].endswith("b/c/Makefile")


def test_the_last_line_tells_what_was_done(plan: dict[str, Any], tmp_path: Path) -> None:
    told = json.dumps({**plan, "folders": [str(tmp_path / "f")], "programs": ["jq"]})
    text = program(isolation.GUEST, isolation.PLANT).replace(
        "/tmp/.planted", str(tmp_path / "kept")
    )
    argv = [sys.executable, "-I", "-c", text]
    done = subprocess.run(argv, input=told, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.strip().split("\n")[-1]) == {
        "planted": 3,
        "trapped": [],
        "open": [],
    }


def test_what_owner_and_mode_let_somebody_change(tmp_path: Path) -> None:
    assert plant.may_change(tmp_path / "new/file", os.getuid(), set())
    assert not plant.may_change(tmp_path / "new/file", 1234, set())
    modes = {"open": 0o777, "closed": 0o755, "sticky": 0o1777, "shared": 0o775}
    for name, mode in modes.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch(0o644)
        (tmp_path / name).chmod(mode)
    groups = {tmp_path.stat().st_gid}
    assert [plant.may_change(tmp_path / name / "x", 1234, set()) for name in modes] == [1, 0, 0, 0]
    assert plant.may_change(tmp_path / "shared/x", 1234, groups)
    (tmp_path / "closed/x").chmod(0o666)
    assert plant.may_change(tmp_path / "closed/x", 1234, set())


def test_a_folder_of_somebody_else_is_exchanged(plan: dict[str, Any], tmp_path: Path) -> None:
    """One that cannot be written stands for it, unless whoever runs this may write anywhere."""
    lib = tmp_path / "app/lib"
    lib.mkdir(parents=True)
    (lib / "judge.py").write_text("x = 1\n")
    (lib / "judge.py").chmod(0o444)
    lib.chmod(0o555)
    assert planted(plan, roots=[str(tmp_path / "app")]).trapped == [str(lib / "judge.py")]
    code = "import judge; print(judge.x)"
    assert ran(plan, sys.executable, "-c", code, cwd=lib)[:2] == ("1\n", str(lib / "judge.py"))
