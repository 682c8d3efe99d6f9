"""How long it takes to put the skill graph together, and how much memory.

    python -m tests.benchmarks.graph_scale [--skills 2500 9000 20000]

Makes up skills with four scenarios each, whose words are drawn by rank as in natural language, and
prints CPU seconds and peak memory per stage. Every size runs in a process of its own. The budgets
are 180 s and 2 GiB at 9,000 skills, 1,200 s and 6 GiB at 20,000 skills (80,000 scenarios).
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from shellwright.graph import assemble as stages
from shellwright.graph.build import graph_statistics
from shellwright.graph.embed import embed
from shellwright.graph.settings import Settings

KINDS, WORDS, VALUES = 40, 20_000, 6
LETTERS = np.array(list("abcdefghilmnoprstuvy"))
STAGES = ("collect", "_embedded", "find_clusters", "ground", "align", "_transitions")


def synthetic(skills: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of scraped skills: two scenarios before and two after, of kinds drawn by rank."""
    draw = np.random.default_rng(seed)
    words = ["".join(draw.choice(LETTERS, size=size)) for size in draw.integers(3, 10, WORDS)]
    word_shares = 1.0 / np.arange(3, WORDS + 3)
    kind_shares = 1.0 / np.arange(2, KINDS + 2)
    ranks = draw.choice(WORDS, size=(skills * 4, 4), p=word_shares / word_shares.sum())
    kinds = draw.choice(KINDS, size=skills * 4, p=kind_shares / kind_shares.sum())
    values = draw.integers(0, VALUES, size=(skills * 4, 2))

    def sketch(place: int, evidence: str) -> dict[str, Any]:
        kind = f"kind{kinds[place]}"
        topic = " ".join(words[rank] for rank in ranks[place][: 1 + place % 4])
        first, second = (f"v{number}" for number in values[place])
        state = [{"name": "form", "value": first}]
        if place % 3 == 0:
            state.append({"name": "shape", "value": second})
        text = f"A {first} {words[kinds[place]]} about {topic} exists."
        return {"kind": kind, "state": state, "text": text, "evidence": evidence}

    return [
        {
            "id": f"made/{number}",
            "status": "ok",
            "transitions": [],
            "pre": [sketch(4 * number, "one"), sketch(4 * number + 1, "two")],
            "post": [sketch(4 * number + 2, "one"), sketch(4 * number + 3, "three")],
        }
        for number in range(skills)
    ]


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print the CPU seconds of the block and the peak memory so far."""
    started = time.process_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {name:<14} {time.process_time() - started:8.1f} s  {peak:7.0f} MiB", flush=True)


def measure(skills: int) -> None:
    """Assemble one graph, printing a line per stage."""
    rows = synthetic(skills)
    for name in STAGES:
        setattr(stages, name, _reporting(name, getattr(stages, name)))
    print(f"{skills} skills", flush=True)
    with timed("all"):
        found = stages.assemble(rows, (), embed, Settings())
    sizes = graph_statistics(found.scenarios, found.transitions)
    print(f"  {len(found.judgements)} judgements; {sizes}", flush=True)


def _reporting(name: str, stage: Any) -> Any:
    def call(*arguments: Any) -> Any:
        with timed(name):
            return stage(*arguments)

    return call


def main() -> None:
    """Measure every size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skills", type=int, nargs="+", default=[2500, 9000, 20_000])
    sizes = parser.parse_args().skills
    if len(sizes) == 1:
        measure(sizes[0])
        return
    for size in sizes:
        command = [sys.executable, "-m", "tests.benchmarks.graph_scale", "--skills", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
