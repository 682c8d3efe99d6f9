"""What is read from the files that tests leave."""

import pytest

from shellwright.tasks.outcomes import reward_in


@pytest.mark.parametrize(
    ("text", "reward"),
    [
        ("1\n", 1.0),
        (" 0.25", 0.25),
        ('{"reward": 0.5, "steps": 3}', 0.5),
        ('{"steps": 3}', None),
        ("", None),
        ("passed", None),
        ("NaN", None),
        ("1e999", None),
        ("[1]", None),
        ("[" * 100_000, None),
        ("1" * 5000, None),
    ],
)
def test_a_reward_is_a_finite_number(text: str, reward: float | None) -> None:
    assert reward_in(text) == reward
