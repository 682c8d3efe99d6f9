"""Expected visits: how often a campaign of so many paths has been everywhere, on average.

SkillSynth weighs scenarios with 1/(ν+1) and skills with 1/(μ+1), where ν and μ count visits over
the whole campaign (its Algorithm 1). Counted visits make every draw depend on all earlier ones:
one more skill, and nearly all blueprints change. The expectation of the same counts is a smooth
function of the graph instead, so that one more skill changes few draws; and it needs no state
that a crash could damage or that parallel workers would have to share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Number of equal parts in which the visits of one round are added up.
PARTS = 4


@dataclass(frozen=True)
class Walks:
    """Where paths can go. `onward` maps a scenario to the next ones, each with its skills;
    `stops` is the share of paths that end after 1, 2, ... skills."""

    starts: tuple[str, ...]
    onward: Mapping[str, Mapping[str, tuple[str, ...]]]
    stops: Sequence[float]


def expected_visits(walks: Walks, paths: int) -> tuple[dict[str, float], dict[str, float]]:
    """The expected visits of scenarios and of skills after so many paths.

    Visits are added up in rounds that double in size, each with the weights that the rounds
    before it left, as `round_of` cuts them. That no scenario and no skill repeats within a path
    is left out of the expectation.
    """
    scenarios: dict[str, float] = defaultdict(float)
    skills: dict[str, float] = defaultdict(float)
    done = 0
    while done < paths:
        size = min(max(16, done), paths - done)
        for _ in range(PARTS):
            _add_visits(walks, size / PARTS, scenarios, skills)
        done += size
    return dict(scenarios), dict(skills)


def round_of(index: int) -> int:
    """The number of paths whose visits the weights of path `index` take into account."""
    start = 0
    while index >= start + max(16, start):
        start += max(16, start)
    return start


def _add_visits(
    walks: Walks, paths: float, scenarios: dict[str, float], skills: dict[str, float]
) -> None:
    """Send `paths` paths through the graph under the present weights, and count their visits."""
    here = _shared(paths, walks.starts, scenarios)
    visited: dict[str, float] = defaultdict(float)
    used: dict[str, float] = defaultdict(float)
    left = 1.0
    for stop in walks.stops:
        after: dict[str, float] = defaultdict(float)
        for scenario in sorted(here):
            visited[scenario] += here[scenario]
            onward = walks.onward.get(scenario, {})
            for target, amount in _shared(here[scenario], tuple(onward), scenarios).items():
                after[target] += amount
                for skill, part in _shared(amount, onward[target], skills).items():
                    used[skill] += part
        left -= stop
        keep = max(left, 0.0) / (left + stop) if left + stop > 0 else 0.0
        for scenario in sorted(after):
            visited[scenario] += after[scenario] * (1 - keep)
        here = {scenario: after[scenario] * keep for scenario in sorted(after)}
    for name, amount in visited.items():
        scenarios[name] += amount
    for name, amount in used.items():
        skills[name] += amount


def _shared(amount: float, options: Sequence[str], counts: Mapping[str, float]) -> dict[str, float]:
    """The amount, shared out in proportion to 1/(count+1)."""
    weights = {option: 1.0 / (counts.get(option, 0.0) + 1.0) for option in options}
    total = sum(weights.values())
    return {option: amount * weight / total for option, weight in weights.items()}
