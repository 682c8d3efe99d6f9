"""Expected visits: how often a campaign of so many paths has been everywhere, on average.

SkillSynth weighs scenarios with 1/(ν+1) and skills with 1/(μ+1), where ν and μ count visits over
the whole campaign (its Algorithm 1). Counted visits make every draw depend on all earlier ones:
one more skill, and nearly all blueprints change. The expectation of the same counts is a smooth
function of the graph instead, so that one more skill changes few draws; and it needs no state
that a crash could damage or that parallel workers would have to share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shellwright.blueprints.network import Indexes, Network
from shellwright.blueprints.race import Numbers

#: Number of equal parts in which the visits of one round are added up.
PARTS = 4


@dataclass(frozen=True)
class Visits:
    """Visits of every scenario (ν) and uses of every skill (μ), in the order of the network."""

    scenarios: Numbers
    skills: Numbers

    @property
    def scenario_weights(self) -> Numbers:
        """1/(ν+1) for every scenario."""
        return 1.0 / (self.scenarios + 1.0)

    @property
    def skill_weights(self) -> Numbers:
        """1/(μ+1) for every skill."""
        return 1.0 / (self.skills + 1.0)


def earlier_visits(
    network: Network, scenarios: Mapping[str, float], skills: Mapping[str, float]
) -> Visits:
    """Visits that were counted elsewhere, by name, as on executed trajectories; others are zero."""
    return Visits(
        np.array([scenarios.get(name, 0.0) for name in network.scenarios], dtype=np.float64),
        np.array([skills.get(name, 0.0) for name in network.skills], dtype=np.float64),
    )


def expected_visits(
    network: Network, stops: Sequence[float], paths: int, earlier: Visits
) -> Visits:
    """The expected visits after so many paths, those before the campaign included.

    `stops` is the share of paths that end after 1, 2, ... skills. Visits are added up in rounds
    that double in size, each with the weights that the rounds before it left, as `round_of` cuts
    them. That no scenario and no skill repeats within a path is left out of the expectation.
    """
    visits = earlier
    flow = _Flow.of(network)
    done = 0
    while done < paths:
        size = min(max(16, done), paths - done)
        for _ in range(PARTS):
            visits = _add_visits(network, flow, stops, size / PARTS, visits)
        done += size
    return visits


def round_of(index: int) -> int:
    """The number of paths whose visits the weights of path `index` take into account."""
    start = 0
    while index >= start + max(16, start):
        start += max(16, start)
    return start


@dataclass(frozen=True)
class _Flow:
    """The choices at every scenario: `pre` and `skill` of each, and the choice behind every
    transition."""

    pre: Indexes
    skill: Indexes
    choice: Indexes

    @classmethod
    def of(cls, network: Network) -> _Flow:
        ends = np.stack([network.pre, network.skill], axis=1)
        choices, choice = np.unique(ends, axis=0, return_inverse=True)
        return cls(choices[:, 0], choices[:, 1], choice.reshape(-1).astype(np.int64))


def _add_visits(
    network: Network, flow: _Flow, stops: Sequence[float], paths: float, visits: Visits
) -> Visits:
    """Send `paths` paths through the network under the present weights, and count their visits."""
    size = len(network.scenarios)
    by_scenario, by_skill = visits.scenario_weights, visits.skill_weights
    here: Numbers = np.zeros(size)
    if len(network.starts):
        weights = by_scenario[network.starts]
        here[network.starts] = paths * weights / weights.sum()
    to_skill = _shares(by_skill[flow.skill], flow.pre, size)
    to_post = _shares(by_scenario[network.post], flow.choice, len(flow.pre))
    scenarios, skills = visits.scenarios.copy(), visits.skills.copy()
    left = 1.0
    for stop in stops:
        scenarios += here
        along = here[flow.pre] * to_skill
        skills += _sums(flow.skill, along, len(network.skills))
        after = _sums(network.post, along[flow.choice] * to_post, size)
        left -= stop
        keep = max(left, 0.0) / (left + stop) if left + stop > 0 else 0.0
        scenarios += after * (1 - keep)
        here = after * keep
    return Visits(scenarios, skills)


def _shares(weights: Numbers, group: Indexes, groups: int) -> Numbers:
    """Each weight's share of its group's sum."""
    return weights / _sums(group, weights, groups)[group]


def _sums(group: Indexes, amounts: Numbers, groups: int) -> Numbers:
    """The sum of the amounts of every group."""
    return np.bincount(group, weights=amounts, minlength=groups).astype(np.float64)
