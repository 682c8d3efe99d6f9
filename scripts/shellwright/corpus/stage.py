"""The corpus: every trajectory with its task and verdict, measured, filtered and ordered.

Two passes over the shards. The first measures: filter columns, keys for dedup, overlaps with
benchmarks; what it learns goes into working tables on disk. The second writes the rows that stay
in the order of their ids. Neither holds more than a few hundred rows of text at a time.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from shellwright import tables
from shellwright.corpus import exact, filters
from shellwright.corpus.decontaminate import Decontaminator
from shellwright.corpus.streams import Ordered, frames, writing
from shellwright.corpus.work import WorkTables, work_tables
from shellwright.store import replacing

log = logging.getLogger(__name__)

Row = dict[str, Any]

_TEXTS = ["steps_json", "messages", "labels_json"]
_TASK = [
    "instruction",
    "category",
    "difficulty",
    "domain",
    "skills",
    "tools",
    "tags",
    "length",
    "license",
    "lineage_json",
]
_VERDICT = ["task_digest", "tier", "kill_rate", "noop_reward", "oracle_rewards"]
#: Column of the corpus -> column of the difficulty table.
_DIFFICULTY = {"pass_rate": "pass_rate", "difficulty_band": "band"}


@dataclass(frozen=True)
class Shard:
    """The tables of one shard; without one of difficulty its columns are null."""

    tasks: Path
    verdicts: Path
    trajectories: Path
    difficulty: Path | None = None


@dataclass(frozen=True)
class CorpusSettings:
    """``drop``: filters that remove. ``max_tokens``: what ``overlong`` is measured against.

    ``indexes``: files of the benchmarks, all with n-grams of length ``ngram``.
    """

    drop: frozenset[str]
    indexes: tuple[Path, ...]
    ngram: int
    max_tokens: int

    def __post_init__(self) -> None:
        unknown = self.drop - filters.FILTERS.keys()
        if unknown:
            raise ValueError(f"corpus.drop names no filter: {', '.join(sorted(unknown))}")


@dataclass
class CorpusReport:
    """What a build saw and decided. ``reasons`` counts the rows that are not in the corpus.

    ``examples`` has the first row of each reason (its id and file), ``objections`` counts by
    filter, whether it drops or not.
    """

    seen: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Row] = field(default_factory=dict)
    objections: Counter[str] = field(default_factory=Counter)
    benchmarks: list[Row] = field(default_factory=list)
    hot: list[Row] = field(default_factory=list)


def build_corpus(shards: Sequence[Shard], settings: CorpusSettings, out: Path) -> CorpusReport:
    """Write the corpus of ``shards`` to ``out`` (atomically) and return what was decided.

    The same rows give the same bytes, whatever the shards are. Raises UserError for an unusable
    index or table, ControlMissed when decontamination does not find what was planted.
    """
    decontaminator = Decontaminator(settings.indexes, settings.ngram)
    report = CorpusReport(benchmarks=decontaminator.benchmarks())
    with work_tables(out) as work:
        for place, shard in enumerate(shards):
            _measure_shard(shard, place, decontaminator, work)
        report.hot = work.decide(decontaminator)
        with replacing(out) as temporary:
            _write(work, shards, settings, temporary, report)
    log.info("corpus: %d trajectories seen, %d kept", report.seen, report.kept)
    return report


def _measure_shard(
    shard: Shard, place: int, decontaminator: Decontaminator, work: WorkTables
) -> None:
    tasks = {
        row["id"]: {"task_id": row["id"], **{name: row[name] for name in _TASK}}
        for row in tables.read_table(shard.tasks, "task", ["id", "status", *_TASK])
        if row["status"] == "ok"
    }
    verdicts = {
        row["id"]: row for row in tables.read_table(shard.verdicts, "verdict", ["id", *_VERDICT])
    }
    difficulty = _difficulty(shard.difficulty)
    fixtures = _fixture_keys(shard.tasks)
    for id, task in tasks.items():
        verdict = verdicts.get(id, {})
        task.update({name: verdict.get(name) for name in _VERDICT})
        task.update(difficulty.get(id, dict.fromkeys(_DIFFICULTY)))
        task["task_key"] = exact.task_key(task["instruction"], fixtures.get(id, b""))
        found = decontaminator.scan(task["instruction"])
        work.add_hits(id, id, found)
    columns = tables.polars_schema("corpus")
    schema: dict[str, pl.DataType] = {
        name: columns[name] for name in ["task_id", *_TASK, *_VERDICT, *_DIFFICULTY]
    }
    schema["task_key"] = pl.Binary()
    work.add("tasks", pl.DataFrame(list(tasks.values()), schema))
    _measure_trajectories(shard, place, decontaminator, work)


def _difficulty(path: Path | None) -> dict[str, Row]:
    """Return what the corpus takes from a table of difficulty, for the tasks that were measured."""
    if path is None:
        return {}
    rows = tables.read_table(path, "difficulty", ["id", *_DIFFICULTY.values()])
    return {
        row["id"]: {name: row[column] for name, column in _DIFFICULTY.items()}
        for row in rows
        if row["pass_rate"] is not None
    }


def _measure_trajectories(
    shard: Shard, place: int, decontaminator: Decontaminator, work: WorkTables
) -> None:
    columns = tables.polars_schema("trajectory")
    plain = [name for name in tables.column_names("corpus") if name in columns]
    plain = [name for name in plain if name not in _TEXTS]
    schema: dict[str, pl.DataType] = {name: columns[name] for name in plain}
    schema.update(filters.MEASURES, trajectory_key=pl.Binary(), shard=pl.Int64())
    rows = iter(tables.read_table(shard.trajectories, "trajectory", plain))
    work.add("trajectories", pl.DataFrame(schema=schema))
    for frame in frames(shard.trajectories, ["messages"]):
        measured = []
        for messages in frame["messages"].to_list():
            row = next(rows)
            row.update(filters.measure(row, messages), shard=place)
            row["trajectory_key"] = exact.trajectory_key(messages)
            found = decontaminator.scan("\n".join(message["content"] for message in messages))
            work.add_hits(row["id"], row["task_id"], found)
            measured.append(row)
        work.add("trajectories", pl.DataFrame(measured, schema))


def _fixture_keys(tasks: Path) -> dict[str, bytes]:
    """Return the key of every task's fixture."""
    return {
        row["id"]: exact.fixture_key(file["content"])
        for frame in frames(tasks, ["id", "files"])
        for row in frame.to_dicts()
        for file in row["files"]
        if file["path"] == exact.FIXTURE
    }


