"""SkillSynth's rules hold on every graph that Hypothesis thinks of, with branches and without."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from tests.unit.blueprints.graphs import DOMAINS, Graph, Row, campaigns, edge, graphs, joining, run

from shellwright.blueprints import sample as sampling
from shellwright.blueprints.sample import Campaign, sample

EXAMPLES = settings(max_examples=40)


@pytest.fixture(scope="module", autouse=True)
def few_attempts() -> Iterator[None]:
    """Small graphs have soon no new set left, and the slots that find none take nearly all time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ATTEMPTS", 2 * sampling.PATIENCE)
        yield


def edges_of(graph: Graph) -> set[tuple[str, str, str]]:
    return {(row["pre"], row["skill"], row["post"]) for row in graph[1]}


def steps(scenarios: Sequence[str], skills: Sequence[str]) -> set[tuple[str, str, str]]:
    """The edges of a path."""
    return set(zip(scenarios, skills, scenarios[1:], strict=False))


def used(row: Row) -> list[str]:
    return [*row["skills"], *row["branch_skills"]]


@EXAMPLES
@given(graphs(), campaigns())
def test_nothing_repeats_within_a_path_and_its_branch(graph: Graph, campaign: Campaign) -> None:
    for row in sample(*graph, campaign):
        scenarios = [*row["scenarios"], *row["branch_scenarios"]]
        assert len(set(scenarios)) == len(scenarios)
        assert len(set(used(row))) == len(used(row))


@EXAMPLES
@given(graphs(), campaigns())
def test_lengths_are_those_that_are_allowed(graph: Graph, campaign: Campaign) -> None:
    for row in sample(*graph, campaign):
        assert len(row["skills"]) in campaign.lengths
        assert 1 <= row["length"] == len(used(row)) <= 7
        assert len(row["scenarios"]) == len(row["skills"]) + 1


@EXAMPLES
@given(graphs(), campaigns())
def test_every_set_of_skills_is_new(graph: Graph, campaign: Campaign) -> None:
    rows = sample(*graph, campaign)
    assert len({frozenset(used(row)) for row in rows}) == len(rows) <= campaign.count
    assert len({row["id"] for row in rows}) == len(rows)


@EXAMPLES
@given(graphs(), campaigns())
def test_every_step_is_an_edge_of_the_graph(graph: Graph, campaign: Campaign) -> None:
    edges = edges_of(graph)
    for row in sample(*graph, campaign):
        assert steps(row["scenarios"], row["skills"]) <= edges
        assert steps(row["branch_scenarios"], row["branch_skills"]) <= edges


@EXAMPLES
@given(graphs(), campaigns())
def test_where_two_paths_join_the_skill_leads_from_either_to_the_same(
    graph: Graph, campaign: Campaign
) -> None:
    edges = edges_of(graph)
    for row in sample(*graph, campaign):
        if row["joins"] is None:
            assert row["branch_skills"] == row["branch_scenarios"] == []
            continue
        assert len(row["branch_scenarios"]) == len(row["branch_skills"]) + 1 >= 2
        joint, outcome = row["skills"][row["joins"]], row["scenarios"][row["joins"] + 1]
        assert (row["branch_scenarios"][-1], joint, outcome) in edges


@EXAMPLES
@given(graphs(), campaigns())
def test_paths_start_and_run_where_they_can(graph: Graph, campaign: Campaign) -> None:
    starts = {node["id"] for node in graph[0] if node["start"]}
    skills = {row["id"]: row for row in graph[2]}
    for row in sample(*graph, campaign):
        recipes = all(skills[name]["recipe"] for name in used(row))
        begins = row["scenarios"][0] in starts
        assert row["executable"] == (recipes and begins and row["joins"] is None)
        assert (recipes and begins) or not campaign.executable_only
        assert all(row["domain"] in (skills[name]["domains"] or DOMAINS) for name in used(row)) or (
            not any(skill["domains"] for skill in graph[2])
        )


def test_most_paths_get_their_branch_where_skills_have_several_inputs() -> None:
    rows = run(joining(120, 60), 200, branching=0.5)
    branching = [row for row in rows if row["branch_skills"]]
    assert 60 < len(branching) < 120
    assert {len(row["branch_skills"]) for row in branching} == {1, 2, 3}


def test_a_skill_that_leads_elsewhere_from_the_other_input_joins_nothing() -> None:
    """From b `z` leads to c, from y to d: what the branch brings is of no use on the way to c."""
    nodes = [{"id": name, "start": name == "a"} for name in "abcdxy"]
    skills = [{"id": name, "domains": ["one"], "category": "c"} for name in "pqz"]
    apart = [edge("a", "p", "b"), edge("b", "z", "c"), edge("x", "q", "y"), edge("y", "z", "d")]
    joined = [*apart, edge("y", "z", "c")]
    for transitions, expected in ((apart, 0), (joined, 1)):
        rows = sample(nodes, transitions, skills, Campaign(1, 1, {2: 1.0}, branching=1.0))
        assert [row["scenarios"] for row in rows] == [["a", "b", "c"]]
        assert sum(row["joins"] is not None for row in rows) == expected
