"""The funnel: at every stage from the skills to the corpus, how many were seen, how many stayed,
and why the others did not. Nothing disappears silently.

The stages count different things, and each says which: skills and images are what tasks are made
of; blueprints, tasks and verdicts are one to one with the planned tasks; trajectories and rows of
the corpus are attempts at them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from shellwright import tables
from shellwright.corpus.stage import CorpusReport, Shard

Row = dict[str, Any]
# Why a row did not stay (None when it did), and the label that it counts under when it did.
_Judge = Callable[[Row], tuple[str | None, str]]


@dataclass(frozen=True)
class FunnelInputs:
    """The tables that the funnel counts, besides those of the corpus's shards."""

    skills: Path
    blueprints: Sequence[Path]
    images: Sequence[Path]


def funnel(inputs: FunnelInputs, shards: Sequence[Shard], report: CorpusReport) -> list[Row]:
    """Return one entry per stage: ``stage``, ``unit``, ``seen``, ``kept``, ``labels``, ``dropped``.

    ``unit`` is what the stage counts: skills, images, tasks or trajectories.
    ``labels`` counts what stayed by a label of the stage (tier, policy, category). ``dropped`` has
    an entry per reason, the most frequent first: ``reason``, ``count``, the first ``example`` (an
    id) with the ``detail`` of its reason and the ``file`` that it stands in. Only one table is in
    memory at a time.
    """
    tasks = [shard.tasks for shard in shards]
    verdicts = [shard.verdicts for shard in shards]
    trajectories = [shard.trajectories for shard in shards]
    return [
        _count(_SKILLS, [inputs.skills]),
        _count(_BLUEPRINTS, inputs.blueprints),
        _count(_TASKS, tasks),
        _count(_IMAGES, inputs.images, once=True),
        _count(_VERIFIED, verdicts),
        _count(_TRAJECTORIES, trajectories),
        {
            "stage": "corpus",
            "unit": "trajectories",
            "seen": report.seen,
            "kept": report.kept,
            "labels": {},
            "dropped": [
                {"reason": reason, "count": count, **report.examples[reason]}
                for reason, count in report.reasons.most_common()
            ],
        },
    ]


def _skill(row: Row) -> tuple[str | None, str]:
    lost = None if row["status"] == "ok" else f"{row['status']}: {_short(row['reason'])}"
    return lost, "executable" if row["recipe"] else "prose only"


def _blueprint(row: Row) -> tuple[str | None, str]:
    return None, str(row["source"])


def _made(label: str, row: Row) -> tuple[str | None, str]:
    return None if row["status"] == "ok" else _short(row["reason"]), str(row[label])


def _verdict(row: Row) -> tuple[str | None, str]:
    return _short(row["reason"]) if row["tier"] == "rejected" else None, str(row["tier"])


def _trajectory(row: Row) -> tuple[str | None, str]:
    broken = row["cause"] == "infrastructure"
    lost = f"infrastructure: {_short(row['failure'])}" if broken else None
    return lost, f"{row['policy']}: {'solved' if row['success'] else 'not solved'}"


def _short(reason: str | None) -> str:
    """Return the short reason of ``<short reason>: <detail>``."""
    return (reason or "unknown").partition(":")[0].strip()


@dataclass(frozen=True)
class _Stage:
    """What is read of a stage's table, and how a row of it is judged."""

    stage: str
    unit: str
    table: str
    columns: list[str]
    judge: _Judge


_MADE = ["id", "status", "reason"]
_ATTEMPT = ["id", "policy", "cause", "failure", "success"]
_SKILLS = _Stage("skills", "skills", "skill", ["id", "status", "reason", "recipe"], _skill)
_BLUEPRINTS = _Stage("blueprints", "tasks", "blueprint", ["id", "source"], _blueprint)
_TASKS = _Stage("tasks", "tasks", "task", [*_MADE, "category"], partial(_made, "category"))
_IMAGES = _Stage("images", "images", "image", [*_MADE, "domain"], partial(_made, "domain"))
_VERIFIED = _Stage("verified", "tasks", "verdict", ["id", "tier", "reason"], _verdict)
_TRAJECTORIES = _Stage("trajectories", "trajectories", "trajectory", _ATTEMPT, _trajectory)


def _count(stage: _Stage, paths: Iterable[Path], *, once: bool = False) -> Row:
    """Count the rows of a stage; with ``once``, an id that stands in several shards counts once."""
    ids: set[str] = set()
    seen = 0
    labels: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    examples: dict[str, Row] = {}
    for path in paths:
        for row in tables.read_table(path, stage.table, stage.columns):
            if once and row["id"] in ids:
                continue
            if once:
                ids.add(row["id"])
            seen += 1
            reason, label = stage.judge(row)
            if reason is None:
                labels[label] += 1
            else:
                reasons[reason] += 1
                detail = row.get("reason") or row.get("failure") or ""
                example = {"example": row["id"], "detail": detail, "file": str(path)}
                examples.setdefault(reason, example)
    return {
        "stage": stage.stage,
        "unit": stage.unit,
        "seen": seen,
        "kept": seen - reasons.total(),
        "labels": dict(sorted(labels.items())),
        "dropped": [
            {"reason": reason, "count": count, **examples[reason]}
            for reason, count in reasons.most_common()
        ],
    }
