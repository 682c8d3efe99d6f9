"""Where a task begins: a theme, a layout of folders and a resource in the wanted scenario."""

from __future__ import annotations

from shellwright.recipe.draw import Draw
from shellwright.recipe.kinds import kinds
from shellwright.recipe.resource import Entry
from shellwright.recipe.scenario import Scenario
from shellwright.recipe.themes import THEMES
from shellwright.recipe.world import LAYOUTS, World


def start_scenarios() -> list[Scenario]:
    """Every scenario that a task can begin with, sorted."""
    return sorted(scenario for kind in kinds().values() for scenario in kind.scenarios())


def start_world(scenario: Scenario, draw: Draw) -> World:
    """A world whose focus is a generated resource in the given scenario.

    Raises ValueError where the scenario is not among `start_scenarios()`.
    """
    kind = kinds().get(scenario.kind)
    if kind is None or dict(scenario.state) not in kind.starts:
        raise ValueError(f"no task can start from {scenario.id}: nothing generates it")
    theme, layout = draw.choice(THEMES), draw.choice(LAYOUTS)
    state = dict(scenario.state)
    path = f"{layout.inbox}/{kind.file_name(state, theme)}"
    focus = kind.generate(state, theme, draw.child("content"), path)
    world = World(theme, layout, focus, resources={path: focus}, given=focus)
    world.take(entry.path for entry in focus.entries())
    world.take([path])
    return world


def folders(world: World) -> list[Entry]:
    """The folders of the layout, which exist from the start."""
    names: list[str] = []
    for path in (world.layout.inbox, world.layout.outbox):
        parts = path.strip("/").split("/")
        names += ["/" + "/".join(parts[: end + 1]) for end in range(1, len(parts))]
    return [Entry.folder(path) for path in dict.fromkeys(names)]
