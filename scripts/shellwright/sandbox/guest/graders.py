"""What grades in a box of root, who could replace it: remembered while the box is new.

A file's change time cannot be set. That takes a right over the clock, which root in a box does not
have, so what has its change time and its name is what the image brought.
"""

import contextlib
import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
# What test scripts are made of. Other programs that tests run may be what the task is about.
PROGRAMS = """
    basename bash cat chmod chown cmp cp cut date diff dirname echo env expr false find grep head id
    install ln ls mkdir mktemp mv printf ps pwd py.test pytest python python3 readlink realpath rm
    rmdir sed seq sh sleep sort stat tail tee test timeout touch tr true uname uniq wc xargs
"""
PYTHON = re.compile(r"python.*|pyvenv\.cfg|pybuilddir\.txt")  # and what it looks for beside itself
# Files that decide what those programs load, or how pytest runs a test file below /tests.
SETTINGS = """
    /etc/ld.so.preload /etc/nsswitch.conf /etc/ssl/openssl.cnf /usr/lib/ssl/openssl.cnf
    /usr/pyvenv.cfg /usr/local/pyvenv.cfg /pytest.ini /.pytest.ini /pytest.toml /.pytest.toml
    /pyproject.toml /tox.ini /setup.cfg /setup.py /conftest.py /__init__.py
"""
PYTHONS = ("/usr/lib/python3*", "/usr/local/lib/python3*", "/root/.local/lib/python3*")
PACKAGES = re.compile(r".*/(?:dist|site)-packages/(.+)")
STARTED_WITH = {"sitecustomize", "usercustomize"}  # Python imports them before anything else
ADDRESS = re.compile(r" \(0x[0-9a-f]+\)$", re.MULTILINE)
LOADED = re.compile(r"^\s*(?:\S+ => )?(/\S+)$", re.MULTILINE)
MOST_READ = 1 << 16

Mark = tuple[int, ...]
Say = Callable[[list[list[str]]], str]  # runs commands and gives what they print, in one text


class Graders:
    """The programs that grade, their libraries, modules and settings, as they are now."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._loader = _loader()
        self._modules = dict(_modules())
        self._roots = set(_roots())
        self._known = {_top(path) for path in self._modules} - {""} | STARTED_WITH
        programs = {os.path.realpath(path) for path in _programs()}
        extensions = {path for path in self._modules if path.endswith(".so") and not _top(path)}
        self._asked = sorted(path for path in programs | extensions if Path(path).is_file())
        # What is loaded is asked of the loader itself, so that its cache and settings count, too.
        self._loads = self._ask()
        self._libraries = [self._loader, *sorted(set(LOADED.findall(self._loads)))]
        self._others = self._look()

    def changes(self) -> list[str]:
        """What could grade in another way now: paths, in order; empty when nothing does.

        Only compiled modules are taken away and not told, since Python makes them by itself.
        """
        others, modules = self._look(), dict(_modules())
        both = others.keys() | self._others.keys()
        found = [path for path in both if others.get(path) != self._others.get(path)]
        found += [path for path, mark in self._modules.items() if modules.get(path) != mark]
        found += [path for path in modules.keys() - self._modules.keys() if self._counts(path)]
        found = [path for path in found if not _compiled(path)]
        if not found and self._ask() != self._loads:
            found = ["the libraries that programs load"]
        return sorted(found)

    def _look(self) -> dict[str, Mark]:
        """Programs, settings and libraries that are there."""
        marks = {path: _mark(path) for path in [*_programs(), *SETTINGS.split(), *self._libraries]}
        return {path: mark for path, mark in marks.items() if mark}

    def _counts(self, path: str) -> bool:
        """Whether a new file among Python's modules could take part in grading."""
        if path.endswith(".pyc"):
            return True
        if not (name := _top(path)):
            inside = next((root for root in _roots() if path.startswith(f"{root}/")), "")
            return not inside or inside in self._roots  # else of another Python, which is new
        if path.endswith(".pth"):  # lines of it are run, or are further folders, which come last
            return any(line.startswith(("import ", "import\t")) for line in _lines(path))
        if path.endswith("/entry_points.txt"):  # of a package that pytest loads by itself
            return any("pytest11" in line for line in _lines(path))
        return name in self._known

    def _ask(self) -> str:
        """What the loader finds for each program and extension."""
        if not self._loader:
            return ""
        said = self._say([[self._loader, "--list", path] for path in self._asked])
        return ADDRESS.sub("", said)


def _mark(path: str) -> Mark | None:
    """When a file and what it leads to were changed last, and their sizes; None without one."""
    try:
        own = os.lstat(path)
    except OSError:
        return None
    about = own
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


def _lines(path: str) -> Iterable[str]:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_READ).splitlines()
    except OSError:
        return []


def _loader() -> str:
    """The program that loads libraries, as this process was loaded by it; "" if there is none."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.partition("/")[2]
        if path.rpartition("/")[2].startswith(("ld-linux", "ld-musl", "ld.so")):
            return f"/{path}"
    return ""
