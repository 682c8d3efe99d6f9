"""Small made-up skills for the tests of the graph."""

from collections.abc import Sequence
from typing import Any

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
