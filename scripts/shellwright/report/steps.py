"""The funnel as a person reads it: what the library holds, and the steps of a task to the corpus.

The stages of ``corpus/funnel.py`` count different things. Skills and images are plain numbers; the
rest are steps, first in tasks and then in trajectories, each with its unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

#: Stage of the funnel -> the step's name, and the unit that it counts.
_STEPS = {
    "blueprints": ("planned", "tasks"),
    "tasks": ("written", "tasks"),
    "verified": ("verified", "tasks"),
    "trajectories": ("recorded", "trajectories"),
    "corpus": ("in the corpus", "trajectories"),
}
TIERS = "Tiers: rl passes all gates; sft is solved by its oracle, but not every gate passes."


@dataclass(frozen=True)
class Step:
    """A step of the funnel: of ``seen`` items ``kept`` went on, which ``labels`` tell apart."""

    name: str
    unit: str
    seen: int
    kept: int
    labels: dict[str, int]

    @property
    def count(self) -> str:
        """How many went on, of how many, in the unit of the step."""
        of = f" of {self.seen:,}" if self.kept != self.seen else ""
        return f"{self.kept:,}{of} {self.unit}"


def steps(funnel: Sequence[Row]) -> list[Step]:
    """The steps in the order of the funnel. Raises KeyError where it lacks one of them."""
    by_stage = {entry["stage"]: entry for entry in funnel}
    found = []
    for stage, (name, unit) in _STEPS.items():
        entry = by_stage[stage]
        found.append(Step(name, unit, entry["seen"], entry["kept"], entry["labels"]))
    return found


def step_at(funnel: Sequence[Row], name: str) -> Step:
    """The step of that name."""
    return next(step for step in steps(funnel) if step.name == name)


def step_name(stage: str) -> str:
    """What a stage of the funnel is called where it is a step."""
    return _STEPS[stage][0] if stage in _STEPS else stage


def library(funnel: Sequence[Row]) -> list[tuple[int, str]]:
    """What the tasks are made of, as plain numbers with their names."""
    by_stage = {entry["stage"]: entry for entry in funnel}
    skills, images = by_stage["skills"], by_stage["images"]
    missing = images["seen"] - images["kept"]
    return [
        (skills["seen"], "skills found"),
        (skills["kept"], "skills usable"),
        (skills["labels"].get("executable", 0), "skills executable"),
        (images["kept"], "images in use"),
        *([(missing, "images missing")] if missing else []),
    ]


def most_frequent(labels: dict[str, int], most: int) -> str:
    """The labels with their counts, the most frequent first; the rest as a number."""
    order = sorted(labels.items(), key=lambda label: (-label[1], label[0]))
    shown = ", ".join(f"{name} {count:,}" for name, count in order[:most])
    return shown + (f" and {len(order) - most} more" if len(order) > most else "")
