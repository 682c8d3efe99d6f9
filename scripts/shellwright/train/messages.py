"""The format ``messages``: parquet files with a column of chat messages, and a data card.

    <out>/train-00000-of-00002.parquet   rows in the order of their ids
    <out>/README.md                      the data card of the Hugging Face Hub
    <out>/manifest.json                  rows and SHA-256 of each file, and what was left out

A row's messages alternate strictly: the user begins, the assistant ends. LLaMA-Factory skips any
other conversation without a word, so such rows are left out here, and counted.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from shellwright.store import replacing, write_text
from shellwright.train.card import data_card

Row = dict[str, Any]

SPLIT = "train"
_ROW_GROUP = 256
_COMPRESSION_LEVEL = 3
_ALTERNATION = r"^user assistant( user assistant)*$"
_PROVENANCE = [
    "reward",
    "success",
    "license",
    "tier",
    "category",
    "difficulty",
    "domain",
    "skills",
    "policy",
    "turns",
    "tokens",
    "task_digest",
    "tests_digest",
    "prompt_digest",
    "policy_digest",
    "image",
    "lineage_json",
]


@dataclass(frozen=True)
class TrainReport:
    """How many rows of the corpus there were, and how many are in the files."""

    seen: int
    kept: int
    files: int


def write_messages(
    corpus: Path, out: Path, *, shard_rows: int, stats: Row, funnel: list[Row]
) -> TrainReport:
    """Write the corpus as chat messages to ``out``, at most ``shard_rows`` rows to a file.

    ``stats`` and ``funnel`` are those of the corpus, for the data card. The same corpus gives the
    same bytes. Files of an earlier build that are no longer needed are removed; the manifest is
    written last.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = pl.scan_parquet(corpus)
    found = table.select("id", ok=_alternates(), thinking=_thinks()).collect(engine="streaming")
    trained = found.filter("ok").sort("id")
    ids = trained["id"]
    count = max(1, -(-len(ids) // shard_rows))
    files = []
    for number in range(count):
        own = ids.slice(number * shard_rows, shard_rows)
        path = out / f"{SPLIT}-{number:05}-of-{count:05}.parquet"
        _write(table, own, path)
        files.append({"file": path.name, "rows": len(own), "sha256": _sha256(path)})
    for path in out.glob("*.parquet"):
        if path.name not in {file["file"] for file in files}:
            path.unlink()
    left_out = {"not alternating": found.height - len(ids)}
    thinking = int(trained["thinking"].sum())
    card = data_card(stats, funnel, rows=len(ids), thinking=thinking, left_out=left_out)
    write_text(out / "README.md", card)
    manifest = {"format": "messages", "rows": len(ids), "left_out": left_out, "files": files}
    write_text(out / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    return TrainReport(found.height, len(ids), count)


def _alternates() -> pl.Expr:
    roles = pl.col("messages").list.eval(pl.element().struct.field("role")).list.join(" ")
    return roles.str.contains(_ALTERNATION)


def _thinks() -> pl.Expr:
    content = pl.element().struct.field("content").str.contains("<think>", literal=True)
    return pl.col("messages").list.eval(content).list.any()


def _write(table: pl.LazyFrame, ids: pl.Series, path: Path) -> None:
    # A range of ids lets the reader skip row groups; the corpus is in the order of its ids.
    low, high = (ids[0], ids[-1]) if len(ids) else ("", "")
    rows = table.filter(pl.col("id").is_between(pl.lit(low), pl.lit(high)), _alternates())
    with replacing(path) as temporary:
        rows.select(_columns()).sink_parquet(
            temporary,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            row_group_size=_ROW_GROUP,
        )


def _columns() -> list[pl.Expr]:
    """Return the columns: Harbor's exporter's, its conversation under ``messages``; provenance.

    ``model`` is empty for the policies that need none, ``result`` is the reward, or what failed
    where there is none. ``date`` is the only column that differs between two builds of the same
    trajectories.
    """
    model = pl.col("model").fill_null("")
    provider, name = model.str.extract(r"^([^/]*)/", 1), model.str.replace(r"^[^/]*/", "")
    return [
        pl.col("messages"),
        pl.col("agent"),
        name.alias("model"),
        provider.fill_null("").alias("model_provider"),
        pl.col("task_id").alias("task"),
        pl.format("episode-{}", (pl.col("turns") - 1).clip(lower_bound=0)).alias("episode"),
        pl.format("{}-{}", "policy", pl.col("policy_digest").str.slice(0, 12)).alias("run_id"),
        pl.col("id").alias("trial_name"),
        pl.coalesce(pl.col("reward").cast(pl.String), "failure").fill_null("").alias("result"),
        *(pl.col(name) for name in _PROVENANCE),
        pl.col("started_at").str.slice(0, 10).alias("date"),
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
