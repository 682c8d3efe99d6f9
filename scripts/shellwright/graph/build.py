"""The skill graph in rows, and what is made of them: graphs, statistics, GraphML.

Executable skills are rows at once, with typed scenarios; `assemble` adds the scraped ones.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx

from shellwright.digest import canonical, digest
from shellwright.recipe.scenario import Scenario

Row = dict[str, Any]


def build_rows(
    skills: Iterable[Mapping[str, Any]], starts: Collection[str]
) -> tuple[list[Row], list[Row]]:
    """The rows of the `scenario` and of the `transition` table.

    `skills` are rows of the `skill` table; those that are not `ok` take no part. `starts` are the
    ids of the scenarios that a task can start from; one that no skill uses is left out.
    """
    transitions: list[Row] = []
    names: set[str] = set()
    for skill in skills:
        if skill["status"] != "ok":
            continue
        for pair in skill["transitions"]:
            names |= {pair["pre"], pair["post"]}
            parts = {"pre": pair["pre"], "skill": skill["id"], "post": pair["post"]}
            found = {"evidence": "applied", "judgement": None}
            transitions.append({"id": digest(parts)[:16], **parts, **found})
    scenarios = [_scenario_row(name, name in starts) for name in sorted(names)]
    return scenarios, sorted(transitions, key=lambda row: row["id"])


def _scenario_row(name: str, start: bool) -> Row:
    scenario = Scenario.parse(name)
    return {
        "id": name,
        "kind": scenario.kind,
        "state_json": canonical(dict(scenario.state)).decode(),
        "title": scenario.title,
        "text": scenario.title,
        "start": start,
        "typed": True,
        "members": 0,
    }


def scenario_graph(scenarios: Sequence[Row], transitions: Sequence[Row]) -> nx.MultiDiGraph[str]:
    """Scenarios as nodes, a transition an edge; attributes as Gephi shows them."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in scenarios:
        facts = {name: row[name] for name in ("kind", "start", "typed")}
        graph.add_node(row["id"], label=row["title"], **facts)
    for row in sorted(transitions, key=lambda row: (row["pre"], row["post"], row["skill"])):
        graph.add_edge(row["pre"], row["post"], key=row["id"], label=row["skill"])
    return graph


def skill_graph(transitions: Sequence[Row]) -> nx.Graph[str]:
    """Scenarios and skills as nodes of two sorts, joined where a skill starts or ends."""
    graph: nx.Graph[str] = nx.Graph()
    for row in transitions:
        skill = f"skill:{row['skill']}"
        graph.add_edge(row["pre"], skill)
        graph.add_edge(skill, row["post"])
    return graph


def graphml(graph: nx.MultiDiGraph[str]) -> str:
    """The graph in GraphML. The ids of its keys differ for nodes and edges, as the format asks."""
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def graph_statistics(scenarios: Sequence[Row], transitions: Sequence[Row]) -> dict[str, Any]:
    """Size and connectedness in SkillSynth's terms, with and without skills counted as nodes.

    Published figures mix the two counts (the largest component has more nodes than there are
    scenarios), so both are given. Typed scenarios are those of executable skills; shared ones
    are typed scenarios that scraped skills tell of, too.
    """
    plain: nx.Graph[str] = nx.Graph(scenario_graph(scenarios, transitions))
    return {
        "scenarios": len(scenarios),
        "start_scenarios": sum(row["start"] for row in scenarios),
        "transitions": len(transitions),
        "skills": len({row["skill"] for row in transitions}),
        "kinds": len({row["kind"] for row in scenarios}),
        "typed_scenarios": sum(row["typed"] for row in scenarios),
        "scraped_scenarios": sum(not row["typed"] for row in scenarios),
        "shared_scenarios": sum(row["typed"] and row["members"] > 0 for row in scenarios),
        "scenarios_as_nodes": _shape(plain),
        "scenarios_and_skills_as_nodes": _shape(skill_graph(transitions)),
    }


def _shape(graph: nx.Graph[str]) -> dict[str, Any]:
    """Components and degrees of an undirected graph; zeros for an empty one."""
    sizes = sorted((len(part) for part in nx.connected_components(graph)), reverse=True)
    degrees = [degree for _, degree in graph.degree()]
    return {
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
        "components": len(sizes),
        "largest_component_share": round(sizes[0] / len(graph), 4) if sizes else 0.0,
        "degree_median": float(statistics.median(degrees)) if degrees else 0.0,
        "degree_max": max(degrees, default=0),
    }
