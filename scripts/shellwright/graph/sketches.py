"""Sketches: the scenarios that skills tell, each once, and which skill tells which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shellwright.digest import digest

State = tuple[tuple[str, str], ...]
Side = Literal["pre", "post"]


@dataclass(frozen=True)
class Told:
    """A scenario that skills tell in the same words. `key` is a digest of the other three."""

    key: str
    kind: str
    state: State
    text: str


@dataclass(frozen=True)
class Mention:
    """A skill's own scenario: the key of what it tells, and what that was concluded from."""

    key: str
    evidence: str


@dataclass(frozen=True)
class Mentions:
    """The scenarios that one skill tells, in order of their keys."""

    skill: str
    pre: tuple[Mention, ...]
    post: tuple[Mention, ...]


@dataclass(frozen=True)
class Sketches:
    """What all skills tell: every scenario once, sorted by key; how many skills tell it on either
    side; and the skills, sorted by id."""

    told: tuple[Told, ...]
    counts: Mapping[Side, Mapping[str, int]]
    skills: tuple[Mentions, ...]


def collect(skills: Iterable[Mapping[str, Any]]) -> Sketches:
    """The sketches of the rows of the `skill` table that are `ok`."""
    told: dict[str, Told] = {}
    counts: dict[Side, Counter[str]] = {"pre": Counter(), "post": Counter()}
    found = []
    for row in skills:
        if row["status"] != "ok" or not (row["pre"] or row["post"]):
            continue
        pre, post = _mentions(row["pre"], told), _mentions(row["post"], told)
        counts["pre"].update(mention.key for mention in pre)
        counts["post"].update(mention.key for mention in post)
        found.append(Mentions(row["id"], pre, post))
    return Sketches(
        tuple(told[key] for key in sorted(told)),
        {side: dict(sorted(each.items())) for side, each in counts.items()},
        tuple(sorted(found, key=lambda each: each.skill)),
    )


def _mentions(rows: Iterable[Mapping[str, Any]], told: dict[str, Told]) -> tuple[Mention, ...]:
    """The scenarios of one side, each once; new ones are added to `told`."""
    found: dict[str, Mention] = {}
    for row in rows:
        state = tuple(sorted({part["name"]: part["value"] for part in row["state"]}.items()))
        key = digest([row["kind"], state, row["text"]])[:24]
        told.setdefault(key, Told(key, row["kind"], state, row["text"]))
        found.setdefault(key, Mention(key, row["evidence"]))
    return tuple(found[key] for key in sorted(found))
