"""Grading an episode: everything of the agent's is stopped, then the tests arrive and run."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from shellwright.sandbox.box import KILLED, NOT_STARTED, Box, Refused

TESTS = "/tests"
LOGS = "/logs"

_REWARD_BYTES = 4096
_REPORT_BYTES = 4 << 20


@dataclass(frozen=True)
class Grade:
    """What the tests said: reward from 0 to 1, and how many of how many checks passed.

    problem says why reward is None, when the tests gave none, or why it is 0 without them. The
    counts are None without a readable report.
    """

    reward: float | None
    passed: int | None
    total: int | None
    problem: str = ""


def grade(box: Box, tests: Sequence[tuple[str, int, bytes]], seconds: float) -> Grade:
    """Kill every process of the agent, upload the tests and run `/tests/test.sh` as root.

    tests: path below the tests folder, mode and content of every file. seconds: how long they may
    take. An agent of root that has changed what grades earns 0, and no test runs. Raises what the
    box raises when it is lost.
    """
    try:
        box.kill_all()
        if problem := box.distrust() or _emptied(box):
            return Grade(0.0, None, None, problem)
        box.put_files(tests, TESTS)
    except Refused as refusal:
        return Grade(None, None, None, f"the tests could not be uploaded: {refusal}")
    ran = box.run([f"{TESTS}/test.sh"], user="root", cwd="/", timeout=seconds)
    passed, total = _counts(box)
    if ran.timed_out:
        return Grade(None, passed, total, f"the tests took more than {seconds:g} s")
    said = f"(exit code {ran.exit_code}): {ran.text[-300:].strip()}"
    if ran.exit_code == NOT_STARTED:
        return Grade(None, None, None, f"the tests could not be started {said}")
    if ran.exit_code > KILLED:
        # Whatever they left, somebody ended them before they could take it back.
        return Grade(0.0, passed, total, f"the tests were killed {said}")
    reward, problem = _reward(box)
    if problem:
        problem += f" {said}"
    return Grade(reward, passed, total, problem)


def _emptied(box: Box) -> str:
    """Makes room for tests and rewards; says what an agent of root has left that stays, or "".

    It could have left anything there; any other user cannot write there.
    """
    try:
        for folder in (TESTS, LOGS) if box.user == "root" else ():
            box.remove(folder)
    except Refused as refusal:
        return f"root left what cannot be removed: {refusal}"
    return ""


def _reward(box: Box) -> tuple[float | None, str]:
    """The reward, or None and what is wrong with it."""
    try:
        text = (
            box.read(f"{LOGS}/verifier/reward.txt", _REWARD_BYTES)
            .decode("utf-8", "replace")
            .strip()
        )
    except Refused:
        return None, "the tests wrote no reward"
    try:
        reward = float(text)
    except ValueError:
        reward = math.nan
    if not 0.0 <= reward <= 1.0:
        return None, f"the tests wrote no reward from 0 to 1 but {text[:80]!r}"
    return reward, ""


def _counts(box: Box) -> tuple[int | None, int | None]:
    """How many checks passed of how many, from the report; None where there is none."""
    try:
        checks = json.loads(box.read(f"{LOGS}/verifier/report.json", _REPORT_BYTES))["checks"]
        outcomes = [check["outcome"] for check in checks]
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return None, None
    return outcomes.count("passed"), len(outcomes)
