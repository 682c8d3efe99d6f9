"""Mistakes: whether those that the author of a task foresaw really fail as described.

A mistake is made, its symptom must show, its recovery must work, and the oracle must then still
reach the full reward.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from shellwright.verify.case import Case
from shellwright.verify.trial import Bench

#: What a command that only looks may end with: nothing found, or a pipe closed by its reader.
HARMLESS = (0, 1, 141)


def try_mistakes(case: Case, bench: Bench, authoring: str) -> list[str]:
    """What is wrong with the mistakes and the steps of a task, a sentence each; nothing if fine."""
    record = json.loads(authoring)
    problems: list[str] = []
    bench.fresh()
    for number, step in enumerate(record["steps"]):
        for mistake in record["mistakes"]:
            if mistake["before"] == number:
                problems += _make(mistake, bench)
        strict = "set -euo pipefail\n" if step["kind"] == "do" else ""
        ran = bench.work(f"{strict}{step['command']}")
        allowed: Sequence[int] = (0,) if step["kind"] == "do" else HARMLESS
        if ran.exit_code not in allowed:
            problems.append(
                f"step {number} of {step['skill']} ends with {ran.exit_code} after the mistakes: "
                f"{ran.text[-300:]}"
            )
    graded = bench.grade()
    if graded.reward != 1:
        problems.append(f"after all mistakes and recoveries the reward is {graded.reward:g}")
    return problems


def _make(mistake: Mapping[str, Any], bench: Bench) -> list[str]:
    """Make one mistake and recover from it; what did not go as described."""
    ran = bench.work(mistake["command"])
    found = []
    if re.search(mistake["symptom"], ran.text) is None:
        found.append(
            f"{mistake['skill']}: {mistake['command']!r} does not show {mistake['symptom']!r}: "
            f"{ran.text[-300:]}"
        )
    if mistake["recovery"]:
        after = bench.work(mistake["recovery"])
        if after.exit_code != 0:
            found.append(f"{mistake['skill']}: the recovery fails: {after.text[-300:]}")
    return found
