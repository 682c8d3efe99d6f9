"""The tokeniser ``tok-v1``, which decontamination and exact dedup share.

A token is a run of word bytes of the UTF-8 text: ASCII letters (lowered), ASCII digits and every
byte from 0x80 up. All else separates. Text inside JSON separates as it would outside: the escapes
``\\n``, ``\\r`` and ``\\t`` (a backslash and a letter) are separators, too. Without this rule a
line break inside a JSON string glues its letter to the next word, and nothing embedded in a
tool call is ever found.

The version is part of every artifact whose content depends on it.
"""

VERSION = "tok-v1"

_ESCAPES = (b"\\n", b"\\r", b"\\t")


def _table() -> bytes:
    table = bytearray(b" " * 256)
    for byte in range(256):
        if chr(byte).isascii() and not chr(byte).isalnum():
            continue
        table[byte] = byte
    for byte in range(ord("A"), ord("Z") + 1):
        table[byte] = byte + 32
    return bytes(table)


_TABLE = _table()


def tokenise(text: str | bytes) -> list[bytes]:
    """Return the tokens of ``text``; a string is taken as its UTF-8 bytes."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if b"\\" in data:
        for escape in _ESCAPES:
            data = data.replace(escape, b"  ")
    return data.translate(_TABLE).split()


def normalise(text: str | bytes) -> bytes:
    """Return the tokens of ``text``, joined by single spaces: what exact dedup compares."""
    return b" ".join(tokenise(text))
