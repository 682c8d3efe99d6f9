"""Judges that ask a model: what they ask about, and what comes of its answers."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.model_client import client
from tests.support.model_server import Exchange, ModelServer, completion
from tests.unit.graph.sketching import cluster

from shellwright.graph import align as align_module
from shellwright.graph.align import align
from shellwright.graph.asking import model_judge, model_triple_judge
from shellwright.graph.clusters import Cluster
from shellwright.graph.neighbours import on_grid
from shellwright.graph.settings import Settings
from shellwright.graph.triples import End, Triple

THRESHOLD = 0.7


def angles(*degrees: float) -> np.ndarray:
    turned = np.radians(degrees)
    return on_grid(np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32))


class Asked:
    """A model that accepts what speaks of nothing bad, and keeps what it was asked."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, ...]] = []

    def __call__(self, exchange: Exchange) -> None:
        user = exchange.seen.body["messages"][1]["content"]
        shown = re.search(r"=== BEGIN \w+ ===\n(.*)\n=== END", user, re.DOTALL)
        assert shown is not None
        answers: list[dict[str, Any]] = []
        for line in shown.group(1).splitlines():
            each = json.loads(line)
            words = tuple(value for key, value in each.items() if key != "id")
            self.questions.append(words)
            accepted = not any("bad" in word for word in words)
            answers.append({"id": each["id"], "reason": "because", "accepted": accepted})
        exchange.send(200, json.dumps(completion(json.dumps({"answers": answers}))).encode())


def aligned(folder: Path, clusters: list[Cluster], vectors: np.ndarray, asked: int):
    """Return the groups, the judgements and what the model was asked."""
    model = Asked()
    with ModelServer(default=model) as server, client(server.base_url, folder) as endpoint:
        judge = model_judge(endpoint, THRESHOLD, 1, 2, asked)
        settings = Settings(align=THRESHOLD, asked=asked)
        found = align(clusters, vectors, {}, judge, settings)
    return found.groups, found.judgements, sorted(model.questions)


def test_a_model_may_find_what_is_compatible_though_it_is_told_in_other_words(
    tmp_path: Path,
) -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre")]
    groups, rows, asked = aligned(tmp_path, clusters, angles(0, 60), asked=1)
    assert groups == [[0, 1]]
    assert asked == [("a", "b")]
    assert [(row["judge"], row["verdict"]) for row in rows] == [("test-model", "accepted")]


def test_what_is_hardly_alike_is_not_asked_about(tmp_path: Path) -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre")]
    assert aligned(tmp_path, clusters, angles(0, 80), asked=1) == ([[0], [1]], [], [])


def test_it_may_refuse_them_and_that_is_kept(tmp_path: Path) -> None:
    clusters = [cluster("a", "post"), cluster("bad", "pre")]
    groups, rows, _ = aligned(tmp_path, clusters, angles(0, 60), asked=1)
    assert groups == [[0], [1]]
    assert [(row["judge"], row["verdict"]) for row in rows] == [("test-model", "rejected")]


def test_it_is_not_asked_where_nobody_wants_it(tmp_path: Path) -> None:
    clusters = [cluster("a", "post"), cluster("b", "pre")]
    assert aligned(tmp_path, clusters, angles(0, 60), asked=0) == ([[0], [1]], [], [])


def test_it_is_never_asked_about_another_kind_or_what_is_not_given(tmp_path: Path) -> None:
    clusters = [
        cluster("a", "post", format="csv"),
        cluster("b", "pre", format="tsv"),
        cluster("c", "pre", kind="log"),
        cluster("d", "pre", format="csv", extent="full"),
        cluster("e", "pre", format="csv", origin="web"),
    ]
    groups, _, asked = aligned(tmp_path, clusters, angles(0, 50, 50, 65, 50), asked=1)
    assert asked == [("a", "d")]
    assert groups == [[0, 3], [1], [2], [4]]


def test_what_it_is_asked_beyond_the_threshold_is_bounded_per_cluster(tmp_path: Path) -> None:
    posts = [cluster("a", "post")]
    pres = [cluster(f"bad {number}", "pre") for number in range(9)]
    _, _, asked = aligned(tmp_path, [*posts, *pres], angles(0, *range(50, 68, 2)), asked=2)
    # Every pre cluster may ask about its own nearest, and there is but one.
    assert len(asked) == 9
    ends = [cluster(f"bad {number}", "post") for number in range(8)]
    both = [*ends, *(cluster(f"worse {number}", "pre") for number in range(8))]
    _, _, asked = aligned(tmp_path, both, angles(*[0] * 8, *range(50, 66, 2)), asked=2)
    assert 16 <= len(asked) <= 32


def test_the_bound_holds_though_pairs_come_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [cluster(f"bad {number}", "post") for number in range(8)]
    both = [*ends, *(cluster(f"worse {number}", "pre") for number in range(8))]
    turned = angles(*[0] * 8, *range(50, 66, 2))
    monkeypatch.setattr(align_module, "_BATCH", 8)
    _, _, asked = aligned(tmp_path, both, turned, asked=2)
    assert 16 <= len(asked) <= 32


def test_groups_are_not_chained_by_what_a_model_accepts(tmp_path: Path) -> None:
    clusters = [
        cluster("a", "post"),
        cluster("b", "pre"),
        cluster("c", "post"),
        cluster("d", "pre"),
    ]
    groups, _, _ = aligned(tmp_path, clusters, angles(0, 50, 100, 150), asked=4)
    assert max(len(group) for group in groups) == 2


def triple(skill: str, post: str, kinds: frozenset[str] = frozenset({"table"})) -> Triple:
    before = End("a", "table", "before", "cat a")
    return Triple(skill, before, End(post, "image", post, "plot"), kinds)


def test_it_is_asked_about_outcomes_that_seem_to_come_from_something_else(tmp_path: Path) -> None:
    doubted = frozenset({"table", "image"})
    triples = [
        triple("x", "new"),
        *(triple("x", f"other {number}", doubted) for number in range(3)),
        Triple("x", End("a", "table", "a", "cat"), End("a", "table", "a", "cat"), doubted),
        triple("y", "other bad", doubted),
    ]
    model = Asked()
    with ModelServer(default=model) as server, client(server.base_url, tmp_path) as endpoint:
        judge = model_triple_judge(endpoint, {"x": "X plots.", "y": "Y plots."}, 1, 2, 2)
        found = judge(triples)
    assert [each.accepted for each in found] == [True, True, True, False, False, False]
    assert [each.judge == "test-model" for each in found] == [True, True, True, False, False, True]


def test_it_is_asked_about_what_nothing_ties_to_the_outcome(tmp_path: Path) -> None:
    kinds = frozenset({"table", "log"})
    chart = End("chart", "image", "chart", "plot orders.csv")
    triples = [
        Triple("x", End("orders", "table", "orders", "sort orders.csv"), chart, kinds),
        Triple("x", End("log", "log", "log", "needs a log"), chart, kinds),
    ]
    for asked, questions in ((0, 1), (1, 2)):
        model = Asked()
        folder = tmp_path / str(asked)
        with ModelServer(default=model) as server, client(server.base_url, folder) as endpoint:
            found = model_triple_judge(endpoint, {"x": "X plots."}, 1, 2, asked)(triples)
        assert len(model.questions) == questions
        assert [each.accepted for each in found] == [True, asked > 0]
