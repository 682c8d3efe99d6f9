"""Bytes of unknown origin as text."""

from __future__ import annotations

import codecs
import re

MAX_TEXT = 256 * 1024
#: What terminals and parsers trip over. Invisible characters that deceive the reader (overrides of
#: the writing direction, zero-width and tag characters) stay: the safety filter looks for them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_NEWLINE = re.compile("\r\n?|\x0c|\x85")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, with `\\n` between its lines, and what had to be repaired for that.

    It is read as UTF-8, or as UTF-16 where it starts with a byte order mark for it, else as
    Latin-1. At most MAX_TEXT bytes are read.
    """
    problems: list[str] = []
    cut = len(content) > MAX_TEXT
    if cut:
        content = content[:MAX_TEXT]
        problems.append(f"text: only its first {MAX_TEXT // 1024} kB are read")
    utf16 = _UTF16.get(content[:2])
    try:
        # The cut may go through a character; what is left of it is dropped.
        text = codecs.getincrementaldecoder(utf16 or "utf-8")().decode(content, final=not cut)
        if utf16:
            problems.append("text: UTF-16 instead of UTF-8")
    except UnicodeDecodeError:
        text = content.decode("utf-16" if utf16 else "latin-1", "replace")
        problems.append("text: broken UTF-16" if utf16 else "text: not UTF-8; read as Latin-1")
    text = _NEWLINE.sub("\n", text.removeprefix("\ufeff"))
    clean = _CONTROL.sub("", text)
    if clean != text:
        problems.append(f"text: {len(text) - len(clean)} control characters dropped")
    return clean, tuple(problems)
