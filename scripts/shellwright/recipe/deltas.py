"""Binary deltas in three formats: VCDIFF, bsdiff's and librsync's."""

from __future__ import annotations

import bz2
import difflib
import struct
from collections.abc import Iterator


def _blocks(old: bytes, new: bytes) -> Iterator[tuple[bytes, int, int]]:
    """What makes `new` of `old`: (bytes that are added, then where and how much is copied)."""
    before, after = (data.splitlines(keepends=True) for data in (old, new))
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    reached = 0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for a, b, count in matcher.get_matching_blocks():
        added = b"".join(after[reached:b])
        reached = b + count
        if added or count:
            yield added, starts[a], starts[a + count] - starts[a]


def vcdiff(old: bytes, new: bytes) -> bytes:
    """The delta in the format of RFC 3284, one window, default code table."""
    data, codes, addresses = bytearray(), bytearray(), bytearray()
    for added, place, count in _blocks(old, new):
        if added:
            data += added
            codes += b"\1" + _number(len(added))
        if count:
            codes += b"\x13" + _number(count)
            addresses += _number(place)
    body = _number(len(new)) + b"\0"
    body += b"".join(_number(len(part)) for part in (data, codes, addresses))
    body += data + codes + addresses
    window = b"\1" + _number(len(old)) + _number(0) + _number(len(body)) + body
    return b"\xd6\xc3\xc4\0\0" + window


def _number(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def bsdiff(old: bytes, new: bytes) -> bytes:
    """The delta in the format of Percival's bsdiff 4."""
    control, extra, place, copied = b"", b"", 0, 0
    for added, start, count in _blocks(old, new):
        control += struct.pack("<qq", copied, len(added)) + _signed(start - place - copied)
        extra += added
        place, copied = start, count
    control += struct.pack("<qqq", copied, 0, 0)
    zeros = bz2.compress(bytes(len(new) - len(extra)))
    packed = bz2.compress(control)
    head = b"BSDIFF40" + struct.pack("<qqq", len(packed), len(zeros), len(new))
    return head + packed + zeros + bz2.compress(extra)


def _signed(value: int) -> bytes:
    return struct.pack("<Q", abs(value) | (1 << 63 if value < 0 else 0))


def rdiff(old: bytes, new: bytes) -> bytes:
    """The delta in the format of librsync."""
    out = bytearray(b"rs\x02\x36")
    for added, place, count in _blocks(old, new):
        if added:
            out += b"\x43" + struct.pack(">I", len(added)) + added
        if count:
            out += b"\x4f" + struct.pack(">II", place, count)
    return bytes(out + b"\0")