def _write(
    work: WorkTables,
    shards: Sequence[Shard],
    settings: CorpusSettings,
    path: Path,
    report: CorpusReport,
) -> None:
    texts = [Ordered(shard.trajectories, _TEXTS) for shard in shards]
    with writing(path, tables.polars_schema("corpus")) as write:
        for frame in work.joined():
            rows = []
            for row in frame.to_dicts():
                reason = _dropped(row, settings, report)
                if reason is None:
                    rows.append(row)
                else:
                    source = str(shards[row["shard"]].trajectories)
                    example = {"example": row["id"], "detail": "", "file": source}
                    report.examples.setdefault(reason, example)
            if rows:
                write(_with_texts(rows, texts))


def _dropped(row: Row, settings: CorpusSettings, report: CorpusReport) -> str | None:
    """Complete ``row`` by its filter columns and count it; return why it goes, None if it stays."""
    report.seen += 1
    reason = filters.excluded(row)
    if reason is None:
        objections = filters.objections({**row, "token_limit": settings.max_tokens})
        objecting = [name for name, objects in objections.items() if objects]
        report.objections.update(objecting)
        row.update(objections)
        reason = next((name for name in objecting if name in settings.drop), None)
    if reason is None:
        report.kept += 1
    else:
        report.reasons[reason] += 1
    return reason


def _with_texts(rows: list[Row], texts: Sequence[Ordered]) -> pl.DataFrame:
    by_shard: dict[int, list[str]] = {}
    for row in rows:
        by_shard.setdefault(row["shard"], []).append(row["id"])
    long = pl.concat([texts[shard].take(ids) for shard, ids in sorted(by_shard.items())])
    short = pl.DataFrame(rows, infer_schema_length=None)
    return short.join(long, on="id", how="left", maintain_order="left")
