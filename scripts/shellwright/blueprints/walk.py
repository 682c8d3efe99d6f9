"""Drawing a path: forward from a start, and for a branching one, back from where two paths join.

From a scenario the next skill is drawn first, then which of its outcomes follows: a scenario that
many skills start from would else hide most of them behind a few outcomes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shellwright.blueprints.network import ANYWHERE, Indexes, Network
from shellwright.blueprints.race import Numbers, arrival, uniform, winner
from shellwright.blueprints.weights import Visits, look_ahead

Key = tuple[int, ...]
#: Skills of a path and its branch together, at most.
MOST_SKILLS = 7


@dataclass(frozen=True)
class Branch:
    """A second path. The skill at place `joins` of the main path takes its last scenario as well as
    the one that the main path brings there, and leads from either to the same."""

    scenarios: tuple[int, ...]
    skills: tuple[int, ...]
    joins: int


@dataclass(frozen=True)
class Path:
    """Scenarios and the skills between them, by number; `images` are those that host them all."""

    scenarios: tuple[int, ...]
    skills: tuple[int, ...]
    images: int
    branch: Branch | None = None

    @property
    def all_skills(self) -> frozenset[int]:
        """The skills of the path and of its branch."""
        return frozenset(self.skills) | frozenset(self.branch.skills if self.branch else ())

    @property
    def all_scenarios(self) -> frozenset[int]:
        """The scenarios of the path and of its branch."""
        return frozenset(self.scenarios) | frozenset(self.branch.scenarios if self.branch else ())


class Walker:
    """Draws paths through a network under the weights of the visits so far."""

    def __init__(self, network: Network, visits: Visits, longest: int) -> None:
        self._network = network
        self._scenario_weights = visits.scenario_weights
        self._deadline = visits.deadline
        self._outlook = look_ahead(network, visits, longest)
        self._onward = [self._outlook.pairs * likely for likely in self._outlook.after]
        self._into = np.argsort(network.post, kind="stable")
        self._post = network.post[self._into]

    def chance(self, length: int) -> float:
        """How likely a path that is drawn freely has at least so many skills."""
        return self._outlook.chance(length)

    def draw(self, enough: int, wanted: int, branching: float, key: Key) -> Path:
        """A path of so many skills, or of at least `enough` where it ends before; of fewer where
        nothing is left that repeats nothing. With a branch in a share of `branching`, where one
        can be found.

        A path without a branch whose skills all have recipes starts in a generated scenario where
        one leads to the same: else no teacher without a model could write it.
        """
        path = self._forward(enough, wanted, key)
        if uniform("branching", *key) < branching:
            path = self._branched(path, key)
        return path if path.branch is not None else self._from_generated(path, key)

    def _forward(self, enough: int, wanted: int, key: Key) -> Path:
        """A path as if it were drawn again and again until it has enough skills: what leads to
        too short ones only is left out, and what seldom leads to longer ones is drawn less."""
        net, ahead = self._network, self._outlook
        weights = ahead.starts * ahead.far[enough][net.starts]
        here = int(net.starts[winner(net.scenario_codes[net.starts], weights, "start", *key)])
        path = Path((here,), (), int(ANYWHERE))
        for step in range(wanted):
            edges = np.arange(net.first[here], net.first[here + 1])
            edges = edges[self._fresh(path, edges, net.post)]
            left = max(enough - step - 1, 0)
            # The chance of getting on was taken into account when `enough` was drawn.
            deadline = math.inf if step < enough else self._deadline
            skill = self._skill(edges, self._onward[left], deadline, "skill", step, *key)
            if skill is None:
                break
            targets = np.unique(net.post[edges[net.skill[edges] == skill]])
            weights = (self._scenario_weights * ahead.far[left])[targets]
            if not weights.any():
                break
            target = winner(net.scenario_codes[targets], weights, "scenario", step, *key)
            here = int(targets[target])
            path = Path((*path.scenarios, here), (*path.skills, skill), self._images(path, skill))
        return path

    def _from_generated(self, path: Path, key: Key) -> Path:
        """The path with another first scenario, drawn among the generated ones that fit it. As it
        is where it needs none, or none fits."""
        net = self._network
        skills = list(path.skills)
        if not skills or net.generated[path.scenarios[0]] or not net.recipe[skills].all():
            return path
        origins = self._origins(path, 0)
        origins = origins[net.generated[origins]]
        origins = origins[~np.isin(origins, path.scenarios)]
        if not len(origins):
            return path
        first = int(origins[self._race(origins, self._scenario_weights, "generated", *key)])
        return Path((first, *path.scenarios[1:]), path.skills, path.images)

    def _branched(self, path: Path, key: Key) -> Path:
        """The path with a second one that joins it, or as it is where none does.

        The second path is drawn backwards from a scenario from which a skill of the path leads to
        the same as from the path's own.
        """
        for joins in self._joints(path, key):
            ends = self._other_inputs(path, joins)
            if not len(ends):
                continue
            end = int(ends[self._race(ends, self._scenario_weights, "join", *key)])
            branch = self._backward(path, end, joins, key)
            if branch.branch is not None and branch.branch.skills:
                return branch
        return path

    def _joints(self, path: Path, key: Key) -> list[int]:
        """The places of the path's skills, in the order in which a branch is tried there."""
        return sorted(range(len(path.skills)), key=lambda place: uniform("joint", place, *key))

    def _other_inputs(self, path: Path, joins: int) -> Indexes:
        """The scenarios off the path from which its skill at `joins` leads where the path goes."""
        inputs = self._origins(path, joins)
        return inputs[~np.isin(inputs, path.scenarios)]

    def _origins(self, path: Path, place: int) -> Indexes:
        """The scenarios from which the path's skill at `place` leads to the same as in the path."""
        edges = self._edges_into(path.scenarios[place + 1])
        same = self._network.skill[edges] == path.skills[place]
        return np.unique(self._network.pre[edges[same]])

    def _edges_into(self, scenario: int) -> Indexes:
        low, high = np.searchsorted(self._post, [scenario, scenario + 1])
        return self._into[low:high]

    def _backward(self, path: Path, end: int, joins: int, key: Key) -> Path:
        net = self._network
        wanted = 1 + int(uniform("branch", *key) * 3)
        found = Path(path.scenarios, path.skills, path.images, Branch((end,), (), joins))
        here = end
        while (
            found.branch is not None
            and len(found.branch.skills) < wanted
            and len(found.all_skills) < MOST_SKILLS
        ):
            edges = self._edges_into(here)
            edges = edges[self._fresh(found, edges, net.pre)]
            step = len(found.branch.skills)
            skill = self._skill(
                edges, self._outlook.pairs, self._deadline, "back-skill", step, *key
            )
            if skill is None:
                break
            origins = np.unique(net.pre[edges[net.skill[edges] == skill]])
            here = int(origins[self._race(origins, self._scenario_weights, "back", step, *key)])
            branch = Branch((here, *found.branch.scenarios), (skill, *found.branch.skills), joins)
            found = Path(path.scenarios, path.skills, self._images(found, skill), branch)
        return found

    def _fresh(self, path: Path, edges: Indexes, ends: Indexes) -> NDArray[np.bool_]:
        """Which edges repeat nothing of the path and leave an image that hosts all of it."""
        net = self._network
        new: NDArray[np.bool_] = ~np.isin(ends[edges], list(path.all_scenarios))
        new &= ~np.isin(net.skill[edges], list(path.all_skills))
        new &= (net.images[net.skill[edges]] & np.uint64(path.images)) != 0
        return new

    def _images(self, path: Path, skill: int) -> int:
        return path.images & int(self._network.images[skill])

    def _skill(
        self, edges: Indexes, weights: Numbers, deadline: float, *key: str | int
    ) -> int | None:
        """The skill by which the path goes on, or None where it ends although some lead on.

        `weights` are those of all pairs.
        """
        net = self._network
        pairs = np.unique(net.pair[edges])
        skills = net.pair_skill[pairs]
        first = arrival(net.skill_codes[skills], weights[pairs], deadline, *key)
        return None if first is None else int(skills[first])

    def _race(self, scenarios: Indexes, weights: Numbers, *key: str | int) -> int:
        return winner(self._network.scenario_codes[scenarios], weights[scenarios], *key)
