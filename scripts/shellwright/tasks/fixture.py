"""The task's own input files, as one deterministic tar that is unpacked at `/`."""

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shellwright.errors import ShellwrightError

AGENT_ID = 1000
# 2025-01-01T00:00:00Z: a plausible age for a file that says nothing about its own.
DEFAULT_MTIME = 1_735_689_600
WORLD_ROOTS = ("/app", "/srv", "/data", "/home/agent", "/tmp", "/var/tmp")


class BundleError(ShellwrightError):
    """A task cannot be written as a bundle, or a bundle cannot be unpacked."""


@dataclass(frozen=True)
class Fixture:
    """One entry of the file system that a task starts with.

    path is absolute; mtime is in seconds since 1970; content belongs to a file, target to a
    symbolic link.
    """

    path: str
    kind: Literal["file", "dir", "symlink"] = "file"
    content: bytes = b""
    target: str = ""
    mode: int = 0o644
    uid: int = AGENT_ID
    gid: int = AGENT_ID
    mtime: int = DEFAULT_MTIME


def fixture_tar(entries: Iterable[Fixture]) -> bytes:
    """An uncompressed tar of the entries: the same entries in any order give the same bytes.

    Folders between a world root and an entry that are not listed are added and belong to the
    agent, since whoever unpacks the tar would make them root's. Outside the world roots missing
    parents are root's. Raises BundleError for paths that are not absolute and tidy, or repeat.
    """
    by_path: dict[str, Fixture] = {}
    for entry in entries:
        check_absolute(entry.path)
        if entry.path in by_path:
            raise BundleError(f"fixture: {entry.path} is listed twice; list each path once")
        by_path[entry.path] = entry
    for path in list(by_path):
        for parent in parents_in_world(path):
            by_path.setdefault(parent, Fixture(parent, kind="dir", mode=0o755))
    buffer = io.BytesIO()
    # GNU format keeps names that are not UTF-8 as the bytes they are.
    with tarfile.open(
        fileobj=buffer,
        mode="w",
        format=tarfile.GNU_FORMAT,
        encoding="utf-8",
        errors="surrogateescape",
    ) as archive:
        for path in sorted(by_path, key=lambda name: name.split("/")):
            add_entry(archive, by_path[path])
    return buffer.getvalue()


def check_absolute(path: str) -> None:
    """Raise BundleError unless a path is absolute and has no empty, "." or ".." part."""
    parts = path.split("/")
    if parts[0] or len(parts) < 2 or any(part in ("", ".", "..") for part in parts[1:]):
        raise BundleError(f"fixture: {path!r} is not an absolute path without empty or dot parts")
    if "\0" in path:
        raise BundleError(f"fixture: {path!r} contains a zero byte")


def parents_in_world(path: str) -> list[str]:
    """The folders strictly between the world root of a path and the path itself."""
    root = next((root for root in WORLD_ROOTS if path.startswith(root + "/")), None)
    if root is None:
        return []
    parts = path.removeprefix(root + "/").split("/")[:-1]
    return [f"{root}/{'/'.join(parts[: end + 1])}" for end in range(len(parts))]


def add_entry(archive: tarfile.TarFile, entry: Fixture) -> None:
    """Write one entry with exact owner, mode and time."""
    info = tarfile.TarInfo(entry.path.removeprefix("/"))
    info.uid, info.gid, info.mtime = entry.uid, entry.gid, entry.mtime
    info.mode = entry.mode
    if entry.kind == "dir":
        info.type = tarfile.DIRTYPE
    elif entry.kind == "symlink":
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.target, 0o777
    else:
        info.size = len(entry.content)
    archive.addfile(info, io.BytesIO(entry.content) if info.isreg() else None)
