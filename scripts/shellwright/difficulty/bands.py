"""Bands of difficulty: words for the share of attempts that solved a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

UNMEASURED, UNSOLVED, HARD, MEDIUM, EASY, TRIVIAL = (
    "unmeasured",
    "unsolved",
    "hard",
    "medium",
    "easy",
    "trivial",
)


@dataclass(frozen=True)
class Bands:
    """The highest pass rates, from 0 to 1, that still count as hard and as medium."""

    hard: float
    medium: float

    @classmethod
    def of_config(cls, section: Mapping[str, Any]) -> Self:
        """The bands of a validated `difficulty.bands` section."""
        return cls(float(section["hard"]), float(section["medium"]))

    def of(self, rate: float | None) -> str:
        """The band of a pass rate; None for a task that no attempt measured.

        0 is always unsolved and 1 always trivial, whatever the bounds are.
        """
        if rate is None:
            return UNMEASURED
        if rate <= 0:
            return UNSOLVED
        if rate >= 1:
            return TRIVIAL
        if rate <= self.hard:
            return HARD
        return MEDIUM if rate <= self.medium else EASY
