"""Decontamination: which rows overlap with a benchmark, decided over the whole corpus.

Scanning is per text; deciding needs all texts, because an n-gram that stands in many unrelated
tasks is boilerplate and says nothing. Such *hot* n-grams do not count towards a decision, unless
the text holds at least half of the benchmark task: boilerplate never does. They are reported
with their text, so that nobody has to trust the rule.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellwright.corpus import index as indexes
from shellwright.corpus.ngrams import Hit, NgramIndex, Overlap, merged
from shellwright.corpus.tokens import tokenise
from shellwright.errors import ShellwrightError, UserError

HOT_TASKS = 10
"""An n-gram is hot when it occurs in more tasks than this."""

CERTAIN_COVERAGE = 0.5
"""From this share of a benchmark task on, hot n-grams count, too."""


class ControlMissed(ShellwrightError):
    """The planted control was not found, or something else was: the scan cannot be trusted."""


@dataclass(frozen=True)
class Found:
    """The n-grams of a benchmark in one text, and the words that each of them stands for."""

    hits: list[Hit]
    words: dict[int, str]


class Decontaminator:
    """The benchmarks of one corpus build."""

    def __init__(self, paths: Sequence[str | Path], n: int) -> None:
        """Load the indexes and plant the controls.

        Raises UserError when an index cannot be used or has another length than ``n``, and
        ControlMissed when a control is not found.
        """
        self.loaded: list[NgramIndex] = []
        for path in paths:
            loaded = indexes.load_index(path)
            if loaded.n != n:
                raise UserError(
                    f"{path}: an index of {loaded.n}-grams, but corpus.decontaminate.ngram is {n};"
                    f" expected the same length. Set it to {loaded.n}, or build the index again:"
                    " python -m shellwright.corpus.index build --help"
                )
            self.loaded.append(loaded)
        self.index = merged(self.loaded, n)
        self._check_controls()

    def benchmarks(self) -> list[dict[str, Any]]:
        """Return name, number of tasks and of n-grams of each benchmark, the control left out."""
        own = [
            (index, [grams for task, grams in index.tasks.items() if task != indexes.CONTROL])
            for index in self.loaded
        ]
        return [
            {"name": index.name, "tasks": len(tasks), "grams": len(frozenset().union(*tasks))}
            for index, tasks in own
        ]

    def scan(self, text: str) -> Found:
        """Return what ``text`` shares with the benchmarks."""
        tokens = tokenise(text)
        hits = self.index.scan(tokens)
        words = {
            hit.gram: b" ".join(tokens[hit.at : hit.at + self.index.n]).decode("utf-8", "replace")
            for hit in hits
        }
        return Found(hits, words)

    def decide(self, hits: Sequence[Hit], hot: frozenset[int]) -> list[Overlap]:
        """Return the overlaps that count, given the corpus's ``hot`` n-grams."""
        certain = [
            overlap for overlap in self.index.overlaps(hits) if overlap.coverage >= CERTAIN_COVERAGE
        ]
        counted = self.index.overlaps([hit for hit in hits if hit.gram not in hot])
        named = {overlap.task for overlap in certain}
        both = certain + [overlap for overlap in counted if overlap.task not in named]
        return sorted(both, key=lambda overlap: (-overlap.coverage, overlap.task))

    def _check_controls(self) -> None:
        """Plant the control text as it would occur in a corpus, and one token less of it."""
        words = indexes.CONTROL_TEXT.split()
        plain = f"$ cat notes.txt\n{indexes.CONTROL_TEXT}\n$ "
        escaped = json.dumps({"keystrokes": "\n".join(words)})
        short = " ".join(words[: self.index.n - 1])
        for loaded in self.loaded:
            name = f"{loaded.name}/{indexes.CONTROL}"
            for kind, text in (("plain", plain), ("JSON-escaped", escaped)):
                overlaps = self.index.overlaps(self.scan(text).hits)
                if not any(each.task == name and each.coverage == 1 for each in overlaps):
                    raise ControlMissed(
                        f"decontamination index {loaded.name}: the {kind} control text was not"
                        " found; expected all of its n-grams. The index or the tokeniser is broken;"
                        " nothing that this build called clean can be trusted."
                    )
        if self.scan(short).hits:
            raise ControlMissed(
                f"decontamination: {self.index.n - 1} tokens of the control text counted as an"
                f" overlap; expected {self.index.n} at least"
            )


def hot_grams(uses: Iterable[tuple[int, int]], limit: int = HOT_TASKS) -> frozenset[int]:
    """Return the n-grams that occur in more than ``limit`` tasks, given (gram, tasks) pairs."""
    return frozenset(gram for gram, tasks in uses if tasks > limit)
