"""Reads zip archives: the directory at the end entry by entry, then single members.

The standard library's reader builds its whole list before anybody can look at how long it is.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shellwright.skills.sources.meter import Damaged, Meter

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 64 * 1024
_LONGEST_COMMENT = 0xFFFF
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_STORED, _DEFLATED = 0, 8


class Broken(Exception):
    """One member cannot be read. The message says why."""


@dataclass(frozen=True)
class Member:
    """`kind` is `file`, `folder`, or what else it is; `place` is where the directory has it."""

    place: int
    name: bytes
    kind: str
    size: int
    packed: int
    header: int
    method: int
    crc: int


class ZipReader:
    """An archive, open. Raises Damaged where its end is missing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start, self._stop, self._base = _directory(file)
        self._used = 0  # packed bytes that have been unpacked

    def members(self, meter: Meter) -> Iterator[Member]:
        """The entries of the directory. Raises Damaged where it breaks off."""
        place = self._start
        while place < self._stop:
            meter.entry()
            member, place = self._member(place)
            yield member

    def _member(self, place: int) -> tuple[Member, int]:
        """The entry of the directory at `place`, and where the next one begins."""
        self._file.seek(place)
        fields = _unpack(_CENTRAL, self._file, b"PK\1\2")
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        name_length, extra_length, comment_length = fields[10:13]
        name = self._file.read(name_length)
        extra = self._file.read(extra_length)
        size, packed, header = _large(extra, size, packed, fields[16])
        mode = stat.S_IFMT(fields[15] >> 16)
        kind = _kind(name, flags, method, mode)
        member = Member(place, name, kind, size, packed, self._base + header, method, crc)
        return member, place + _CENTRAL.size + name_length + extra_length + comment_length

    def read(self, place: int, most: int, meter: Meter) -> bytes:
        """The first `most` bytes of the member at `place`. Raises Broken for one that lies."""
        member, _ = self._member(place)
        if not self._base <= member.header < self._start:
            raise Broken("does not lie where the archive says")
        self._file.seek(member.header)
        try:
            fields = _unpack(_LOCAL, self._file, b"PK\3\4")
        except Damaged as error:
            raise Broken(str(error)) from None
        self._file.seek(fields[9] + fields[10], 1)
        wanted = min(most, member.size)
        # One byte more shows a member that is longer than it says.
        content = self._inflated(member, wanted + (wanted == member.size))
        meter.read(len(content), self._used)
        if len(content) < wanted or len(content) > member.size:
            raise Broken(f"is not of {member.size} bytes, as the archive says")
        if len(content) == member.size and zlib.crc32(content) != member.crc:
            raise Broken("does not have the checksum that the archive says")
        return content

    def _inflated(self, member: Member, most: int) -> bytes:
        """Up to `most` bytes of the content."""
        if member.method == _STORED:
            content = self._file.read(min(most, member.packed))
            self._used += len(content)
            return content
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        left, found = member.packed, b""
        try:
            while len(found) < most and not inflater.eof:
                data = inflater.unconsumed_tail or self._file.read(min(left, _CHUNK))
                if not data:
                    break
                if not inflater.unconsumed_tail:
                    left -= len(data)
                    self._used += len(data)
                found += inflater.decompress(data, most - len(found))
        except zlib.error as error:
            raise Broken(f"is damaged: {error}") from None
        return found


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins and ends, and where the archive itself begins."""
    size = file.seek(0, 2)
    tail_start = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    found = tail.rfind(b"PK\5\6")
    if found < 0 or len(tail) - found < _END.size:
        raise Damaged("the archive is cut off: a zip has its list of files at its end")
    end = tail_start + found
    fields = _END.unpack_from(tail, found)
    length, offset = fields[5], fields[6]
    if end >= _LOCATOR64.size:
        file.seek(end - _LOCATOR64.size)
        locator = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
        if locator[0] == b"PK\6\7":
            end -= _LOCATOR64.size + _END64.size
            file.seek(max(0, end))
            large = _unpack(_END64, file, b"PK\6\6")
            length, offset = large[8], large[9]
    base = end - length - offset
    if base < 0:
        raise Damaged("the archive is damaged: its list of files lies outside")
    return end - length, end, base


def _unpack(form: struct.Struct, file: BinaryIO, mark: bytes) -> tuple[int, ...]:
    """The fields of a record, the first of them the mark that it must begin with."""
    data = file.read(form.size)
    if len(data) < form.size or not data.startswith(mark):
        raise Damaged("the archive is damaged: a record is not where it should be")
    return form.unpack(data)


def _large(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """Size, packed size and place with those put in that need more than 32 bits."""
    place = 0
    numbers: list[int] = []
    while place + 4 <= len(extra):
        id_, length = struct.unpack_from("<2H", extra, place)
        if id_ == 1:
            field = extra[place + 4 : place + 4 + length]
            numbers = list(struct.unpack_from(f"<{min(len(field) // 8, 3)}Q", field))
        place += 4 + length
    values = [size, packed, header]
    for index, value in enumerate(values):
        if value == 0xFFFFFFFF and numbers:
            values[index] = numbers.pop(0)
    return values[0], values[1], values[2]


def _kind(name: bytes, flags: int, method: int, mode: int) -> str:
    if mode == stat.S_IFLNK:
        return "is a symbolic link"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a device, FIFO or socket"
    if name.endswith(b"/") or mode == stat.S_IFDIR:
        return "folder"
    if flags & _ENCRYPTED:
        return "is encrypted"
    if method not in (_STORED, _DEFLATED):
        return f"is compressed in a form that is not read (method {method})"
    return "file"
