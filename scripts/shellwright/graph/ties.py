"""What ties one piece of evidence to another: how likely it is that they tell of the same work."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from shellwright.shell import WRAPPERS, programs

#: What stands between the commands of a line, and between its words.
_BETWEEN = re.compile(r"\|\|?|&&|;|\n")
_SPACE = re.compile(r"[\s'\"`=,;|&<>()\[\]{}]+")
#: A word that names a file: it has a folder in it, or a suffix.
_NAMED = re.compile(r"(?=.*[^\W\d_]).*(/.|\w\w\.[a-z]\w{0,7}$)", re.IGNORECASE)


class Tie(IntEnum):
    """How close two pieces of evidence are, the closest last."""

    NOTHING = 0
    PROGRAM = 1
    FILE = 2
    COMMAND = 3


def tie(one: str, other: str) -> Tie:
    """The closest tie between two pieces of evidence, which are commands as a rule: a command that
    stands in both, or else a file that both name, or else a program that both call."""
    if _commands(one) & _commands(other):
        return Tie.COMMAND
    if _files(one) & _files(other):
        return Tie.FILE
    return Tie.PROGRAM if _called(one) & _called(other) else Tie.NOTHING


def shared_words(one: str, other: str) -> int:
    """How many words two texts have in common."""
    found, further = (set(re.findall(r"[^\W_]+", text.casefold())) for text in (one, other))
    return len(found & further)


@lru_cache(maxsize=1 << 12)
def _commands(evidence: str) -> frozenset[str]:
    parts = (" ".join(part.split()) for part in _BETWEEN.split(evidence))
    return frozenset(filter(None, parts))


@lru_cache(maxsize=1 << 12)
def _files(evidence: str) -> frozenset[str]:
    """The files and addresses that are named; what a command is called by is none of them."""
    words = (word for part in _commands(evidence) for word in _SPACE.split(part)[1:])
    plain = (word.removeprefix("./").rstrip(".:") for word in words)
    return frozenset(word for word in plain if _NAMED.match(word))


@lru_cache(maxsize=1 << 12)
def _called(evidence: str) -> frozenset[str]:
    return frozenset(programs(evidence)) - WRAPPERS.keys()
