"""Checksums that the standard library does not have in the form that a tool prints."""

from __future__ import annotations

from functools import cache

POLYNOMIAL = 0x04C11DB7


@cache
def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (POLYNOMIAL if value & 0x8000_0000 else 0)) & 0xFFFF_FFFF
        found.append(value)
    return tuple(found)


def posix_crc(data: bytes) -> int:
    """The sum that POSIX asks of `cksum`: the length of the data goes in at its end."""
    table, crc, length = _table(), 0, len(data)
    tail = []
    while length:
        tail.append(length & 0xFF)
        length >>= 8
    for byte in (*data, *tail):
        crc = (crc << 8 ^ table[crc >> 24 ^ byte]) & 0xFFFF_FFFF
    return ~crc & 0xFFFF_FFFF
