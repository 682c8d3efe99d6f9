"""Quotes of hostile text that are safe to show."""

from __future__ import annotations

import unicodedata

MAX_QUOTE = 200
#: Format and control characters, surrogates, private use: they deceive readers and terminals.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """`text` on one line of at most MAX_QUOTE characters; what cannot be seen is spelt out."""
    parts: list[str] = []
    length = 0
    for character in " ".join(text[: 4 * MAX_QUOTE].split()):
        if unicodedata.category(character) in _UNSEEN:
            character = f"\\u{{{ord(character):x}}}"
        if length + len(character) > MAX_QUOTE - 1:
            return "".join(parts) + "…"
        parts.append(character)
        length += len(character)
    return "".join(parts)
