"""Reads tar archives from a stream: headers and contents, nothing else.

The standard library's reader holds extended headers of any size in memory, and follows chains of
them by recursion; a hostile archive ends both. This one is bounded everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shellwright.skills.sources.meter import Damaged, Meter

BLOCK = 512
_CHUNK = 256 * 1024
#: An extended header holds a path and some numbers.
_LONGEST_HEADER = 1024 * 1024
_KINDS = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "is a hard link",
    b"2": "is a symbolic link",
    b"3": "is a device",
    b"4": "is a device",
    b"5": "folder",
    b"6": "is a FIFO",
    b"S": "is a sparse file",
}
_WITHOUT_CONTENT = (b"1", b"2", b"3", b"4", b"5", b"6")
_GNU_NAME, _GNU_LINK, _PAX, _SOLARIS, _PAX_GLOBAL = b"L", b"K", b"x", b"X", b"g"


@dataclass(frozen=True)
class Member:
    """`kind` is `file`, `folder`, or what else it is; `number` is its place in the archive."""

    number: int
    name: bytes
    kind: str
    size: int


class TarReader:
    """Reads an archive once, from its beginning to its end."""

    def __init__(self, stream: BinaryIO, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter
        self._left = 0  # bytes of the member's content that are still to come, without padding
        self._padding = 0

    def members(self) -> Iterator[Member]:
        """The members. Raises Damaged where the archive breaks off."""
        number = 0
        name: bytes | None = None
        size: int | None = None
        sparse = False
        while True:
            self._skip()
            header = self._exactly(BLOCK)
            if not header.strip(b"\0"):
                return
            self._meter.entry()
            _verify(header)
            kind = header[156:157]
            stated = _number(header[124:136])
            if kind in (_PAX, _SOLARIS, _GNU_NAME):
                content = self._extended(stated)
                if kind == _GNU_NAME:
                    name = content.rstrip(b"\0")
                else:
                    records = _records(content)
                    name = records.get(b"path", name)
                    size = _decimal(records[b"size"]) if b"size" in records else size
                    sparse = any(key.startswith(b"GNU.sparse.") for key in records)
                continue
            if kind in (_GNU_LINK, _PAX_GLOBAL):
                self._content(stated)
                continue
            if kind == b"S":
                self._sparse_map(header)
            name = _name(header) if name is None else name
            size = stated if size is None else size
            self._content(0 if kind in _WITHOUT_CONTENT else size)
            what = _KINDS.get(kind, "is of an unknown kind")
            if what == "file" and name.endswith(b"/"):
                what = "folder"
            if what == "file" and sparse:
                what = "is a sparse file"
            yield Member(number, name, what, size)
            number += 1
            name, size, sparse = None, None, False

    def read(self, most: int) -> bytes:
        """The next bytes of the present member; fewer than `most` where it, or the file, ends."""
        wanted = min(most, self._left)
        parts = []
        while wanted:
            try:
                part = self._stream.read(min(wanted, _CHUNK))
            except Damaged:
                break  # what follows will fail in the same way, and say so
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
        return b"".join(parts)

    def _content(self, size: int) -> None:
        self._left = size
        self._padding = -size % BLOCK

    def _skip(self) -> None:
        """Goes to the next header."""
        left = self._left + self._padding
        self._left = self._padding = 0
        while left:
            part = self._stream.read(min(left, _CHUNK))
            if not part:
                raise Damaged("the archive is cut off")
            left -= len(part)

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise Damaged("the archive is cut off")
        return data

    def _extended(self, size: int) -> bytes:
        if size > _LONGEST_HEADER:
            raise Damaged(f"the archive is damaged: an extended header of {size} bytes")
        data = self._exactly(size)
        self._content(0)
        self._padding = -size % BLOCK
        return data

    def _sparse_map(self, header: bytes) -> None:
        """Passes over the blocks that say where a sparse file of the old GNU form has holes."""
        more = header[482]
        while more:
            self._meter.entry()
            more = self._exactly(BLOCK)[504]


def looks_like_tar(block: bytes) -> bool:
    """Whether these bytes begin as an archive does."""
    try:
        _verify(block[:BLOCK])
    except Damaged:
        return len(block) >= BLOCK and not block[:BLOCK].strip(b"\0")
    return True


def _verify(header: bytes) -> None:
    """Raises Damaged for a header whose checksum is not its own."""
    if len(header) == BLOCK:
        blank = header[:148] + b" " * 8 + header[156:]
        stated, total = _number(header[148:156]), sum(blank)
        # Some old programs summed signed bytes.
        if stated == total or stated == total - 256 * sum(byte > 127 for byte in blank):
            return
    raise Damaged("the archive is damaged: a header with a wrong checksum")


def _number(field: bytes) -> int:
    """A number as tar writes it: octal digits, or binary for large ones."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        number = int(field.split(b"\0", 1)[0].strip() or b"0", 8)
    except ValueError:
        raise Damaged("the archive is damaged: a header with a number that is none") from None
    if number < 0:
        raise Damaged("the archive is damaged: a negative number in a header")
    return number


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise Damaged("the archive is damaged: a size that is none")
    return int(digits)


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0]
    # Only the POSIX form has a prefix; GNU keeps other things in that place.
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _records(content: bytes) -> dict[bytes, bytes]:
    """The records `<length> <key>=<value>` and a line feed of an extended header."""
    records: dict[bytes, bytes] = {}
    place = 0
    while place < len(content) and content[place]:
        digits, space, _ = content[place : place + 9].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = content[place + len(digits) + 1 : place + length]
        key, equals, value = record.partition(b"=")
        if not equals or not record.endswith(b"\n") or place + length > len(content):
            raise Damaged("the archive is damaged: an extended header that is none")
        records[key] = value[:-1]
        place += length
    return records
