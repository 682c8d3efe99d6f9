"""States of things: what goes without saying in one, and whether it is what a skill asks for.

States are compared complete: what is not said counts as usual, so that who speaks of a CSV table
means a clean one. An attribute of which nothing goes without saying is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from shellwright.graph.sketches import State

Parts = frozenset[tuple[str, str]]

#: What goes without saying, per kind and attribute. An attribute that is not listed here, as the
#: direction of something sealed, has to be told.
USUAL = {
    ("archive", "condition"): "whole",
    ("archive", "holds"): "tree",
    ("archive", "origin"): "received",
    ("container", "condition"): "present",
    ("database", "content"): "original",
    ("database", "shape"): "records",
    ("delivery", "origin"): "received",
    ("entry", "condition"): "present",
    ("log", "storage"): "plain",
    ("model", "condition"): "present",
    ("process", "condition"): "running",
    ("program", "condition"): "working",
    ("project", "condition"): "sound",
    ("repository", "condition"): "clean",
    ("schedule", "condition"): "present",
    ("table", "condition"): "clean",
    ("table", "extent"): "full",
    ("table", "shape"): "records",
    ("tree", "condition"): "tidy",
    ("tree", "content"): "documents",
}

#: Formats of archives that have no room for more than one file.
_SINGLE = frozenset({"bz2", "gz", "xz", "zst"})
#: Conditions of what is not there.
_GONE = frozenset({("condition", value) for value in ("ended", "missing", "removed")})
#: What else holds of all that is there. No attribute has an empty name.
_THERE = ("", "there")


def complete(kind: str, state: State) -> State:
    """The state with what goes without saying in it, attributes in order."""
    usual = {name: value for (of, name), value in USUAL.items() if of == kind}
    if kind == "archive" and not _SINGLE.isdisjoint(value for _, value in state):
        usual["holds"] = "file"
    return tuple(sorted({**usual, **dict(state)}.items()))


@lru_cache(maxsize=1 << 14)
def holding(state: State) -> Parts:
    """All that holds in a complete state, or that a skill asks for which starts from it: one state
    meets another when it holds at least as much. What has been removed meets nobody who asks for a
    thing, whatever its condition.
    """
    parts = frozenset(state)
    return parts if parts & _GONE else parts | {_THERE}


def agree(parts: Iterable[tuple[str, str]]) -> bool:
    """Whether parts of states can hold at once: no attribute has two values."""
    found: dict[str, str] = {}
    return all(found.setdefault(name, value) == value for name, value in parts)
