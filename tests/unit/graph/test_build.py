"""The skill graph, its statistics and its GraphML."""

import io
from typing import Any

import networkx as nx

from shellwright.graph.build import (
    build_rows,
    graph_statistics,
    graphml,
    scenario_graph,
)

A, B, C = "table:format=csv", "table:format=tsv", "log:format=json"


def skill(name: str, *pairs: tuple[str, str], status: str = "ok") -> dict[str, Any]:
    transitions = [{"pre": pre, "post": post} for pre, post in pairs]
    return {"id": name, "status": status, "transitions": transitions}


SKILLS = [skill("x", (A, B)), skill("y", (A, B), (B, A)), skill("z", (C, A), status="broken")]


def test_skills_that_are_not_ok_take_no_part() -> None:
    scenarios, transitions = build_rows(SKILLS, {A, C})
    assert [row["id"] for row in scenarios] == [A, B]
    assert [row["start"] for row in scenarios] == [True, False]
    assert {row["skill"] for row in transitions} == {"x", "y"}
    assert len({row["id"] for row in transitions}) == 3


def test_statistics_count_both_ways() -> None:
    found = graph_statistics(*build_rows([*SKILLS, skill("w", (C, C))], {A}))
    assert (found["scenarios"], found["transitions"], found["skills"]) == (3, 4, 3)
    assert found["scenarios_as_nodes"]["components"] == 2
    assert found["scenarios_as_nodes"]["largest_component_share"] == round(2 / 3, 4)
    assert found["scenarios_and_skills_as_nodes"]["nodes"] == 6


def test_graphml_reads_back_with_parallel_edges() -> None:
    rows = build_rows(SKILLS, {A})
    graph = nx.read_graphml(io.BytesIO(graphml(scenario_graph(*rows)).encode()))
    assert set(graph.nodes) == {A, B}
    node = {"label": "csv table", "kind": "table", "start": True, "typed": True}
    assert graph.nodes[A] == node
    assert sorted(data["label"] for _, _, data in graph.edges(data=True)) == ["x", "y", "y"]


def test_an_empty_graph_has_statistics() -> None:
    assert graph_statistics([], [])["scenarios_as_nodes"]["largest_component_share"] == 0.0
