"""Weights of the draws, and how far a path gets under them.

SkillSynth draws scenarios with weights 1/(ν+1) and skills with 1/(μ+1), where ν and μ count visits
(its Algorithm 1). A skill counts here for less where it has led on from the same scenario before,
as the coverage of a corpus is that of pairs of scenario and skill; and so does one that is held
back because it would else be in too many paths (see `expected`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shellwright.blueprints.network import Indexes, Network
from shellwright.blueprints.race import Numbers

#: How long a race of skills waits, in mean arrival times of a pair with the mean visits. One that
#: is alone somewhere, visited as often as the mean and not held back, comes too late in 1 of 3,000.
WAIT = 8.0


@dataclass(frozen=True)
class Visits:
    """Visits of every scenario (ν), uses of every skill (μ) and of every pair, in the order of the
    network.

    `held` is the factor, at most 1, by which a skill's weight is lowered to hold it back.
    """

    scenarios: Numbers
    skills: Numbers
    pairs: Numbers
    held: Numbers

    @property
    def scenario_weights(self) -> Numbers:
        """1/(ν+1) for every scenario."""
        return 1.0 / (self.scenarios + 1.0)

    @property
    def deadline(self) -> float:
        """The time by which a skill must have arrived, or the path ends."""
        if not len(self.pairs):
            return 0.0
        return WAIT * float((self.skills.mean() + 1.0) * (self.pairs.mean() + 1.0))


def earlier_visits(
    network: Network, scenarios: Mapping[str, float], skills: Mapping[str, float]
) -> Visits:
    """Visits that were counted elsewhere, by name, as on executed trajectories; others are zero."""
    return Visits(
        np.array([scenarios.get(name, 0.0) for name in network.scenarios], dtype=np.float64),
        np.array([skills.get(name, 0.0) for name in network.skills], dtype=np.float64),
        np.zeros(len(network.pair_skill)),
        np.ones(len(network.skills)),
    )


@dataclass(frozen=True)
class Outlook:
    """The weights of all draws under some visits, and what paths come to under them.

    `starts` and `pairs` are weights; `steps` is how likely a path that may go on takes each
    transition. `far[n]` is how likely one gets n skills on from every scenario, `after[n]` the same
    from where every pair leads to, and `begin` where paths start. That no scenario and no skill
    repeats within a path is left out.
    """

    starts: Numbers
    pairs: Numbers
    steps: Numbers
    begin: Numbers
    far: tuple[Numbers, ...]
    after: tuple[Numbers, ...]

    def chance(self, length: int) -> float:
        """How likely a path has at least so many skills."""
        return min(float(self.begin @ self.far[length]), 1.0)


def look_ahead(network: Network, visits: Visits, longest: int) -> Outlook:
    """The outlook for paths of up to so many skills.

    A path starts with a pair: the weight of a start is that of the scenario times those of all
    skills that lead on from there. So what has one skill only is not begun with as often as what
    has many.
    """
    size, number = len(network.scenarios), len(network.pair_skill)
    pairs = visits.held[network.pair_skill]
    pairs = pairs / (visits.skills[network.pair_skill] + 1.0) / (visits.pairs + 1.0)
    sums = add_up(network.pair_scenario, pairs, size)
    starts = (visits.scenario_weights * sums)[network.starts]
    begin = np.zeros(size)
    if len(starts):
        begin[network.starts] = starts / starts.sum()
    # A race of skills is won with shares of the weights, and the later the smaller these are.
    onward = sums[network.pair_scenario]
    taken = pairs / onward * -np.expm1(-visits.deadline * onward)
    outcomes = visits.scenario_weights[network.post]
    shares = outcomes / add_up(network.pair, outcomes, number)[network.pair]
    far, after = [np.ones(size)], [np.ones(number)]
    for _ in range(longest):
        far.append(add_up(network.pair_scenario, taken * after[-1], size))
        after.append(add_up(network.pair, shares * far[-1][network.post], number))
    steps = taken[network.pair] * shares
    return Outlook(starts, pairs, steps, begin, tuple(far), tuple(after))


def add_up(group: Indexes, amounts: Numbers, groups: int) -> Numbers:
    """The sum of the amounts of every group."""
    return np.bincount(group, weights=amounts, minlength=groups).astype(np.float64)
