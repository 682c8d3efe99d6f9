"""The working tables of a corpus build: everything but the long texts, in a DuckDB file.

DuckDB spills to disk, so that memory stays bounded however many rows there are. The file lives in
a temporary folder and goes with the build.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl

from shellwright.corpus.decontaminate import Decontaminator, Found, hot_grams
from shellwright.corpus.exact import TASK_ORDER, TRAJECTORY_ORDER, kept_of
from shellwright.corpus.ngrams import Hit, Overlap

Row = dict[str, Any]

_MEMORY = "512MB"
_BATCH = 512
_HELD_ROWS = 20_000
_HITS: dict[str, pl.DataType] = {
    "text": pl.String(),
    "task_id": pl.String(),
    "place": pl.Int64(),
    "gram": pl.UInt64(),
}
_OVERLAPS: dict[str, pl.DataType] = {
    "text": pl.String(),
    "names": pl.List(pl.String()),
    "coverage": pl.Float64(),
    "run": pl.Int64(),
}

# A task's own text is scanned under its id, a trajectory's under its own; a trajectory is
# contaminated when either is.
_JOINED = f"""
with tasks_kept as (
    select *, {kept_of("task_id", "task_key", TASK_ORDER)} as duplicate_task_of from tasks
), trajectories_kept as (
    select t.id, {kept_of("t.id", "trajectory_key", TRAJECTORY_ORDER)} as duplicate_of
    from trajectories t left join tasks k using (task_id)
    where assistant_turns > 0
)
select t.* exclude (trajectory_key), k.* exclude (task_id, task_key), d.duplicate_of,
    list_sort(list_distinct(coalesce(own.names, []) || coalesce(whole.names, [])))
        as contaminated_by,
    greatest(coalesce(own.coverage, 0), coalesce(whole.coverage, 0)) as contamination_coverage,
    greatest(coalesce(own.run, 0), coalesce(whole.run, 0)) as contamination_run
from trajectories t
left join tasks_kept k using (task_id)
left join trajectories_kept d using (id)
left join contamination own on own.text = t.id
left join contamination whole on whole.text = t.task_id
order by t.id
"""


class WorkTables:
    """The tables ``tasks``, ``trajectories`` and ``hits``, filled shard by shard."""

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect(folder / "work.duckdb")
        self._db.execute(f"set memory_limit = '{_MEMORY}'")
        self._db.execute("set threads = 2")
        self._db.execute(f"set temp_directory = '{folder / 'spill'}'")
        self._db.execute("set preserve_insertion_order = false")
        self._known: set[str] = set()
        self._hits: list[tuple[str, str, int, int]] = []
        # At most one entry for each n-gram of the benchmarks.
        self._words: dict[int, str] = {}

    def add(self, table: str, frame: pl.DataFrame) -> None:
        """Append ``frame`` to ``table``, which is made with its columns when it is new."""
        self._db.register("frame", frame.to_arrow())
        if table in self._known:
            self._db.execute(f"insert into {table} by name select * from frame")
        else:
            self._db.execute(f"create table {table} as select * from frame")
            self._known.add(table)
        self._db.unregister("frame")

    def add_hits(self, text: str, task_id: str, found: Found) -> None:
        """Record what the text named ``text`` (a task's or a trajectory's id) shares."""
        self._hits += [(text, task_id, hit.at, hit.gram) for hit in found.hits]
        self._words.update(found.words)
        if len(self._hits) >= _HELD_ROWS:
            self._flush_hits()

    def _flush_hits(self) -> None:
        self.add("hits", pl.DataFrame(self._hits, schema=_HITS, orient="row"))
        self._hits.clear()

    def decide(self, decontaminator: Decontaminator) -> list[Row]:
        """Make the table ``contamination``; return the hot n-grams: ``words`` and ``tasks``.

        They come in the order of the number of tasks that they occur in.
        """
        self._flush_hits()
        uses = self._db.execute(
            "select gram, count(distinct task_id) from hits group by gram"
        ).fetchall()
        hot = hot_grams(uses)
        self.add("contamination", pl.DataFrame(schema=_OVERLAPS))
        decided = ((text, decontaminator.decide(hits, hot)) for text, hits in self._texts())
        shared = (_overlap(text, found) for text, found in decided if found)
        while some := list(islice(shared, _HELD_ROWS)):
            self.add("contamination", pl.DataFrame(some, schema=_OVERLAPS))
        named = [
            {"words": self._words[gram], "tasks": tasks} for gram, tasks in uses if gram in hot
        ]
        return sorted(named, key=lambda each: (-each["tasks"], each["words"]))

    def _texts(self) -> Iterator[tuple[str, list[Hit]]]:
        # A cursor of its own: its rows are streamed while the connection writes the decisions.
        query = self._db.cursor().sql("select text, gram, place from hits order by text, place")
        rows = (row for frame in _frames(query) for row in frame.iter_rows())
        for text, group in groupby(rows, key=lambda row: str(row[0])):
            yield text, [Hit(gram, place) for _, gram, place in group]

    def joined(self) -> Iterator[pl.DataFrame]:
        """Yield every trajectory with its task and what dedup and decontamination found.

        The frames are in the order of the ids and hold a few hundred rows each.
        """
        yield from _frames(self._db.sql(_JOINED))

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def _frames(query: duckdb.DuckDBPyRelation) -> Iterator[pl.DataFrame]:
    batches: Any = query.to_arrow_reader(_BATCH)
    for batch in batches:
        yield pl.DataFrame(batch)


def _overlap(text: str, found: Sequence[Overlap]) -> Row:
    return {
        "text": text,
        "names": [overlap.task for overlap in found],
        "coverage": found[0].coverage,
        "run": max(overlap.run for overlap in found),
    }


@contextmanager
def work_tables(near: Path) -> Iterator[WorkTables]:
    """Yield empty working tables; their folder lies beside ``near`` and is removed afterwards."""
    prefix = f".{near.name}.work."
    near.parent.mkdir(parents=True, exist_ok=True)
    # What a killed build left behind; two builds never write the same table at the same time.
    for stale in near.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale)
    with TemporaryDirectory(dir=near.parent, prefix=prefix) as folder:
        tables = WorkTables(Path(folder))
        try:
            yield tables
        finally:
            tables.close()
