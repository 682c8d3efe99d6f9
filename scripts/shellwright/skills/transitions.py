"""Transitions: which scenario each executable skill leads to, found by applying it.

The recipes are applied, in Python, to worlds in every scenario that they accept, starting from
the scenarios that can be generated and going on with what the skills make of them. A transition
is therefore one that really composes, not one that was declared.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from shellwright.recipe.draw import Draw
from shellwright.recipe.move import Recipe, Unsuitable
from shellwright.recipe.scenario import Scenario
from shellwright.recipe.start import start_scenarios, start_world
from shellwright.recipe.world import World, advance, copy_world

#: Worlds of a scenario that can be generated. Each skill is tried in these, and in what each skill
#: that leads to the scenario makes of as many.
SAMPLES = 4


@dataclass
class Transitions:
    """What was found: the pairs of each skill, the commands that it gave, each with whether it does
    something and not only looks, and why a recipe could not be used."""

    pairs: dict[str, list[tuple[Scenario, Scenario]]] = field(default_factory=dict)
    commands: dict[str, dict[str, bool]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def find_transitions(recipes: Mapping[str, Recipe]) -> Transitions:
    """The transitions of every recipe, in order of scenario.

    A scenario is tried in worlds of every skill that leads to it: what one leaves may not suit a
    recipe that suits what another leaves, and the order of names must not decide which of the two
    counts. A recipe that raises anything but Unsuitable, that ends in a scenario outside its
    `gives`, or that leads from one scenario to two, is reported in `problems` and has no
    transitions.
    """
    queue = deque(
        (scenario, [start_world(scenario, Draw("sample", scenario.id, n)) for n in range(SAMPLES)])
        for scenario in sorted(start_scenarios())
    )
    makers: dict[Scenario, set[str]] = defaultdict(set)
    found: dict[str, dict[Scenario, Scenario]] = defaultdict(dict)
    commands: dict[str, dict[str, bool]] = defaultdict(dict)
    problems: dict[str, str] = {}
    while queue:
        scenario, worlds = queue.popleft()
        for name in sorted(recipes):
            recipe = recipes[name]
            if name in problems or scenario in found[name]:
                continue
            if not any(pattern.matches(scenario) for pattern in recipe.needs):
                continue
            try:
                after = _apply(name, recipe, worlds, commands[name])
            except _Broken as error:
                problems[name] = str(error)
                continue
            if not after:
                continue
            post = after[0].focus.scenario()
            found[name][scenario] = post
            if name not in makers[post]:
                makers[post].add(name)
                queue.append((post, after))
    pairs = {
        name: sorted(ends.items())
        for name, ends in sorted(found.items())
        if ends and name not in problems
    }
    return Transitions(pairs, dict(commands), problems)


class _Broken(Exception):
    """A recipe breaks its contract; the message says how."""


def _apply(
    name: str, recipe: Recipe, worlds: list[World], commands: dict[str, bool]
) -> list[World]:
    """The worlds after the recipe, for those that suit it; its commands are added to `commands`."""
    after: list[World] = []
    for number, world in enumerate(worlds):
        before = copy_world(world)
        scenario = before.focus.scenario()
        try:
            move = recipe.apply(before, Draw("transition", name, scenario.id, number))
        except Unsuitable:
            continue
        except (Exception, SystemExit) as error:
            raise _Broken(
                f"recipe.py fails on {scenario.id}: {type(error).__name__}: {error}"
            ) from error
        post = move.focus.scenario()
        if not any(pattern.matches(post) for pattern in recipe.gives):
            raise _Broken(
                f"recipe.py leads from {scenario.id} to {post.id}, which `gives` excludes"
            )
        if after and post != after[0].focus.scenario():
            raise _Broken(
                f"recipe.py leads from {scenario.id} to {post.id} and to "
                f"{after[0].focus.scenario().id}; the outcome must not depend on what is drawn"
            )
        commands.update((step.command, step.kind == "do") for step in move.steps)
        after.append(advance(before, move.makes, move.removes, move.brings, move.focus))
    return after
