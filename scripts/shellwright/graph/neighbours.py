"""Nearest neighbours by cosine, exact, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shellwright.graph.embed import Vectors

Indexes = NDArray[np.int64]
#: Says which of the others may be neighbours of the rows from one number to another.
Allowed = Callable[[int, int], NDArray[np.bool_]]

#: Similarities that are held at once, 4 bytes each and some more while they are sorted.
_BLOCK = 8_000_000
_GRID = np.float32(2048)


class Pairs(NamedTuple):
    """Rows of one set, their neighbours in another and the similarities, all of one length;
    sorted by row, then by falling similarity, then by neighbour."""

    rows: Indexes
    others: Indexes
    similarities: Vectors


def on_grid(vectors: Vectors) -> Vectors:
    """The vectors with every number rounded to a multiple of 1/2048.

    The products of two such vectors of length 1 sum up without any rounding, in whatever order
    they are summed. Similarities are then the same on every machine, and off by about 0.0003.
    """
    return np.asarray(np.rint(vectors * _GRID) / _GRID, dtype=np.float32)


def cosines(rows: Vectors, others: Vectors) -> Vectors:
    """The similarity of every row with the row of the same number, at most 1: vectors on the grid
    are not quite of length 1."""
    products = np.einsum("ij,ij->i", rows, others)
    return np.asarray(np.clip(products, -1.0, 1.0), dtype=np.float32)


def nearest(
    rows: Vectors,
    others: Vectors,
    k: int,
    floor: float = -1.0,
    *,
    same: bool = False,
    below: float | None = None,
    allowed: Allowed | None = None,
) -> Iterator[Pairs]:
    """The k nearest of `others` for every row, those below `floor` left out, in blocks of rows.

    Only those count that are less similar than `below` and that are `allowed`, where these are
    given.

    Of equally near ones the first are taken. `same`: both are the same set, and nothing is its
    own neighbour. Both must be on the grid for ties to be ties everywhere. Memory stays below
    150 MB, whatever the sizes, apart from the vectors.
    """
    k = min(k, len(others))
    if not len(rows) or k < 1:
        return
    height = max(_BLOCK // len(others), 1)
    for start in range(0, len(rows), height):
        block = rows[start : start + height] @ others.T
        if same:
            places = np.arange(len(block))
            block[places, places + start] = -2.0
        if below is not None:
            block[block >= np.float32(below)] = -2.0
        if allowed is not None:
            block[~allowed(start, start + len(block))] = -2.0
        low = np.full(len(block), floor, dtype=np.float32)
        if k < len(others):
            # The k-th similarity of every row; what equals it is sorted out below.
            kth = np.partition(block, len(others) - k, axis=1)[:, len(others) - k]
            low = np.maximum(low, kth)
        near, other = np.nonzero(block >= np.maximum(low, np.float32(-1.5))[:, None])
        yield _first(k, near + start, other, block[near, other])


def all_nearest(
    rows: Vectors, others: Vectors, k: int, floor: float = -1.0, *, same: bool = False
) -> Pairs:
    """What `nearest` finds, in one piece; for a small k."""
    blocks = list(nearest(rows, others, k, floor, same=same))
    if not blocks:
        nothing = np.zeros(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.zeros(0, dtype=np.float32))
    return Pairs(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _first(k: int, rows: Indexes, others: Indexes, similarities: Vectors) -> Pairs:
    """The first k of every row, by falling similarity and then by number."""
    order = np.lexsort((others, -similarities, rows))
    rows, others, similarities = rows[order], others[order], similarities[order]
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    lengths = np.diff(begins, append=len(rows))
    kept = np.arange(len(rows)) - np.repeat(begins, lengths) < k
    return Pairs(rows[kept], others[kept], similarities[kept])
