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
_TEMPLATE = Path(__file__).with_name("explorer.html")
_DATA = '"{{data}}"'


def explorer(skills: Sequence[Row], scenarios: Sequence[Row], transitions: Sequence[Row]) -> str:
    """The page. Skills that no transition names are left out of it."""
    used = {row["skill"] for row in transitions}
    chosen = sorted((row for row in skills if row["id"] in used), key=lambda row: row["id"])
    nodes = sorted(scenarios, key=lambda row: row["id"])
    skill_at = {row["id"]: place for place, row in enumerate(chosen)}
    node_at = {row["id"]: place for place, row in enumerate(nodes)}
    data = {
        "skills": [_skill(row) for row in chosen],
        "scenarios": [
            {"id": row["id"], "kind": row["kind"], "title": row["title"], "start": row["start"]}
            for row in nodes
        ],
        "edges": sorted(
            [node_at[row["pre"]], skill_at[row["skill"]], node_at[row["post"]]]
            for row in transitions
        ),
    }
    return _TEMPLATE.read_text(encoding="utf-8").replace(_DATA, _as_script(data))


def _skill(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["title"] or row["name"],
        "text": row["description"][:DESCRIPTION],
        "category": row["category"],
        "license": row["license"],
        "recipe": row["recipe"],
        "tools": row["tools"][:12],
        "where": " ".join(part for part in (row["url"], row["commit"], row["path"]) if part),
    }


def _as_script(data: object) -> str:
    """JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
