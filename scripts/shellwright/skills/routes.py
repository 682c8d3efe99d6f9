"""Routes: the shortest way from a start scenario to a skill, by way of other skills."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shellwright.recipe.scenario import Scenario


@dataclass(frozen=True)
class Route:
    """A path of skills that ends with the one in question, and where it starts."""

    start: Scenario
    skills: tuple[str, ...]


def routes(
    name: str,
    pairs: Mapping[str, Sequence[tuple[Scenario, Scenario]]],
    starts: Iterable[Scenario],
) -> list[Route]:
    """One route for every scenario that the skill takes, the shortest, in order of scenario.

    `pairs` are the transitions of every skill. No skill occurs twice in a route; a scenario that
    cannot be reached without the skill itself has none.
    """
    ways: dict[Scenario, Route] = {start: Route(start, ()) for start in sorted(starts)}
    queue = deque(ways)
    while queue:
        here = queue.popleft()
        for skill, ends in sorted(pairs.items()):
            for pre, post in ends:
                if pre == here and post not in ways and skill != name:
                    way = ways[here]
                    if skill not in way.skills:
                        ways[post] = Route(way.start, (*way.skills, skill))
                        queue.append(post)
    return [
        Route(ways[pre].start, (*ways[pre].skills, name))
        for pre, _ in sorted(pairs.get(name, ()))
        if pre in ways
    ]
