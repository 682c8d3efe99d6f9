"""Composition: a path of executable skills applied one after the other to one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.move import Mistake, Move, Recipe, Step, Unsuitable
from shellwright.recipe.resource import Entry, Resource, Wrong, unchanged
from shellwright.recipe.scenario import Scenario
from shellwright.recipe.start import folders, start_world
from shellwright.recipe.world import World, advance, copy_world, within
from shellwright.store.stage import ItemFailed

#: How often other content is drawn for a blueprint whose first content does not suit its skills.
ATTEMPTS = 8
#: How often it may be for the same reason: then that lies in the path, and no content will do.
SAME_REASON = 3
#: The reason of a task that cannot be written because a recipe fails.
BROKEN = "recipe fails"


@dataclass(frozen=True)
class Stage:
    """One skill of the path: its name, the world that it met and the move that it made."""

    skill: str
    before: World
    move: Move


@dataclass(frozen=True)
class Composition:
    """A path that has been worked out from its first world to its last."""

    start: World
    stages: tuple[Stage, ...]
    end: World

    def scenarios(self) -> list[str]:
        """The ids of the scenarios along the path, the first one included."""
        worlds = [*(stage.before for stage in self.stages), self.end]
        return [world.focus.scenario().id for world in worlds]

    def fixture(self) -> list[Entry]:
        """Everything that lies in the container when the agent arrives, parents first."""
        entries = {entry.path: entry for entry in folders(self.start)}
        entries |= {entry.path: entry for entry in self.start.focus.entries()}
        entries |= {entry.path: entry for entry in self.end.brought}
        for path in list(entries):
            for parent in _parents(path):
                entries.setdefault(parent, Entry.folder(parent))
        return [entries[path] for path in sorted(entries)]

    def made(self) -> list[Resource]:
        """The resources at the end that were not there at the start: what is delivered."""
        first = self.start.resources
        return [r for path, r in self.end.resources.items() if first.get(path) != r]

    def checks(self) -> list[Check]:
        """The verifier: every delivered resource, what the skills add, and the guards."""
        return [check for _, check in self.staged_checks()]

    def staged_checks(self) -> list[tuple[int, Check]]:
        """The same, each with the number of the stage whose work it looks at; guards with 0.

        Later deliveries weigh more: their share of the reward grows with the work behind them.
        What a delivered resource already had at the start earns nothing and becomes a guard.
        """
        order = {path: n for n, stage in enumerate(self.stages) for path in _made_paths(stage.move)}
        checks = []
        for resource in self.made():
            before = self.start.resources.get(resource.path)
            held = resource.kept(before) if before is not None else []
            number = order.get(resource.path, 0)
            for check in resource.checks():
                kept = check in held
                weighed = replace(check, guard=True) if kept else _weighed(check, 1.0 + number)
                checks.append((number, weighed))
        for number, stage in enumerate(self.stages):
            checks += [
                (number, _weighed(self._as_guard_or_check(check), 1.0 + number))
                for check in stage.move.checks
                if not any(self._overwritten(path, number) for path in check.paths)
            ]
        return checks + [(0, guard) for guard in self.guards()]

    def _as_guard_or_check(self, check: Check) -> Check:
        """A skill's guard is a check where what it looks at is only made on the way."""
        begun = [path for path in check.paths if any(within(path, r) for r in self.start.resources)]
        return check if len(begun) == len(check.paths) else replace(check, guard=False)

    def touched(self) -> list[str]:
        """The paths of what the skills make, change or remove."""
        return [
            path
            for stage in self.stages
            for path in (*_made_paths(stage.move), *stage.move.removes)
        ]

    def changes_its_start(self) -> bool:
        """Whether some skill works on the first resource in place."""
        first = self.start.focus
        paths = [first.path, *(entry.path for entry in first.entries() if entry.kind == "file")]
        return any(within(path, other) for path in paths for other in self.touched())

    def guards(self) -> list[Check]:
        """Inputs that nothing in the path changes have to stay as they are."""
        touched = self.touched()
        found = []
        if not any(within(self.start.focus.path, path) for path in touched):
            found += [
                check
                for check in self.start.focus.guards()
                if not any(within(path, other) for path in check.paths for other in touched)
            ]
        found += [
            unchanged(entry)
            for entry in self.end.brought
            if entry.kind == "file" and not any(within(entry.path, path) for path in touched)
        ]
        return found

    def wrong(self, draw: Draw) -> list[Wrong]:
        """Wrong answers for what is still there at the end: the skills' own, then the kinds'.

        A command that spoils an outcome does not say where, so that it only counts as long as
        nothing that its skill made is made anew.
        """
        found = []
        for number, stage in enumerate(self.stages):
            made = _made_paths(stage.move)
            found += [
                answer
                for answer in stage.move.wrong
                if not any(
                    self._overwritten(path, number)
                    for path in ([answer.path] if answer.path else made)
                )
            ]
        for resource in self.made():
            found += resource.spoiled(draw.child("spoiled", resource.path))
        return found

    def steps(self) -> list[tuple[str, Step]]:
        """The oracle's steps in order, each with the name of its skill."""
        return [(stage.skill, step) for stage in self.stages for step in stage.move.steps]

    def mistakes(self) -> list[tuple[str, int, Mistake]]:
        """The mistakes, each with its skill and the index into `steps()` that it comes before."""
        found, offset = [], 0
        for stage in self.stages:
            found += [(stage.skill, offset + m.before, m) for m in stage.move.mistakes]
            offset += len(stage.move.steps)
        return found

    def _overwritten(self, path: str, number: int) -> bool:
        """Whether a stage after the given one makes or removes what lies at the path.

        A file that the stage itself brought there says nothing of what was there before.
        """
        later = self.stages[number + 1 :]
        return any(
            within(path, other) or within(other, path)
            for stage in later
            for other in (*_made_paths(stage.move), *_removed_from_others(stage.move))
        )


