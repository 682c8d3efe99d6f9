"""Moves: what an executable skill does to a world, and how it is asked for, done and verified."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from shellwright.errors import ShellwrightError
from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.scenario import Pattern
from shellwright.recipe.world import World

#: TermiGen's five classes of error (section 3.2 of its paper).
MistakeClass = Literal["analysis", "command", "hallucination", "requirement", "verification"]


class Unsuitable(ShellwrightError):
    """The world matches the skill's pattern, but its content does not allow the skill."""


@dataclass(frozen=True)
class Step:
    """One action of the oracle, with the reasoning of an engineer who takes it.

    A `do` step changes the world and is needed: without it the verifier must refuse the outcome.
    A `look` step only reads. `analysis` says what is known by now, `plan` what this command is
    for. `duration` is how long a person would wait for it, in seconds. `fails` says of a look that
    a command in it is meant to fail, because its complaint is what one wants to see.
    """

    kind: Literal["look", "do"]
    command: str
    analysis: str
    plan: str
    duration: float = 0.2
    fails: bool = False


def look(
    command: str, analysis: str, plan: str, duration: float = 0.1, *, fails: bool = False
) -> Step:
    """A step that only reads; `fails` where a command in it is meant to fail."""
    return Step("look", command, analysis, plan, duration, fails)


def do(command: str, analysis: str, plan: str, duration: float = 0.3) -> Step:
    """A step that changes the world and cannot be left out."""
    return Step("do", command, analysis, plan, duration)


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong action, the error that it really produces, and the way back.

    It is made just before the move's `before`-th step. `symptom` is a regular expression that
    the terminal shows after `command`. `recovery` is the command that restores the state in
    which the step can go on; it is empty where the mistake leaves nothing behind.
    """

    category: MistakeClass
    before: int
    command: str
    symptom: str
    diagnosis: str
    recovery: str = ""


@dataclass(frozen=True)
class Move:
    """One skill applied to one world.

    `makes` are the resources that exist afterwards (a resource at a path that was there before
    replaces it), `removes` the paths of resources that are gone, `focus` the one that the next
    skill works on. `request` holds several phrasings of the same demand: each states the
    outcome, every path and every format in backticks, and no command. `brings` are further
    inputs that lie in the world from the start. `checks` come on top of those that the made
    resources give by themselves.
    """

    focus: Resource
    request: Sequence[str]
    steps: Sequence[Step]
    makes: Sequence[Resource] = ()
    removes: Sequence[str] = ()
    brings: Sequence[Entry] = ()
    checks: Sequence[Check] = ()
    wrong: Sequence[Wrong] = ()
    mistakes: Sequence[Mistake] = ()


class Recipe(ABC):
    """What makes a skill executable. `recipe.py` of a skill defines one subclass.

    `needs` are patterns of the resource that the skill works on, `gives` those of what
    it leaves. What comes out of a scenario must be one scenario, whatever is drawn.
    """

    needs: ClassVar[tuple[Pattern, ...]]
    gives: ClassVar[tuple[Pattern, ...]]
    #: Command-line tools that the oracle calls.
    tools: ClassVar[tuple[str, ...]]
    #: Debian packages that bring those tools and are not in every image by nature.
    packages: ClassVar[tuple[str, ...]] = ()
    #: 1 a routine step, 2 needs thought, 3 needs experience.
    effort: ClassVar[int] = 1
    #: Who works in the container: `root` only where an ordinary user cannot do the job.
    user: ClassVar[Literal["agent", "root"]] = "agent"

    @abstractmethod
    def apply(self, world: World, draw: Draw) -> Move:
        """Work on `world.focus`. Raises Unsuitable where its content does not allow it."""
