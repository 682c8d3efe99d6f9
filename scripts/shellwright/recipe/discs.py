"""Images of discs: a FAT12 floppy and an ISO 9660 disc, byte by byte.

Both are what old machines wrote: names in capitals, local times that are taken as UTC.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shellwright.recipe.resource import DEFAULT_MTIME

SECTOR = 512
#: The 720 KiB format: two sectors a cluster, three sectors a table, 112 slots in the root.
SECTORS, CLUSTER, TABLE, SLOTS = 1440, 1024, 3, 112
FIRST = 1 + 2 * TABLE + SLOTS * 32 // SECTOR
HIDDEN, SYSTEM, VOLUME, FOLDER, ARCHIVE = 2, 4, 8, 16, 32
BLOCK = 2048
#: More than a directory record takes up.
RECORD = 80


@dataclass(frozen=True, order=True)
class DiscFile:
    """A file on a disc; `name` is its path in capitals with `/` between the parts."""

    name: str
    content: bytes
    mtime: int = DEFAULT_MTIME
    attributes: int = ARCHIVE


def floppy(label: str, files: Sequence[DiscFile]) -> bytes:
    """A 720 KiB floppy with these files, in at most one level of folders."""
    return _Floppy(label, serial(files)).written(files)


def serial(files: Sequence[DiscFile]) -> int:
    """The serial number that a floppy with these files gets."""
    return zlib.crc32(b"".join(file.content for file in files))


def free_bytes(files: Sequence[DiscFile]) -> int:
    """The bytes in clusters that these files leave free on a floppy."""
    folders = {file.name.rpartition("/")[0] for file in files} - {""}
    held = [(sum(f.name.startswith(f"{n}/") for f in files) + 2) * 32 for n in folders]
    held += [len(file.content) for file in files]
    all_clusters = (SECTORS - FIRST) * SECTOR // CLUSTER
    return (all_clusters - sum(-(-size // CLUSTER) for size in held)) * CLUSTER


class _Floppy:
    def __init__(self, label: str, serial: int) -> None:
        self.label, self.serial = label, serial
        self.chains: dict[int, int] = {}
        self.data = bytearray((SECTORS - FIRST) * SECTOR)
        self.free = 2

    def written(self, files: Sequence[DiscFile]) -> bytes:
        """The whole image."""
        root = [_slot(f"{self.label:<11}", VOLUME, 0, 0, DEFAULT_MTIME)]
        for folder in sorted({file.name.rpartition("/")[0] for file in files}):
            inner = [file for file in files if file.name.rpartition("/")[0] == folder]
            if folder:
                root.append(self._folder(folder, inner))
            else:
                root += [self._file(file) for file in inner]
        boot = b"\xeb\x3c\x90MSDOS5.0" + struct.pack(
            "<HBHBHHBHHHIIBBBI11s8s",
            *(SECTOR, CLUSTER // SECTOR, 1, 2, SLOTS, SECTORS, 0xF9, TABLE, 9, 2, 0, 0),
            *(0, 0, 0x29, self.serial, f"{self.label:<11}".encode(), b"FAT12   "),
        )
        boot = boot.ljust(510, b"\0") + b"\x55\xaa"
        return boot + 2 * self._table() + b"".join(root).ljust(SLOTS * 32, b"\0") + self.data

    def _folder(self, name: str, files: Sequence[DiscFile]) -> bytes:
        own = self._store(bytes((len(files) + 2) * 32))
        slots = [_slot(f"{dots:<11}", FOLDER, 0, 0, DEFAULT_MTIME) for dots in (".", "..")]
        slots[0] = _slot(f"{'.':<11}", FOLDER, own, 0, DEFAULT_MTIME)
        slots += [self._file(file) for file in files]
        start = (own - 2) * CLUSTER
        self.data[start : start + 32 * len(slots)] = b"".join(slots)
        return _slot(_packed(name), FOLDER, own, 0, DEFAULT_MTIME)

    def _file(self, file: DiscFile) -> bytes:
        name = _packed(file.name.rpartition("/")[2])
        first = self._store(file.content) if file.content else 0
        return _slot(name, file.attributes, first, len(file.content), file.mtime)

    def _store(self, content: bytes) -> int:
        """Put the content into the next free clusters and return the first one."""
        first, count = self.free, -(-len(content) // CLUSTER)
        start = (first - 2) * CLUSTER
        if start + count * CLUSTER > len(self.data):
            raise ValueError("the files do not fit on a floppy")
        self.data[start : start + len(content)] = content
        for number in range(first, first + count):
            self.chains[number] = number + 1
        self.chains[first + count - 1] = 0xFFF
        self.free += count
        return first

    def _table(self) -> bytes:
        cells = [0xFF9, 0xFFF, *(self.chains[n] for n in range(2, self.free))]
        cells += [0] * (len(cells) % 2)
        table = b"".join(
            bytes((low & 0xFF, low >> 8 | (high & 0xF) << 4, high >> 4))
            for low, high in zip(cells[::2], cells[1::2], strict=True)
        )
        return table.ljust(TABLE * SECTOR, b"\0")


def _packed(name: str) -> str:
    stem, _, extension = name.partition(".")
    return f"{stem[:8]:<8}{extension[:3]:<3}"


def dos_moment(mtime: int) -> tuple[int, int]:
    """Date and time as DOS writes them, to two seconds."""
    t = datetime.fromtimestamp(mtime, UTC)
    return (t.year - 1980) << 9 | t.month << 5 | t.day, t.hour << 11 | t.minute << 5 | t.second // 2


def _slot(name: str, attributes: int, first: int, size: int, mtime: int) -> bytes:
    day, time = dos_moment(mtime)
    return struct.pack("<11sB10xHHHI", name.encode("ascii"), attributes, time, day, first, size)


def compact_disc(volume: str, files: Sequence[DiscFile]) -> bytes:
    """An ISO 9660 disc with these files, in at most one level of folders."""
    names = sorted({file.name.rpartition("/")[0] for file in files} | {""})
    inner = {name: sorted(f for f in files if f.name.rpartition("/")[0] == name) for name in names}
    place, places = 20, {}
    for name in names:
        places[name] = place
        place += 1 + (len(names) + len(inner[name])) * RECORD // BLOCK
    sizes = {name: (end - places[name]) * BLOCK for name, end in _ends(names, places, place)}
    data, extents = bytearray(), {}
    for file in sorted(files):
        extents[file.name] = place + len(data) // BLOCK
        data += file.content + bytes(-len(file.content) % BLOCK)
    root = _record(b"\0", places[""], sizes[""], DEFAULT_MTIME, 2)
    tables = [_path_table(names, places, order) for order in "<>"]
    out = bytearray(16 * BLOCK)
    out += _descriptor(volume, place + len(data) // BLOCK, len(tables[0]), root)
    out += (b"\xffCD001\x01").ljust(BLOCK, b"\0")
    for table in tables:
        out += table.ljust(BLOCK, b"\0")
    for name in names:
        out += _folder(name, names, inner[name], places, sizes, extents)
    return bytes(out + data)


def _ends(names: Sequence[str], places: dict[str, int], last: int) -> list[tuple[str, int]]:
    return list(zip(names, [*(places[name] for name in names[1:]), last], strict=True))


def _folder(
    name: str,
    names: Sequence[str],
    files: Sequence[DiscFile],
    places: dict[str, int],
    sizes: dict[str, int],
    extents: dict[str, int],
) -> bytes:
    records = [
        _record(b"\0", places[name], sizes[name], DEFAULT_MTIME, 2),
        _record(b"\1", places[""], sizes[""], DEFAULT_MTIME, 2),
    ]
    if not name:
        records += [_record(n.encode(), places[n], sizes[n], DEFAULT_MTIME, 2) for n in names if n]
    for file in files:
        own = f"{file.name.rpartition('/')[2]};1".encode()
        records.append(_record(own, extents[file.name], len(file.content), file.mtime, 0))
    out = bytearray()
    for record in records:
        if len(out) % BLOCK + len(record) > BLOCK:
            out += bytes(-len(out) % BLOCK)
        out += record
    if len(out) > sizes[name]:
        raise ValueError(f"too many files in {name or 'the root'}")
    return bytes(out.ljust(sizes[name], b"\0"))


def _both(form: str, value: int) -> bytes:
    return struct.pack("<" + form, value) + struct.pack(">" + form, value)


def _record(name: bytes, place: int, size: int, mtime: int, flags: int) -> bytes:
    t = datetime.fromtimestamp(mtime, UTC)
    body = b"\0" + _both("I", place) + _both("I", size)
    body += bytes((t.year - 1900, t.month, t.day, t.hour, t.minute, t.second, 0, flags, 0, 0))
    body += _both("H", 1) + bytes((len(name),)) + name + bytes(1 - len(name) % 2)
    return bytes((len(body) + 1,)) + body


def _path_table(names: Sequence[str], places: dict[str, int], order: str) -> bytes:
    table = b""
    for name in names:
        own = name.encode() or b"\0"
        table += struct.pack(f"{order}BBIH", len(own), 0, places[name], 1)
        table += own + bytes(len(own) % 2)
    return table


def _descriptor(volume: str, blocks: int, table: int, root: bytes) -> bytes:
    moment = datetime.fromtimestamp(DEFAULT_MTIME, UTC).strftime("%Y%m%d%H%M%S00").encode() + b"\0"
    never = b"0" * 16 + b"\0"
    text = b"\1CD001\1\0" + b" " * 32 + f"{volume:<32}".encode() + bytes(8) + _both("I", blocks)
    text += bytes(32) + _both("H", 1) * 2 + _both("H", BLOCK) + _both("I", table)
    text += struct.pack("<II", 18, 0) + struct.pack(">II", 19, 0) + root
    text += b" " * (128 * 4 + 37 * 3) + moment * 2 + never * 2 + b"\1"
    return text.ljust(BLOCK, b"\0")
