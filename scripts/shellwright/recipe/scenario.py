"""Scenarios: the state of a resource at a decision point, and patterns over it.

A scenario is what SkillSynth (section 1 of its method) calls σ: the semantic state of the
environment before or after a skill. Here it is typed: a kind of resource with the value of each
of the kind's attributes, such as `table:condition=clean,format=csv,shape=records`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Scenario:
    """A kind of resource with a value for every attribute of that kind."""

    kind: str
    state: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, kind: str, **state: str) -> Scenario:
        """The scenario of `kind` in the given state, attributes in canonical order."""
        return cls(kind, tuple(sorted(state.items())))

    @classmethod
    def parse(cls, text: str) -> Scenario:
        """Read the form that `id` writes. Raises ValueError for anything else."""
        kind, _, rest = text.partition(":")
        pairs = [part.partition("=") for part in rest.split(",")] if rest else []
        if not kind or any(not (name and equals and value) for name, equals, value in pairs):
            raise ValueError(f"not a scenario: {text!r}; expected kind:attribute=value,...")
        return cls.of(kind, **{name: value for name, _, value in pairs})

    @property
    def id(self) -> str:
        """The scenario as text, the same for equal scenarios."""
        return f"{self.kind}:" + ",".join(f"{name}={value}" for name, value in self.state)

    @property
    def title(self) -> str:
        """A short name for people, such as `clean csv records table`."""
        return " ".join([*(value.replace("_", " ") for _, value in self.state), self.kind])

    def get(self, attribute: str) -> str:
        """The value of an attribute. Raises KeyError where the kind has none of that name."""
        return dict(self.state)[attribute]


@dataclass(frozen=True)
class Pattern:
    """A kind of resource with the values that some attributes may take; the others are free."""

    kind: str
    allowed: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, kind: str, **allowed: str | tuple[str, ...]) -> Pattern:
        """A pattern; give one value, or a tuple of values, per attribute."""
        values = {
            name: (value,) if isinstance(value, str) else value for name, value in allowed.items()
        }
        return cls(kind, tuple(sorted(values.items())))

    def matches(self, scenario: Scenario) -> bool:
        """Whether the scenario is of this kind and each named attribute has an allowed value."""
        if scenario.kind != self.kind:
            return False
        state = dict(scenario.state)
        return all(state.get(name) in values for name, values in self.allowed)

    def __str__(self) -> str:
        inner = ",".join(f"{name}={'|'.join(values)}" for name, values in self.allowed)
        return f"{self.kind}:{inner}"
