"""Threats that words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.text import Text

#: Characters that a rule looks at in a text, times how often its words stand in their line. An
#: ordinary text of a megabyte takes a third of it.
_MOST_WORK = 4_000_000


@dataclass(frozen=True)
class Threat:
    """Something that makes a skill unsafe: a short sentence, and the words that show it."""

    reason: str
    evidence: str


@dataclass(frozen=True)
class Rule:
    """Words that are a threat. `pattern` is tried on lines with one of `anchors` (lower case).

    A `firm` rule counts even where the words seem to be only spoken of.
    """

    reason: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]
    firm: bool = False


def rule(reason: str, anchors: str, pattern: str, firm: bool = False) -> Rule:
    """A rule; `anchors` are separated by `;`."""
    return Rule(reason, tuple(anchors.split(";")), re.compile(pattern), firm)


def matches(rules: Iterable[Rule], material: Material, text: Text) -> Iterator[Threat]:
    """The threats that the rules find in a text, at most one for each rule."""
    for one in rules:
        for start, end in hits(one, text):
            if one.firm or not material.mentioned(text, start, end):
                yield Threat(one.reason, text.quote(start, end))
                break


def matches_read(rules: Sequence[Rule], material: Material, text: Text) -> Iterator[Threat]:
    """The threats that the rules find in a text as it stands, and in plain words."""
    yield from matches(rules, material, text)
    yield from matches(rules, material, text.plain)


def hits(one: Rule, text: Text) -> Iterator[tuple[int, int]]:
    """Where a rule's pattern matches, a line at a time; continued lines count as one.

    A pattern's time grows with the length of a line and with how often the rule's words stand in
    it: a text that is made of them is not looked at to its end, and is marked for it.
    """
    lower = text.lower
    left = _MOST_WORK
    seen: set[tuple[int, int]] = set()
    for anchor in one.anchors:
        place = lower.find(anchor)
        while place >= 0:
            first, last = text.line(place)
            if (first, last) not in seen:
                seen.add((first, last))
                left -= (last - first) * lower.count(anchor, first, last)
                if left < 0:
                    text.crowded.append(one.reason)
                    return
                for match in one.pattern.finditer(lower, first, last):
                    yield match.span()
            place = lower.find(anchor, max(last, place + 1))
