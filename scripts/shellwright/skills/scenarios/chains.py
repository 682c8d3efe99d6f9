"""What the effects of a skill hand on to each other: what one makes and a later one takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shellwright.skills.scenarios.effects import Effect
from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.implied import Made
from shellwright.skills.scenarios.vocabulary import State


@dataclass(frozen=True)
class Found:
    """An effect and its evidence; `block` is the number of the code that it stands in, -1 where
    paths do not tell what belongs together. `fed` is whether a program before it feeds it."""

    evidence: str
    effect: Effect
    block: int = -1
    fed: bool = False


class Chain:
    """What effects have made so far that later ones may take."""

    def __init__(self, effects: Sequence[Found]) -> None:
        self._effects = effects
        self._made = Made()
        #: Per kind, what was made: its state, whether it has a path, and in which code; by whom.
        self._states: dict[str, dict[tuple[State, bool, int], int]] = {}

    def add_paths(self, number: int) -> None:
        """Note the files that the effect of that number writes."""
        found = self._effects[number]
        for path in (*(a.path for a in found.effect.makes), *found.effect.writes):
            if path:
                self._made.add(path, number, found.block)

    def add_state(self, artifact: Artifact, number: int) -> None:
        """Note that the effect of that number has brought something into a state."""
        made = (artifact.state, bool(artifact.path), self._effects[number].block)
        self._states.setdefault(artifact.kind, {}).setdefault(made, number)

    def maker(self, artifact: Artifact, block: int) -> int | None:
        """The number of the effect that made an artifact, None for none. Of an artifact without a
        path it is one that made something in the same state and without one, too; in the same
        piece of code, anything in that state or in one that says more."""
        if artifact.path:
            return self._made.maker(artifact.path, block)
        for (state, has_path, where), number in self._states.get(artifact.kind, {}).items():
            if (state == artifact.state and not has_path) or (
                where == block >= 0 and set(artifact.state) <= set(state)
            ):
                return number
        return None
