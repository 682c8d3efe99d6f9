"""Coverage: how many different (scenario, skill) pairs a set of paths visits.

SkillSynth (stage S13) measures the diversity of a corpus by these pairs, not by its tasks, and
compares its paths with tasks of a single skill and with random sets of skills. The same is done
here, for an equal number of tasks. SkillSynth counts what 1,000 executed trajectories of each
strategy show, where work that does not hang together never appears; a plan for a random set counts
all of its skills. So there is a third baseline: of every random set, the longest way that the
graph lets anyone go.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from shellwright.blueprints.race import uniform

Pair = tuple[str, str]
Row = dict[str, Any]


def pairs_of(blueprint: Mapping[str, Any]) -> list[Pair]:
    """The pairs of a blueprint: every skill with the scenario that it starts from."""
    main = zip(blueprint["scenarios"], blueprint["skills"], strict=False)
    branch = zip(blueprint["branch_scenarios"], blueprint["branch_skills"], strict=False)
    pairs = [*main, *branch]
    if blueprint["joins"] is not None:
        joint = blueprint["skills"][blueprint["joins"]]
        pairs.append((blueprint["branch_scenarios"][-1], joint))
    return pairs


def coverage(tasks: Iterable[Sequence[Pair]]) -> Row:
    """What so many tasks cover. `pair_entropy_bits` is that of the visits' distribution over the
    pairs, `visits_per_pair` their mean number."""
    visits: Counter[Pair] = Counter()
    number = 0
    for pairs in tasks:
        number += 1
        visits.update(pairs)
    total = visits.total()
    entropy = -sum(n / total * math.log2(n / total) for n in sorted(visits.values()))
    return {
        "tasks": number,
        "visits": total,
        "scenarios": len({scenario for scenario, _ in visits}),
        "skills": len({skill for _, skill in visits}),
        "pairs": len(visits),
        "pair_entropy_bits": round(entropy, 3) + 0.0,
        "visits_per_pair": round(total / len(visits), 3) if visits else 0.0,
    }


def single_skill(
    tasks: int, transitions: Sequence[Mapping[str, Any]], seed: int
) -> list[list[Pair]]:
    """As many tasks of one skill each: a skill drawn evenly, then one of its scenarios."""
    starts = _starts(transitions)
    return [
        [_pair(_pick(sorted(starts), seed, "single", n), starts, seed, n)] for n in range(tasks)
    ]


def random_skills(
    lengths: Sequence[int], transitions: Sequence[Mapping[str, Any]], seed: int
) -> list[list[Pair]]:
    """Tasks with as many skills as `lengths` says, drawn evenly and without regard to whether one
    leads to the next; each in one of the scenarios that it could start from. This is what such
    tasks would cover if all their skills could be carried out."""
    starts = _starts(transitions)
    names = sorted(starts)
    tasks = []
    for number, length in enumerate(lengths):
        chosen: dict[str, None] = {}
        for place in range(20 * length):
            if len(chosen) < min(length, len(names)):
                chosen[_pick(names, seed, "random", number, place)] = None
        tasks.append([_pair(name, starts, seed, number) for name in chosen])
    return tasks


def connected(
    tasks: Sequence[Sequence[Pair]],
    transitions: Sequence[Mapping[str, Any]],
    seed: int,
    starts: Collection[str] | None = None,
) -> list[list[Pair]]:
    """Of every task the pairs along its longest connected way, in whatever order its skills allow.

    Each skill of a way starts from a scenario that the one before it leads to; the first from one
    of `starts`, or from any where those are None. Of equally long ways one is drawn. A task none
    of whose skills can begin has no pairs.
    """
    steps: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in transitions:
        steps[row["skill"]][row["pre"]].add(row["post"])
    return [
        _longest(frozenset(skill for _, skill in pairs), steps, starts, (seed, "way", number))
        for number, pairs in enumerate(tasks)
    ]


def _longest(
    skills: frozenset[str],
    steps: Mapping[str, Mapping[str, Collection[str]]],
    starts: Collection[str] | None,
    key: tuple[str | int, ...],
) -> list[Pair]:
    """The longest way through the skills of a set, each at most once."""
    found: dict[tuple[str, frozenset[str]], list[Pair]] = {}

    def onward(here: str, left: frozenset[str]) -> list[Pair]:
        """The longest way from a scenario by the skills that are left."""
        if (here, left) not in found:
            best: list[Pair] = []
            for skill in sorted(left, key=lambda name: uniform(*key, name)):
                if here in steps[skill]:
                    rest = further(steps[skill][here], left - {skill})
                    best = max(best, [(here, skill), *rest], key=len)
            found[here, left] = best
        return found[here, left]

    def further(scenarios: Collection[str], left: frozenset[str]) -> list[Pair]:
        open_ = {name for name in scenarios if any(name in steps[skill] for skill in left)}
        ordered = sorted(open_, key=lambda name: uniform(*key, name))
        return max((onward(name, left) for name in ordered), key=len, default=[])

    first = {name for skill in skills for name in steps[skill]}
    return further(first if starts is None else first & set(starts), skills)


def compare(
    blueprints: Sequence[Mapping[str, Any]],
    transitions: Sequence[Mapping[str, Any]],
    seed: int,
    generated: Collection[str] | None,
) -> Row:
    """The coverage of the blueprints beside that of the baselines with as many tasks.

    `generated` are the scenarios that a task can start from, where the blueprints are of executable
    skills alone: the baselines are then drawn from these, too, and the connected one starts there.
    None where scraped skills take part and a path may start anywhere.
    `more_pairs_than` gives, per baseline, how many more pairs the blueprints cover, as a share of
    the baseline's.
    """
    usable = [row for row in transitions if row["judgement"] is None or generated is None]
    planned = coverage(pairs_of(row) for row in blueprints)
    sets = random_skills([row["length"] for row in blueprints], usable, seed)
    baselines = {
        "single_skill": coverage(single_skill(len(blueprints), usable, seed)),
        "random_skills": coverage(sets),
        "random_skills_connected": coverage(connected(sets, usable, seed, generated)),
    }
    return {
        "blueprints": planned,
        **baselines,
        "more_pairs_than": {
            name: round(planned["pairs"] / other["pairs"] - 1, 3) if other["pairs"] else None
            for name, other in baselines.items()
        },
        "executable_share": round(sum(row["executable"] for row in blueprints) / len(blueprints), 4)
        if blueprints
        else 0.0,
    }


def visits(blueprints: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Visits of scenarios and skills, in the form that `blueprints.visits` in the config reads."""
    scenarios: Counter[str] = Counter()
    skills: Counter[str] = Counter()
    for row in blueprints:
        scenarios.update([*row["scenarios"], *row["branch_scenarios"]])
        skills.update([*row["skills"], *row["branch_skills"]])
    return {"scenarios": dict(sorted(scenarios.items())), "skills": dict(sorted(skills.items()))}


def _starts(transitions: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The scenarios that every skill can start from."""
    starts: dict[str, set[str]] = defaultdict(set)
    for row in transitions:
        starts[row["skill"]].add(row["pre"])
    return {skill: sorted(scenarios) for skill, scenarios in starts.items()}


def _pair(skill: str, starts: Mapping[str, list[str]], seed: int, number: int) -> Pair:
    return _pick(starts[skill], seed, "scenario", skill, number), skill


def _pick(options: Sequence[str], *key: str | int) -> str:
    return options[int(uniform(*key) * len(options))]
