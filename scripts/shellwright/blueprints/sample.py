"""Path sampling: blueprints from the skill graph (SkillSynth's Algorithm 1, incremental).

A path has one to seven skills, no scenario and no skill twice, and its set of skills is new in
the campaign. Scenarios are drawn with weights 1/(ν+1) and skills with 1/(μ+1), where ν and μ are
expected visits (see `expected`). Every draw is a race by keyed hashes, so that blueprints change
only where the graph gives them reason to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.blueprints.expected import Walks, expected_visits, round_of
from shellwright.blueprints.race import race, uniform
from shellwright.digest import canonical, digest

Row = dict[str, Any]
#: Fresh starts that a slot gets before it is given up: for dead ends and sets that are not new.
ATTEMPTS = 200
#: How much more likely the home domain of a path's category is than another one that can host it.
HOME_WEIGHT = 4.0
SOURCE = "skill_graph"

#: The domain image that a category of skills is at home in.
HOMES = {
    "archives-and-compression": "file-operations",
    "build-and-dependency-management": "software-engineering",
    "data-querying": "data-querying",
    "debugging": "debugging",
    "file-operations": "file-operations",
    "scientific-computing": "scientific-computing",
    "scripting-and-automation": "software-engineering",
    "security-and-permissions": "security",
    "system-administration": "system-administration",
    "text-and-data-processing": "data-processing",
    "version-control": "software-engineering",
}


@dataclass(frozen=True)
class Edge:
    """A transition as the sampler sees it."""

    skill: str
    post: str
    domains: frozenset[str]


@dataclass(frozen=True)
class Path:
    """Scenarios and the skills between them; `domains` are the images that can host them all."""

    scenarios: tuple[str, ...]
    skills: tuple[str, ...]
    domains: frozenset[str]


def sample(
    scenarios: Sequence[Mapping[str, Any]],
    transitions: Sequence[Mapping[str, Any]],
    skills: Sequence[Mapping[str, Any]],
    *,
    count: int,
    seed: int,
    lengths: Mapping[int, float],
    accept: Callable[[Row], bool] = lambda row: True,
) -> list[Row]:
    """`count` rows of the `blueprint` table, or fewer where the graph has no more new skill sets.

    `lengths` maps a number of skills to its share. A path whose row `accept` refuses is drawn
    again. Slot 0, 1, ... of a smaller campaign with the same seed hold the same blueprints.
    """
    by_id = {skill["id"]: skill for skill in skills}
    edges = _edges(transitions, by_id)
    walks = _walks(scenarios, edges, lengths)
    seen: set[frozenset[str]] = set()
    rows: list[Row] = []
    weights: tuple[dict[str, float], dict[str, float]] = ({}, {})
    weighed = -1
    for index in range(count):
        if round_of(index) != weighed:
            weighed = round_of(index)
            weights = expected_visits(walks, weighed)
        for path in _paths(index, seed, walks, edges, lengths, weights):
            row = _row(index, seed, path, by_id)
            if frozenset(path.skills) not in seen and accept(row):
                seen.add(frozenset(path.skills))
                rows.append(row)
                break
    return sorted(rows, key=lambda row: row["id"])


def _edges(
    transitions: Sequence[Mapping[str, Any]], skills: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Edge]]:
    """The transitions out of each scenario, in order."""
    edges: dict[str, list[Edge]] = defaultdict(list)
    for row in sorted(transitions, key=lambda row: (row["pre"], row["skill"], row["post"])):
        domains = frozenset(skills[row["skill"]]["domains"])
        if row["pre"] != row["post"]:
            edges[row["pre"]].append(Edge(row["skill"], row["post"], domains))
    return edges


def _walks(
    scenarios: Sequence[Mapping[str, Any]],
    edges: Mapping[str, Sequence[Edge]],
    lengths: Mapping[int, float],
) -> Walks:
    onward: dict[str, dict[str, tuple[str, ...]]] = {}
    for pre, out in edges.items():
        targets: dict[str, tuple[str, ...]] = {}
        for edge in out:
            targets[edge.post] = (*targets.get(edge.post, ()), edge.skill)
        onward[pre] = dict(sorted(targets.items()))
    starts = sorted(row["id"] for row in scenarios if row["start"] and row["id"] in onward)
    total = sum(lengths.values())
    longest = max(lengths, default=0)
    stops = [lengths.get(length, 0.0) / total for length in range(1, longest + 1)]
    return Walks(tuple(starts), onward, stops)


def _paths(
    index: int,
    seed: int,
    walks: Walks,
    edges: Mapping[str, Sequence[Edge]],
    lengths: Mapping[int, float],
    weights: tuple[Mapping[str, float], Mapping[str, float]],
) -> Iterator[Path]:
    """The paths that a slot draws, one after the other, until it is given up."""
    shares = {str(length): share for length, share in lengths.items()}
    for attempt in range(ATTEMPTS if walks.starts else 0):
        key = (seed, index, attempt)
        # A dead end may make a path shorter than drawn; it is accepted like any other.
        wanted = int(race(shares, "length", *key))
        path = _walk(wanted, key, walks, edges, weights)
        if len(path.skills) in lengths:
            yield path


def _walk(
    wanted: int,
    key: tuple[int, ...],
    walks: Walks,
    edges: Mapping[str, Sequence[Edge]],
    weights: tuple[Mapping[str, float], Mapping[str, float]],
) -> Path:
    """Walk until the wanted number of skills or a dead end."""
    visits, uses = weights
    here = race(_weights(walks.starts, visits), "start", *key)
    path = Path((here,), (), frozenset())
    while len(path.skills) < wanted:
        step = len(path.skills)
        options: dict[str, list[Edge]] = defaultdict(list)
        for edge in edges.get(here, ()):
            fresh = edge.skill not in path.skills and edge.post not in path.scenarios
            if fresh and (not step or edge.domains & path.domains):
                options[edge.post].append(edge)
        if not options:
            break
        here = race(_weights(tuple(options), visits), "scenario", step, *key)
        by_skill = {edge.skill: edge for edge in options[here]}
        skill = race(_weights(tuple(by_skill), uses), "skill", step, *key)
        domains = by_skill[skill].domains
        path = Path(
            (*path.scenarios, here),
            (*path.skills, skill),
            domains & path.domains if step else domains,
        )
    return path


def _weights(options: Sequence[str], counts: Mapping[str, float]) -> dict[str, float]:
    return {option: 1.0 / (counts.get(option, 0.0) + 1.0) for option in options}


def _row(index: int, seed: int, path: Path, skills: Mapping[str, Mapping[str, Any]]) -> Row:
    parts = {"source": SOURCE, "index": index, "skills": path.skills, "scenarios": path.scenarios}
    identity = digest({**parts, "seed": seed})
    categories = [skills[skill]["category"] for skill in path.skills]
    category, _ = Counter(reversed(categories)).most_common(1)[0]
    homes = {HOMES.get(name) for name in categories}
    hosts = {domain: HOME_WEIGHT if domain in homes else 1.0 for domain in sorted(path.domains)}
    length = len(path.skills)
    return {
        "id": f"sg-{identity[:12]}",
        "source": SOURCE,
        "index": index,
        "seed": int(uniform("seed", identity) * 2**31),
        "skills": list(path.skills),
        "scenarios": list(path.scenarios),
        "domain": race(hosts, "domain", identity),
        "length": length,
        "difficulty": "easy" if length <= 2 else "medium" if length <= 4 else "hard",
        "category": category,
        "lineage_json": canonical({"index": index, "seed": seed, "source": SOURCE}).decode(),
    }
