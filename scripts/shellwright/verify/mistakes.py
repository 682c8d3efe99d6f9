"""Mistakes: whether those that the author of a task foresaw really fail as described.

A mistake is made, its symptom must show, its recovery must work, and the oracle must then still
reach the full reward. On the way every look must work, unless its author says that it fails, and
no reason may have a number that nothing has shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shellwright.sandbox.box import Ran
from shellwright.shell import programs
from shellwright.verify.case import Case
from shellwright.verify.trial import Bench
from shellwright.verify.unseen import unseen_numbers

#: What a command that only looks may end with: nothing found, or a pipe closed by its reader.
HARMLESS = (0, 1, 141)
#: How much of an output is told.
TOLD = 300


def try_mistakes(case: Case, bench: Bench, authoring: str) -> list[str]:
    """What is wrong with the mistakes and the steps of a task, a sentence each; nothing if fine."""
    record = json.loads(authoring)
    problems: list[str] = []
    known = case.text("instruction.md")
    bench.fresh()
    for number, step in enumerate(record["steps"]):
        for mistake in record["mistakes"]:
            if mistake["before"] == number:
                problems += _make(mistake, bench)
        # A pipe in a look would hide that its first command fails.
        strict = "set -euo pipefail" if step["kind"] == "do" else "set -o pipefail"
        ran = bench.work(f"{strict}\n{step['command']}")
        if step["kind"] == "look":
            wrong = look_problem(step, ran)
        else:
            wrong = f"ends with {ran.exit_code} after the mistakes" if ran.exit_code else ""
        if wrong:
            problems.append(f"step {number} of {step['skill']} {wrong}: {ran.text[-TOLD:]}")
        known += f"\n{step['command']}\n"
        if unseen := unseen_numbers(f"{step['analysis']} {step['plan']}", known):
            problems.append(
                f"step {number} of {step['skill']} reasons with {', '.join(unseen)}, which neither "
                "the instruction nor a command up to here shows"
            )
        known += ran.text
    graded = bench.grade()
    if graded.reward != 1:
        problems.append(f"after all mistakes and recoveries the reward is {graded.reward:g}")
    return problems


def look_problem(step: Mapping[str, Any], ran: Ran) -> str:
    """What is wrong with how a look ended; empty when nothing is.

    Its reasoning goes on as if it had shown something, so that a command in it which was misused
    must not go unnoticed. Where the author says that it fails, it has to.
    """
    complaint = complaint_of(step["command"], ran.text)
    failed = bool(complaint) or ran.exit_code != 0
    if step["fails"]:
        return "" if failed else "is said to fail (`fails=True`) and does not"
    if ran.exit_code not in HARMLESS:
        return f"ends with {ran.exit_code} and is not said to fail (`fails=True`)"
    if complaint:
        return f"shows {complaint!r} and is not said to fail (`fails=True`)"
    return ""


def complaint_of(command: str, output: str) -> str:
    """The first line in which a program that a command calls complains; empty without one.

    Programs begin such lines with their name and a colon, as Bash does where it does not find
    them, or explain their usage. No complaint is a name before a mere number (`head: 1.4`, as rlog
    has it), nor what make and ninja say without asterisks or the word error.
    """
    called = sorted({*programs(command), "bash"} - {"make", "ninja"})
    names = "|".join(re.escape(name) for name in called)
    complaint = rf"(?:/\S*/)?(?:{names})(?: [\w-]+)?: .*[a-z]{{3}}.*"
    usage = rf"[Uu]sage: (?:/\S*/)?(?:{names})(?: .*)?"
    build = r"(?:make|ninja): (?:\*\*\*|error:) .*"
    found = re.search(rf"^(?:{complaint}|{usage}|{build})$", output, re.MULTILINE)
    return found.group(0) if found else ""


def _make(mistake: Mapping[str, Any], bench: Bench) -> list[str]:
    """Make one mistake and recover from it; what did not go as described."""
    ran = bench.work(mistake["command"])
    found = []
    if re.search(mistake["symptom"], ran.text) is None:
        found.append(
            f"{mistake['skill']}: {mistake['command']!r} does not show {mistake['symptom']!r}: "
            f"{ran.text[-TOLD:]}"
        )
    if mistake["recovery"]:
        after = bench.work(mistake["recovery"])
        if after.exit_code != 0:
            found.append(f"{mistake['skill']}: the recovery fails: {after.text[-TOLD:]}")
    return found
