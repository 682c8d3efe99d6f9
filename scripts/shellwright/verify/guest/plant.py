"""What somebody could leave in a box so that the tests run it: started there as the task's user.

The plan comes as JSON from stdin:
    mark: where whatever root runs notes its own path; only root can write there
    logs, reward: where rewards lie, and the text that is planted as one
    tests, read: the folder of the tests, and where whoever runs a program and is not root notes
        files there that it could read
    folders: in each, programs, modules and settings by the names that tests would look for
    programs, modules: names of those
    within: the same in every folder below these
    files: planted where there are none, and made to plant where there are
    roots: files and folders; programs in them still do what they did, and plant as well
    but: those of these that are left alone
    elsewhere: paths of which is told whether the task's user may change them by owner and mode,
        though the box may have them on a file system that is read-only
    home: whether to plant in what a login and Python read there, rewards, and a process that lives
        on and writes rewards without end; survivor is its name
Its last line on stdout: {"planted": how many files are new, "trapped": paths of the others, "open":
those elsewhere that may be changed}.
"""

import json
import os
import shlex
import shutil
import site
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .kinds import STARTS, SUFFIXES, in_its_place, kind_of, started

KEPT = Path("/tmp/.planted")
AWAY = ".planted-"  # begins the name of what a trap has moved away, and starts
MOST_FILES = 400
MOST_FOLDERS = 64
MOST_TOLD = 20
MOST_READ = 3
SOURCED = {"", ".env", ".conf", ".rc", ".profile", ".inc"}
SETTINGS = ("pytest.ini", "tox.ini")
FORMS = ("txt", "json")
LOGIN = (".bashrc", ".profile", ".bash_profile", ".bash_env")
MISLEADS = "export PYTHONPATH=/app BASH_ENV=/app/bash PYTEST_ADDOPTS=--collect-only\n"
WAIT = 5.0  # seconds that the process has to start


