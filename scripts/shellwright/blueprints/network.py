"""The skill graph as arrays, the form in which paths are drawn from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shellwright.blueprints.race import Codes, codes

Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]
#: The images that a skill without a recipe can run in: nothing is known against any of them.
ANYWHERE = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Network:
    """Scenarios and skills by number, in order of their names; transitions sorted by pre, post
    and skill.

    `first[n]` to `first[n + 1]` are the transitions out of scenario n. `images[k]` has a bit for
    every domain that can host skill k, in the order of `domains`. `generated[n]` says whether a
    task can be generated that starts in scenario n, `recipe[k]` whether skill k has a recipe.
    A pair is a scenario and a skill that leads on from there: `pair_scenario` and `pair_skill` have
    those of every pair, `pair` the pair of every transition.
    """

    scenarios: tuple[str, ...]
    skills: tuple[str, ...]
    domains: tuple[str, ...]
    scenario_codes: Codes
    skill_codes: Codes
    images: NDArray[np.uint64]
    starts: Indexes
    generated: Flags
    recipe: Flags
    pre: Indexes
    post: Indexes
    skill: Indexes
    first: Indexes
    pair: Indexes
    pair_scenario: Indexes
    pair_skill: Indexes

    def hosts(self, images: int) -> tuple[str, ...]:
        """The domains that the bits of `images` stand for."""
        return tuple(name for place, name in enumerate(self.domains) if images >> place & 1)


def build_network(
    scenarios: Sequence[Mapping[str, Any]],
    transitions: Sequence[Mapping[str, Any]],
    skills: Sequence[Mapping[str, Any]],
    domains: Collection[str],
    *,
    executable_only: bool,
) -> Network:
    """The network of the tables' rows.

    `executable_only` leaves out skills without a recipe; paths then start where a task can be
    generated, and anywhere else otherwise. A transition that ends where it begins leads nowhere
    and is left out.
    """
    kept = {row["id"]: row for row in skills if row.get("recipe", True) or not executable_only}
    places = {name: place for place, name in enumerate(sorted(row["id"] for row in scenarios))}
    numbers = {name: number for number, name in enumerate(sorted(kept))}
    edges = sorted(
        {
            (places[row["pre"]], places[row["post"]], numbers[row["skill"]])
            for row in transitions
            if row["skill"] in kept and row["pre"] != row["post"]
        }
    )
    columns = np.array(edges, dtype=np.int64).reshape(-1, 3)
    onward = set(columns[:, 0].tolist())
    starts = [
        places[row["id"]]
        for row in scenarios
        if places[row["id"]] in onward and (row["start"] or not executable_only)
    ]
    generated = {row["id"] for row in scenarios if row["start"]}
    known = tuple(sorted(domains))
    first = np.searchsorted(columns[:, 0], np.arange(len(places) + 1))
    pairs, pair = np.unique(columns[:, [0, 2]], axis=0, return_inverse=True)
    return Network(
        scenarios=tuple(sorted(places)),
        skills=tuple(sorted(numbers)),
        domains=known,
        scenario_codes=codes(sorted(places)),
        skill_codes=codes(sorted(numbers)),
        images=np.array(
            [_bits(kept[name]["domains"], known) for name in sorted(numbers)], dtype=np.uint64
        ),
        starts=np.array(sorted(starts), dtype=np.int64),
        generated=np.array([name in generated for name in sorted(places)], dtype=np.bool_),
        recipe=np.array(
            [bool(kept[name].get("recipe", True)) for name in sorted(numbers)], dtype=np.bool_
        ),
        pre=columns[:, 0],
        post=columns[:, 1],
        skill=columns[:, 2],
        first=first.astype(np.int64),
        pair=pair.reshape(-1).astype(np.int64),
        pair_scenario=pairs[:, 0],
        pair_skill=pairs[:, 1],
    )


def _bits(hosts: Collection[str], domains: Sequence[str]) -> np.uint64:
    if not hosts:
        return ANYWHERE
    return np.uint64(sum(1 << place for place, name in enumerate(domains) if name in hosts))
