"""Exact nearest neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shellwright.graph import neighbours
from shellwright.graph.neighbours import all_nearest, cosines, nearest, on_grid


def unit(rows: int, seed: int) -> np.ndarray:
    # Few different vectors, so that there are ties.
    drawn = np.random.default_rng(seed).integers(-1, 2, size=(rows, 4)) + 0.1
    return on_grid((drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32))


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 35), st.booleans(), st.integers(0, 9))
@settings(max_examples=60)
def test_they_are_those_of_a_plain_search(
    rows: int, others: int, k: int, same: bool, seed: int
) -> None:
    one = unit(rows, seed)
    other = one if same else unit(others, seed + 1)
    expected = []
    for row, similarities in enumerate(one @ other.T):
        near = [
            (-similarity, number)
            for number, similarity in enumerate(similarities.tolist())
            if similarity >= 0.2 and not (same and number == row)
        ]
        expected += [(row, number, -negative) for negative, number in sorted(near)[:k]]
    found = all_nearest(one, other, k, 0.2, same=same)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(40, 3)
    whole = all_nearest(vectors, vectors, 5, same=True)
    monkeypatch.setattr(neighbours, "_BLOCK", 70)
    assert len(list(nearest(vectors, vectors, 5, same=True))) == 40
    for one, other in zip(whole, all_nearest(vectors, vectors, 5, same=True), strict=True):
        assert np.array_equal(one, other)


def test_nothing_has_no_neighbours() -> None:
    nothing = np.zeros((0, 4), dtype=np.float32)
    assert len(all_nearest(nothing, unit(3, 1), 2).rows) == 0
    assert len(all_nearest(unit(3, 1), nothing, 2).rows) == 0


@given(st.integers(0, 50))
@settings(max_examples=20)
def test_similarities_on_the_grid_do_not_depend_on_the_order_of_summing(seed: int) -> None:
    drawn = np.random.default_rng(seed).normal(size=(2, 256))
    one, other = on_grid((drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype("f4"))
    assert one @ other == one[::-1] @ other[::-1] == np.float32(sum(map(float, one * other)))


def test_no_similarity_is_above_one_where_rounding_has_made_vectors_longer() -> None:
    vectors = unit(200, seed=3)
    assert (np.einsum("ij,ij->i", vectors, vectors) > 1).any()
    found = cosines(vectors, vectors)
    assert found.max() == 1.0
    assert cosines(vectors, -vectors).min() == -1.0
    other = unit(200, seed=4)
    products = np.einsum("ij,ij->i", vectors, other)
    assert np.array_equal(cosines(vectors, other), np.minimum(products, 1))
