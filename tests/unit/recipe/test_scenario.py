"""Scenarios and patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.recipe.scenario import Pattern, Scenario

WORDS = st.from_regex(r"[a-z_.]{1,9}", fullmatch=True)


@given(WORDS, st.dictionaries(WORDS, WORDS, max_size=4))
def test_a_scenario_reads_back_from_its_id(kind: str, state: dict[str, str]) -> None:
    scenario = Scenario(kind, tuple(sorted(state.items())))
    assert Scenario.parse(scenario.id) == scenario


@pytest.mark.parametrize("text", ["", ":a=b", "table:format", "table:=csv", "table:format="])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a scenario"):
        Scenario.parse(text)


def test_a_pattern_leaves_unnamed_attributes_free() -> None:
    pattern = Pattern.of("table", format=("csv", "tsv"))
    assert pattern.matches(Scenario.of("table", format="tsv", condition="clean"))
    assert not pattern.matches(Scenario.of("table", format="jsonl", condition="clean"))
    assert not pattern.matches(Scenario.of("log", format="csv"))
    assert not pattern.matches(Scenario.of("table", condition="clean"))
