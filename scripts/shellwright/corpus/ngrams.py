"""Which n-grams of a benchmark occur in a text, from an index that holds hashes only.

For n = 14 every window holds a run of 7 tokens that starts at a position divisible by 8, so it is
enough to look up every 8th 7-gram of the text (an *anchor*, by its CRC-32) among those of the
benchmark. Around a known anchor the 14-grams themselves are checked, by 64-bit BLAKE2b; a match
by chance has a probability of about 1e-15 for each window that is checked. Other lengths work
alike: anchors of n // 2 tokens, every n - n // 2 + 1 positions.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def gram_hash(tokens: Sequence[bytes]) -> int:
    """Return the 64-bit hash of a gram: BLAKE2b of its tokens joined by single spaces."""
    return int.from_bytes(hashlib.blake2b(b" ".join(tokens), digest_size=8).digest(), "little")


def anchor_hash(tokens: Sequence[bytes]) -> int:
    """Return the 32-bit hash of an anchor: CRC-32 of its tokens joined by single spaces."""
    return zlib.crc32(b" ".join(tokens))


def grams(tokens: Sequence[bytes], n: int) -> set[int]:
    """Return the hashes of all n-grams of ``tokens``."""
    return {gram_hash(tokens[at : at + n]) for at in range(len(tokens) - n + 1)}


def anchors(tokens: Sequence[bytes], n: int) -> set[int]:
    """Return the hashes of all anchors of ``tokens``; none when there is no n-gram to find."""
    size = n // 2
    if len(tokens) < n:
        return set()
    return {anchor_hash(tokens[at : at + size]) for at in range(len(tokens) - size + 1)}


@dataclass(frozen=True)
class Hit:
    """One n-gram of the benchmark in a text: its hash, and the token that it begins at."""

    gram: int
    at: int


@dataclass(frozen=True)
class Overlap:
    """What a text shares with one task of a benchmark.

    ``coverage`` is the share of the task's distinct n-grams that the text holds; ``run`` is the
    length in tokens of the longest stretch of the text made of them.
    """

    task: str
    coverage: float
    run: int


class NgramIndex:
    """The hashed n-grams of one or more benchmarks, by task."""

    def __init__(
        self, name: str, n: int, tasks: dict[str, frozenset[int]], known: Iterable[int]
    ) -> None:
        self.name = name
        self.n = n
        self.tasks = tasks
        self.anchors = frozenset(known)
        self._owners: dict[int, list[str]] = {}
        for task in sorted(tasks):
            for gram in tasks[task]:
                self._owners.setdefault(gram, []).append(task)

    def __len__(self) -> int:
        """Return the number of distinct n-grams."""
        return len(self._owners)

    def scan(self, tokens: list[bytes]) -> list[Hit]:
        """Return every n-gram of ``tokens`` that a benchmark has, in the order of the text."""
        crc, join, size = zlib.crc32, b" ".join, self.n // 2
        last = len(tokens) - self.n
        probes = range(0, len(tokens) - size + 1, self.n - size + 1)
        seen = [crc(join(tokens[at : at + size])) for at in probes]
        if self.anchors.isdisjoint(seen):
            return []
        found: dict[int, int] = {}
        for at, anchor in zip(probes, seen, strict=True):
            if anchor not in self.anchors:
                continue
            for start in range(max(0, at - (self.n - size)), min(at, last) + 1):
                gram = gram_hash(tokens[start : start + self.n])
                if gram in self._owners:
                    found[start] = gram
        return [Hit(found[at], at) for at in sorted(found)]

    def overlaps(self, hits: Sequence[Hit]) -> list[Overlap]:
        """Return what ``hits`` share with each task, the task covered most first, then by name."""
        shared: dict[str, list[Hit]] = {}
        for hit in hits:
            for task in self._owners[hit.gram]:
                shared.setdefault(task, []).append(hit)
        found = [
            Overlap(
                task,
                len({hit.gram for hit in own}) / len(self.tasks[task]),
                longest_run(sorted(hit.at for hit in own), self.n),
            )
            for task, own in shared.items()
        ]
        return sorted(found, key=lambda overlap: (-overlap.coverage, overlap.task))


def longest_run(places: Sequence[int], n: int) -> int:
    """Return the tokens of the longest run of n-grams that begin at the sorted ``places``."""
    best, first = 0, 0
    for place in range(1, len(places) + 1):
        if place == len(places) or places[place] != places[place - 1] + 1:
            best = max(best, place - first)
            first = place
    return best + n - 1 if best else 0


def merged(indexes: Sequence[NgramIndex], n: int) -> NgramIndex:
    """Return one index over several benchmarks; its tasks are named ``<benchmark>/<task>``.

    ``n`` is the length of the n-grams of all of them.
    """
    tasks = {f"{index.name}/{task}": own for index in indexes for task, own in index.tasks.items()}
    known = frozenset[int]().union(*(index.anchors for index in indexes))
    return NgramIndex("+".join(index.name for index in indexes), n, tasks, known)
