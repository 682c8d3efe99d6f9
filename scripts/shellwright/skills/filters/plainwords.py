"""Prose in plain words: as a model reads it, whatever stands in it.

`ig**no**re`, `іgnоre` in Cyrillic letters and a phrase that goes on behind the end of a line are
the words that they look like. Nothing is judged here, and every place leads back to the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

#: Letters of other alphabets that look like those of English, and small capitals. What Unicode
#: itself takes for the same letter (full width, bold, script, accents) is told by its own tables.
_ALIKE = dict(
    pair
    for letters, latin in (
        # Cyrillic, small and capital.
        ("авсԁеѐёгһніїјкԛмпорѕтцԝухүѵԍъьӏ", "abcdeeerhhiijkqmnopstuwyxyvgbbl"),
        ("АВСԀЕЅҒԌНІЇЈКӀМОРԚТԜУХҮЅ", "ABCDESFGHIIJKIMOPQTWYXYS"),
        # Greek.
        ("αβγεζηικνορστυχωϲϳ", "abyeznikvopotuxwcj"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC"),
        # Armenian, Coptic and phonetic letters, and such with a stroke or without a dot.
        ("ացոսօհɑɡıȷⲟøłđħŧ", "wgnuohagijooldht"),
        ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
        ("‘’ʼ′`´‐‑‒–—−", "''''''------"),
    )
    for pair in zip(letters, latin, strict=True)
)
#: Characters that are shown as white space although Unicode says otherwise.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u2028\u2029")
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Cn", "Co"})

#: What stands within a line and is no word: what is beyond ASCII, marks of emphasis, tags of HTML
#: for such, entities, links, marks that are escaped, and runs of white space.
_MARKS = re.compile(
    r"(?P<beyond>[^\x00-\x7f]+)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,20});)"
    r"|(?P<nothing></?(?:a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|s|small|span|strong|sub|sup|u"
    r"|wbr)(?:\s[^<>]{0,200})?>|<!--[^<>]{0,19}-->|\\(?=[*_`~#<>\[\]]|\Z)|\*{1,3}(?=\S)|(?<=\S)\*{1,3}|~~|`+"
    r"|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|!?\[(?=[^\[\]]{0,300}\]\()"
    r"|\]\([^()\s]{0,300}\))"
    r"|(?P<blank><br\s{0,2}/?>|[ \t]{2,}|\t)",
    re.IGNORECASE,
)
#: Where a line of prose starts something of its own: a heading, a list, a table, a block.
_APART = re.compile(r"[-*+•][ \t]|\d{1,3}[.)][ \t]|#{1,6}[ \t]|\||```|~~~|<!--|-{3}|={3}")
#: Which lines end what they start.
_WHOLE = re.compile(r"#{1,6}[ \t]|\||```|~~~|-{3}|={3}")
_QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")
_COMMENT = re.compile(r"[ \t]*(?:#+|//+|\*(?!\*)|--|;+)[ \t]+")
_CODE = re.compile(r"[={}();\[\]$|\\&]")
_BLANKS_IN_A_ROW = re.compile(r" {2,}")
_ENDS = (".", ";")
_FENCES = ("```", "~~~")


@dataclass(frozen=True)
class PlainWords:
    """Prose in plain words. `origin` tells where what stands at a place comes from."""

    text: str
    _starts: tuple[int, ...] = field(repr=False)
    _origins: tuple[int, ...] = field(repr=False)

    def origin(self, place: int) -> int:
        """The place in the text as it was written, or near it."""
        index = bisect_right(self._starts, place) - 1
        if index < 0:
            return place
        last = self._origins[index + 1] if index + 1 < len(self._origins) else None
        found = self._origins[index] + place - self._starts[index]
        return found if last is None else min(found, last)


class _Kept:
    """The parts of a text that have been kept so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[int] = []
        self._size = 0

    def add(self, words: str, origin: int) -> None:
        """Keep some words that stand, or stood in other form, at a place; of blanks in a row the
        first."""
        if words[:1] == " " and self.parts and self.parts[-1].endswith(" "):
            origin += len(words) - len(words.lstrip(" "))
            words = words.lstrip(" ")
        if words:
            self.parts.append(words)
            self.starts.append(self._size)
            self.origins.append(origin)
            self._size += len(words)

    def cut(self) -> None:
        """Take the last character away."""
        self.parts[-1] = self.parts[-1][:-1]
        self._size -= 1


def plain_words(text: str, code: bool = False) -> PlainWords:
    """Prose, or with `code` a script, of which comments that go on are joined and other lines that
    have no sign of code in them."""
    kept = _Kept()
    place = 0
    before = mark = ""
    for line in text.split("\n"):
        start = _start(line, code)
        words = line[start:].rstrip(" \t")
        same = not code or line[:start].strip() == mark
        joined = before and words and same and _goes_on(before, words, code, mark)
        if place > 0:
            if not joined:
                kept.add("\n", place - 1)
                if not code:
                    # A block of code is told by how far it is set in.
                    kept.add(line[:start], place)
            elif not _hyphenated(kept, before, words):
                kept.add(" ", place - 1)
        if words.startswith(_FENCES) and not code:
            kept.add(words, place + start)
        else:
            _add_line(kept, words, place + start)
        before = "" if _WHOLE.match(words) and not code else words
        mark = line[:start].strip()
        place += len(line) + 1
    return PlainWords("".join(kept.parts), tuple(kept.starts), tuple(kept.origins))


def _start(line: str, code: bool) -> int:
    """Where the words of a line start."""
    match = (_COMMENT if code else _QUOTED).match(line)
    return match.end() if match else len(line) - len(line.lstrip(" \t"))


def _goes_on(before: str, words: str, code: bool, mark: str) -> bool:
    """Whether a line goes on with what the line before it says."""
    if before.endswith(_ENDS):
        return False
    if code:
        return bool(mark) or not (_CODE.search(before) or _CODE.search(words))
    return _APART.match(words) is None


def _hyphenated(kept: _Kept, before: str, words: str) -> bool:
    """Whether the line before ends within a word; its hyphen is then taken away."""
    if before[-1:] != "-" or not before[-2:-1].isalpha() or not words[:1].islower():
        return False
    kept.cut()
    return True


def _add_line(kept: _Kept, words: str, origin: int) -> None:
    end = 0
    for match in _MARKS.finditer(words):
        kept.add(words[end : match.start()], origin + end)
        end = match.end()
        if match["beyond"]:
            kept.add(_BLANKS_IN_A_ROW.sub(" ", match[0].translate(_TABLE)), origin + match.start())
        elif match["entity"]:
            kept.add(html.unescape(match[0]).translate(_TABLE), origin + match.start())
        elif match["blank"]:
            kept.add(" ", origin + match.start())
    kept.add(words[end:], origin + end)


class _Folding:
    """A table for `str.translate`: each character as the one of ASCII that it looks like."""

    def __getitem__(self, number: int) -> str:
        return _folded(chr(number))


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if character in _BLANKS:
        return " "
    plain = []
    for part in unicodedata.normalize("NFKD", _ALIKE.get(character, character)):
        if unicodedata.category(part) == "Zs":
            plain.append(" ")
        elif unicodedata.category(part) not in _UNSEEN:
            plain.append(_ALIKE.get(part, part))
    # What stands for several letters (`…`, `№`) must not end a sentence that it is in.
    return "".join(plain) if "." not in plain else character


_TABLE = _Folding()
