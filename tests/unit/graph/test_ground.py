"""Clusters that are a typed scenario of executable skills."""

import numpy as np
import pytest
from tests.unit.graph.sketching import cluster

from shellwright.graph.clusters import Cluster
from shellwright.graph.ground import ground
from shellwright.recipe.scenario import Scenario


def csv(**state: str) -> Scenario:
    usual = {"condition": "clean", "extent": "full", "format": "csv", "shape": "records"}
    return Scenario.of("table", **{**usual, **state})


def grounded(one: Cluster, *typed: Scenario) -> tuple[str | None, str]:
    """The typed scenario that it is, of those that are less and less alike, and why."""
    alike = np.linspace(1, 0.5, len(typed), dtype=np.float32)[:, None]
    found, (row,) = ground([one], np.ones((1, 1), dtype=np.float32), typed, alike)
    assert (row["verdict"] == "accepted") == (0 in found)
    return found.get(0), row["reason"]


def test_a_cluster_is_grounded_in_the_typed_scenario_in_its_state() -> None:
    tsv = csv(format="tsv")
    assert grounded(cluster("a", "pre", format="tsv"), csv(), tsv)[0] == tsv.id


def test_of_several_the_nearest_is_taken() -> None:
    told, full = Scenario.of("table", format="csv"), csv()
    one = cluster("a", "pre", format="csv")
    assert grounded(one, told, full)[0] == told.id
    assert grounded(one, full, told)[0] == full.id


def test_what_is_left_open_is_as_usual() -> None:
    padded = csv(condition="padded")
    assert grounded(cluster("a", "pre", format="csv"), padded, csv())[0] == csv().id
    assert grounded(cluster("a", "pre", format="csv", condition="padded"), csv(), padded)[0] == (
        padded.id
    )


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"format": "csv", "condition": "padded"}, "states that cannot hold at once"),
        ({"condition": "clean"}, "leaves open what is special in it"),
        ({"format": "csv", "about": "films"}, "says more than there is in it"),
    ],
)
def test_it_must_say_all_that_is_special_and_no_more(state: dict[str, str], reason: str) -> None:
    assert grounded(cluster("a", "post", **state), csv()) == (None, reason)


def test_of_a_state_that_is_only_concluded_nothing_is_known() -> None:
    tidy = Scenario.of("tree", condition="tidy", content="documents")
    assert grounded(cluster("a folder", "pre", "tree"), tidy) == (None, "says nothing of its state")
    assert grounded(cluster("a", "pre", "tree", condition="tidy"), tidy)[0] == tidy.id


def test_there_is_no_judgement_where_nothing_can_be_meant() -> None:
    """Reports are told apart by what they are about, which typed ones do not say."""
    one = np.ones((1, 1), dtype=np.float32)
    report = cluster("a", "post", "report", format="text")
    assert ground([report], one, [Scenario.of("report", format="text")], one) == ({}, [])
    assert ground([cluster("a", "pre", "log", format="csv")], one, [csv()], one) == ({}, [])
