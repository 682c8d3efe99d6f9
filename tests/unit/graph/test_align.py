"""Alignment of clusters and their merge into scenarios."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.graph.sketching import cluster

from shellwright.graph.align import align
from shellwright.graph.judging import Judgement, procedural_judge
from shellwright.graph.neighbours import on_grid
from shellwright.graph.settings import Settings
from shellwright.recipe.scenario import Scenario

CSV = Scenario.of("table", condition="clean", extent="full", format="csv", shape="records")
TSV = Scenario.of("table", condition="clean", extent="full", format="tsv", shape="records")


def angles(*degrees: float) -> np.ndarray:
    turned = np.radians(degrees)
    return on_grid(np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32))


def groups(clusters, vectors, grounded=None, judge=None, align_at=0.7):
    settings = Settings(align=align_at)
    found = align(clusters, vectors, grounded or {}, judge or procedural_judge(align_at), settings)
    return found.groups, found


def test_a_post_and_a_pre_cluster_that_are_alike_become_one() -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre"), cluster("c", "pre")]
    assert groups(clusters, angles(0, 10, 80))[0] == [[0, 1], [2]]


def test_states_that_cannot_hold_at_once_stay_apart() -> None:
    clusters = [cluster("a", "post", format="csv"), cluster("b", "pre", format="tsv")]
    found, aligned = groups(clusters, angles(0, 0))
    assert found == [[0], [1]]
    assert [row["verdict"] for row in aligned.judgements] == ["rejected"]


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        pytest.param({}, {"format": "csv"}, id="what is open"),
        pytest.param({"format": "csv"}, {"format": "csv", "condition": "padded"}, id="a fault"),
        pytest.param({"format": "csv", "condition": "padded"}, {"format": "csv"}, id="no fault"),
        pytest.param({"origin": "web", "condition": "removed"}, {"origin": "web"}, id="being"),
    ],
)
def test_what_a_pre_asks_for_must_be_given(left: dict[str, str], asked: dict[str, str]) -> None:
    clusters = [cluster("a", "post", **left), cluster("b", "pre", **asked)]
    found, aligned = groups(clusters, angles(0, 0))
    assert found == [[0], [1]]
    assert [row["verdict"] for row in aligned.judgements] == ["rejected"]


def test_a_post_may_give_more_than_is_asked_for() -> None:
    clusters = [cluster("a", "post", format="csv", origin="web"), cluster("b", "pre", format="csv")]
    assert groups(clusters, angles(0, 0))[0] == [[0, 1]]


def test_pres_that_ask_for_different_things_do_not_share_a_scenario() -> None:
    clusters = [
        cluster("a", "pre", format="csv"),
        cluster("b", "post", format="csv", origin="web"),
        cluster("c", "pre", origin="web"),
    ]
    assert groups(clusters, angles(0, 1, 5))[0] == [[0, 1], [2]]


def test_posts_that_contradict_each_other_do_not_share_a_scenario() -> None:
    clusters = [
        cluster("a", "post", format="csv"),
        cluster("b", "pre"),
        cluster("c", "post", format="tsv"),
    ]
    assert groups(clusters, angles(0, 1, 5))[0] == [[0, 1], [2]]


STATE = st.fixed_dictionaries(
    {},
    optional={
        "condition": st.sampled_from(["clean", "padded", "missing"]),
        "format": st.sampled_from(["csv", "tsv"]),
        "origin": st.just("web"),
    },
)
CLUSTERS = st.lists(
    st.tuples(st.sampled_from(["pre", "post"]), STATE, st.integers(0, 40)), max_size=12
)


@given(CLUSTERS)
def test_in_a_scenario_every_post_gives_what_every_pre_asks_for(given_: list) -> None:
    clusters = [cluster(f"c{n}", side, **state) for n, (side, state, _) in enumerate(given_)]
    typed = {n: CSV.id for n, each in enumerate(clusters) if each.state == CSV.state}
    vectors = angles(*(turn for *_, turn in given_)).reshape(len(clusters), 2)
    _, aligned = groups(clusters, vectors, typed)
    assert sorted(place for group in aligned.groups for place in group) == [*range(len(clusters))]
    for places, name in zip(aligned.groups, aligned.typed, strict=True):
        group = [clusters[place] for place in places]
        asked = {each.state for each in group if each.side == "pre"}
        asked |= {CSV.state} if name else set()
        posts = [set(each.state) for each in group if each.side == "post"]
        assert len(asked) <= 1
        assert all(set(each) <= post for each in asked for post in posts)
        assert all(len(dict(one | two)) == len(one | two) for one, two in combinations(posts, 2))


def test_groups_are_not_chained_through_their_texts() -> None:
    clusters = [
        cluster("a", "post"),
        cluster("b", "pre"),
        cluster("c", "post"),
        cluster("d", "pre"),
    ]
    found, _ = groups(clusters, angles(0, 40, 80, 120))
    assert max(len(group) for group in found) == 2


def test_different_kinds_are_never_one() -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre", kind="log")]
    assert groups(clusters, angles(0, 0))[0] == [[0], [1]]


def test_a_typed_scenario_is_its_state_on_both_sides() -> None:
    """Also where it has clusters on one side only: nothing that says more or less joins it."""
    for side, other in (("post", "pre"), ("pre", "post")):
        clusters = [cluster("a", side, format="csv"), cluster("b", other)]
        assert groups(clusters, angles(0, 0), {0: CSV.id})[0] == [[0], [1]]
    plain = [cluster("a", "post", format="csv", condition="padded"), cluster("b", "pre")]
    padded = "table:condition=padded,extent=full,format=csv,shape=records"
    assert groups(plain, angles(0, 0), {0: padded})[0] == [[0], [1]]


def test_typed_scenarios_are_never_brought_together() -> None:
    clusters = [
        cluster("a", "post", format="csv"),
        cluster("b", "pre", format="tsv"),
        cluster("c", "post"),
    ]
    found, aligned = groups(clusters, angles(0, 0, 0), {0: CSV.id, 1: TSV.id})
    assert sorted(filter(None, aligned.typed)) == [CSV.id, TSV.id]
    assert not any({0, 1} <= set(group) for group in found)


def test_another_judge_may_say_no() -> None:
    def never(pairs):
        return [Judgement(False, "somebody", "no") for _ in pairs]

    found, aligned = groups([cluster("a", "post"), cluster("b", "pre")], angles(0, 0), judge=never)
    assert found == [[0], [1]]
    assert [(row["judge"], row["reason"]) for row in aligned.judgements] == [("somebody", "no")]


def said(rows) -> list[tuple]:
    """Every pair that the rows speak of, with its similarity, its answer and the texts."""
    found = []
    for row in rows:
        own, _, text = row["evidence"].partition(" | ")
        names, nearness = (
            [row["b"], *row["others"]],
            [row["similarity"], *row["other_similarities"]],
        )
        texts = [text, *row["other_texts"]]
        for b, near, other in zip(names, nearness, texts, strict=True):
            found.append((row["a"], b, near, row["verdict"], row["reason"], own, other))
    return found


def test_every_judgement_is_recorded_once_with_what_it_was_made_by() -> None:
    asked = []

    def judge(pairs):
        answers = procedural_judge(0.7)(pairs)
        asked.extend(
            (post.id, pre.id, round(near, 4), answer.accepted, answer.reason, post.text, pre.text)
            for (post, pre, near), answer in zip(pairs, answers, strict=True)
        )
        return answers

    posts = [cluster(f"a{n}", "post", format="csv") for n in range(3)]
    pres = [cluster(f"b{n}", "pre", format="csv" if n % 2 else "tsv") for n in range(9)]
    _, aligned = groups([*posts, *pres], angles(*range(0, 60, 5)), judge=judge)
    recorded = [(*row[:3], row[3] == "accepted", *row[4:]) for row in said(aligned.judgements)]
    assert {each[3] for each in recorded} == {True, False}
    assert len(recorded) > 6 * len(posts)
    assert sorted(recorded) == sorted(asked)
    assert len({row["id"] for row in aligned.judgements}) == len(aligned.judgements)


def test_a_join_has_a_row_of_its_own_and_the_rest_one_per_answer() -> None:
    posts = [cluster(f"a{n}", "post") for n in range(3)]
    pres = [cluster(f"b{n}", "pre") for n in range(9)]
    _, aligned = groups([*posts, *pres], angles(*[0] * 12))
    assert len(aligned.groups) == 1
    assert 11 <= len(aligned.judgements) <= 11 + len(posts)
    assert len(said(aligned.judgements)) == 3 * 9
