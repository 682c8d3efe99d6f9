"""What the files that tests leave tell of a run of them."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

REWARDS = ("reward.json", "reward.txt")  # the first that is there counts, as under Harbor
_ENDLESS = re.compile(r": still running after [0-9.e+]+ s")


def out_of_time(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a check of report.json failed because a program did not end in the time it had.

    On a busy machine that says nothing of the work: who expects it to be right grades it again.
    """
    return any(
        check.get("outcome") != "passed" and _ENDLESS.search(str(check.get("message")))
        for check in checks
    )


def reward_in(text: str) -> float | None:
    """The reward in the text of such a file, a number or {"reward": number}; None if neither."""
    try:
        value = json.loads(text)
        reward = float(value["reward"] if isinstance(value, dict) else value)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    return reward if math.isfinite(reward) else None
