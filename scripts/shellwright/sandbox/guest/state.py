"""What a reset does not bring back: remembered when the box is new, and compared at each reset.

Commands of root reach more than files. They set limits, priority and processors of PID 1, which
every later command inherits; they change modes, links and access lists in the file systems that the
engine mounts for its own purposes; and sockets can outlive their processes.
"""

import contextlib
import ctypes
import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .children import libc

Facts = dict[str, Any]
PR_GET_TIMERSLACK = 30
PROCESS = 1  # for ioprio_get: the priority of a process
# System calls that the C library has no names for: sched_getattr and ioprio_get.
CALLS = {"x86_64": (315, 252), "aarch64": (275, 31)}
SCHED_ATTR = 56  # bytes
PROC_FILES = ("oom_score_adj", "autogroup", "coredump_filter", "limits")


class FirstState:
    """How a new box is, apart from the folders that a reset empties."""

    def __init__(self, emptied: Iterable[str]) -> None:
        mounts = dict(_mounts())
        self._emptied = list(emptied)
        self._mounts = set(mounts)
        self._writable = [
            path
            for path, (options, kind) in mounts.items()
            if "rw" in options and kind != "proc" and path not in self._emptied
        ]
        self._facts = self._look()
        self._proc = self._look_at_proc()
        self._sockets = _sockets()

    def changes(self) -> list[str]:
        """What is not as it was, in words; empty for a box that is as new."""
        facts = self._look()
        both = facts.keys() | self._facts.keys()
        changed = sorted(name for name in both if facts.get(name) != self._facts.get(name))
        # The kernel may add a file for a driver. A box can only change those that are there.
        proc = self._look_at_proc()
        changed += sorted(p for p, about in self._proc.items() if proc.get(p, about) != about)
        left = {kind: number - self._sockets[kind] for kind, number in _sockets().items()}
        return changed + [f"{number} {kind}" for kind, number in left.items() if number > 0]

    def _look(self) -> Facts:
        facts = _process()
        for path in self._writable:
            facts.update(self._tree(path))
        facts.update((path, _about(path)) for path in self._emptied)
        return facts

    def _tree(self, path: str) -> Iterator[tuple[str, Any]]:
        """A path and all below it, except for what other mounts hold."""
        about = _about(path)
        yield path, about
        if about and stat.S_ISDIR(about[0]):
            for name in os.listdir(path):  # noqa: PTH208 (the names alone are needed)
                inner = f"{path}/{name}"
                if inner not in self._mounts:
                    yield from self._tree(inner)

    def _look_at_proc(self) -> Facts:
        """Modes in /proc, which root can change: for the whole machine, where nothing forbids it.

        Its folders of processes are left out, except for the network's, which lie in one of them.
        """
        found: Facts = {}
        for path in ("/proc", "/proc/1/net"):
            self._enter(path, found)
        return found

    def _enter(self, path: str, found: Facts) -> None:
        with contextlib.suppress(OSError):  # of an entry that the kernel has just taken away
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                found[path] = _modes(os.fstat(folder))
                self._enter_opened(folder, path, found)
            finally:
                os.close(folder)

    def _enter_opened(self, folder: int, path: str, found: Facts) -> None:
        for name in os.listdir(folder):
            inner = f"{path}/{name}"
            if name.isdigit() or inner in self._mounts:
                continue
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            found[inner] = _modes(about)
            if stat.S_ISDIR(about.st_mode):
                self._enter(inner, found)


def _mounts() -> Iterator[tuple[str, tuple[list[str], str]]]:
    """Mount point, options and kind of file system of every mount."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, source = line.partition(" - ")
        fields = mount.split()
        yield fields[4], (fields[5].split(","), source.split()[0])


def _modes(about: os.stat_result) -> tuple[int, ...]:
    return about.st_mode, about.st_uid, about.st_gid


def _process() -> Facts:
    """What commands inherit from PID 1 and root can set from outside."""
    facts: Facts = {f"{name} of process 1": _text(f"/proc/1/{name}") for name in PROC_FILES}
    facts["nice value of process 1"] = os.getpriority(os.PRIO_PROCESS, 0)
    facts["scheduler of process 1"] = os.sched_getscheduler(0)
    facts["processors of process 1"] = os.sched_getaffinity(0)
    facts["timer slack of process 1"] = libc.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)
    if calls := CALLS.get(os.uname().machine):
        attributes = ctypes.create_string_buffer(SCHED_ATTR)
        libc.syscall(calls[0], 0, attributes, SCHED_ATTR, 0)
        facts["scheduling of process 1"] = attributes.raw
        facts["disk priority of process 1"] = libc.syscall(calls[1], PROCESS, 1)
    return facts


def _about(path: str) -> tuple[Any, ...] | None:
    """Everything about a file that root can set, but the times of devices and folders."""
    try:
        about = os.lstat(path)
        kind = about.st_mode
        more: tuple[Any, ...] = ()
        if stat.S_ISLNK(kind):
            more = (str(Path(path).readlink()),)
        elif stat.S_ISREG(kind):
            more = (about.st_size, about.st_ctime_ns)  # no write leaves this time as it was
        return (kind, about.st_rdev, about.st_uid, about.st_gid, _attributes(path), *more)
    except FileNotFoundError:
        return None


def _attributes(path: str) -> list[tuple[str, bytes]]:
    """Extended attributes, access lists among them."""
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return sorted((name, os.getxattr(path, name, follow_symlinks=False)) for name in names)
    except OSError:  # a file system without them
        return []


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except OSError:  # a kernel without it
        return None


def _sockets() -> dict[str, int]:
    """How many sockets there are, and connections that wait for late packets."""
    words = (_text("/proc/net/sockstat") or "").split()
    found = {"sockets": "used", "closed connections": "tw"}
    numbers = dict(itertools.pairwise(words))
    return {kind: int(numbers.get(word, 0)) for kind, word in found.items()}
