"""Recovery data in the format of PAR 2.0, for a handful of small files."""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from collections.abc import Mapping, Sequence
from functools import cache

FIELD = 65_535


def parity(files: Mapping[str, bytes], size: int, count: int) -> tuple[bytes, bytes]:
    """The index, and a volume with `count` recovery slices of `size` bytes for these files."""
    known = {_identity(name, data): (name, data) for name, data in files.items()}
    order = sorted(known, key=lambda identity: identity[::-1])
    main = struct.pack("<QI", size, len(order)) + b"".join(order)
    packets = [(b"Main", main)]
    slices: list[bytes] = []
    for identity in order:
        name, data = known[identity]
        own = [data[n : n + size].ljust(size, b"\0") for n in range(0, len(data), size)]
        packets.append((b"FileDesc", identity + _described(name, data)))
        sums = (hashlib.md5(s).digest() + struct.pack("<I", zlib.crc32(s)) for s in own)
        packets.append((b"IFSC", identity + b"".join(sums)))
        slices += own
    packets.append((b"Creator", b"parity writer   "))
    head = [_packet(main, kind, body) for kind, body in packets]
    recovery = [
        _packet(main, b"RecvSlic", struct.pack("<I", n) + _recovery(slices, n))
        for n in range(count)
    ]
    return b"".join(head), b"".join(recovery + head)


def _described(name: str, data: bytes) -> bytes:
    padded = name.encode() + bytes(-len(name.encode()) % 4)
    return b"".join(
        (
            hashlib.md5(data).digest(),
            hashlib.md5(data[:16_384]).digest(),
            struct.pack("<Q", len(data)),
            padded,
        )
    )


def _identity(name: str, data: bytes) -> bytes:
    start = hashlib.md5(data[:16_384]).digest()
    return hashlib.md5(start + struct.pack("<Q", len(data)) + name.encode()).digest()


def _packet(main: bytes, kind: bytes, body: bytes) -> bytes:
    hashed = hashlib.md5(main).digest() + b"PAR 2.0\0" + kind.ljust(8, b"\0") + body
    length = struct.pack("<Q", 32 + len(hashed))
    return b"PAR2\0PKT" + length + hashlib.md5(hashed).digest() + hashed


@cache
def _powers() -> tuple[array[int], array[int]]:
    """Powers of 2 in the field of 65536 elements, and their logarithms."""
    powers, logs, value = array("L", [0] * FIELD), array("L", [0] * (FIELD + 1)), 1
    for exponent in range(FIELD):
        powers[exponent], logs[value] = value, exponent
        value <<= 1
        if value > FIELD:
            value ^= 0x1100B
    return powers, logs


def _recovery(slices: Sequence[bytes], exponent: int) -> bytes:
    """The sum of all slices, each times its constant to the power of the exponent."""
    powers, logs = _powers()
    out = [0] * (len(slices[0]) // 2)
    bases = (n for n in range(FIELD) if n % 3 and n % 5 and n % 17 and n % 257)
    for base, data in zip(bases, slices, strict=False):
        factor = base * exponent % FIELD
        for place, word in enumerate(struct.unpack(f"<{len(data) // 2}H", data)):
            if word:
                out[place] ^= powers[(logs[word] + factor) % FIELD]
    return struct.pack(f"<{len(out)}H", *out)
