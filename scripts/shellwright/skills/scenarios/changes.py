"""What becomes of a thing: it is edited, another one like it is made, or it has been checked."""

from __future__ import annotations

from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.vocabulary import VOCABULARY, State

_NEW = (("condition", "written"), ("condition", "generated"))
_CHANGES = (("condition", "edited"), ("condition", "changed"), ("content", "changed"))
_CHECKED = ("condition", "checked")


def edited(artifact: Artifact) -> Artifact | None:
    """The artifact after something was changed in it; None where that cannot be told, as where it
    is in some condition already."""
    return _becoming(artifact, _CHANGES)


def written(artifact: Artifact) -> Artifact | None:
    """The artifact as another one of its form, newly made; None where that cannot be told."""
    return _becoming(artifact, _NEW)


def _becoming(artifact: Artifact, states: tuple[tuple[str, str], ...]) -> Artifact | None:
    told = dict(artifact.state)
    known = VOCABULARY[artifact.kind].attributes
    for name, value in states:
        if value in known.get(name, {}) and name not in told:
            return artifact.with_state(((name, value),))
    return None


def checked(kind: str, state: State) -> State | None:
    """The state of a thing after it was checked; None where that cannot be told."""
    name, value = _CHECKED
    if value not in VOCABULARY[kind].attributes.get(name, {}) or name in dict(state):
        return None
    return Artifact(kind, state).with_state((_CHECKED,)).state
