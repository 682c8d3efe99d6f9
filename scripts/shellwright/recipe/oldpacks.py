"""Containers of the eighties and nineties, written without compression where they allow it."""

from __future__ import annotations

import binascii
import struct
import zlib
from collections.abc import Mapping

from shellwright.recipe.discs import dos_moment
from shellwright.recipe.resource import Entry


def lzw(data: bytes) -> bytes:
    """What `compress` makes: LZW with codes of 9 to 16 bits, in groups of eight."""
    out, group, width = bytearray(b"\x1f\x9d\x90"), list[int](), 9

    def flush() -> None:
        bits = sum(code << (place * width) for place, code in enumerate(group))
        out.extend(bits.to_bytes(width, "little"))
        group.clear()

    known = {bytes((n,)): n for n in range(256)}
    free, current = 257, b""
    for byte in data:
        longer = current + bytes((byte,))
        if longer in known:
            current = longer
            continue
        group.append(known[current])
        if len(group) == 8:
            flush()
        if free < 1 << 16:
            known[longer] = free
            free += 1
            # The reader is one entry behind: the width grows when the new entry needs it.
            if free - 1 >= 1 << width:
                if group:
                    flush()
                width += 1
        current = bytes((byte,))
    group.append(known[current])
    bits = sum(code << (place * width) for place, code in enumerate(group))
    return bytes(out) + bits.to_bytes(-(-len(group) * width // 8), "little")


def arj(title: str, members: Mapping[str, Entry], moment: int) -> bytes:
    """An ARJ archive, members stored."""
    out = _arj_header(title, 2, moment, 0, 0, 0)
    for name, entry in members.items():
        size, crc = len(entry.content), zlib.crc32(entry.content)
        out += _arj_header(name, 0, entry.mtime, size, size, crc) + entry.content
    return out + b"\x60\xea\0\0"


def _arj_header(name: str, kind: int, mtime: int, packed: int, size: int, crc: int) -> bytes:
    day, time = dos_moment(mtime)
    first = struct.pack(
        "<8B4IHHH", *(30, 11, 1, 0, 16, 0, kind, 0), day << 16 | time, packed, size, crc, 0, 32, 0
    )
    body = first + name.encode() + b"\0\0"
    return (
        b"\x60\xea" + struct.pack("<H", len(body)) + body + struct.pack("<IH", zlib.crc32(body), 0)
    )


def cabinet(members: Mapping[str, Entry]) -> bytes:
    """A Microsoft cabinet with one folder, uncompressed."""
    files, data = b"", b""
    for name, entry in members.items():
        day, time = dos_moment(entry.mtime)
        files += struct.pack("<IIHHHH", len(entry.content), len(data), 0, day, time, 0x20)
        files += name.replace("/", "\\").encode() + b"\0"
        data += entry.content
    pieces = [data[start : start + 32_768] for start in range(0, len(data), 32_768)]
    body = b"".join(struct.pack("<IHH", 0, len(p), len(p)) + p for p in pieces)
    start = 36 + 8 + len(files)
    head = b"MSCF" + struct.pack(
        "<IIIIIBBHHHHH", 0, start + len(body), 0, 44, 0, 3, 1, 1, len(members), 0, 7, 0
    )
    return head + struct.pack("<IHH", start, len(pieces), 0) + files + body


def lzh(members: Mapping[str, Entry]) -> bytes:
    """An LHA archive with headers of level 0, members stored."""
    out = b""
    for name, entry in members.items():
        day, time = dos_moment(entry.mtime)
        size = len(entry.content)
        own = name.replace("/", "\\").encode()
        body = b"-lh0-" + struct.pack("<IIIBB", size, size, day << 16 | time, 0x20, 0)
        body += bytes((len(own),)) + own + struct.pack("<H", _crc16(entry.content))
        out += bytes((len(body), sum(body) & 0xFF)) + body + entry.content
    return out + b"\0"


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def cpio(members: Mapping[str, Entry]) -> bytes:
    """A cpio archive in the portable format of 1988 (odc)."""
    out = b""
    for number, (name, entry) in enumerate(members.items(), 1):
        mode = (0o040000 if entry.kind == "dir" else 0o100000) | entry.mode
        out += _odc(number, mode, entry.mtime, name, entry.content)
    return out + _odc(0, 0, 0, "TRAILER!!!", b"")


def _odc(number: int, mode: int, mtime: int, name: str, content: bytes) -> bytes:
    own = name.encode() + b"\0"
    fields = (1, number, mode, 1000, 1000, 1, 0)
    head = "070707" + "".join(f"{field:06o}" for field in fields)
    return f"{head}{mtime:011o}{len(own):06o}{len(content):011o}".encode() + own + content


def uuencoded(name: str, content: bytes) -> bytes:
    """A file as it was mailed before MIME."""
    lines = [f"begin 644 {name}\n".encode()]
    lines += [
        binascii.b2a_uu(content[start : start + 45], backtick=True)
        for start in range(0, len(content), 45)
    ]
    return b"".join(lines) + b"`\nend\n"
