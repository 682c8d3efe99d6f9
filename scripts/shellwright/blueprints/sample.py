"""Path sampling: blueprints from the skill graph (SkillSynth's Algorithm 1, incremental).

A path has one to seven skills, no scenario and no skill twice, and its set of skills is new in
the campaign. Scenarios and skills are drawn with weights of their expected visits (see `weights`
and `expected`). Every draw is a race by keyed hashes, so that blueprints change only where the
graph gives them reason to. Beyond SkillSynth, a path may have a branch: a second path that joins it
at one of its skills.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.blueprints.expected import reaching, rounds
from shellwright.blueprints.network import Network, build_network
from shellwright.blueprints.race import race, uniform
from shellwright.blueprints.walk import Path, Walker
from shellwright.blueprints.weights import earlier_visits
from shellwright.digest import canonical, digest

Row = dict[str, Any]
#: Fresh starts that a slot gets before it is given up: for dead ends and sets that are not new.
ATTEMPTS = 200
#: So many of its paths may end before they have enough skills, as they may not repeat any; then one
#: skill less is enough.
PATIENCE = 4
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
class Campaign:
    """What is asked for.

    `lengths` maps a number of skills to its share; `branching` is the share of paths that are to
    have a branch. `scenario_visits` and `skill_visits` are visits before the campaign, by id.
    """

    count: int
    seed: int
    lengths: Mapping[int, float]
    executable_only: bool = True
    branching: float = 0.0
    scenario_visits: Mapping[str, float] = field(default_factory=dict)
    skill_visits: Mapping[str, float] = field(default_factory=dict)


def sample(
    scenarios: Sequence[Mapping[str, Any]],
    transitions: Sequence[Mapping[str, Any]],
    skills: Sequence[Mapping[str, Any]],
    campaign: Campaign,
    accept: Callable[[Row], bool] = lambda row: True,
) -> list[Row]:
    """Rows of the `blueprint` table, or fewer than asked for where no new skill sets are left.

    A path whose row `accept` refuses is drawn again. Slot 0, 1, ... of a smaller campaign with
    the same seed hold the same blueprints.
    """
    by_id = {skill["id"]: skill for skill in skills}
    domains = {domain for skill in skills for domain in skill["domains"]} or set(HOMES.values())
    network = build_network(
        scenarios, transitions, skills, domains, executable_only=campaign.executable_only
    )
    if not len(network.starts):
        return []
    generated = {row["id"] for row in scenarios if row["start"]}
    seen: set[frozenset[int]] = set()
    rows: list[Row] = []
    for index, walker in _slots(network, campaign):
        for path in _paths(index, walker, campaign, seen):
            row = _row(index, campaign.seed, path, network, by_id, generated)
            if accept(row):
                seen.add(path.all_skills)
                rows.append(row)
                break
    return sorted(rows, key=lambda row: row["id"])


def _slots(network: Network, campaign: Campaign) -> Iterator[tuple[int, Walker]]:
    """Every slot with the walker that draws its paths: a new one in every round."""
    total = sum(campaign.lengths.values())
    longest = max(campaign.lengths, default=0)
    stops = [campaign.lengths.get(length, 0.0) / total for length in range(1, longest + 1)]
    earlier = earlier_visits(network, campaign.scenario_visits, campaign.skill_visits)
    for slots, visits in rounds(network, stops, campaign.count, earlier):
        walker = Walker(network, visits, longest)
        for index in slots:
            yield index, walker


def _paths(
    index: int, walker: Walker, campaign: Campaign, seen: Collection[frozenset[int]]
) -> Iterator[Path]:
    """The paths of new sets of skills that a slot draws, one after the other, until it is given up.

    Where one brings no new set, a skill more is asked for at once, if it is as likely to be had as
    any length has to be: sets of so many skills are running out, and where slots go on drawing
    them, a change in one moves many others.
    """
    least, most = min(campaign.lengths), max(campaign.lengths)
    enough, wanted = _lengths(index, walker, campaign)
    short = 0
    for attempt in range(ATTEMPTS):
        if not walker.chance(enough):
            return
        path = walker.draw(enough, wanted, campaign.branching, (campaign.seed, index, attempt))
        length = len(path.skills)
        if length < enough or length not in campaign.lengths:
            short += 1
            if short == PATIENCE:
                enough, short = max(enough - 1, least), 0
        elif path.all_skills in seen:
            key = ("longer", campaign.seed, index, attempt)
            if length < most and uniform(*key) < reaching(walker.chance(length + 1)):
                enough, short = length + 1, 0
                wanted = max(wanted, enough)
        else:
            yield path


def _lengths(index: int, walker: Walker, campaign: Campaign) -> tuple[int, int]:
    """How many skills are enough for a slot's path, and how many are wanted."""
    shares = {str(length): share for length, share in campaign.lengths.items()}
    wanted = int(race(shares, "length", campaign.seed, index))
    enough, least = wanted, min(campaign.lengths)
    while enough > least and reaching(walker.chance(enough)) <= uniform(
        "enough", campaign.seed, index, enough
    ):
        enough -= 1
    return enough, wanted


def _row(
    index: int,
    seed: int,
    path: Path,
    network: Network,
    skills: Mapping[str, Mapping[str, Any]],
    generated: Collection[str],
) -> Row:
    names = [network.skills[skill] for skill in path.skills]
    scenarios = [network.scenarios[scenario] for scenario in path.scenarios]
    parts: Row = {"source": SOURCE, "index": index, "skills": names, "scenarios": scenarios}
    if path.branch is not None:
        parts["branch_skills"] = [network.skills[skill] for skill in path.branch.skills]
        parts["branch_scenarios"] = [network.scenarios[each] for each in path.branch.scenarios]
        parts["joins"] = path.branch.joins
    identity = digest({**parts, "seed": seed})
    used = [*names, *parts.get("branch_skills", [])]
    categories = [skills[name]["category"] for name in used]
    category, _ = Counter(reversed(categories)).most_common(1)[0]
    homes = {HOMES.get(name) for name in categories}
    hosts = network.hosts(path.images)
    return {
        "id": f"sg-{identity[:12]}",
        "source": SOURCE,
        "index": index,
        "seed": int(uniform("seed", identity) * 2**31),
        "skills": names,
        "scenarios": scenarios,
        "branch_skills": parts.get("branch_skills", []),
        "branch_scenarios": parts.get("branch_scenarios", []),
        "joins": parts.get("joins"),
        "domain": race(
            {name: HOME_WEIGHT if name in homes else 1.0 for name in hosts}, "domain", identity
        ),
        "length": len(used),
        "difficulty": "easy" if len(used) <= 2 else "medium" if len(used) <= 4 else "hard",
        "category": category,
        "executable": path.branch is None
        and scenarios[0] in generated
        and all(skills[name].get("recipe", True) for name in used),
        "lineage_json": canonical({"index": index, "seed": seed, "source": SOURCE}).decode(),
    }
