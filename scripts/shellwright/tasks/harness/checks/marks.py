"""What a test is worth."""

import pytest

guard = pytest.mark.guard


def check(*, weight: float = 1.0) -> pytest.MarkDecorator:
    """Mark a test as a check that carries `weight` of the reward."""
    return pytest.mark.check(weight=weight)
