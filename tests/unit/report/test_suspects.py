"""Which skills rejected tasks have in common."""

from pathlib import Path

from tiny_build import task, verdict, write_shards

from shellwright.report.names import Named
from shellwright.report.suspects import Suspect, find_suspects, read_suspects

SKILLS = {
    "t1": ["lib/bad", "lib/good"],
    "t2": ["lib/bad"],
    "t3": ["lib/good", "lib/other"],
    "t4": ["lib/good"],
}


def test_the_skill_whose_tasks_all_fail_is_named() -> None:
    assert find_suspects(SKILLS, {"t1": "lint: a", "t2": "lint: b"}) == [
        Suspect("lib/bad", 2, 2, "t1", "lint: a")
    ]


def test_a_task_that_is_explained_blames_nobody_else() -> None:
    found = find_suspects(SKILLS, dict.fromkeys(["t1", "t2", "t3"], "lint: a"))
    assert [suspect.skill for suspect in found] == ["lib/bad", "lib/other"]


def test_a_skill_that_mostly_works_is_no_suspect() -> None:
    assert find_suspects(SKILLS, {"t4": "lint: a"}) == []
    assert find_suspects(SKILLS, {}) == []


def test_the_lines_name_the_file_and_the_command() -> None:
    recipe = "resources/skills/archives/bad/recipe.py"
    lines = Suspect("lib/bad", 2, 2, "t1", "oracle-fails:\nfound 3", recipe).lines()
    assert "lib/bad: 2 of its 2 tasks" in lines
    assert "said      oracle-fails: found 3" in lines
    assert recipe in lines
    assert "python -m shellwright.check_skill bad" in lines
    assert "results/verified/failures/t1" in lines
    assert "its recipe.py" in Suspect("lib/bad", 2, 2, "t1").lines()
    other = Suspect("mine/bad", 2, 2, "t1", recipe="/srv/my skills/archives/bad/recipe.py").lines()
    assert "python -m shellwright.check_skill bad --library '/srv/my skills'" in other
    assert "--library" not in lines


def test_suspects_know_their_recipe(tmp_path: Path) -> None:
    made = task("t0", "Sort it.")
    shards = write_shards(tmp_path, [made], [verdict(made, "rejected", "oracle: 0.5")], [])
    tasks, verdicts = [s.tasks for s in shards], [s.verdicts for s in shards]
    names = {"bundled/sort-lines": Named("Sort lines", "lib/sort-lines/recipe.py")}
    found = read_suspects(tasks, verdicts, names)
    assert found == [
        Suspect("bundled/sort-lines", 1, 1, "t0", "oracle: 0.5", "lib/sort-lines/recipe.py")
    ]
    assert read_suspects(tasks, verdicts, {})[0].recipe is None
