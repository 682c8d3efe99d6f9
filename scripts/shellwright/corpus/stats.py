"""What a corpus holds, as numbers: counts, distributions, and how decontamination went."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from shellwright.corpus.filters import EXCLUDED, FILTERS
from shellwright.corpus.stage import CorpusReport, CorpusSettings
from shellwright.corpus.tokens import VERSION as TOKENISER

Row = dict[str, Any]

_LABELS = [
    "category",
    "difficulty",
    "difficulty_band",
    "domain",
    "policy",
    "agent",
    "tier",
    "license",
    "termination",
]
_LISTS = ["skills", "tools"]
_NUMBERS = ["turns", "tokens", "length"]
_EDGES = {
    "turns": [0, 2, 4, 6, 8, 12, 16, 24, 32, 64],
    "tokens": [0, 1024, 2048, 4096, 8192, 16384, 32768, 65536],
    "length": [0, 1, 2, 3, 4, 5, 6, 7, 8],
}
_MEMORY = "512MB"


def corpus_stats(corpus: Path, report: CorpusReport, settings: CorpusSettings) -> Row:
    """Return the statistics of the corpus table at ``corpus``.

    ``rows``, ``tasks``, ``instructions`` and ``images`` are different numbers on purpose.
    ``counts``: rows by label, the most frequent first. ``quantiles`` and ``histograms`` describe
    numbers; a bin begins at its ``from``. ``outcomes``: rows and solved rows by category.
    ``filters``: what each filter means, how many rows it objects to and whether it removes them.
    ``tokens`` are estimates throughout: bytes / 3.74.
    """
    with duckdb.connect() as db:
        db.execute(f"set memory_limit = '{_MEMORY}'")
        db.read_parquet(str(corpus)).create_view("corpus")
        return {
            **_totals(db),
            "counts": {
                **{name: _counts(db, name) for name in _LABELS},
                **{name: _counts(db, f"unnest({name})") for name in _LISTS},
            },
            "quantiles": {name: _quantiles(db, name) for name in _NUMBERS},
            "histograms": {name: _histogram(db, name, edges) for name, edges in _EDGES.items()},
            "outcomes": _rows(
                db,
                "select category, count(*) as rows, count(*) filter (success) as solved from corpus"
                " group by category order by category",
            ),
            "filters": [
                {
                    "filter": name,
                    "meaning": meaning,
                    "objections": report.objections[name],
                    "drops": name in settings.drop,
                }
                for name, (meaning, _) in FILTERS.items()
            ],
            "excluded": [
                {"reason": name, "meaning": meaning, "count": report.reasons[name]}
                for name, (meaning, _) in EXCLUDED.items()
            ],
            "decontamination": {
                "tokeniser": TOKENISER,
                "ngram": settings.ngram,
                "benchmarks": report.benchmarks,
                "contaminated": report.objections["contaminated"],
                "control": "found",
                "hot": report.hot,
            },
        }


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = db.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def _totals(db: duckdb.DuckDBPyConnection) -> Row:
    return _rows(
        db,
        "select count(*) as rows, count(distinct task_id) as tasks,"
        " count(distinct instruction) as instructions, count(distinct image) as images,"
        " count(*) filter (success) as solved, coalesce(sum(turns), 0)::bigint as turns,"
        " coalesce(sum(tokens), 0)::bigint as tokens from corpus",
    )[0]


def _counts(db: duckdb.DuckDBPyConnection, value: str) -> list[Row]:
    return _rows(
        db,
        f"select value, count(*) as rows from (select {value} as value from corpus)"
        " group by value order by rows desc, value",
    )


def _quantiles(db: duckdb.DuckDBPyConnection, name: str) -> Row:
    return _rows(
        db,
        f"select min({name}) as min, quantile_disc({name}, 0.5) as p50,"
        f" quantile_disc({name}, 0.9) as p90, quantile_disc({name}, 0.99) as p99,"
        f" max({name}) as max, round(avg({name}), 2) as mean from corpus",
    )[0]


def _histogram(db: duckdb.DuckDBPyConnection, name: str, edges: list[int]) -> list[Row]:
    bins = [*pairwise(edges), (edges[-1], None)]
    counted = ", ".join(
        f"count(*) filter ({name} >= {low}"
        + (f" and {name} < {high})" if high is not None else ")")
        for low, high in bins
    )
    found = db.execute(f"select {counted} from corpus").fetchone()
    assert found is not None
    return [{"from": low, "rows": rows} for (low, _), rows in zip(bins, found, strict=True)]
