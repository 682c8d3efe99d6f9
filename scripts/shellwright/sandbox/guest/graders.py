"""What grades in a box of root, who could replace it: remembered while the box is new.

A file's change time cannot be set. That takes a right over the clock, which root in a box does not
have, so what has its change time and its name is what the image brought.
"""

import contextlib
import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
# What test scripts are made of. Other programs that tests run may be what the task is about.
PROGRAMS = """
    [ awk basename bash cat chmod chown cmp comm cp cut date diff dirname echo egrep env expr false
    fgrep find gawk grep head id install ln ls mawk md5sum mkdir mktemp mv od paste printf ps pwd
    py.test pytest python python3 readlink realpath rm rmdir runuser sed seq setpriv sh sha1sum
    sha256sum sha512sum sleep sort stat su tail tee test timeout touch tr true uname uniq wc which
    xargs
"""
PYTHON = re.compile(r"python.*|pyvenv\.cfg|pybuilddir\.txt")  # and what it looks for beside itself
# Files that decide what those programs load or compare, or how pytest runs a file below /tests.
SETTINGS = """
    /lib*/ld-* /etc/ld.so.preload /etc/nsswitch.conf /etc/ssl/openssl.cnf /usr/lib/ssl/openssl.cnf
    /usr/lib/*/datefudge/* /dev/fd /dev/full /dev/null /dev/random /dev/stderr /dev/stdin
    /dev/stdout /dev/urandom /dev/zero /*bin/lib/python* /usr/*bin/lib/python*
    /usr/local/*bin/lib/python* /*bin/Modules/* /usr/*bin/Modules/* /usr/local/*bin/Modules/*
    /pyvenv.cfg /usr/pyvenv.cfg /usr/local/pyvenv.cfg /pytest.ini /.pytest.ini /pytest.toml
    /.pytest.toml /pyproject.toml /tox.ini /setup.cfg /setup.py /conftest.py /__init__.py
"""
PYTHONS = ("/usr/lib/python3*", "/usr/local/lib/python3*", "/root/.local/lib/python3*")
PACKAGES = re.compile(r".*/(?:dist|site)-packages/(.+)")
VERSION = re.compile(r"/(python3\.\d+)(?:/|$)")
# Modules that Python tries to import and does without: at its start, from Debian's sitecustomize,
# on other systems, and on the Java machine.
TRIED = {"sitecustomize", "usercustomize", "apport_python_hook", "org", *sys.stdlib_module_names}
# Libraries that the C library opens by name while a program runs, to look up what it asks for.
OPENED = """
    libgcc_s.so.1 libnss_compat.so.2 libnss_db.so.2 libnss_dns.so.2 libnss_files.so.2
    libnss_hesiod.so.2 libnss_myhostname.so.2 libnss_nis.so.2 libnss_nisplus.so.2
    libnss_systemd.so.2
"""
ADDRESS = re.compile(r" \(0x[0-9a-f]+\)$", re.MULTILINE)
LOADED = re.compile(r"^\s*(?:\S+ => )?(/\S+)$", re.MULTILINE)
MOST_READ = 1 << 20

Mark = tuple[int | str, ...]
Say = Callable[[list[list[str]]], str]  # runs commands and gives what they print, in one text


class Graders:
    """The programs that grade, their libraries, modules and settings, as they are now."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._loader = _loader()
        self._modules = dict(_modules())
        self._versions = {version for path in self._modules for version in VERSION.findall(path)}
        self._known = {_top(path) for path in self._modules} - {""} | TRIED
        programs = {os.path.realpath(path) for path in _programs()}
        extensions = {path for path in self._modules if path.endswith(".so")}
        self._asked = sorted(path for path in programs | extensions if Path(path).is_file())
        # What is loaded is asked of the loader itself, so that its cache and settings count, too.
        self._loads = self._ask()
        self._libraries = [self._loader, *sorted(set(LOADED.findall(self._loads)))]
        self._others = self._look()

    def changes(self) -> list[str]:
        """What could grade in another way now: paths, in order; empty when nothing does.

        Only compiled modules are taken away and not told, since Python makes them by itself.
        """
        others = self._look()
        both = others.keys() | self._others.keys()
        found = [path for path in both if others.get(path) != self._others.get(path)]
        there = set()
        for path, mark in _modules():  # not kept: root can make very many
            if path in self._modules:
                there.add(path)
                changed = mark != self._modules[path]
            else:
                changed = self._counts(path)
            if changed and not _compiled(path):
                found.append(path)
        found += [path for path in self._modules.keys() - there if not path.endswith(".pyc")]
        if not found and self._ask() != self._loads:
            found = ["the libraries that programs load"]
        return sorted(path if path.isprintable() else ascii(path) for path in found)

    def _look(self) -> dict[str, Mark]:
        """Programs, settings, users and libraries that are there."""
        paths = [*_programs(), *self._libraries]
        paths += [path for pattern in SETTINGS.split() for path in glob.glob(pattern)]  # noqa: PTH207
        marks: dict[str, Mark | None] = {path: _mark(path) for path in paths}
        if self._loader:  # beside it lies what the C library loads to read any program's text
            marks.update(_below([str(Path(self._loader).parent / "gconv")]))
        return {path: mark for path, mark in marks.items() if mark} | _users()

    def _counts(self, path: str) -> bool:
        """Whether a new file among Python's modules could take part in grading."""
        if set(VERSION.findall(path)[:1]) - self._versions:
            return False  # of another Python, which is new
        if path.endswith(".pyc"):
            return True
        if not (name := _top(path)):
            return True
        if path.endswith(".pth"):
            text = _text(path)
            return text is None or any(self._leads(path, line) for line in text.splitlines())
        return name in self._known or _plugs_in(path)

    def _leads(self, path: str, line: str) -> bool:
        """Whether a line of a `.pth` file is run, or is a folder with modules that would grade.

        Such a folder comes before the package folders that follow that of the file.
        """
        if line.startswith(("import ", "import\t")):
            return True
        folder = os.path.join(os.path.dirname(path), line.rstrip())  # noqa: PTH118, PTH120
        try:
            names = os.listdir(folder) if line.strip() else []  # noqa: PTH208
        except NotADirectoryError:
            return True  # an archive
        except (OSError, ValueError):  # there is none, or it has no name of a file
            return False
        return any(
            name.partition(".")[0] in self._known or _plugs_in(f"{folder}/{name}") for name in names
        )

    def _ask(self) -> str:
        """What the loader finds for each program and extension, and by the names above."""
        if not self._loader:
            return ""
        commands = [[self._loader, "--list", path] for path in self._asked]
        opened = [self._loader, "--preload", ":".join(OPENED.split()), "--list"]
        commands += [[*opened, path] for path in self._asked[:1]]
        said = self._say(commands)
        return ADDRESS.sub("", said)


