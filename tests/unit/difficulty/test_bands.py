"""Words for pass rates."""

import pytest

from shellwright.difficulty.bands import Bands

BANDS = Bands.of_config({"hard": 0.34, "medium": 0.67})


@pytest.mark.parametrize(
    ("rate", "band"),
    [
        (None, "unmeasured"),
        (0.0, "unsolved"),
        (0.01, "hard"),
        (1 / 3, "hard"),
        (0.34, "hard"),
        (0.35, "medium"),
        (2 / 3, "medium"),
        (0.68, "easy"),
        (0.99, "easy"),
        (1.0, "trivial"),
    ],
)
def test_a_rate_has_a_band(rate: float | None, band: str) -> None:
    assert BANDS.of(rate) == band


def test_the_ends_are_what_they_are_whatever_the_bounds() -> None:
    assert Bands(0.0, 0.0).of(0.0) == "unsolved"
    assert Bands(1.0, 1.0).of(1.0) == "trivial"
    assert Bands(0.0, 0.0).of(0.5) == "easy"
    assert Bands(0.0, 1.0).of(0.5) == "medium"
