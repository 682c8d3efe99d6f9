"""The embedder that comes with the project."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shellwright.graph.embed import SIZE, embed, query

TEXTS = st.lists(st.text(max_size=60), min_size=1, max_size=6)


def similarity(one: str, other: str) -> float:
    first, second = embed([one, other])
    return float(first @ second)


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_every_vector_has_length_one(texts: list[str]) -> None:
    vectors = embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), SIZE)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@given(TEXTS, st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_vector_depends_on_its_own_text_alone(texts: list[str], changed: str) -> None:
    before, after = embed(texts), embed([changed, *texts[1:]])
    assert np.array_equal(before[1:], after[1:])
    assert np.array_equal(before[0], embed(texts[:1])[0])


def test_vectors_are_the_same_everywhere() -> None:
    assert np.sign(embed(["a table of orders"])[0, :8]).tolist() == [1, -1, 1, -1, -1, -1, 1, -1]


def test_texts_that_share_words_are_closer() -> None:
    near = similarity("A CSV table of orders", "A CSV table of customer orders")
    far = similarity("A CSV table of orders", "A running web server")
    assert near > 0.7 > 0.3 > far


def test_forms_of_a_word_are_alike() -> None:
    assert similarity("invoice", "invoices") > 0.7
    assert similarity("compressed", "compressing") > 0.3


def test_fillers_hardly_count() -> None:
    assert similarity("the orders of the table", "a table with orders") > 0.9


def test_no_texts_give_no_vectors() -> None:
    assert embed([]).shape == (0, SIZE)


def test_kind_and_state_are_embedded_with_the_text() -> None:
    assert query("table", [("format", "csv")], "Orders lie there") == (
        "Orders lie there (table: format csv)"
    )
    assert query("table", [], "Orders lie there") == "Orders lie there (table)"
