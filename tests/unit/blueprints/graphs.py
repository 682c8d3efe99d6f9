"""Made-up graphs for the tests of the blueprints, and campaigns on them."""

import random
from typing import Any

from hypothesis import strategies as st

from shellwright.blueprints.sample import Campaign, sample

LENGTHS = dict.fromkeys(range(1, 8), 1.0)
DOMAINS = ("one", "two")
Row = dict[str, Any]
#: Rows of scenarios, of transitions and of skills.
Graph = tuple[list[Row], list[Row], list[Row]]


def edge(pre: str, skill: str, post: str) -> Row:
    return {"id": f"{pre} {skill} {post}", "pre": pre, "skill": skill, "post": post}


def library(skills: int, scenarios: int, seed: int = 0) -> Graph:
    """A random graph: every skill leads from one to three scenarios to others."""
    rng = random.Random(seed)
    names = [f"thing:state=s{number:03d}" for number in range(scenarios)]
    nodes = [{"id": name, "start": number % 3 == 0} for number, name in enumerate(names)]
    transitions, rows = [], []
    for number in range(skills):
        skill = f"lib/skill-{number:04d}"
        rows.append({"id": skill, "domains": list(DOMAINS), "category": f"c{number % 5}"})
        for _ in range(rng.randint(1, 3)):
            pre, post = rng.sample(names, 2)
            transitions.append(edge(pre, skill, post))
    return nodes, transitions, rows


def joining(skills: int, scenarios: int, seed: int = 0) -> Graph:
    """A random graph in which most skills lead from several scenarios to the same: where the
    paths of branching blueprints can join."""
    nodes, _, rows = library(skills, scenarios, seed)
    rng = random.Random(seed)
    names = [node["id"] for node in nodes]
    transitions = [
        edge(pre, row["id"], post)
        for row in rows
        for post in rng.sample(names, rng.randint(1, 2))
        for pre in rng.sample(names, rng.randint(1, 3))
        if pre != post
    ]
    return nodes, transitions, rows


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A small graph of any shape: with circles and dead ends, scenarios that nothing touches, and
    skills without a recipe, without a transition, or bound to a domain."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 8)))]
    scenario = st.sampled_from(names)
    ends = st.lists(st.tuples(scenario, scenario), max_size=5, unique=True)
    nodes = [{"id": name, "start": draw(st.booleans())} for name in names]
    transitions, rows = [], []
    for number in range(draw(st.integers(0, 10))):
        skill = f"k{number}"
        hosts = draw(st.sampled_from([["one"], ["two"], ["one", "two"], []]))
        recipe = draw(st.booleans())
        rows.append({"id": skill, "domains": hosts, "category": "c", "recipe": recipe})
        transitions += [edge(pre, skill, post) for pre, post in draw(ends)]
    return nodes, transitions, rows


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    """A small campaign of any sort."""
    return Campaign(
        count=draw(st.integers(0, 6)),
        seed=draw(st.integers(0, 1000)),
        lengths=draw(st.dictionaries(st.integers(1, 7), st.floats(0.1, 5.0), min_size=1)),
        executable_only=draw(st.booleans()),
        branching=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )


def run(graph: Graph, count: int, seed: int = 1, **more: Any) -> list[Row]:
    return sample(*graph, Campaign(count, seed, LENGTHS, **more))
