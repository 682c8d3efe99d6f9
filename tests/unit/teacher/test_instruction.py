"""The instruction: all facts of the path, in many voices, with a reason that fits."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from shellwright.recipe import Draw, Scenario
from shellwright.recipe.kinds import kinds
from shellwright.recipe.themes import THEMES
from shellwright.skills.library import executable, load_library
from shellwright.teacher.procedural import phrases
from shellwright.teacher.procedural.compose import Composition, compose
from shellwright.teacher.procedural.instruction import stated_facts, write_instruction
from shellwright.teacher.procedural.reasons import (
    BY_CATEGORY,
    BY_KIND,
    FOR_ANY_KIND,
    reason_for,
)

LIBRARY = load_library(Path(__file__).parents[3] / "resources" / "skills")
RECIPES = executable(LIBRARY)
TABLE = "table:condition=revised,extent=full,format=csv,shape=records"
DIVERGED = "repository:condition=diverged"
UNITS = "snapshot:of=units"
PATHS = [
    (TABLE, ("keep-latest-revision", "load-table-into-sqlite", "totals-from-sqlite")),
    (DIVERGED, ("merge-diverged-branch",)),
    (UNITS, ("plan-service-start", "encrypt-for-handover")),
]
OPENINGS = (*phrases.NOTE, *phrases.MAIL, *phrases.CHAT)
CATEGORIES = ["data-querying"]
HELD = {"situation", "reason", "team", "role", "organisation", "label"}


def composed(start: str, skills: tuple[str, ...], seed: int = 1) -> Composition:
    return compose(skills, RECIPES, Scenario.parse(start), Draw("test", seed))


def fields(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("start", "skills"), PATHS)
def test_every_fact_of_a_phrasing_and_no_command_is_stated(
    start: str, skills: tuple[str, ...], seed: int
) -> None:
    composition = composed(start, skills, seed)
    text = write_instruction(composition, CATEGORIES, Draw("i", seed))
    facts = set(stated_facts(text))
    assert facts >= {resource.path for resource in composition.made()}
    assert facts >= set(stated_facts(composition.start.focus.situation()))
    for stage in composition.stages:
        assert any(facts >= set(stated_facts(wish)) for wish in stage.move.request)
    assert not any(step.command in text for _, step in composition.steps())
    assert not re.search(r"^#|[{]\w+[}]", text, re.MULTILINE)


def test_nobody_is_told_to_keep_what_has_to_change() -> None:
    for seed in range(40):
        text = write_instruction(composed(*PATHS[1]), CATEGORIES, Draw("i", seed))
        assert not any(line in text for line in phrases.KEEP)


def test_instructions_of_one_path_hardly_ever_begin_or_end_alike() -> None:
    composition, many = composed(*PATHS[0]), 400
    texts = [write_instruction(composition, CATEGORIES, Draw("v", n)) for n in range(many)]
    begins = Counter(" ".join(text.split()[:5]) for text in texts)
    ends = Counter(text.rstrip().rpartition("\n")[2] for text in texts)
    assert max(begins.values()) < 0.05 * many
    assert max(count for line, count in ends.items() if "`" not in line) < 0.05 * many
    assert len(ends) > 60


def test_an_opening_holds_situation_and_reason_once() -> None:
    for opening in OPENINGS:
        found = [name.lower() for name in fields(opening)]
        assert found.count("situation") == found.count("reason") == 1
        assert set(found) <= HELD
    assert len(set(OPENINGS)) == len(OPENINGS) >= 60


def test_there_are_many_closings() -> None:
    closings = (*phrases.KEEP, *phrases.REST, *phrases.EXACT, *phrases.RECAP)
    assert len(set(closings)) == len(closings) >= 60


def test_reasons_are_clauses_and_there_are_enough_of_them() -> None:
    assert set(BY_KIND) <= set(kinds())
    assert set(BY_CATEGORY) >= {skill.category for skill in LIBRARY}
    own = [theme.reasons for theme in THEMES]
    for reasons in (*BY_KIND.values(), *BY_CATEGORY.values(), FOR_ANY_KIND, *own):
        assert len(set(reasons)) == len(reasons)
        for reason in reasons:
            assert reason[-1].isalpha()
            assert set(fields(reason)) <= {"record", "records"}
    assert min(map(len, (*BY_KIND.values(), *BY_CATEGORY.values(), FOR_ANY_KIND))) >= 6


def test_a_kind_without_reasons_of_its_own_gets_one_that_always_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(BY_KIND, "snapshot")
    assert reason_for(composed(*PATHS[2]), ["other"], Draw("r")) in FOR_ANY_KIND


def test_reasons_about_records_stay_with_records() -> None:
    def drawn(start: str, skills: tuple[str, ...]) -> tuple[set[str], tuple[str, ...]]:
        composition = composed(start, skills)
        found = {reason_for(composition, CATEGORIES, Draw("r", n)) for n in range(200)}
        return found, composition.start.theme.reasons

    found, own = drawn(*PATHS[0])
    assert found & set(own)
    found, own = drawn(*PATHS[2])
    assert not found & set(own)


def test_reasons_of_a_category_stay_with_paths_that_are_about_it() -> None:
    composition, own = composed(*PATHS[2]), set(BY_CATEGORY["system-administration"])

    def drawn(*categories: str) -> set[str]:
        return {reason_for(composition, categories, Draw("r", n)) for n in range(200)}

    assert drawn("system-administration") & own
    assert not drawn("system-administration", "security-and-permissions") & own
    assert not drawn("debugging", "system-administration", "system-administration") & own
