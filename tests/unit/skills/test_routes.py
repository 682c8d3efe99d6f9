"""Routes to a skill."""

from shellwright.recipe.scenario import Scenario
from shellwright.skills.routes import Route, routes

A, B, C, D = (Scenario.of("thing", state=state) for state in "abcd")
PAIRS = {"ab": [(A, B)], "bc": [(B, C)], "cd": [(C, D)], "both": [(A, D), (C, D)], "da": [(D, A)]}


def test_a_skill_that_takes_a_start_needs_no_other() -> None:
    assert routes("ab", PAIRS, [A]) == [Route(A, ("ab",))]


def test_the_shortest_way_is_taken_for_every_scenario() -> None:
    assert routes("both", PAIRS, [A]) == [Route(A, ("both",)), Route(A, ("ab", "bc", "both"))]


def test_what_only_the_skill_itself_reaches_has_no_route() -> None:
    assert routes("da", {"ab": [(A, B)], "da": [(D, A)]}, [A]) == []
    assert routes("unknown", PAIRS, [A]) == []
