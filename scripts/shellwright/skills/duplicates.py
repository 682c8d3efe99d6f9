"""Duplicates among skills: the same text, or nearly the same, found in several places.

Candidates come from MinHash signatures in bands; whether two texts are near duplicates is decided
by the Jaccard similarity of their five-word shingles, computed exactly.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shellwright.digest import digest

Row = dict[str, Any]
Hashes = NDArray[np.uint64]
Signatures = NDArray[np.uint32]
Band = tuple[int, bytes]

SHINGLE = 5
#: 32 bands of 4: texts at a Jaccard similarity of 0.8 share one with a probability over 0.9999.
BANDS, ROWS = 32, 4
#: A band that more texts than this share may come from a common template. Of its originals only the
#: first few are compared with the texts that follow: many copies of one text are found, and many
#: different texts cost little.
CROWD, SPOKESMEN = 200, 16
#: By how much the agreement of two signatures may fall short of the similarity: six times its
#: standard deviation at the most.
SLACK = 0.27

#: Scripts without spaces between words: each character counts as one.
_DENSE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
#: What the agent's platform and its registry were called before: a copy that goes along with the
#: new name is a copy. A skill's own name is not passed over, since pages of different programs may
#: be the same but for that (`base32` and `base64`).
_RENAMED = (
    (re.compile(r"(?i)(?<![a-z])(?:clawdbot|clawdis|moltbot)(?![a-z])"), "openclaw"),
    (re.compile(r"(?i)(?<![a-z])(?:clawdhub|molthub)(?![a-z])"), "clawhub"),
)
_WORD = re.compile(rf"[{_DENSE}]|[^\W_{_DENSE}]+")
_LOW = np.uint64(0xFFFFFFFF)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SEEDS: Hashes = np.random.default_rng(1).integers(1, 2**64 - 1, BANDS * ROWS, dtype=np.uint64)


@dataclass(frozen=True)
class Twin:
    """A text, the earlier one that it repeats, and their similarity from 0 to 1."""

    copy: int
    original: int
    similarity: float


def words_of(text: str) -> list[str]:
    """The words that count: letters of any script and digits, lower case."""
    return _WORD.findall(text.lower())


def find_twins(texts: Sequence[str], threshold: float) -> list[Twin]:
    """The texts that repeat an earlier one, each with the earliest original that it repeats.

    An original is not itself a copy. The order of `texts` is the order of preference.
    """
    words = [words_of(text) for text in texts]
    numbers: dict[str, int] = {}
    same = _same(words)
    shingles = [
        _shingles([] if place in same else each, numbers) for place, each in enumerate(words)
    ]
    signatures = _signatures(shingles)
    crowd = Counter(band for place in range(len(texts)) for band in _bands(signatures[place]))
    originals: dict[Band, list[int]] = defaultdict(list)
    twins: dict[int, Twin] = {}
    for place, each in enumerate(shingles):
        if place in same:
            earlier = twins.get(same[place], Twin(place, same[place], 1.0))
            twins[place] = replace(earlier, copy=place)
        if not len(each):
            continue
        bands = _bands(signatures[place])
        near = sorted({first for band in bands for first in originals[band]})
        for first in _likely(signatures, place, near, threshold):
            similarity = _jaccard(shingles, first, place)
            if similarity >= threshold:
                twins[place] = Twin(place, first, round(similarity, 4))
                break
        else:
            for band in bands:
                if crowd[band] <= CROWD or len(originals[band]) < SPOKESMEN:
                    originals[band].append(place)
    return [twins[copy] for copy in sorted(twins)]


def _shingles(words: Sequence[str], numbers: dict[str, int]) -> Hashes:
    """The distinct shingles of a text, hashed; `numbers` gives every word a number of its own."""
    if len(words) < SHINGLE:
        return np.zeros(0, dtype=np.uint64)
    codes = np.array(
        [numbers.setdefault(word, len(numbers) + 1) for word in words], dtype=np.uint64
    )
    mixed = np.zeros(len(words) - SHINGLE + 1, dtype=np.uint64)
    for place in range(SHINGLE):
        mixed = _mixed(mixed * _MIX + codes[place : place + len(mixed)])
    return np.unique(mixed)


def _mixed(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(29))


def _same(words: Sequence[Sequence[str]]) -> dict[int, int]:
    """The texts that have the same words as an earlier one, with the first that has them."""
    first: dict[str, int] = {}
    originals = (first.setdefault(digest(list(each)), n) for n, each in enumerate(words))
    return {n: original for n, original in enumerate(originals) if original != n and words[n]}


def _signatures(shingles: Sequence[Hashes]) -> Signatures:
    """The MinHash signature of each text, in a row of its own; zeros where it has no shingles."""
    signatures: Signatures = np.zeros((len(shingles), BANDS * ROWS), dtype=np.uint32)
    for row, each in zip(signatures, shingles, strict=True):
        if len(each):
            row[:] = [_mixed(each * seed).min() & _LOW for seed in _SEEDS]
    return signatures


def _bands(signature: Signatures) -> list[Band]:
    """What a text may have in common with another; nothing where it has no shingles."""
    if not signature.any():
        return []
    return [(band, part.tobytes()) for band, part in enumerate(signature.reshape(BANDS, ROWS))]


def _likely(
    signatures: Signatures, place: int, near: Sequence[int], threshold: float
) -> Sequence[int]:
    """Those of the texts `near` whose signatures do not rule out that they are similar enough."""
    if not near:
        return near
    agreed = (signatures[near] == signatures[place]).mean(axis=1)
    return [first for first, share in zip(near, agreed, strict=True) if share >= threshold - SLACK]


def _jaccard(shingles: Sequence[Hashes], first: int, second: int) -> float:
    one, other = shingles[first], shingles[second]
    common = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - common
    return common / total if total else 0.0


def mark_duplicates(rows: Iterable[Mapping[str, Any]], threshold: float) -> list[Row]:
    """The rows of the `skill` table with every copy marked, in their order.

    Rows come in order of preference. A row that is `ok` is preferred to one that is not, so that
    a skill whose licence is known stands for its copy whose licence is not; then a safe one to an
    unsafe one. A copy's status is `duplicate`; the skill that it repeats gets its place added to
    `provenance`. Broken skills take no part.

    An unsafe copy of a safe skill is not the same: it is in nobody's provenance, and where it was
    rejected it stays so, with the skill that it resembles in its reason.
    """
    found = [dict(row) for row in rows]
    order = sorted(
        (place for place, row in enumerate(found) if row["status"] != "broken"),
        key=lambda place: (found[place]["status"] != "ok", is_unsafe(found[place]), place),
    )
    texts = [_text(found[place]) for place in order]
    for twin in find_twins(texts, threshold):
        copy, original = found[order[twin.copy]], found[order[twin.original]]
        kind = "the same text as" if twin.similarity == 1.0 else "nearly the same text as"
        same = is_unsafe(copy) == is_unsafe(original)
        if not same and copy["status"] == "rejected" and is_unsafe(copy):
            copy["reason"] = f"{copy['reason']}; {kind} {original['id']}"
            continue
        copy["status"], copy["reason"] = "duplicate", f"{kind} {original['id']}"
        if same:
            places = [{**place, "similarity": twin.similarity} for place in copy["provenance"]]
            original["provenance"] = [*original["provenance"], *places]
    return found


def _text(row: Mapping[str, Any]) -> str:
    """What is compared of a skill: its description and body, with the platform by its present
    name."""
    text = f"{row['description']}\n{row['body']}"
    for earlier, present in _RENAMED:
        text = earlier.sub(present, text)
    return text


def is_unsafe(row: Mapping[str, Any]) -> bool:
    """Whether a row's verdicts say that following the skill does harm."""
    return any(
        verdict["filter"] == "safe" and verdict["verdict"] == "fail" for verdict in row["filters"]
    )
