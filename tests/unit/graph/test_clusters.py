"""Clusters of sketches on one side."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.graph.sketching import KINDS, TOPICS, scraped, sketch

from shellwright.graph import clusters as module
from shellwright.graph.clusters import Cluster, find_clusters
from shellwright.graph.embed import embed, query
from shellwright.graph.neighbours import on_grid
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import collect
from shellwright.graph.states import complete

SKETCHES = st.lists(
    st.builds(
        lambda kind, topic, more, state: sketch(kind, f"A {kind} of {topic} {more}", **state),
        st.sampled_from(KINDS),
        st.sampled_from(TOPICS),
        st.sampled_from(["", "here", "of today"]),
        st.sampled_from([{}, {"condition": "clean"}, {"condition": "padded"}, {"format": "csv"}]),
    ),
    min_size=1,
    max_size=25,
)


def clustered(rows: list, **given: float) -> tuple[list[Cluster], tuple, np.ndarray]:
    sketches = collect(rows)
    told = sketches.told
    vectors = on_grid(embed([query(each.kind, each.state, each.text) for each in told]))
    found = find_clusters(told, vectors, sketches.counts["pre"], "pre", Settings(**given))
    return found, told, vectors


@given(SKETCHES)
@settings(max_examples=40)
def test_members_are_alike_and_in_the_state_of_the_cluster(sketches: list) -> None:
    found, told, vectors = clustered([scraped("x", sketches, [])])
    places = sorted(place for cluster in found for place in cluster.members)
    assert places == list(range(len(told)))
    for cluster in found:
        for place in cluster.members:
            assert told[place].kind == cluster.kind
            assert complete(cluster.kind, told[place].state) == cluster.state
        for one, other in combinations(cluster.members, 2):
            assert vectors[one] @ vectors[other] >= Settings().cluster - 1e-6


def test_who_says_nothing_of_a_fault_is_apart_from_who_tells_one() -> None:
    plain = sketch("table", "A CSV table lies in a folder", format="csv")
    usual = sketch("table", "A clean CSV table lies in a folder", condition="clean", format="csv")
    faulty = sketch("table", "A CSV table lies in a folder", condition="padded", format="csv")
    found, told, _ = clustered([scraped("x", [plain, usual, faulty], [])])
    texts = {dict(each.state)["condition"]: len(each.members) for each in found}
    assert texts == {"clean": 2, "padded": 1}
    assert not any(each.bare for each in found)
    assert len(told) == 3


def test_a_cluster_is_bare_where_a_member_says_nothing_of_its_state() -> None:
    text = "A folder with the holiday photos and the old invoices of the whole family"
    folders = [sketch("tree", text), sketch("tree", text, condition="tidy")]
    found, _, _ = clustered([scraped("x", folders, [])])
    assert [(len(each.members), each.bare) for each in found] == [(2, True)]


def test_the_same_words_are_one_sketch() -> None:
    row = sketch("table", "A table of orders", format="csv")
    found, told, _ = clustered([scraped("x", [row, row], []), scraped("y", [row], [])])
    assert len(told) == 1
    assert [cluster.count for cluster in found] == [2]


def test_a_cluster_is_named_after_its_members_alone() -> None:
    orders = [sketch("table", "A table of orders"), sketch("table", "A table with the orders")]
    first, _, _ = clustered([scraped("x", orders, [])])
    more = [sketch("log", "A log of a web server"), sketch("table", "A table of birds")]
    second, _, _ = clustered([scraped("x", [*more, *orders], [])])
    assert len(first) == 1
    assert first[0].id in {cluster.id for cluster in second}


def test_the_text_is_that_of_the_member_in_the_middle() -> None:
    texts = ["A table of orders", "A table of orders", "A table of all the orders"]
    rows = [scraped(str(n), [sketch("table", text)], []) for n, text in enumerate(texts)]
    found, _, _ = clustered(rows)
    assert [cluster.text for cluster in found] == ["A table of orders"]


def test_large_parts_are_taken_apart_first(monkeypatch) -> None:
    monkeypatch.setattr(module, "_SMALL", 3)
    rows = [scraped("x", [sketch("table", f"A table of orders {n}") for n in range(60)], [])]
    sizes: list[int] = []
    linked = module._linked

    def spied(bucket, *rest):
        sizes.append(len(bucket))
        return linked(bucket, *rest)

    monkeypatch.setattr(module, "_linked", spied)
    found, _, _ = clustered(rows, bucket=7)
    assert max(sizes) <= 7
    assert sorted(place for cluster in found for place in cluster.members) == list(range(60))
    assert found == clustered(rows, bucket=7)[0]
