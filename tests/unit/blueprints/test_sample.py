"""Path sampling: the same every time, and a change in the graph changes few blueprints."""

from collections import Counter
from typing import Any

import pytest
from tests.unit.blueprints.graphs import Graph, Row, edge, library, run

from shellwright.blueprints.expected import expected_visits, rounds
from shellwright.blueprints.network import build_network
from shellwright.blueprints.sample import Campaign, sample
from shellwright.blueprints.weights import earlier_visits


@pytest.fixture(scope="module")
def campaign() -> tuple[Graph, list[Row]]:
    graph = library(120, 60)
    return graph, run(graph, 300)


def test_the_same_seed_gives_the_same_rows(campaign: Any) -> None:
    graph, rows = campaign
    assert run(graph, 300) == rows
    other = run(graph, 300, seed=2)
    assert {row["id"] for row in other}.isdisjoint(row["id"] for row in rows)


def test_a_larger_campaign_keeps_the_smaller_one(campaign: Any) -> None:
    graph, rows = campaign
    assert {row["id"] for row in run(graph, 100)} <= {row["id"] for row in rows}


def test_one_more_skill_changes_few_blueprints() -> None:
    nodes, transitions, rows = library(1000, 400)
    before = {row["id"] for row in run((nodes, transitions, rows), 600)}
    rows = [*rows, {"id": "lib/new", "domains": ["one"], "category": "c1"}]
    edge = {"id": "new", "pre": nodes[3]["id"], "skill": "lib/new", "post": nodes[5]["id"]}
    after = {row["id"] for row in run((nodes, [*transitions, edge], rows), 600)}
    assert len(after - before) < 0.05 * 600


def test_rare_skills_are_preferred() -> None:
    graph = library(60, 20)
    uses = Counter(skill for row in run(graph, 300) for skill in row["skills"])
    reachable = {t["skill"] for t in graph[1]}
    assert len(uses) > 0.9 * len(reachable)


def test_a_path_stays_in_one_domain() -> None:
    nodes, transitions, rows = library(60, 20)
    for number, row in enumerate(rows):
        row["domains"] = ["one"] if number % 2 else ["two"]
    domains = {row["id"]: set(row["domains"]) for row in rows}
    for row in run((nodes, transitions, rows), 200):
        assert all(row["domain"] in domains[skill] for skill in row["skills"])


def test_an_empty_graph_gives_no_blueprints() -> None:
    assert run(([], [], []), 5) == []


def test_a_graph_without_further_sets_ends_early() -> None:
    nodes = [{"id": "thing:state=a", "start": True}, {"id": "thing:state=b", "start": False}]
    edge = {"id": "e", "pre": "thing:state=a", "skill": "s", "post": "thing:state=b"}
    rows = [{"id": "s", "domains": ["one"], "category": "c"}]
    assert len(run((nodes, [edge], rows), 10)) == 1


def test_where_short_sets_have_run_out_longer_ones_are_drawn() -> None:
    nodes, transitions, rows = library(24, 8)
    campaign = Campaign(count=60, seed=1, lengths={1: 1.0, 2: 1e-9, 3: 1e-9})
    lengths = Counter(len(row["skills"]) for row in sample(nodes, transitions, rows, campaign))
    assert lengths[1] <= 24
    assert lengths.total() == 60


def test_rounds_double() -> None:
    network = build_network(*chain(), ["one"], executable_only=True)
    numbers = [each for each, _ in rounds(network, [1.0], 300, earlier_visits(network, {}, {}))]
    assert [each.start for each in numbers] == [0, 16, 32, 64, 128, 256]
    assert [each.stop for each in numbers] == [16, 32, 64, 128, 256, 300]


def funnel(hubs: int) -> Graph:
    """200 skills lead from 20 scenarios to one, from which only so many lead on."""
    starts = [f"thing:state=s{number:02d}" for number in range(20)]
    names = [f"lib/skill-{number:03d}" for number in range(200)]
    transitions = [edge(starts[at % 20], name, "thing:state=z") for at, name in enumerate(names)]
    ends = [f"thing:state=end{number}" for number in range(hubs)]
    out = [f"lib/hub-{number}" for number in range(hubs)]
    transitions += [edge("thing:state=z", *each) for each in zip(out, ends, strict=True)]
    nodes = [{"id": name, "start": True} for name in starts]
    nodes += [{"id": name, "start": False} for name in ("thing:state=z", *ends)]
    rows = [{"id": name, "domains": ["one"], "category": "c"} for name in (*names, *out)]
    return nodes, transitions, rows


def test_no_skill_is_in_too_many_paths_however_few_lead_on() -> None:
    """Nor does one more of them change many blueprints."""
    before, after = run(funnel(2), 160), run(funnel(3), 160)
    assert len(before) == len(after) == 160
    hubs = [sum(f"lib/hub-{number}" in row["skills"] for row in after) for number in range(3)]
    assert min(hubs) > 0
    # Six of seven paths are to have two skills or more.
    assert max(hubs) < 0.08 * 160
    changed = {row["id"] for row in after} - {row["id"] for row in before}
    assert len(changed) < 0.1 * 160


