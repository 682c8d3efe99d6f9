"""A source that is a tar or zip archive. Nothing of it is ever written to a disk."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from shellwright.errors import UserError
from shellwright.skills.found import SourceFile
from shellwright.skills.sources.choose import Entry
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.meter import Damaged, Meter, Stopped
from shellwright.skills.sources.paths import Unsafe, is_relevant, safe_path
from shellwright.skills.sources.report import Report
from shellwright.skills.sources.tar import BLOCK, TarReader, looks_like_tar
from shellwright.skills.sources.tree import Read, Tree
from shellwright.skills.sources.unpack import unpacked
from shellwright.skills.sources.zip import Broken, ZipReader


def open_archive(path: Path, limits: Limits, report: Report) -> Tree:
    """The tree in an archive. Raises UserError for what is none."""
    advice = "correct the source's `path` in skills.sources"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UserError(f"{path}: not a regular file; {advice}")
        kind = archive_kind(path, limits)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; {advice}") from None
    if kind is None:
        raise UserError(f"{path}: neither a tar nor a zip archive; {advice}")
    return _Zip(path, report) if kind == "zip" else _Tar(path, report)


def archive_kind(path: Path, limits: Limits) -> Literal["tar", "zip"] | None:
    """What sort of archive a file is, by its first bytes, or None. Raises OSError."""
    with path.open("rb") as file:
        if file.read(4) in (b"PK\3\4", b"PK\5\6"):
            return "zip"
        try:
            head = unpacked(file, Meter(limits)).read(BLOCK)
        except Stopped:
            return "tar"  # the listing will say what is wrong
    return "tar" if looks_like_tar(head) else None


class _Checked:
    """Which members are taken: regular files with a safe path of their own."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._seen: set[str] = set()

    def entry(self, name: bytes, kind: str, size: int, place: int) -> Entry | None:
        try:
            path = safe_path(name)
        except Unsafe as reason:
            self._report.refuse(name, str(reason))
            return None
        if kind == "folder" or not path:
            return None
        if kind != "file":
            self._report.refuse(path, kind)
            return None
        if path in self._seen:
            self._report.refuse(path, "another file of the archive has the same path")
            return None
        self._seen.add(path)
        return Entry(path, size, place, unread=not is_relevant(path))


class _Tar:
    """A tar archive: read once for the list of its files, and once for those that are wanted."""

    def __init__(self, path: Path, report: Report) -> None:
        self._path = path
        self._report = report

    @contextmanager
    def _reader(self, meter: Meter) -> Iterator[TarReader]:
        with self._path.open("rb") as file:
            yield TarReader(unpacked(file, meter), meter)

    def entries(self, meter: Meter) -> Iterator[Entry]:
        checked = _Checked(self._report)
        with self._reader(meter) as reader:
            for member in reader.members():
                entry = checked.entry(member.name, member.kind, member.size, member.number)
                if entry is not None:
                    yield entry

    @contextmanager
    def contents(self, wanted: Collection[Entry], meter: Meter) -> Iterator[Read]:
        found = self._loaded({int(entry.place): entry for entry in wanted}, meter)

        def read(entry: Entry) -> SourceFile | None:
            return found.get(entry.path)

        yield read

    def _loaded(self, wanted: dict[int, Entry], meter: Meter) -> dict[str, SourceFile]:
        """The wanted files, in memory."""
        found: dict[str, SourceFile] = {}
        last = max(wanted, default=-1)
        try:
            with self._reader(meter) as reader:
                # The last one is not skipped to its end: what follows it does not matter.
                for member in reader.members() if wanted else ():
                    entry = wanted.get(member.number)
                    if entry is not None:
                        content = reader.read(meter.limits.file_bytes)
                        whole = len(content) == member.size
                        if len(content) < min(member.size, meter.limits.file_bytes):
                            self._report.refuse(entry.path, "is cut off; its beginning is read")
                        found[entry.path] = SourceFile(entry.path, content, whole)
                    if member.number == last:
                        break
        except Damaged:
            pass  # the listing has come to the same place, and has said so
        except Stopped as reason:
            self._report.stop(str(reason))
        return found


class _Zip:
    """A zip archive."""

    def __init__(self, path: Path, report: Report) -> None:
        self._path = path
        self._report = report

    def entries(self, meter: Meter) -> Iterator[Entry]:
        checked = _Checked(self._report)
        with self._path.open("rb") as file:
            for member in ZipReader(file).members(meter):
                entry = checked.entry(member.name, member.kind, member.size, member.place)
                if entry is not None:
                    yield entry

    @contextmanager
    def contents(self, wanted: Collection[Entry], meter: Meter) -> Iterator[Read]:
        with self._path.open("rb") as file:
            reader = ZipReader(file) if wanted else None

            def read(entry: Entry) -> SourceFile | None:
                if reader is None:
                    return None
                try:
                    content = reader.read(int(entry.place), meter.limits.file_bytes, meter)
                except Broken as reason:
                    self._report.refuse(entry.path, str(reason))
                    return None
                return SourceFile(entry.path, content, whole=len(content) == entry.size)

            yield read
