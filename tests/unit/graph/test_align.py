"""Alignment of clusters and their merge into scenarios."""

import numpy as np

from shellwright.graph.align import align, ground
from shellwright.graph.clusters import Cluster
from shellwright.graph.judging import Judgement, procedural_judge
from shellwright.graph.neighbours import on_grid
from shellwright.graph.settings import Settings
from shellwright.recipe.scenario import Scenario

CSV = Scenario.of("table", condition="clean", format="csv")
TSV = Scenario.of("table", condition="clean", format="tsv")


def cluster(name: str, side: str, kind: str = "table", **state: str) -> Cluster:
    return Cluster(f"{side}:{name}", side, kind, tuple(sorted(state.items())), name, (0,), 1)


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


def test_groups_are_not_chained_through_their_states() -> None:
    clusters = [
        cluster("a", "pre", format="csv"),
        cluster("b", "post"),
        cluster("c", "pre", format="tsv"),
    ]
    assert groups(clusters, angles(0, 1, 5))[0] == [[0, 1], [2]]


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


def test_typed_scenarios_are_never_brought_together() -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre"), cluster("c", "post")]
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


def grounded(one: Cluster, *typed: Scenario) -> dict[int, str]:
    return ground([one], angles(0), typed, angles(*range(0, 10 * len(typed), 10)))[0]


def test_a_cluster_is_grounded_in_the_typed_scenario_that_fits() -> None:
    assert grounded(cluster("a", "pre", format="tsv"), CSV, TSV) == {0: TSV.id}


def test_of_several_that_fit_the_nearest_is_taken() -> None:
    plain = Scenario.of("table", format="csv")
    full = Scenario.of("table", format="csv", extent="full")
    assert grounded(cluster("a", "pre", format="csv"), full, plain) == {0: full.id}
    assert grounded(cluster("a", "pre", format="csv"), plain, full) == {0: plain.id}


def test_what_is_left_open_is_as_usual() -> None:
    usual = Scenario.of("table", format="csv", condition="clean")
    special = Scenario.of("table", format="csv", condition="padded")
    assert grounded(cluster("a", "pre", format="csv"), special, usual) == {0: usual.id}
    assert grounded(cluster("a", "pre", format="csv"), special) == {}
    assert grounded(cluster("a", "pre", condition="clean"), usual) == {}


def test_reports_are_told_apart_by_what_they_are_about() -> None:
    report = Scenario.of("report", format="text")
    assert grounded(cluster("a", "post", kind="report", format="text"), report) == {}


def test_a_cluster_must_share_an_attribute_and_contradict_none() -> None:
    assert grounded(cluster("a", "pre"), CSV) == {}
    assert grounded(cluster("a", "pre", origin="web"), CSV) == {}
    assert grounded(cluster("a", "pre", format="csv", condition="padded"), CSV) == {}
    assert grounded(cluster("a", "pre", kind="log", format="csv"), CSV) == {}