def _removed_from_others(move: Move) -> list[str]:
    """The paths that a skill removes, without the files that it has brought itself."""
    own = {entry.path for entry in move.brings if entry.kind == "file"}
    return [path for path in move.removes if path not in own]


def compose(
    skills: Sequence[str], recipes: Mapping[str, Recipe], first: Scenario, draw: Draw
) -> Composition:
    """Apply the skills in order, from a world in the scenario `first`.

    Raises Unsuitable where the content drawn for this task does not allow a skill.
    """
    start = start_world(first, draw.child("start"))
    world, stages = start, []
    for number, name in enumerate(skills):
        recipe = recipes[name]
        scenario = world.focus.scenario()
        if not any(pattern.matches(scenario) for pattern in recipe.needs):
            raise Unsuitable(f"{name} does not take {scenario.id}")
        before = copy_world(world)
        try:
            move = recipe.apply(before, draw.child(name, number))
        except (Unsuitable, ItemFailed):
            raise
        except (Exception, SystemExit) as error:
            # One recipe that fails on some content must not end the build of all the others.
            raise ItemFailed(BROKEN, f"{name}: {type(error).__name__}: {error}") from error
        world = advance(before, move.makes, move.removes, move.brings, move.focus)
        stages.append(Stage(name, before, move))
    return Composition(start, tuple(stages), world)


def compose_blueprint(
    blueprint: Mapping[str, Any], recipes: Mapping[str, Recipe]
) -> tuple[Composition, Draw]:
    """The composition of a blueprint, and the draw that the rest of its task is made with.

    Raises ItemFailed where a skill has no recipe, where one fails, or where no content that is
    drawn leads through the scenarios of the blueprint.
    """
    missing = [name for name in blueprint["skills"] if name not in recipes]
    if missing:
        raise ItemFailed("skill not executable", ", ".join(missing))
    first = Scenario.parse(blueprint["scenarios"][0])
    wanted = list(blueprint["scenarios"])
    reasons: list[str] = []
    for attempt in range(ATTEMPTS):
        draw = Draw("task", blueprint["id"], blueprint["seed"], attempt)
        try:
            composition = compose(blueprint["skills"], recipes, first, draw)
        except Unsuitable as error:
            reasons.append(str(error))
        else:
            if composition.scenarios()[: len(wanted)] == wanted:
                return composition, draw
            reasons.append("the content leads through other scenarios")
        if reasons.count(reasons[-1]) == SAME_REASON:
            break
    raise ItemFailed("content unsuitable", reasons[-1])


def _made_paths(move: Move) -> list[str]:
    return [resource.path for resource in move.makes]


def _parents(path: str) -> list[str]:
    """The folders above a path, without the top-level one, which every image has."""
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: end + 1]) for end in range(1, len(parts))]


def _weighed(check: Check, factor: float) -> Check:
    return check if check.guard else replace(check, weight=check.weight * factor)
