"""Encryption as `openssl enc -aes-256-cbc -pbkdf2 -md sha256 -a` does it, for fixtures.

The standard library has no AES. What lies in a fixture is small, so that this need not be fast;
it must not be used to protect anything.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from functools import cache


@cache
def _sbox() -> bytes:
    """The substitution table: inverses in GF(2^8), then an affine map."""
    table, p, q = bytearray(256), 1, 1
    while True:
        p = (p ^ (p << 1) ^ (0x11B if p & 0x80 else 0)) & 0xFF
        for shift in (1, 2, 4):
            q = (q ^ (q << shift)) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q
        for shift in range(1, 5):
            turned ^= (q << shift | q >> (8 - shift)) & 0xFF
        table[p] = turned ^ 0x63
        if p == 1:
            break
    table[0] = 0x63
    return bytes(table)


@cache
def _mix() -> list[list[int]]:
    """For each row of the state, what a substituted byte adds to the mixed column."""
    first = []
    for byte in _sbox():
        double = (byte << 1) ^ (0x11B if byte & 0x80 else 0)
        first.append(double << 24 | byte << 16 | byte << 8 | double ^ byte)
    tables = [first]
    for _ in range(3):
        tables.append([(word >> 8 | word << 24) & 0xFFFFFFFF for word in tables[-1]])
    return tables


def _schedule(key: bytes) -> list[int]:
    """The 60 words of the round keys of AES-256."""
    box, words, constant = _sbox(), list(struct.unpack(">8I", key)), 1
    for place in range(8, 60):
        word = words[-1]
        if place % 8 == 0:
            word = (word << 8 | word >> 24) & 0xFFFFFFFF
        if place % 4 == 0:
            word = int.from_bytes(bytes(box[byte] for byte in word.to_bytes(4, "big")), "big")
        if place % 8 == 0:
            word ^= constant << 24
            constant <<= 1
        words.append(words[place - 8] ^ word)
    return words


def _block(state: list[int], keys: list[int]) -> list[int]:
    """One block, as four words, encrypted."""
    (t0, t1, t2, t3), box = _mix(), _sbox()
    state = [word ^ key for word, key in zip(state, keys, strict=False)]
    for start in range(4, 56, 4):
        state = [
            t0[state[n] >> 24]
            ^ t1[state[(n + 1) % 4] >> 16 & 255]
            ^ t2[state[(n + 2) % 4] >> 8 & 255]
            ^ t3[state[(n + 3) % 4] & 255]
            ^ keys[start + n]
            for n in range(4)
        ]
    return [
        (
            box[state[n] >> 24] << 24
            | box[state[(n + 1) % 4] >> 16 & 255] << 16
            | box[state[(n + 2) % 4] >> 8 & 255] << 8
            | box[state[(n + 3) % 4] & 255]
        )
        ^ keys[56 + n]
        for n in range(4)
    ]


@cache
def sealed(content: bytes, passphrase: str, rounds: int, salt: bytes) -> bytes:
    """The content, encrypted and in lines of base64. The salt has eight bytes."""
    derived = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, rounds, 48)
    keys, last = _schedule(derived[:32]), list(struct.unpack(">4I", derived[32:]))
    padding = 16 - len(content) % 16
    plain, out = content + bytes([padding]) * padding, [b"Salted__", salt]
    for words in struct.iter_unpack(">4I", plain):
        last = _block([a ^ b for a, b in zip(words, last, strict=True)], keys)
        out.append(struct.pack(">4I", *last))
    text = base64.b64encode(b"".join(out))
    return b"".join(text[start : start + 64] + b"\n" for start in range(0, len(text), 64))
