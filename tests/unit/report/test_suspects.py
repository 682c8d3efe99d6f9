"""Which skills rejected tasks have in common."""

from shellwright.report.suspects import Suspect, find_suspects

SKILLS = {
    "t1": ["lib/bad", "lib/good"],
    "t2": ["lib/bad"],
    "t3": ["lib/good", "lib/other"],
    "t4": ["lib/good"],
}


def test_the_skill_whose_tasks_all_fail_is_named() -> None:
    assert find_suspects(SKILLS, {"t1", "t2"}) == [Suspect("lib/bad", 2, 2, "t1")]


def test_a_task_that_is_explained_blames_nobody_else() -> None:
    found = find_suspects(SKILLS, {"t1", "t2", "t3"})
    assert [suspect.skill for suspect in found] == ["lib/bad", "lib/other"]


def test_a_skill_that_mostly_works_is_no_suspect() -> None:
    assert find_suspects(SKILLS, {"t4"}) == []
    assert find_suspects(SKILLS, set()) == []


def test_the_line_says_what_to_do() -> None:
    line = Suspect("lib/bad", 2, 2, "t1").line()
    assert "2 of its 2 tasks" in line
    assert "python -m shellwright.check_skill bad" in line
    assert "results/verified/failures/t1" in line
