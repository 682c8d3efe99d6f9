"""The gallery: some tasks to read, each with its tests, its gates and what an agent did."""

import hashlib
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import polars as pl

from shellwright.report.charts import escape

Row = dict[str, Any]

SIZE = 20
_SHOWN_CHARACTERS = 6_000
_HEAD_CHARACTERS = 100
_SHOWN_FILES = ("solution/solve.sh", "tests/test_outputs.py", "task.toml")
_THINK = re.compile(r"<think>(.*?)</think>", re.DOTALL)


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


def render(exhibit: Exhibit) -> str:
    """Return the HTML of one task."""
    row = exhibit.trajectory
    labels = [row["category"], row["difficulty"], row["tier"], f"{row['turns']} turns"]
    labels.append("solved" if row["success"] else f"reward {row['reward']}")
    instruction = row["instruction"].strip()
    head = textwrap.shorten(instruction, _HEAD_CHARACTERS, placeholder=" …") or row["task_id"]
    parts = [
        f'<details class="task"><summary><b>{escape(head)}</b> ',
        *(f'<span class="label">{escape(label)}</span>' for label in labels),
        f"</summary><p class=id>{escape(row['task_id'])} · {escape(', '.join(row['skills']))}</p>",
        f'<div class="instruction">{escape(instruction)}</div>',
        _gates(exhibit.gates),
    ]
    present = [path for path in _SHOWN_FILES if path in exhibit.files]
    parts += [_folded(path, _pre(exhibit.files[path])) for path in present]
    turns = "".join(_message(message) for message in row["messages"][1:])
    prompt = _pre(row["messages"][0]["content"]) if row["messages"] else ""
    parts.append(_folded("the agent's prompt", prompt))
    parts.append(_folded(f"trajectory {row['id']}", turns))
    return "".join([*parts, "</details>"])


def _gates(gates: Sequence[Row]) -> str:
    cells = []
    for gate in gates:
        reason = f": {gate['reason']}" if gate["reason"] else ""
        cells.append(
            f'<span class="gate {escape(gate["outcome"])}"'
            f' title="{escape(gate["evidence_json"][:500])}">'
            f"{escape(gate['gate'])} {escape(gate['outcome'])}{escape(reason)}</span>"
        )
    return f"<p>{' '.join(cells)}</p>"


def _message(message: Row) -> str:
    if message["role"] != "assistant":
        return f'<div class="screen">{_pre(message["content"])}</div>'
    content = message["content"]
    thought = _THINK.search(content)
    body = _THINK.sub("", content)
    parts = [f"<p class=think>{escape(thought[1].strip())}</p>"] if thought else []
    response = _response(body)
    if response is None:
        return f'<div class="turn">{"".join(parts)}{_pre(body)}</div>'
    parts += [
        f"<p><b>{key}</b> {escape(response.get(key, ''))}</p>" for key in ("analysis", "plan")
    ]
    keys = "".join(str(command.get("keystrokes", "")) for command in response["commands"])
    if keys:
        parts.append(f'<pre class="keys">{escape(_cut(keys))}</pre>')
    if response.get("task_complete"):
        parts.append('<p class="done">task complete</p>')
    return f'<div class="turn">{"".join(parts)}</div>'


def _response(body: str) -> Row | None:
    """Return a response of the protocol, None when the text is none."""
    try:
        response = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(response, dict) or not isinstance(response.get("commands"), list):
        return None
    return response if all(isinstance(each, dict) for each in response["commands"]) else None


def _folded(title: str, inner: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inner}</details>"


def _pre(text: str) -> str:
    # Screens end in as many blank lines as the terminal has below the prompt.
    return f"<pre>{escape(_cut(text.rstrip()))}</pre>"


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[:_SHOWN_CHARACTERS]}\n… {len(text) - _SHOWN_CHARACTERS} more characters"
