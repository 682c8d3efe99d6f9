"""Small made-up skills for the tests of the graph."""

from collections.abc import Sequence
from typing import Any

from shellwright.graph.clusters import Cluster
from shellwright.graph.sketches import Side
from shellwright.graph.states import complete

KINDS = ("table", "log", "tree", "image")
TOPICS = ("orders", "order list", "sensor readings", "holiday photos", "old invoices")


def sketch(kind: str, text: str, evidence: str = "seen", **state: str) -> dict[str, Any]:
    """A scenario as a scraped skill tells it."""
    parts = [{"name": name, "value": value} for name, value in state.items()]
    return {"kind": kind, "state": parts, "text": text, "evidence": evidence}


def scraped(
    name: str, pre: Sequence[dict[str, Any]], post: Sequence[dict[str, Any]], status: str = "ok"
) -> dict[str, Any]:
    """A row of a scraped skill."""
    return {
        "id": name,
        "status": status,
        "recipe": False,
        "transitions": [],
        "pre": list(pre),
        "post": list(post),
    }


def typed(name: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    """A row of an executable skill."""
    transitions = [{"pre": pre, "post": post} for pre, post in pairs]
    row = scraped(name, [], [])
    return {**row, "recipe": True, "transitions": transitions}


def cluster(name: str, side: Side, kind: str = "table", **state: str) -> Cluster:
    """A cluster of one sketch that tells this of its state."""
    told = tuple(state.items())
    state_of_all = complete(kind, told)
    return Cluster(f"{side}:{name}", side, kind, state_of_all, name, (0,), 1, bare=not told)
