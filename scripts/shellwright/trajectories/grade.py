"""Grading an episode: everything of the agent's is stopped, then the tests arrive and run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.sandbox.box import KILLED, NOT_STARTED, Box, Ran, Refused
from shellwright.tasks.outcomes import REWARDS, out_of_time, reward_in

TESTS = "/tests"
LOGS = "/logs"

_REWARD_BYTES = 4096
_REPORT_BYTES = 4 << 20

Checks = list[dict[str, Any]]


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


def grade(
    box: Box, tests: Sequence[tuple[str, int, bytes]], seconds: float, folder: str | None = None
) -> Grade:
    """Kill every process of the agent, upload the tests and run `/tests/test.sh` as root.

    tests: path below the tests folder, mode and content of every file. seconds: how long they may
    take. folder: where they run, as in `Command.cwd`. They run once more where a program took too
    long that a check runs: it may have been the machine. An agent of root that has changed what
    grades earns 0, and no test runs. Raises what the box raises when it is lost.
    """
    try:
        box.kill_all()
        if problem := box.distrust() or _emptied(box):
            return Grade(0.0, None, None, problem)
        box.put_files(tests, TESTS)
    except Refused as refusal:
        return Grade(None, None, None, f"the tests could not be uploaded: {refusal}")
    try:
        ran, checks = _run(box, seconds, folder)
        if checks and out_of_time(checks):
            ran, checks = _run(box, seconds, folder)
    except Refused as refusal:
        return Grade(None, None, None, f"the tests could not be ended: {refusal}")
    passed, total = _counts(checks)
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
    for name in REWARDS:
        try:
            text = box.read(f"{LOGS}/verifier/{name}", _REWARD_BYTES).decode("utf-8", "replace")
        except Refused:
            continue
        reward = reward_in(text)
        if reward is None or not 0.0 <= reward <= 1.0:
            return None, f"the tests wrote no reward from 0 to 1 but {text.strip()[:80]!r}"
        return reward, ""
    return None, "the tests wrote no reward"


def _run(box: Box, seconds: float, folder: str | None) -> tuple[Ran, Checks | None]:
    """Run the tests; how they ended, and the checks of their report, None where there is none.

    Nothing that they have started is left to write rewards after them.
    """
    ran = box.run([f"{TESTS}/test.sh"], user="root", cwd=folder, timeout=seconds, alone=True)
    try:
        checks = json.loads(box.read(f"{LOGS}/verifier/report.json", _REPORT_BYTES))["checks"]
        return ran, [{"outcome": check["outcome"], **check} for check in checks]
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return ran, None


def _counts(checks: Checks | None) -> tuple[int | None, int | None]:
    """How many checks passed of how many; None without a report."""
    if checks is None:
        return None, None
    return sum(check["outcome"] == "passed" for check in checks), len(checks)
