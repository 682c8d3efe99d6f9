"""Keyed races: fair, repeatable, and stable when options come and go."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.blueprints.race import codes, race, uniform, winner

NAMES = st.sets(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=2, max_size=12)


@given(NAMES, st.integers(0, 10_000))
def test_removing_a_loser_changes_nothing(names: set[str], key: int) -> None:
    weights = {name: 1.0 + len(name) for name in names}
    winner = race(weights, key)
    for loser in names - {winner}:
        rest = {name: weight for name, weight in weights.items() if name != loser}
        assert race(rest, key) == winner


def test_shares_follow_the_weights() -> None:
    weights = {"a": 1.0, "b": 2.0, "c": 5.0}
    wins = Counter(race(weights, "share", number) for number in range(8000))
    for name, weight in weights.items():
        assert wins[name] / 8000 == pytest.approx(weight / 8, abs=0.02)


def test_uniform_stays_within_its_open_interval() -> None:
    values = [uniform("x", number) for number in range(2000)]
    assert 0 < min(values) < 0.01
    assert 0.99 < max(values) < 1


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to choose"):
        race({"a": 0.0}, 1)


def test_an_option_without_weight_never_wins() -> None:
    options = codes(["a", "b", "c"])
    weights = np.array([0.0, 1.0, 1.0])
    assert {winner(options, weights, number) for number in range(200)} == {1, 2}


def test_many_keys_share_out_evenly_among_many_options() -> None:
    options = codes([f"option-{number}" for number in range(100)])
    wins = Counter(winner(options, np.ones(100), "even", number) for number in range(20_000))
    assert len(wins) == 100
    assert max(wins.values()) < 280
    assert min(wins.values()) > 130
