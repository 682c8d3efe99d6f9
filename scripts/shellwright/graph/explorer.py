"""The explorer: a page in which a person searches a skill and walks its neighbours.

One static file without anything from outside. What was scraped is data in it, never markup: the
page's script shows it as text only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

#: Characters of a description that the page holds.
DESCRIPTION = 300
#: Characters of a scenario's words, and of a transition's evidence.
WORDS = 200
#: Sentences that a scenario is told in besides its own, at most.
SENTENCES = 12
_TEMPLATE = Path(__file__).with_name("explorer.html")
_DATA = '"{{data}}"'


def explorer(
    skills: Sequence[Row],
    scenarios: Sequence[Row],
    transitions: Sequence[Row],
    clusters: Sequence[Row] = (),
) -> str:
    """The page, of the rows of the tables. A scenario is found by the words of its clusters, too.

    Skills that are usable but that no transition names can be found in it, too, with the reason.
    An edge is the places of pre, skill, post and of its evidence.
    """
    used = {row["skill"] for row in transitions}
    chosen = sorted(
        (row for row in skills if row["status"] == "ok" or row["id"] in used),
        key=lambda row: row["id"],
    )
    nodes = sorted(scenarios, key=lambda row: row["id"])
    skill_at = {row["id"]: place for place, row in enumerate(chosen)}
    node_at = {row["id"]: place for place, row in enumerate(nodes)}
    evidence = sorted({_words(row["evidence"]) for row in transitions})
    evidence_at = {words: place for place, words in enumerate(evidence)}
    told = _told(clusters)
    data = {
        "skills": [_skill(row, row["id"] in used) for row in chosen],
        "scenarios": [_scenario(row, told.get(row["id"], set())) for row in nodes],
        "edges": sorted(
            [
                node_at[row["pre"]],
                skill_at[row["skill"]],
                node_at[row["post"]],
                evidence_at[_words(row["evidence"])],
            ]
            for row in transitions
        ),
        "evidence": evidence,
    }
    return _TEMPLATE.read_text(encoding="utf-8").replace(_DATA, _as_script(data))


def _words(text: str) -> str:
    return text if len(text) <= WORDS else text[: WORDS - 1] + "\u2026"


def _told(clusters: Sequence[Row]) -> dict[str, set[str]]:
    """The sentences in which skills tell each scenario."""
    found: dict[str, set[str]] = {}
    for row in clusters:
        found.setdefault(row["scenario"], set()).update(each["text"] for each in row["members"])
    return found


def _scenario(row: Row, told: set[str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "title": row["title"],
        "text": _words(row["text"]),
        "told": [_words(text) for text in sorted(told - {row["text"]})[:SENTENCES]],
        "start": row["start"],
        "typed": row["typed"],
    }


def _skill(row: Row, used: bool) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["title"] or row["name"],
        "text": row["description"][:DESCRIPTION],
        "category": row["category"],
        "license": row["license"],
        "recipe": row["recipe"],
        "tools": row["tools"][:12],
        "where": " ".join(part for part in (row["url"], row["commit"], row["path"]) if part),
        "why": None if used else _outside(row),
    }


def _outside(row: Row) -> str:
    """Why a usable skill is outside the graph."""
    if row["recipe"]:
        return "Known, but its recipe accepts no scenario that can be reached."
    missing = [
        what for what, side in (("to start from", "pre"), ("to lead to", "post")) if not row[side]
    ]
    if missing:
        return f"Known, but tells no scenario {' and none '.join(missing)}."
    return "Known, but none of the scenarios that it tells make a transition."


def _as_script(data: object) -> str:
    """JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
