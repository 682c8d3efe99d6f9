"""Embeddings of texts: what an embedder is, and the one that comes with the project.

The embedded one is a fixed random projection of words and of the letters that they are made of.
Nothing is fitted to the texts at hand, so a text's vector depends on that text alone, and nothing
is downloaded. It tells texts that share words from those that do not; it knows no synonyms.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
#: Gives one vector of length 1 per text, all of the same size.
Embedder = Callable[[Sequence[str]], Vectors]

SIZE = 256
#: What lies behind these bounds says nothing new; both keep hostile texts cheap.
MAX_TEXT, MAX_WORD = 2000, 40

_KEY = b"shellwright embed 1"
_WORD = re.compile(r"[^\W_]+")
#: Words that say nothing about a scenario, and those that say little because many texts have them.
_FILLERS = (
    "a an and any are as at be been being by can do does for from has have if in into is it its "
    "lie lies made not of on one onto or other out over so some such that the their them then "
    "there these they this those to under up was were what when where which while who will with "
    "within without would you your scenario condition format state"
)
_VAGUE = (
    "available content current data different done exist exists existing file files folder given "
    "item items local machine name named new output path plain present ready result results "
    "several set setup system thing things two use used user valid value values want wanted work "
    "working"
)
# Shares of a word's weight, in sixteenths, so that all sums are of whole numbers.
_FULL = 16
_WEIGHTS = {**dict.fromkeys(_VAGUE.split(), 9), **dict.fromkeys(_FILLERS.split(), 3)}
# A word counts as itself and by its letters; equal shares let forms of one word come out close.
_WHOLE, _LETTERS = 64.0, 64.0


def embed(texts: Sequence[str]) -> Vectors:
    """One vector of 256 numbers and length 1 per text, the same on every machine."""
    found = np.zeros((len(texts), SIZE), dtype=np.float32)
    for place, text in enumerate(texts):
        found[place] = _text(text)
    return found


def query(kind: str, state: Iterable[tuple[str, str]], text: str) -> str:
    """A scenario in the form in which it is embedded: its sentence, its kind and its state."""
    values = ", ".join(f"{name} {value}" for name, value in state)
    return f"{text} ({kind}: {values})" if values else f"{text} ({kind})"


def _text(text: str) -> NDArray[np.float64]:
    words = Counter(word[:MAX_WORD] for word in _WORD.findall(text[:MAX_TEXT].casefold()))
    total = np.zeros(SIZE, dtype=np.int64)
    for word, count in sorted(words.items()):
        # A word that comes again adds less and less: 1, 2, 2, 3, 3, 3, 3, 4, ...
        total += _word(word).astype(np.int64) * (_WEIGHTS.get(word, _FULL) * count.bit_length())
    if not total.any():
        total = _signs(text).astype(np.int64)
    # Sums of squares of whole numbers are exact, so the length is the same everywhere.
    return np.asarray(total / np.sqrt(float((total * total).sum())))


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> NDArray[np.int16]:
    """A word's vector: its stem, and every run of three to five letters in it."""
    framed = f"^{word}$"
    runs = [
        framed[start : start + size]
        for size in (3, 4, 5)
        for start in range(max(len(framed) - size + 1, 1))
    ]
    letters = np.sum([_signs(f"run {run}") for run in runs], axis=0, dtype=np.int64)
    whole = _signs(f"word {_stem(word)}")
    both = np.rint(_WHOLE * whole + _LETTERS * letters / np.sqrt(len(runs)))
    return np.asarray(both, dtype=np.int16)


def _stem(word: str) -> str:
    """The word without the `s` of a plural."""
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def _signs(feature: str) -> NDArray[np.int8]:
    """256 signs that belong to a feature: the bits of its digest."""
    data = feature.encode("utf-8", "surrogatepass")
    code = hashlib.blake2b(data, digest_size=SIZE // 8, key=_KEY).digest()
    return np.unpackbits(np.frombuffer(code, dtype=np.uint8)).astype(np.int8) * 2 - 1
