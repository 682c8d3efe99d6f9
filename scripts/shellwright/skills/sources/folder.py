"""A source that is a local folder, walked without ever following a symbolic link."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from shellwright.errors import UserError
from shellwright.skills.found import SourceFile
from shellwright.skills.sources.choose import Entry
from shellwright.skills.sources.meter import Meter
from shellwright.skills.sources.paths import Unsafe, is_relevant, safe_path
from shellwright.skills.sources.report import Report
from shellwright.skills.sources.tree import Read

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a FIFO that has taken a file's place meanwhile must not hold the build.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFIFO: "is a FIFO",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


class FolderTree:
    """The tree below a folder; `.git` folders are no part of it."""

    def __init__(self, root: Path, report: Report) -> None:
        if not root.is_dir():
            raise UserError(
                f"{root}: no such folder; correct the source's `path` in skills.sources"
            )
        self._root = root
        self._report = report

    def entries(self, meter: Meter) -> Iterator[Entry]:
        pending = [""]
        while pending:
            folder = pending.pop()
            folders = []
            for name, mode, size in self._listed(folder, meter):
                raw = os.fsencode(f"{folder}/{name}" if folder else name)
                try:
                    path = safe_path(raw)
                except Unsafe as reason:
                    self._report.refuse(raw, str(reason))
                    continue
                kind = stat.S_IFMT(mode)
                if kind == stat.S_IFDIR:
                    if name != ".git":
                        folders.append(path)
                elif kind == stat.S_IFREG:
                    yield Entry(path, size, unread=not is_relevant(path))
                else:
                    self._report.refuse(path, _KINDS.get(kind, "is not a regular file"))
            pending.extend(reversed(folders))

    def _listed(self, folder: str, meter: Meter) -> list[tuple[str, int, int]]:
        """The entries of one folder by name, with their mode and size; no more of them than the
        limits allow."""
        found = []
        try:
            descriptor = _open_below(self._root, folder, _FOLDER)
        except OSError as error:
            self._report.refuse(folder, f"cannot be read: {error.strerror}")
            return []
        try:
            with os.scandir(descriptor) as listing:
                for entry in islice(listing, meter.limits.entries + 1):
                    meter.entry()
                    status = entry.stat(follow_symlinks=False)
                    found.append((entry.name, status.st_mode, status.st_size))
        except OSError as error:
            self._report.refuse(folder, f"cannot be read: {error.strerror}")
        finally:
            os.close(descriptor)
        return sorted(found)

    @contextmanager
    def contents(self, wanted: Collection[Entry], meter: Meter) -> Iterator[Read]:
        def read(entry: Entry) -> SourceFile | None:
            most = min(entry.size, meter.limits.file_bytes)
            try:
                content = _content(self._root, entry.path, most)
            except OSError as error:
                self._report.refuse(entry.path, f"cannot be read: {error.strerror}")
                return None
            if content is None:
                self._report.refuse(entry.path, "is no longer a regular file")
                return None
            meter.read(len(content))
            return SourceFile(entry.path, content, whole=len(content) == entry.size)

        yield read


def _open_below(root: Path, path: str, flags: int) -> int:
    """Opens a path below a folder part by part, so that no link on the way is followed."""
    parts = path.split("/") if path else []
    # The root itself is the user's own choice, and may be a link.
    descriptor = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        try:
            following = os.open(part, flags if last else _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor


def _content(root: Path, path: str, most: int) -> bytes | None:
    """The first `most` bytes of a file; None for what is not a regular file."""
    descriptor = _open_below(root, path, _FILE)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
