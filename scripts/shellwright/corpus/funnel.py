"""The funnel: at every stage from the skills to the corpus, how many were seen, how many stayed,
and why the others did not. Nothing disappears silently.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
    """Return one entry per stage: ``stage``, ``seen``, ``kept``, ``labels`` and ``dropped``.

    ``labels`` counts what stayed by a label of the stage (tier, policy, domain). ``dropped`` has an
    entry per reason, the most frequent first: ``reason``, ``count``, the first ``example`` (an id)
    with the ``detail`` of its reason and the ``file`` that it stands in. Only one table is in
    memory at a time.
    """
    tasks = [shard.tasks for shard in shards]
    verdicts = [shard.verdicts for shard in shards]
    trajectories = [shard.trajectories for shard in shards]
    made = ["id", "status", "reason", "domain"]
    return [
        _count("skills", "skill", ["id", "status", "reason", "recipe"], _skill, [inputs.skills]),
        _count("blueprints", "blueprint", ["id", "source"], _blueprint, inputs.blueprints),
        _count("tasks", "task", made, _made, tasks),
        _count("images", "image", made, _made, inputs.images, once=True),
        _count("verified", "verdict", ["id", "tier", "reason"], _verdict, verdicts),
        _count(
            "trajectories",
            "trajectory",
            ["id", "policy", "cause", "failure", "success"],
            _trajectory,
            trajectories,
        ),
        {
            "stage": "corpus",
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


def _made(row: Row) -> tuple[str | None, str]:
    return None if row["status"] == "ok" else _short(row["reason"]), str(row["domain"])


def _verdict(row: Row) -> tuple[str | None, str]:
    return _short(row["reason"]) if row["tier"] == "rejected" else None, str(row["tier"])


def _trajectory(row: Row) -> tuple[str | None, str]:
    broken = row["cause"] == "infrastructure"
    lost = f"infrastructure: {_short(row['failure'])}" if broken else None
    return lost, f"{row['policy']}: {'solved' if row['success'] else 'not solved'}"


def _short(reason: str | None) -> str:
    """Return the short reason of ``<short reason>: <detail>``."""
    return (reason or "unknown").partition(":")[0].strip()


def _count(
    stage: str,
    table: str,
    columns: list[str],
    judge: _Judge,
    paths: Iterable[Path],
    *,
    once: bool = False,
) -> Row:
    """Count the rows of a stage; with ``once``, an id that stands in several shards counts once."""
    ids: set[str] = set()
    seen = 0
    labels: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    examples: dict[str, Row] = {}
    for path in paths:
        for row in tables.read_table(path, table, columns):
            if once and row["id"] in ids:
                continue
            if once:
                ids.add(row["id"])
            seen += 1
            reason, label = judge(row)
            if reason is None:
                labels[label] += 1
            else:
                reasons[reason] += 1
                detail = row.get("reason") or row.get("failure") or ""
                example = {"example": row["id"], "detail": detail, "file": str(path)}
                examples.setdefault(reason, example)
    return {
        "stage": stage,
        "seen": seen,
        "kept": seen - reasons.total(),
        "labels": dict(sorted(labels.items())),
        "dropped": [
            {"reason": reason, "count": count, **examples[reason]}
            for reason, count in reasons.most_common()
        ],
    }
