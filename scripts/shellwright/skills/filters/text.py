"""A piece of a skill as the filters look at it: with line, heading and block at hand."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from shellwright.skills.filters.plainwords import PlainWords, plain_words

_MAX_LINE = 800
#: Lines up to this many characters are quoted whole.
_MOST_QUOTED = 180

_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.{1,200})", re.MULTILINE)
#: A line that goes on: behind a backslash, or behind a pipe to an interpreter.
_CONTINUED = re.compile(
    r"\\\n|\|[ \t]{0,20}\n(?=[ \t]{0,40}(?:sudo\s|env\s|/[\w/]{1,20}/)?(?:(?:ba|z|da|k)?sh|python3?"
    r"|node|perl|ruby)\b)"
)
_FENCE = re.compile(r"^[ \t>]{0,12}(```+|~~~+)", re.MULTILINE)
_INDENTED = re.compile(r"(?: {4}|\t)\s*[^\s*+0-9-]")


@dataclass(frozen=True)
class Text:
    """A piece of a skill. `script` is the path of a script beside the skill's text, or empty, and
    `language` what it is written in.
    `crowded` names what it was not looked at for to its end, since that would take too long."""

    original: str
    script: str = ""
    language: str = ""
    crowded: list[str] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def lower(self) -> str:
        """As it is, in lower case and with continued lines as one; of the same length, so that
        places are the same."""
        lower = self.original.lower()
        if len(lower) != len(self.original):
            lower = "".join(
                small if len(small := character.lower()) == 1 else character
                for character in self.original
            )
        return _CONTINUED.sub(lambda match: match[0].strip("\\\n").ljust(len(match[0])), lower)

    @cached_property
    def _headings(self) -> tuple[tuple[int, ...], tuple[str, ...]]:
        found = [(match.start(), match[1].lower()) for match in _HEADING.finditer(self.original)]
        return tuple(place for place, _ in found), tuple(words for _, words in found)

    def heading(self, place: int) -> str:
        """The nearest heading above a place, in lower case, or nothing."""
        places, words = self._headings
        index = bisect_right(places, place) - 1
        return words[index] if index >= 0 and not self.script else ""

    def line(self, place: int) -> tuple[int, int]:
        """Where the line around a place starts and ends, at most _MAX_LINE to either side."""
        start = self.lower.rfind("\n", max(0, place - _MAX_LINE), place) + 1
        end = self.lower.find("\n", place, place + _MAX_LINE)
        return max(start, place - _MAX_LINE, 0), end if end >= 0 else place + _MAX_LINE

    @cached_property
    def _fences(self) -> tuple[int, ...]:
        """Where blocks of code start and end, in turn."""
        places: list[int] = []
        mark = ""
        for match in _FENCE.finditer(self.original):
            if not mark or match[1].startswith(mark):
                mark = "" if mark else match[1]
                places.append(match.start())
        return tuple(places)

    def in_code(self, place: int) -> bool:
        """Whether a place is in a block of code, fenced or indented, or in a script."""
        if self.script or bisect_right(self._fences, place) % 2 == 1:
            return True
        return _INDENTED.match(self.lower, self.line(place)[0]) is not None

    def line_above(self, place: int) -> str:
        """The nearest line above that says something, in lower case: a comment in the same block of
        code, or else the prose before it, but no heading."""
        above = self.lower[max(0, self.line(place)[0] - 2 * _MAX_LINE) : self.line(place)[0]]
        outside = False
        for line in reversed(above.split("\n")):
            words = line.strip(" \t>")
            if words.startswith(("```", "~~~")):
                outside = True
            elif words:
                return "" if outside and words.startswith("#") else words
        return ""

    def exact(self, start: int, end: int) -> str:
        """What stands there."""
        return self.original[start:end]

    def quote(self, start: int, end: int) -> str:
        """The words around a match, for evidence."""
        first, last = self.line(start)
        if last - first <= _MOST_QUOTED:
            return self.original[first:last].strip()
        return self.original[max(first, start - 40) : max(end, start + 120)].strip()

    @cached_property
    def plain(self) -> PlainText:
        """The same in plain words."""
        words = plain_words(self.original, bool(self.script))
        return PlainText(
            words.text, self.script, self.language, self.crowded, written=self, words=words
        )


@dataclass(frozen=True, kw_only=True)
class PlainText(Text):
    """A piece of a skill in plain words, of which each quote is as it stands in `written`."""

    written: Text
    words: PlainWords

    def exact(self, start: int, end: int) -> str:
        """What stands there, as it was written."""
        return self.written.original[self.words.origin(start) : self.words.origin(end - 1) + 1]

    def quote(self, start: int, end: int) -> str:
        """The words around a match as they were written, for evidence."""
        start, end = self.words.origin(start), self.words.origin(end - 1) + 1
        first, last = self.written.line(start)[0], self.written.line(end)[1]
        if last - first > _MOST_QUOTED:
            first, last = max(first, start - 40), end + 120
        return self.written.original[first:last].strip()