def chain() -> Graph:
    """a to b by x or y, b to c by z."""
    nodes = [{"id": name, "start": name == "a"} for name in "abc"]
    edges = [("a", "x", "b"), ("a", "y", "b"), ("b", "z", "c")]
    transitions = [{"pre": pre, "skill": skill, "post": post} for pre, skill, post in edges]
    return nodes, transitions, [{"id": name, "domains": ["one"], "category": "c"} for name in "xyz"]


def test_expected_visits_add_up() -> None:
    network = build_network(*chain(), ["one"], executable_only=True)
    visits = expected_visits(network, [0.5, 0.5], 100, earlier_visits(network, {}, {}))
    assert visits.scenarios.tolist() == pytest.approx([100, 100, 50])
    assert visits.skills.tolist() == pytest.approx([50, 50, 50])


def test_earlier_visits_make_a_skill_rarer() -> None:
    nodes, transitions, rows = library(200, 6)
    visited = {row["id"]: 50.0 for row in rows[:100]}
    plain = Counter(skill for row in run((nodes, transitions, rows), 60) for skill in row["skills"])
    fed_back = run((nodes, transitions, rows), 60, skill_visits=visited)
    rarer = Counter(skill for row in fed_back for skill in row["skills"])
    assert sum(rarer[name] for name in visited) < 0.5 * sum(plain[name] for name in visited)


def test_skills_without_a_recipe_take_part_only_when_asked_for() -> None:
    nodes, transitions, rows = library(60, 20)
    for number, row in enumerate(rows):
        row.update(recipe=number % 2 == 0, domains=["one"] if number % 2 == 0 else [])
    graph = (nodes, transitions, rows)
    executable = {row["id"] for row in rows if row["recipe"]}
    assert all(set(row["skills"]) <= executable for row in run(graph, 50))
    anywhere = run(graph, 50, executable_only=False)
    assert any(not set(row["skills"]) <= executable for row in anywhere)
    starts = {node["id"] for node in nodes if node["start"]}
    for row in anywhere:
        can_start = row["scenarios"][0] in starts
        assert row["executable"] == (can_start and set(row["skills"]) <= executable)


def mixed(skills: int, scenarios: int) -> Graph:
    """A random graph in which four skills of five have a recipe."""
    nodes, transitions, rows = library(skills, scenarios)
    for number, row in enumerate(rows):
        row["recipe"] = number % 5 > 0
    return nodes, transitions, rows


def test_executable_paths_start_where_a_task_can_be_generated() -> None:
    """Where paths may start anywhere, too, as far as a generated scenario leads to the same."""
    nodes, transitions, rows = graph = mixed(60, 12)
    recipes = {row["id"] for row in rows if row["recipe"]}
    starts = {node["id"] for node in nodes if node["start"]}
    for row in run(graph, 300, executable_only=False):
        first, second, *rest = row["scenarios"]
        if not set(row["skills"]) <= recipes or row["executable"]:
            continue
        led = (row["skills"][0], second)
        fits = {t["pre"] for t in transitions if (t["skill"], t["post"]) == led}
        assert first in fits
        assert not (fits & starts) - set(rest)


def test_one_more_skill_changes_few_blueprints_that_start_anywhere() -> None:
    nodes, transitions, rows = mixed(1000, 400)
    before = {row["id"] for row in run((nodes, transitions, rows), 600, executable_only=False)}
    new = {"id": "lib/new", "domains": ["one"], "category": "c1", "recipe": True}
    edge = {"pre": nodes[3]["id"], "skill": "lib/new", "post": nodes[5]["id"]}
    after = run((nodes, [*transitions, edge], [*rows, new]), 600, executable_only=False)
    assert len({row["id"] for row in after} - before) < 0.05 * 600


def test_a_generated_scenario_takes_the_place_of_another_start() -> None:
    """From b, c and d one skill leads to e; only c can be generated."""
    nodes = [{"id": name, "start": name == "c"} for name in "bcde"]
    transitions = [{"pre": pre, "skill": "x", "post": "e"} for pre in "bcd"]
    skill = {"id": "x", "domains": ["one"], "category": "c", "recipe": True}
    for seed in range(20):
        (row,) = run((nodes, transitions, [skill]), 1, seed, executable_only=False)
        assert row["scenarios"] == ["c", "e"]
        assert row["executable"]
    told = {**skill, "recipe": False}
    drawn = [
        run((nodes, transitions, [told]), 1, seed, executable_only=False)[0]["scenarios"][0]
        for seed in range(20)
    ]
    assert set(drawn) == set("bcd")
