"""The world of a task: the resources that exist, the one in focus, and where things lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shellwright.recipe.draw import Draw
from shellwright.recipe.resource import Entry, Resource
from shellwright.recipe.themes import Theme


@dataclass(frozen=True)
class Layout:
    """Where a task keeps its inputs and where it wants its results."""

    inbox: str
    outbox: str


LAYOUTS = (
    Layout("/app/data", "/app/results"),
    Layout("/app/incoming", "/app/out"),
    Layout("/srv/intake", "/srv/publish"),
    Layout("/data/raw", "/data/derived"),
    Layout("/home/agent/inbox", "/home/agent/reports"),
    Layout("/srv/share/drop", "/srv/share/done"),
    Layout("/app/source", "/app/deliverables"),
    Layout("/data/imports", "/data/exports"),
)


@dataclass
class World:
    """What exists at one point of a task, and what the fixture has to hold.

    `resources` maps a path to the resource there, in the order in which they came to be.
    `brought` are entries of the fixture beyond the first resource. `taken` are the paths that
    are in use or spoken for. `given` is what the task began with.
    """

    theme: Theme
    layout: Layout
    focus: Resource
    resources: dict[str, Resource] = field(default_factory=dict)
    brought: list[Entry] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    given: Resource | None = None

    def focus_is_given(self) -> bool:
        """Whether the focus lies there from the start, so that even its bytes are known."""
        return self.focus is self.given

    def output(self, draw: Draw, stems: Sequence[str], suffix: str = "") -> str:
        """A free path for a result: the outbox, a drawn stem, the suffix (`.csv`)."""
        return self._free(self.layout.outbox, draw.choice(stems), suffix)

    def input(self, draw: Draw, stems: Sequence[str], suffix: str = "") -> str:
        """A free path for a further input."""
        return self._free(self.layout.inbox, draw.choice(stems), suffix)

    def _free(self, folder: str, stem: str, suffix: str) -> str:
        path, number = f"{folder}/{stem}{suffix}", 2
        while path in self.taken or any(other.startswith(path + "/") for other in self.taken):
            path, number = f"{folder}/{stem}_{number}{suffix}", number + 1
        self.taken.add(path)
        return path

    def take(self, paths: Iterable[str]) -> None:
        """Mark paths as in use."""
        self.taken.update(paths)


def copy_world(world: World) -> World:
    """A world that can be changed without changing the other."""
    return World(
        world.theme,
        world.layout,
        world.focus,
        dict(world.resources),
        list(world.brought),
        set(world.taken),
        world.given,
    )


def advance(
    before: World,
    makes: Sequence[Resource],
    removes: Sequence[str],
    brings: Sequence[Entry],
    focus: Resource,
) -> World:
    """The world after resources were made and removed; what was made replaces what lay there."""
    world = copy_world(before)
    gone = (*removes, *(resource.path for resource in makes))
    world.resources = {
        path: resource
        for path, resource in world.resources.items()
        if not any(within(path, other) for other in gone)
    }
    world.resources |= {resource.path: resource for resource in makes}
    world.brought += brings
    world.focus = focus
    world.take(entry.path for entry in brings)
    return world


def within(path: str, folder: str) -> bool:
    """Whether a path is the folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
