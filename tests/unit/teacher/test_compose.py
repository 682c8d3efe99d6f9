"""Composition: a path of skills applied to one world, and the task that comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from shellwright.recipe import Draw, Move, Pattern, Recipe, Scenario, World
from shellwright.recipe.move import Unsuitable
from shellwright.recipe.start import start_scenarios
from shellwright.skills.library import executable, load_library
from shellwright.store.stage import ItemFailed
from shellwright.tasks.bundle import unpack
from shellwright.teacher.procedural.compose import Composition, compose, compose_blueprint
from shellwright.teacher.procedural.task import Environment, write_task

LIBRARY = {s.name: s for s in load_library(Path(__file__).parents[3] / "resources" / "skills")}
RECIPES = executable(LIBRARY.values())
REVISED = Scenario.parse("table:condition=revised,extent=full,format=csv,shape=records")
DIVERGED = Scenario.parse("repository:condition=diverged")
CHAIN = ["keep-latest-revision", "load-table-into-sqlite", "totals-from-sqlite"]
ENVIRONMENT = Environment("k" * 64, "shellwright/data-querying:abc")


def composed(skills: list[str] = CHAIN, start: Scenario = REVISED, seed: int = 1) -> Composition:
    return compose(skills, RECIPES, start, Draw("test", seed))


def blueprint(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sg-test",
        "source": "test",
        "index": 0,
        "seed": 7,
        "skills": CHAIN,
        "scenarios": [REVISED.id],
        "domain": "data-querying",
        "length": 3,
        "difficulty": "medium",
        "category": "data-querying",
        "lineage_json": "{}",
        **changes,
    }


def test_a_later_skill_works_on_what_an_earlier_one_made() -> None:
    stages = composed().stages
    assert stages[1].before.focus == stages[0].move.focus
    assert stages[0].move.focus.path in stages[1].move.steps[1].command
    assert composed().scenarios()[0] == REVISED.id


def test_everything_delivered_is_checked_and_later_work_weighs_more() -> None:
    composition = composed()
    weighed = [check for check in composition.checks() if not check.guard]
    assert {r.path for r in composition.made()} <= {p for check in weighed for p in check.paths}
    by_path = {check.paths[0]: check.weight for check in weighed}
    first, last = composition.made()[0], composition.made()[-1]
    assert by_path[first.path] < by_path[last.path]


def test_untouched_inputs_are_guarded() -> None:
    guards = [check for check in composed().checks() if check.guard]
    assert [check.paths[0] for check in guards] == [composed().start.focus.path]


def test_what_holds_before_a_change_in_place_becomes_a_guard() -> None:
    composition = composed(["merge-diverged-branch"], DIVERGED)
    abouts = {check.about: check.guard for check in composition.checks()}
    assert abouts["Nothing is left uncommitted."]
    assert not abouts["The branch main has the expected history."]


@pytest.mark.parametrize(
    ("skills", "start", "guard"),
    [
        ([], Scenario.parse("database:content=original,shape=records"), True),
        (CHAIN[:2], REVISED, False),
    ],
)
def test_a_guard_of_a_skill_is_a_check_where_its_file_is_only_made_on_the_way(
    skills: list[str], start: Scenario, guard: bool
) -> None:
    composition = composed([*skills, "take-over-branch-changes"], start)
    found = [c for c in composition.checks() if "has got no table from the branch" in c.about]
    assert [(check.guard, check.weight > 0) for check in found] == [(guard, True)]


def test_wrong_answers_for_what_is_replaced_later_are_left_out() -> None:
    commented = "table:condition=commented,extent=full,format=csv,shape=records"
    composition = composed(["strip-export-noise"], Scenario.parse(commented))
    made = {entry.path for r in composition.made() for entry in r.entries()}
    assert all(answer.path in made for answer in composition.wrong(Draw("w")) if answer.path)


def test_what_a_later_skill_mends_of_its_own_leaves_earlier_checks_in_place() -> None:
    skills = ["track-header-dependencies", "mend-cmake-dependencies"]
    found = composed(skills, Scenario.parse("project:build=make,condition=stale"))
    first, second = (stage.move for stage in found.stages)
    assert second.removes and set(second.removes) <= {entry.path for entry in second.brings}
    kept = [check.about for check in found.checks()]
    assert first.checks and all(check.about in kept for check in [*first.checks, *second.checks])
    assert {answer.name for answer in first.wrong} <= {w.name for w in found.wrong(Draw("x", 1))}
    files = [name for check in found.checks() for name in check.expected]
    assert len(files) == len(set(files))


def test_a_skill_that_does_not_take_the_scenario_is_refused() -> None:
    with pytest.raises(Unsuitable, match="totals-from-sqlite does not take"):
        composed(["totals-from-sqlite"])


def test_a_blueprint_whose_scenarios_are_not_met_fails() -> None:
    with pytest.raises(ItemFailed, match="other scenarios"):
        compose_blueprint(blueprint(scenarios=[REVISED.id, "report:format=json"]), RECIPES)


def test_a_skill_without_recipe_fails_with_its_name() -> None:
    with pytest.raises(ItemFailed, match="skill not executable: nowhere"):
        compose_blueprint(blueprint(skills=["nowhere"]), RECIPES)


def test_equal_blueprints_give_equal_tasks() -> None:
    first, second = (write_task(blueprint(), LIBRARY, ENVIRONMENT) for _ in range(2))
    assert first == second
    assert first["digest"] != write_task(blueprint(seed=8), LIBRARY, ENVIRONMENT)["digest"]


def test_the_lineage_is_no_part_of_the_digest() -> None:
    lineage = blueprint(lineage_json='{"note": 1}')
    assert (
        write_task(lineage, LIBRARY, ENVIRONMENT)["digest"]
        == write_task(blueprint(), LIBRARY, ENVIRONMENT)["digest"]
    )


def test_labels_follow_from_the_path() -> None:
    row = write_task(blueprint(), LIBRARY, ENVIRONMENT)
    assert row["category"] == "data-querying"
    assert row["difficulty"] == "medium"
    assert {"data-querying", "text-and-data-processing", "database", "table"} <= set(row["tags"])
    assert {"mlr", "sqlite3"} <= set(row["tools"])
    assert row["license"] == "Apache-2.0"


def test_the_record_says_which_resource_a_file_belongs_to() -> None:
    row = write_task(
        blueprint(skills=["merge-diverged-branch"], scenarios=[DIVERGED.id]), LIBRARY, ENVIRONMENT
    )
    delivered = json.loads(row["authoring_json"])["deliverables"]
    (whole,) = {entry["resource"] for entry in delivered}
    assert whole in row["instruction"]
    assert len(delivered) > 1
    assert all(entry["path"].startswith(f"{whole}/") for entry in delivered)


def test_the_bundle_unpacks_and_the_oracle_holds_the_do_steps(tmp_path: Path) -> None:
    row = write_task(blueprint(), LIBRARY, ENVIRONMENT)
    unpack(row["files"], tmp_path)
    script = (tmp_path / "solution" / "solve.sh").read_text()
    steps = composed_of(row)
    assert all((step["command"] in script) == (step["kind"] == "do") for step in steps)
    assert (
        (tmp_path / "environment" / "Dockerfile")
        .read_text()
        .startswith(f"FROM {ENVIRONMENT.reference}\n")
    )


def composed_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(row["authoring_json"])["steps"]
    return steps


def test_a_recipe_that_fails_on_some_content_fails_its_task_alone() -> None:
    class Failing(Recipe):
        needs = (Pattern.of("table"),)
        gives = (Pattern.of("table"),)
        tools = ()
        packages = ()
        effort = 1

        def apply(self, world: World, draw: Draw) -> Move:
            raise KeyError("sh")

    start = next(each for each in start_scenarios() if each.kind == "table")
    row = {"id": "b", "seed": 1, "skills": ["failing"], "scenarios": [start.id, start.id]}
    with pytest.raises(ItemFailed, match="recipe fails: failing: KeyError: 'sh'"):
        compose_blueprint(row, {"failing": Failing()})


class Choosy(Recipe):
    """Takes no content, for one reason after the other."""

    needs = (Pattern.of("table"),)
    gives = (Pattern.of("report"),)
    tools = ()

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        self.tried = 0

    def apply(self, world: World, draw: Draw) -> Move:
        self.tried += 1
        raise Unsuitable(self.reasons[(self.tried - 1) % len(self.reasons)])


def test_content_is_drawn_anew_until_one_reason_has_come_three_times() -> None:
    row = blueprint(skills=["choosy"])
    for reasons, tried in ((["made here"], 3), (["few", "many"], 5), (list("abcdefgh"), 8)):
        choosy = Choosy(reasons)
        with pytest.raises(
            ItemFailed, match=f"content unsuitable: {reasons[(tried - 1) % len(reasons)]}"
        ):
            compose_blueprint(row, {"choosy": choosy})
        assert choosy.tried == tried
