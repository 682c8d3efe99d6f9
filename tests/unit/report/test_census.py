"""The census: what is counted, and what it is held against."""

from pathlib import Path

import pytest
import tiny_build as tiny

from shellwright import tables
from shellwright.report.census import VERDICT, census, task_facts, tool_groups
from shellwright.report.census_page import TERMIGEN, census_page
from shellwright.skills.library import load_library

RESOURCES = Path(__file__).parents[3] / "resources"
GROUPS = {"sort": "text", "ls": "files"}
LONG = (
    "Sort the lines of the notes by name and write them to the file that everybody reads every day"
)


def facts(folder: Path, *texts: str) -> list[tiny.Row]:
    rows = [tiny.task(f"t{number}", text) for number, text in enumerate(texts)]
    tables.write_table(folder / "tasks.parquet", "task", [*rows, tiny.failed_task("t9", "x: y")])
    return task_facts(folder / "tasks.parquet")


def looking() -> tiny.Row:
    """A skill that sorts, and looks with two other tools, of which one is in no group."""
    return {**tiny.skill("bundled/sort-lines"), "tools": ["ls", "peek", "sort"]}


def counted(folder: Path, *texts: str, **verdict: object) -> tiny.Row:
    found = facts(folder, *texts)
    verdicts = [{**tiny.verdict({"id": row["id"], "digest": ""}), **verdict} for row in found]
    verdicts = [{name: row[name] for name in VERDICT} for row in verdicts]
    broken = {**tiny.skill("bundled/broken", "broken", "why"), "tools": ["nonsense"]}
    return census([tiny.skill("bundled/sort-lines"), broken], found, verdicts, GROUPS)


def test_a_task_is_described_by_its_words_its_tests_and_its_input_files(tmp_path: Path) -> None:
    (row,) = facts(tmp_path, "Sort it.")
    assert (row["checks"], row["guards"], row["inputs"]) == (1, 0, 1)


def test_only_accepted_tasks_and_usable_skills_count(tmp_path: Path) -> None:
    found = counted(tmp_path, "Sort it.", "Do sort them.")
    assert found["library"]["skills"] == 1
    assert found["library"]["fields"]["data-processing"] == 1
    assert found["library"]["groups"] == {"text": ["sort"], "files": []}
    assert found["library"]["without_group"] == []
    assert found["tasks"]["accepted"] == 2
    assert found["tasks"]["fields"] == {"data-processing": 2}
    assert (
        counted(tmp_path, "Sort it.", tier="rejected", reason="flaky: x")["tasks"]["accepted"] == 0
    )


@pytest.mark.parametrize(
    "reason",
    ["flaky", "depends-on-clock", "depends-on-user", "depends-on-host", "depends-on-box"],
)
def test_tasks_that_were_graded_differently_once_are_counted(tmp_path: Path, reason: str) -> None:
    found = counted(tmp_path, "Sort it.", "Do.", tier="rejected", reason=f"{reason}: x")
    assert found["gates"]["flaky"] == 2


@pytest.mark.parametrize(
    ("differences", "compared", "differed"), [(None, 0, 0), ([], 1, 0), (["mutant m"], 1, 1)]
)
def test_compared_tasks_are_counted_and_those_that_differed(
    tmp_path: Path, differences: list[str] | None, compared: int, differed: int
) -> None:
    page = census_page(counted(tmp_path, "Sort it.", differences=differences))
    told = f"test.sh for every trial: {compared}; with another verdict there: {differed}.\n"
    assert told in page


def test_instructions_that_are_nearly_the_same_are_found(tmp_path: Path) -> None:
    found = counted(tmp_path, LONG, LONG + " now", "Something else is wanted here, and much of it.")
    assert found["tasks"]["near_duplicates"] == 1
    assert found["tasks"]["near_duplicate_examples"][0]["task"] == "t1"
    assert found["tasks"]["distinct_fixtures"] == 3


def test_survivors_and_what_the_gates_found_are_told(tmp_path: Path) -> None:
    mutants = [
        {"name": "empty /app/out.txt", "kind": "empty", "killed": True},
        {"name": "a late row was kept", "kind": "wrong", "killed": False},
    ]
    found = counted(tmp_path, "Sort it.", mutants=mutants, noop_reward=0.5)
    assert found["gates"]["by_kind"] == {"empty": [1, 1], "wrong": [0, 1]}
    assert found["gates"]["noop_passes"] == 1
    page = census_page(found)
    assert "Mutants killed: 1 of 2 (50.00 %)" in page
    assert "- `t0`: a late row was kept" in page


def test_the_page_holds_every_known_figure_of_termigen(tmp_path: Path) -> None:
    page = census_page(counted(tmp_path, "Sort it."))
    for name, figure in TERMIGEN.items():
        (line,) = [line for line in page.split("\n") if line.startswith(f"| {name} ")]
        assert line.rstrip(" |").endswith(figure)


def test_tools_that_are_only_looked_with_stand_apart() -> None:
    found = census([looking()], [], [], GROUPS)
    assert found["library"]["oracle_tools"] == 1
    assert found["library"]["only_looked_with"] == 2
    assert found["library"]["groups"] == {"text": ["sort"], "files": []}
    assert found["library"]["only_looked_with_groups"] == {"text": [], "files": ["ls"]}
    assert found["library"]["without_group"] == ["peek"]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in census_page(found).split("\n")
        if line.startswith("|")
    ]
    assert ["text", "1", "sort", ""] in rows
    assert ["files", "0", "", "ls"] in rows
    assert ["distinct tools", "1", "420"] in rows
    assert ["tool groups", "1", "16"] in rows


def test_a_tool_that_one_skill_looks_with_and_another_works_with_counts_once() -> None:
    lists = {**tiny.skill("bundled/list"), "tools": ["ls"], "oracle_tools": ["ls"]}
    page = census_page(census([looking(), lists], [], [], GROUPS))
    assert page.startswith("# Census: 2 executable skills, 2 tools, ")
    assert "\n1 more are called only by the steps that look" in page
    assert "\n\nIn no group: peek." in page


def test_an_empty_build_has_a_census_too() -> None:
    page = census_page(census([], [], [], GROUPS))
    assert "0 executable skills" in page
    assert "No mutant survived." in page


def test_a_tool_in_two_groups_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("a: sort uniq\nb: ls sort\n")
    with pytest.raises(ValueError, match="sort is in a and in b"):
        tool_groups(path)


def test_every_tool_of_the_library_is_in_one_of_sixteen_groups_and_no_other_is() -> None:
    groups = tool_groups(RESOURCES / "tools.yaml")
    called = {
        tool
        for skill in load_library(RESOURCES / "skills")
        if skill.recipe is not None
        for tool in skill.recipe.tools
    }
    assert len(set(groups.values())) == 16
    assert called - groups.keys() == set()
    assert groups.keys() - called == set()


def test_executed_oracles_are_told_of_all_tasks_that_were_tried(tmp_path: Path) -> None:
    page = census_page(counted(tmp_path, "Sort it.", "Do.", tier="rejected", reason="flaky: x"))
    (line,) = [line for line in page.split("\n") if line.startswith("| oracle executed")]
    assert " 2 of 2 " in line
