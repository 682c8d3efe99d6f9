"""The library of executable skills: its form, and what it covers."""

import random
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from shellwright.errors import UserError
from shellwright.recipe import Draw, Move, Recipe, Scenario, Unsuitable, World
from shellwright.recipe.start import start_scenarios, start_world
from shellwright.recipe.world import advance, copy_world
from shellwright.shell import programs
from shellwright.skills.fields import FIELDS
from shellwright.skills.library import Skill, executable, load_library, load_skill
from shellwright.skills.transitions import Transitions, find_transitions
from shellwright.teacher.procedural.compose import compose

LIBRARY = Path(__file__).parents[3] / "resources" / "skills"
LITERAL = re.compile(r"`([^`\n]+)`")
SKILLS = load_library(LIBRARY)
BY_NAME = {skill.name: skill for skill in SKILLS}
CASES = [pytest.param(skill, id=skill.name) for skill in SKILLS]
CLASSES = {"analysis", "command", "hallucination", "requirement", "verification"}


@pytest.fixture(scope="module")
def transitions() -> Transitions:
    return find_transitions(executable(SKILLS))


@pytest.fixture(scope="module")
def moves() -> dict[str, list[tuple[World, Move]]]:
    """Up to three moves of every skill, each with its world, reached from the start scenarios."""
    recipes = executable(SKILLS)
    found: dict[str, list[tuple[World, Move]]] = defaultdict(list)
    worlds = [start_world(s, Draw("moves", n)) for s in start_scenarios() for n in range(2)]
    for _ in range(3):
        following = []
        for world in worlds:
            for name, recipe in recipes.items():
                scenario = world.focus.scenario()
                if len(found[name]) < 3 and any(p.matches(scenario) for p in recipe.needs):
                    move = attempt(name, world)
                    if move is not None:
                        found[name].append((world, move))
                        following.append(after(world, move))
        worlds = following
    return found


def attempt(name: str, world: World) -> Move | None:
    try:
        return executable([BY_NAME[name]])[name].apply(copy_world(world), Draw("moves", name))
    except Unsuitable:
        return None


def after(world: World, move: Move) -> World:
    return advance(world, move.makes, move.removes, move.brings, move.focus)


def test_every_skill_loads() -> None:
    assert {skill.name: skill.problem for skill in SKILLS if skill.problem} == {}


def test_every_recipe_keeps_its_contract(transitions: Transitions) -> None:
    assert transitions.problems == {}
    assert {skill.name for skill in SKILLS} == {
        n for n, pairs in transitions.pairs.items() if pairs
    }


def test_no_skill_leaves_its_scenario_as_it_was(transitions: Transitions) -> None:
    idle = {name for name, pairs in transitions.pairs.items() for pre, post in pairs if pre == post}
    assert idle == set()


def test_the_library_is_broad(transitions: Transitions) -> None:
    # What is only looked with does not count.
    tools = {
        name for given in transitions.commands.values() for command, does in given.items() if does
        for name in programs(command)
    }  # fmt: skip
    assert len(SKILLS) >= 200
    assert {skill.field for skill in SKILLS} == set(FIELDS)
    assert len(tools) >= 300, sorted(tools)


@pytest.mark.parametrize("skill", CASES)
def test_declared_tools_are_those_that_are_called(skill: Skill, transitions: Transitions) -> None:
    assert skill.recipe is not None
    called = {n for command in transitions.commands[skill.name] for n in programs(command)}
    assert set(skill.recipe.tools) == called


@pytest.mark.parametrize("skill", CASES)
def test_phrasings_state_the_same_literals(
    skill: Skill, moves: dict[str, list[tuple[World, Move]]]
) -> None:
    assert moves[skill.name], "no world suits the skill"
    for world, move in moves[skill.name]:
        assert len(move.request) >= 2
        # The source need not be named again: what comes before in the instruction has named it.
        literals = [set(LITERAL.findall(text)) - {world.focus.path} for text in move.request]
        assert all(found == literals[0] for found in literals), literals


@pytest.mark.parametrize("skill", CASES)
def test_requests_name_every_result_and_no_command(
    skill: Skill, moves: dict[str, list[tuple[World, Move]]]
) -> None:
    for _, move in moves[skill.name]:
        for text in move.request:
            assert all(resource.path in text for resource in move.makes), text
            quoted = LITERAL.findall(text)
            assert not any(re.match(r"(sudo|mlr|awk|sed|grep|find|tar|git) ", q) for q in quoted)


@pytest.mark.parametrize("skill", CASES)
def test_steps_reason_and_mistakes_are_classed(
    skill: Skill, moves: dict[str, list[tuple[World, Move]]]
) -> None:
    for _, move in moves[skill.name]:
        assert any(step.kind == "do" for step in move.steps)
        assert any(step.kind == "look" for step in move.steps)
        assert all(len(step.analysis) > 15 and len(step.plan) > 10 for step in move.steps)
        assert move.mistakes
        for mistake in move.mistakes:
            assert mistake.category in CLASSES
            assert 0 <= mistake.before < len(move.steps)
            assert len(mistake.diagnosis) > 20
            re.compile(mistake.symptom)


