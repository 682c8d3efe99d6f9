"""What an instruction asks of the lines of a file, in the clause that names it."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

CLAUSE = re.compile(
    r"[.;:!?](?=\s)|,? and (?=the\b|then\b|write\b|put\b)|, then |\n\s*(?:\n|[-*\d])"
)
IN_ORDER = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)? by|in (?!any\b)(?:[a-z-]+ ){0,3}order(?! to\b)|"
    r"alphabetical(?:ly)?|ascending|descending|chronological(?:ly)?|lexicographic\w*|(?:largest|smallest|newest|oldest|"
    r"highest|lowest) first)\b",
    re.IGNORECASE,
)
DISTINCT = re.compile(
    r"\b(?:distinct|unique|(?:only|each|exactly) once|(?:no|without) duplicates|deduplicat\w+)\b",
    re.IGNORECASE,
)
NOTHING_ELSE = re.compile(
    r"\bnothing (?:else|more)\b|\bno other (?:lines?|text|content|output|words?)\b", re.IGNORECASE
)
LEAST_LINES = 3  # fewer are in order, or differ, by chance
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


def asked(instruction: str, path: str, content: bytes) -> Iterator[str]:
    """The kinds of mutants by whose survival the tests would leave out what is asked of a file.

    content: the right one. What does not hold for it is asked of something else.
    """
    name = PurePosixPath(path).name
    clauses = [clause for clause in CLAUSE.split(instruction) if name in clause]
    lines = [line for line in content.split(b"\n") if line.strip()]
    long = len(lines) >= LEAST_LINES
    if any(map(IN_ORDER.search, clauses)) and in_order(lines):
        yield "permuted"
    if long and any(map(DISTINCT.search, clauses)) and len(set(lines)) == len(lines):
        yield "duplicated"
    if any(map(NOTHING_ELSE.search, clauses)):
        yield "appended"


def in_order(lines: list[bytes]) -> bool:
    """Whether lines, without the first if that is a header, go strictly up or down.

    They may do so as texts, in either case, or by their first or last number.
    """
    parts = (part for part in (lines, lines[1:]) if len(part) >= LEAST_LINES)
    return any(monotone(keys) for part in parts for keys in sort_keys(part))


def sort_keys(lines: list[bytes]) -> Iterator[list[bytes] | list[float]]:
    """By what lines may be in order."""
    yield lines
    yield [line.lower() for line in lines]
    numbers = [NUMBER.findall(line) for line in lines]
    if all(numbers):
        yield [float(found[0]) for found in numbers]
        yield [float(found[-1]) for found in numbers]


def monotone(keys: list[bytes] | list[float]) -> bool:
    """Whether each key is larger than the one before, or each is smaller."""
    pairs: list[tuple[Any, Any]] = list(pairwise(keys))
    up = all(before < after for before, after in pairs)
    return up or all(before > after for before, after in pairs)
