"""Checks of a recipe: what they refuse to assert."""

import math

import pytest

from shellwright.recipe.checks import csv_equals, custom, json_equals

TABLE = "name,visits\nadam,2\n"


@pytest.mark.parametrize("tolerance", [1.0, 1e6, math.inf, math.nan, -0.1])
def test_a_tolerance_that_any_number_keeps_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match=r"csv_equals of /app/v\.csv: a tolerance of"):
        csv_equals("/app/v.csv", TABLE, tolerance=tolerance)
    with pytest.raises(ValueError, match="must be at least 0 and less than 1"):
        json_equals("/app/v.json", "[2]", tolerance=tolerance)
    with pytest.raises(ValueError, match="jsonl_equals"):
        custom("jsonl_equals", about="It is.", paths=["/app/v"], tolerance=tolerance)


@pytest.mark.parametrize("tolerance", [0.0, 1e-6, 0.0011, 0.5])
def test_a_tolerance_below_one_is_kept(tolerance: float) -> None:
    made = csv_equals("/app/v.csv", TABLE, tolerance=tolerance)
    assert made.arguments.get("tolerance", 0.0) == tolerance
