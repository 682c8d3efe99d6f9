"""How many blueprints change when one more skill joins a thousand, with skills that people wrote.

    python -m tests.benchmarks.one_more_skill results [--source openclaw]

Takes skills of a finished build that have a place in its graph: executable ones first, and as many
scraped ones as make up the thousand. Then, one at a time, others join, and graph and blueprints are
made anew. Prints the share of blueprints that are others, for each, their mean and the largest.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from shellwright.blueprints.sample import Campaign, sample
from shellwright.graph.assemble import assemble
from shellwright.graph.embed import embed
from shellwright.graph.settings import Settings

Row = dict[str, Any]
LENGTHS = dict.fromkeys(range(1, 8), 1.0)


def blueprints(skills: Sequence[Row], starts: set[str], count: int) -> set[str]:
    """The ids of the blueprints that are drawn from the graph of these skills."""
    graph = assemble(skills, starts, embed, Settings())
    campaign = Campaign(count=count, seed=1, lengths=LENGTHS, executable_only=False)
    return {row["id"] for row in sample(graph.scenarios, graph.transitions, skills, campaign)}


def measure(results: Path, source: str, options: argparse.Namespace) -> None:
    """Print what every further skill changes."""
    connected = set(pl.read_parquet(results / "graph" / "transitions.parquet")["skill"])
    scenarios = pl.read_parquet(results / "graph" / "scenarios.parquet")
    starts = set(scenarios.filter("start")["id"])
    rows = pl.read_parquet(results / "skills.parquet").filter(pl.col("status") == "ok").to_dicts()
    rows = [row for row in rows if row["id"] in connected]
    random.Random(options.seed).shuffle(rows)
    further = [row for row in rows if source in ("", row["source"])][: options.more]
    names = {row["id"] for row in further}
    others = sorted(
        (row for row in rows if row["id"] not in names), key=lambda row: not row["recipe"]
    )
    first = others[: options.skills]
    before = blueprints(first, starts, options.blueprints)
    executable = sum(row["recipe"] for row in first)
    print(f"{len(first)} skills, {executable} of them executable; {len(before)} blueprints")
    changed = []
    for row in further:
        after = blueprints([*first, row], starts, options.blueprints)
        changed.append(len(after - before) / len(before))
        print(f"  {changed[-1]:6.2%}  {row['id']}", flush=True)
    print(f"mean {sum(changed) / len(changed):.2%}, largest {max(changed):.2%}")


def main() -> None:
    """Measure a build's skills."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="the results folder of a build with sources")
    parser.add_argument("--source", default="", help="the source of those that join; default: any")
    parser.add_argument("--skills", type=int, default=1000)
    parser.add_argument("--more", type=int, default=24)
    parser.add_argument("--blueprints", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    measure(options.results, options.source, options)


if __name__ == "__main__":
    main()
