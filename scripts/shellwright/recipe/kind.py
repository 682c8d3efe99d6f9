"""Kinds: the types of resource that a world can start with, and how each is generated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shellwright.recipe.draw import Draw
from shellwright.recipe.resource import Resource
from shellwright.recipe.scenario import Scenario
from shellwright.recipe.themes import Theme


@dataclass(frozen=True)
class Kind:
    """A type of resource.

    `starts` are the states in which `generate(state, theme, draw, path)` can make one, and
    `file_name(state, theme)` names the file or folder that it gets in the inbox. States that
    are not in `starts` come to be through skills only.
    """

    resource: type[Resource]
    starts: tuple[dict[str, str], ...]
    generate: Callable[[dict[str, str], Theme, Draw, str], Resource]
    file_name: Callable[[dict[str, str], Theme], str]

    @property
    def name(self) -> str:
        """The kind as scenarios spell it."""
        return self.resource.kind

    def scenarios(self) -> list[Scenario]:
        """The scenarios that a task can start from."""
        return [Scenario.of(self.name, **state) for state in self.starts]