@pytest.mark.parametrize("skill", CASES)
def test_wrong_answers_differ_from_the_right_one(
    skill: Skill, moves: dict[str, list[tuple[World, Move]]]
) -> None:
    for _, move in moves[skill.name]:
        right = {e.path: e.content for resource in move.makes for e in resource.entries()}
        for answer in move.wrong:
            assert answer.path or answer.command
            if answer.path:
                assert right.get(answer.path) != answer.content, answer.name


@pytest.mark.parametrize("skill", CASES)
def test_equal_draws_give_equal_moves(
    skill: Skill, moves: dict[str, list[tuple[World, Move]]]
) -> None:
    for world, move in moves[skill.name]:
        assert attempt(skill.name, world) == move


def write(folder: Path, recipe: str, name: str = "broken-skill") -> Path:
    path = folder / "category" / name
    path.mkdir(parents=True)
    (path / "SKILL.md").write_text(
        f"---\nname: {name}\ndescription: d\nlicense: MIT\n"
        "metadata:\n  title: t\n  field: data-processing\n---\nbody\n"
    )
    (path / "recipe.py").write_text(recipe)
    return path


def test_a_syntax_error_is_reported_with_file_and_line(tmp_path: Path) -> None:
    skill = load_skill(write(tmp_path, "x = 1\ndef (:\n"))
    assert skill.recipe is None
    assert skill.problem.startswith("syntax error: ")
    assert "recipe.py, line 2: " in skill.problem


def test_an_import_that_fails_is_reported(tmp_path: Path) -> None:
    skill = load_skill(write(tmp_path, "import no_such_module\n"))
    assert "line 1: ModuleNotFoundError" in skill.problem
    leaving = load_skill(write(tmp_path, "import sys\nsys.exit(3)\n", "leaving"))
    assert "line 2: SystemExit: 3" in leaving.problem


def test_a_recipe_without_a_skill_md_is_reported(tmp_path: Path) -> None:
    (write(tmp_path, "x = 1\n") / "SKILL.md").unlink()
    (skill,) = load_library(tmp_path)
    assert "SKILL.md" in skill.problem


def test_a_recipe_needs_exactly_one_class(tmp_path: Path) -> None:
    skill = load_skill(write(tmp_path, "x = 1\n"))
    assert "0 subclasses of Recipe; expected exactly one" in skill.problem


def test_broken_front_matter_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1\n")
    (path / "SKILL.md").write_text("no front matter\n")
    assert "no front matter" in load_skill(path).problem


def test_a_field_that_does_not_exist_is_reported_with_those_that_do(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1\n")
    text = (path / "SKILL.md").read_text().replace("field: data-processing", "field: cookery")
    (path / "SKILL.md").write_text(text)
    assert "metadata.field is 'cookery'; expected one of software-build" in load_skill(path).problem


def test_two_skills_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "x = 1\n")
    write(tmp_path / "category" / "..", "x = 1\n", "other")
    (tmp_path / "second" / "other").mkdir(parents=True)
    (tmp_path / "second" / "other" / "SKILL.md").write_text("---\nname: other\n---\n")
    with pytest.raises(UserError, match="both called other"):
        load_library(tmp_path)


def test_a_missing_library_says_what_to_change(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"skills\.sources"):
        load_library(tmp_path / "nowhere")


def test_nearly_all_paths_of_the_graph_compose(transitions: Transitions) -> None:
    """Scenarios tell enough of a world for the next skill: content alone seldom stops it."""
    onward = defaultdict(list)
    for name, pairs in sorted(transitions.pairs.items()):
        for before, behind in pairs:
            onward[before].append((name, behind))
    recipes, rng, composed = executable(SKILLS), random.Random(1), []
    while len(composed) < 200:
        start = here = rng.choice([each for each in start_scenarios() if onward[each]])
        path: list[str] = []
        while len(path) < 3 and (ways := [w for w in onward[here] if w[0] not in path]):
            name, here = rng.choice(ways)
            path.append(name)
        tries = (Draw("paths", len(composed), n) for n in range(3))
        composed.append(any(composes(path, recipes, start, draw) for draw in tries))
    assert sum(composed) >= 0.9 * len(composed)


def composes(path: list[str], recipes: Mapping[str, Recipe], start: Scenario, draw: Draw) -> bool:
    """Whether the skills can follow each other on content drawn so."""
    try:
        compose(path, recipes, start, draw)
    except Unsuitable:
        return False
    return True


def test_a_recipe_that_raises_is_a_problem_not_a_crash() -> None:
    recipe = executable(SKILLS)["totals-from-sqlite"]

    class Failing(type(recipe)):  # type: ignore[misc]
        def apply(self, world: World, draw: Draw) -> Move:
            raise KeyError("oops")

    found = find_transitions({"failing": Failing()})
    assert found.pairs == {}
    assert "fails on database:content=original,shape=records: KeyError" in found.problems["failing"]
