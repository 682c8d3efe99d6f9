"""The gallery: some tasks to read, each with its tests, its gates and what an agent did."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import polars as pl

from shellwright.report.charts import escape
from shellwright.report.names import Named, task_title
from shellwright.report.turns import render_turns, text_block

Row = dict[str, Any]

SIZE = 20
_REASON_CHARACTERS = 300
_EVIDENCE_CHARACTERS = 500
_SHOWN_FILES = ("solution/solve.sh", "tests/test_outputs.py", "task.toml")


@dataclass(frozen=True)
class Exhibit:
    """A task with its verdict and one of its trajectories, which has the task's labels."""

    trajectory: Row
    files: dict[str, str]
    gates: list[Row]


def choose(corpus: Path, size: int = SIZE) -> list[str]:
    """Return the ids of ``size`` rows of the corpus, no two of one task.

    They are taken in turn from the categories; the same corpus gives the same ids.
    """
    rows = pl.scan_parquet(corpus).select("id", "task_id", "category").collect()
    by_category: dict[str, list[str]] = {}
    seen: set[str] = set()
    drawn = [(hashlib.sha256(row[0].encode()).digest(), *row) for row in rows.iter_rows()]
    for _, id, task, category in sorted(drawn):
        if task not in seen:
            seen.add(task)
            by_category.setdefault(category, []).append(id)
    turns = zip_longest(*(by_category[name] for name in sorted(by_category)))
    return [id for id in chain.from_iterable(turns) if id is not None][:size]


def exhibits(corpus: Path, tasks: Sequence[Path], verdicts: Sequence[Path]) -> list[Exhibit]:
    """Return the tasks of the gallery, read from the corpus and from the tables of all shards."""
    ids = choose(corpus)
    chosen = pl.scan_parquet(corpus).filter(pl.col("id").is_in(ids)).collect()
    rows = {row["id"]: row for row in chosen.to_dicts()}
    task_ids = [row["task_id"] for row in rows.values()]
    files: dict[str, dict[str, str]] = {}
    for row in _picked(tasks, task_ids, "files"):
        files[row["id"]] = {
            file["path"]: file["content"].decode("utf-8", "replace")
            for file in row["files"]
            if file["path"] in _SHOWN_FILES
        }
    gates = {row["id"]: row["gates"] for row in _picked(verdicts, task_ids, "gates")}
    return [
        Exhibit(rows[id], files.get(rows[id]["task_id"], {}), gates.get(rows[id]["task_id"], []))
        for id in ids
    ]


def _picked(paths: Sequence[Path], ids: Sequence[str], column: str) -> list[Row]:
    if not paths or not ids:
        return []
    picked = pl.scan_parquet(list(paths)).select("id", column).filter(pl.col("id").is_in(list(ids)))
    rows: list[Row] = picked.collect(engine="streaming").to_dicts()
    return rows


def render(exhibit: Exhibit, names: Mapping[str, Named]) -> str:
    """Return the HTML of one task, whose title are those of its skills."""
    row = exhibit.trajectory
    title = task_title(row["skills"], names) or row["task_id"]
    labels = [
        row["category"],
        f"image {row['domain']}",
        row["difficulty"],
        f"tier {row['tier']}",
        f"{row['turns']} turns",
        "solved" if row["success"] else f"reward {row['reward']}",
    ]
    origin = f"{row['id']} · {', '.join(row['skills'])}"
    turns = render_turns(row["messages"])
    parts = [
        f'<details class="task"><summary><b>{escape(title)}</b> <span class="labels">',
        *(f'<span class="label">{escape(label)}</span>' for label in labels),
        f"</span></summary><p class=id>{escape(origin)}</p>",
        text_block(row["instruction"].strip(), "instruction"),
        _gates(exhibit.gates),
        # The page's script puts the player here.
        '<div class="player"></div>',
    ]
    present = [path for path in _SHOWN_FILES if path in exhibit.files]
    parts += [_folded(path, text_block(exhibit.files[path])) for path in present]
    prompt = text_block(row["messages"][0]["content"]) if row["messages"] else ""
    parts.append(_folded("the agent's prompt", prompt))
    parts.append(_folded("the trajectory, to read", f'<div class="turns">{turns}</div>'))
    return "".join([*parts, "</details>"])


def _gates(gates: Sequence[Row]) -> str:
    cells = []
    for gate in gates:
        reason = f": {gate['reason'][:_REASON_CHARACTERS]}" if gate["reason"] else ""
        cells.append(
            f'<span class="gate {escape(gate["outcome"])}"'
            f' title="{escape(gate["evidence_json"][:_EVIDENCE_CHARACTERS])}">'
            f"{escape(gate['gate'])} {escape(gate['outcome'])}{escape(reason)}</span>"
        )
    return f"<p>{' '.join(cells)}</p>"


def _folded(title: str, inner: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inner}</details>"
