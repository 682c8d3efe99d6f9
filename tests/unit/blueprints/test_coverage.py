"""Coverage counts pairs of scenario and skill, and compares equal numbers of tasks."""

from typing import Any

import pytest

from shellwright.blueprints.coverage import (
    compare,
    connected,
    coverage,
    pairs_of,
    random_skills,
    single_skill,
    visits,
)

TRANSITIONS = [
    {"pre": f"s{number}", "skill": f"k{number}", "post": f"s{number + 1}", "judgement": None}
    for number in range(30)
]


def blueprint(first: int, length: int, **more: Any) -> dict[str, Any]:
    return {
        "skills": [f"k{number}" for number in range(first, first + length)],
        "scenarios": [f"s{number}" for number in range(first, first + length + 1)],
        "branch_skills": [],
        "branch_scenarios": [],
        "joins": None,
        "length": length,
        "executable": True,
        **more,
    }


def test_a_skill_makes_a_pair_with_the_scenario_before_it() -> None:
    assert pairs_of(blueprint(3, 2)) == [("s3", "k3"), ("s4", "k4")]


def test_a_branch_adds_its_own_pairs_and_the_one_where_it_joins() -> None:
    row = blueprint(0, 2, branch_skills=["k9"], branch_scenarios=["s9", "s10"], joins=1)
    assert pairs_of(row)[2:] == [("s9", "k9"), ("s10", "k1")]


def test_counts_and_entropy() -> None:
    found = coverage([[("a", "x"), ("b", "y")], [("a", "x")], [("a", "z")]])
    assert found["tasks"] == 3
    assert found["visits"] == 4
    assert (found["scenarios"], found["skills"], found["pairs"]) == (2, 3, 3)
    assert found["pair_entropy_bits"] == pytest.approx(1.5)


def test_nothing_covers_nothing() -> None:
    assert coverage([])["pairs"] == 0
    assert coverage([])["pair_entropy_bits"] == 0


def test_the_baselines_have_as_many_tasks() -> None:
    assert [len(task) for task in single_skill(5, TRANSITIONS, 1)] == [1] * 5
    assert [len(task) for task in random_skills([1, 3, 7], TRANSITIONS, 1)] == [1, 3, 7]


def test_a_comparison_says_how_many_more_pairs_there_are() -> None:
    rows = [blueprint(0, 3), blueprint(10, 3), blueprint(20, 3, executable=False)]
    found = compare(rows, TRANSITIONS, 1, None)
    assert found["blueprints"]["pairs"] == 9
    assert found["single_skill"]["tasks"] == found["random_skills"]["tasks"] == 3
    expected = 9 / found["single_skill"]["pairs"] - 1
    assert found["more_pairs_than"]["single_skill"] == pytest.approx(expected, abs=0.001)
    assert found["executable_share"] == pytest.approx(2 / 3, abs=0.001)


def test_of_a_random_set_only_its_longest_connected_way_counts() -> None:
    """In whatever order the skills were drawn; what does not connect covers nothing."""
    drawn = [("s9", "k9"), ("s4", "k4"), ("s2", "k2"), ("s3", "k3"), ("s8", "k8")]
    assert connected([drawn], TRANSITIONS, 1) == [[("s2", "k2"), ("s3", "k3"), ("s4", "k4")]]
    assert connected([drawn], TRANSITIONS, 1, {"s8", "s3"}) in (
        [[("s8", "k8"), ("s9", "k9")]],
        [[("s3", "k3"), ("s4", "k4")]],
    )
    assert connected([drawn], TRANSITIONS, 1, {"s20"}) == [[]]


def test_a_way_takes_every_skill_once_and_ends_where_nothing_goes_on() -> None:
    circle = [
        {"pre": pre, "skill": skill, "post": post}
        for pre, skill, post in (("a", "x", "b"), ("b", "y", "a"), ("b", "x", "a"))
    ]
    (way,) = connected([[("a", "x"), ("b", "y")]], circle, 1)
    assert sorted(skill for _, skill in way) == ["x", "y"]


def test_the_baselines_are_held_to_what_the_blueprints_are() -> None:
    """Where only executable skills take part, they alone are drawn; ways start where they can."""
    told = [
        {"pre": f"t{number}", "skill": f"told{number}", "post": f"t{number + 1}", "judgement": "j"}
        for number in range(300)
    ]
    rows = [blueprint(number, 3) for number in range(20)]
    all_ = compare(rows, [*TRANSITIONS, *told], 1, None)
    own = compare(rows, [*TRANSITIONS, *told], 1, {f"s{number}" for number in range(3)})
    assert own["random_skills"]["pairs"] <= len(TRANSITIONS) < all_["random_skills"]["pairs"]
    assert own["random_skills_connected"]["pairs"] < own["random_skills"]["pairs"]
    assert own["random_skills_connected"]["tasks"] == len(rows)
    more = own["blueprints"]["pairs"] / own["random_skills_connected"]["pairs"] - 1
    assert own["more_pairs_than"]["random_skills_connected"] == pytest.approx(more, abs=0.001)


def test_visits_count_every_time() -> None:
    found = visits([blueprint(0, 2), blueprint(1, 1)])
    assert found["skills"] == {"k0": 1, "k1": 2}
    assert found["scenarios"] == {"s0": 1, "s1": 2, "s2": 2}