def _mark(path: str) -> Mark | None:
    """When a file and what it leads to were changed last, and their sizes; None without one."""
    try:
        own = os.lstat(path)
    except OSError:
        return None
    about = own
    if not path.startswith("/dev/"):  # where links lead to whatever a process has open
        with contextlib.suppress(OSError):  # a link that leads nowhere
            about = os.stat(path)  # noqa: PTH116
    return own.st_mode, own.st_ctime_ns, about.st_mode, about.st_ctime_ns, about.st_size


def _programs() -> Iterator[str]:
    """Every program of those above, wherever it is looked for."""
    names = set(PROGRAMS.split())
    for folder in FOLDERS:
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):  # noqa: PTH208 (the names alone are needed)
                if name in names or PYTHON.fullmatch(name):
                    yield f"{folder}/{name}"


def _roots() -> list[str]:
    """Python's folders, and the archives that it looks into before them."""
    return [root for pattern in PYTHONS for root in glob.glob(pattern)]  # noqa: PTH207


def _modules() -> Iterator[tuple[str, Mark | None]]:
    """Every file below Python's folders."""
    folders = []
    for root in _roots():
        if Path(root).is_dir() and not Path(root).is_symlink():
            folders.append(root)
        else:
            yield root, _mark(root)
    yield from _below(folders)


def _below(folders: list[str]) -> Iterator[tuple[str, Mark | None]]:
    """Every file below folders, which are used up."""
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry.path, _mark(entry.path)


def _top(path: str) -> str:
    """The name under which a file of an installed package is imported; "" for other modules."""
    inside = PACKAGES.fullmatch(path)
    return inside[1].partition("/")[0].partition(".")[0] if inside else ""


def _compiled(path: str) -> bool:
    """Takes a compiled module away, so that Python reads its source; False for other files."""
    if not path.endswith(".pyc"):
        return False
    with contextlib.suppress(OSError):
        Path(path).unlink(missing_ok=True)
    return not Path(path).is_symlink() and not Path(path).exists()


def _plugs_in(path: str) -> bool:
    """Whether pytest would load a package by itself, told by its list of entry points.

    path: of the list, or of a folder, or a link to one, that may have it.
    """
    text = _text(path if path.endswith("/entry_points.txt") else f"{path}/entry_points.txt")
    return text is None or "pytest11" in text


def _text(path: str) -> str | None:
    """What a file holds, "" without one; None where that is too much, or no regular file."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 (a pipe would be waited for)
            return None
        with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
            text = file.read(MOST_READ + 1)
    except OSError:
        return ""
    return text if len(text) <= MOST_READ else None


def _users() -> dict[str, Mark]:
    """Where root is at home, which Python may look up, and as whom tests run programs.

    Read without the C library, which would load into this process what root's settings name.
    """
    lines = [line.strip().split(":") for line in (_text("/etc/passwd") or "").splitlines()]
    root = lines[0][2:3] + lines[0][5:6] if lines else []
    agent = next((line[2:3] for line in lines if line[0] == "agent"), [])
    return {"root in /etc/passwd": tuple(root), "agent in /etc/passwd": tuple(agent)}


def _loader() -> str:
    """The program that loads libraries, as this process was loaded by it; "" if there is none."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.partition("/")[2]
        if path.rpartition("/")[2].startswith(("ld-linux", "ld-musl", "ld.so")):
            return f"/{path}"
    return ""