class Planter:
    """Plants as the plan says, whatever is refused."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._scripts = 0
        self.planted = 0
        self.trapped: list[str] = []

    def everything(self) -> None:
        """All of it. What is there comes first, so that nothing of ours is taken for it."""
        plan = self._plan
        for path, kind in [(path, kind_of(path)) for path in below(plan["roots"], plan["but"])]:
            if kind:
                self.trap(path, kind)
        for name in plan["files"]:
            if name not in self.trapped:
                self.file(Path(name))
        inside = [folder for root in plan["within"] for folder, _, _ in os.walk(root)]
        for name in [*plan["folders"], *inside[:MOST_FOLDERS]]:
            self.folder(Path(name).expanduser())
        if plan["home"]:
            self.home()
            self.survivor()

    def note(self, path: str) -> str:
        """Shell that notes a path, which may be an expression, and plants rewards."""
        return f"{{ echo {path} >>{self._plan['mark']}; {self.rewards()}; }} 2>/dev/null || :\n"

    def rewards(self) -> str:
        """Shell that plants rewards."""
        logs, reward = self._plan["logs"], shlex.quote(self._plan["reward"])
        return f"for f in {' '.join(FORMS)}; do echo {reward} >{logs}/reward.$f; done"

    def module(self) -> str:
        """Python that does the same."""
        notes = [(self._plan["mark"], "a", None)]
        notes += [(f"{self._plan['logs']}/reward.{f}", "w", self._plan["reward"]) for f in FORMS]
        return (
            "here = globals().get('__file__', 'planted.pth') + chr(10)\n"
            f"for path, mode, text in {notes!r}:\n"
            "    try:\n"
            "        with open(path, mode) as file:\n"
            "            file.write(text or here)\n"
            "    except OSError:\n"
            "        pass\n"
        )

    def peek(self) -> str:
        """Shell that notes which files of the tests it could read, unless it runs as root."""
        find = f"find {self._plan['tests']} -type f ! -name '*.pyc' -readable 2>/dev/null"
        return f'[ "$(id -u)" = 0 ] || {find} | head -n {MOST_READ} >>{self._plan["read"]}\n'

    def script(self, path: str) -> str:
        """A script of its own that notes a path; it fails, as git takes it for an answer else."""
        self._scripts += 1
        kept = KEPT / str(self._scripts)
        text = f"#!/bin/sh\n{self.note(shlex.quote(path))}{self.peek()}exit 1\n"
        self.new(kept, text, 0o755)
        return str(kept)

    def new(self, path: Path, content: str, mode: int = 0o644) -> None:
        """A file where there is none, or where there is one of ours."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
            path.chmod(mode)
            self.planted += 1
        except OSError:
            pass

    def folder(self, folder: Path) -> None:
        """Programs, modules and settings in a folder."""
        self.take(folder)
        fake = f"#!/bin/sh\n{self.note(chr(34) + '$0' + chr(34))}"
        for name in self._plan["programs"]:
            self.new(folder / name, fake, 0o755)
        for name in self._plan["modules"]:
            self.new(folder / f"{name}.py", self.module())
        if "make" in self._plan["programs"]:
            start = STARTS["make"].format(self.script(f"{folder}/Makefile"))
            self.new(folder / "Makefile", f"{start}\nall check test:\n\t@:\n")
        for name in SETTINGS:
            self.new(folder / name, "[pytest]\naddopts = --collect-only\n")

    def file(self, path: Path) -> None:
        """A file that tests name: one that plants, whatever is there."""
        if path.is_dir() or path.is_symlink():
            return
        self.take(path.parent)
        if path.is_file():
            if path.name.endswith((".ini", ".cfg", ".toml")):
                self.overwrite(path, b"[pytest]\naddopts = --collect-only\n")
            elif kind_of(path) or path.suffix in SOURCED:
                self.trap(path, kind_of(path) or "sh")
        elif path.suffix == ".py":
            self.new(path, self.module(), 0o755)
        elif path.suffix in SUFFIXES and SUFFIXES[path.suffix] in STARTS:
            start = STARTS[SUFFIXES[path.suffix]].format(self.script(str(path)))
            self.new(path, start + "\n", 0o755)
        else:
            self.new(path, f"#!/bin/sh\n{self.note(shlex.quote(str(path)))}", 0o755)

    def home(self) -> None:
        """What a login and Python read at home, unless it is root's, which is compared."""
        at = Path.home()
        for name in LOGIN:
            try:
                with (at / name).open("a", encoding="utf-8") as file:
                    file.write(self.note(str(at / name)) + MISLEADS)
            except OSError:
                pass
        if os.getuid():
            self.new(
                Path(site.getusersitepackages(), "planted.pth"),
                f"import os; exec({self.module()!r})\n",
            )

    def survivor(self) -> None:
        """Rewards, now and without end."""
        name = Path("/tmp", self._plan["survivor"])
        runs = Path("/tmp/.survivor-runs")
        shutil.copy("/bin/bash", name)
        subprocess.Popen(
            [str(name), "-c", f": >{runs}; while :; do {self.rewards()}; sleep 0.05; done"],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + WAIT
        while not runs.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def trap(self, path: Path, kind: str) -> None:
        """Make a program plant and do what it did."""
        self.take(path.parent)
        script = self.script(str(path))
        try:
            if kind in ("binary", "pickle"):
                self.replace(path, kind, script)
            else:
                self.overwrite(path, started(path.read_bytes(), kind, script))
            self.trapped.append(str(path))
        except OSError:
            pass

    def take(self, folder: Path) -> None:
        """Put a copy in the place of a folder of somebody else's in one of the user's own."""
        if os.access(folder, os.W_OK) or not folder.is_dir() or folder == folder.parent:
            return
        self.take(folder.parent)  # a copy of that makes this folder the user's, too
        if os.access(folder, os.W_OK) or not os.access(folder.parent, os.W_OK):
            return
        away = folder.with_name(AWAY + folder.name)
        try:
            folder.rename(away)
        except OSError:
            return
        try:
            shutil.copytree(away, folder, symlinks=True)
        except OSError:  # what cannot be read, say
            shutil.rmtree(folder, ignore_errors=True)
            away.rename(folder)

    def replace(self, path: Path, kind: str, script: str) -> None:
        """Put what plants in the place of a file, and starts or loads it from where it is then."""
        away = path.with_name(AWAY + path.name)
        about = path.stat()
        path.rename(away)
        path.write_bytes(in_its_place(away, kind, script))
        path.chmod(stat.S_IMODE(about.st_mode))

    def overwrite(self, path: Path, content: bytes) -> None:
        """Give a file another content, with its mode and times; one of root's is exchanged."""
        about = path.stat()
        try:
            path.write_bytes(content)
        except PermissionError:
            path.rename(path.with_name(AWAY + path.name))
            path.write_bytes(content)
            path.chmod(stat.S_IMODE(about.st_mode))
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def may_change(path: Path, user: int, groups: set[int]) -> bool:
    """Whether owner and mode let a user change what is at a path, or put something there."""
    for place in (path, *path.parents):
        try:
            about = place.stat()
        except OSError:
            continue
        bits = about.st_mode >> (3 if about.st_gid in groups else 0)
        # In a sticky folder what is there stays its owner's.
        if about.st_uid == user or (bits & 0o2 and not about.st_mode & stat.S_ISVTX):
            return True
    return False


def below(roots: list[str], but: list[str]) -> list[Path]:
    """The files at and below paths, without those at and below others, links, and what is ours."""
    found: list[Path] = []
    for root in roots:
        if os.path.isfile(root):  # noqa: PTH113
            found.append(Path(root))
        for folder, folders, names in os.walk(root):
            folders.sort()
            found += [Path(folder, name) for name in sorted(names)]
            if len(found) > MOST_FILES:
                break
    left = {Path(path) for path in but}
    return [
        path
        for path in dict.fromkeys(found)
        if not ({path, *path.parents} & left or KEPT in path.parents or AWAY in path.name)
        and path.is_file()
        and not path.is_symlink()
    ][:MOST_FILES]


def main() -> None:
    """Plant what the plan on stdin says."""
    plan = json.load(sys.stdin)
    planter = Planter(plan)
    planter.everything()
    who = os.getuid(), {os.getgid(), *os.getgroups()}
    told = {
        "planted": planter.planted,
        "trapped": planter.trapped[:MOST_TOLD],
        "open": [path for path in plan["elsewhere"] if may_change(Path(path), *who)],
    }
    print(f"\n{json.dumps(told)}")
