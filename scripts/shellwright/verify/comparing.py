"""Holding verdicts against the plain way: a container for every trial, and test.sh for every grade.

A box is reused after a reset, trials share its container, and grades come from forks of a warm
interpreter, those of mutants from tests that are called as functions. Whether any of that makes a
difference is told by doing without it.
"""

from collections.abc import Callable
from dataclasses import replace

from shellwright.digest import digest
from shellwright.verify.report import Report

REASON = 200  # characters of a gate's reason in a difference
DIGITS = 13  # of a hash: so many a float holds, and no hash becomes 1


def chosen(id: str, share: float) -> bool:
    """Whether a task is among the share that is compared: a hash of its id lies below that.

    So no other task, and no number of shards, decides it. The hash is not the one that gives a task
    its shard, and every shard has its share.
    """
    return int(digest(id)[:DIGITS], 16) < share * (1 << 4 * DIGITS)


def compared(lane: Callable[[bool], Report], *, wanted: bool) -> Report:
    """The report of a task, which is held against the plain one where that is wanted.

    lane: runs the gates, in the plain way when it is given True. What was not graded at all has
    nothing to compare.
    """
    report = lane(False)
    if report.graded and wanted:
        hold_against(report, lane(True))
    return report


def hold_against(report: Report, plain: Report) -> None:
    """Give a report the plain one, and in what they differ."""
    report.plain, report.differences = plain, differences(report, plain)
    if report.differences:
        # The gate that speaks of it, unless it has something of its own to say.
        report.gates = [
            replace(gate, outcome="fail", reason=report.reason)
            if gate.gate == "isolation" and gate.outcome == "pass"
            else gate
            for gate in report.gates
        ]


def differences(report: Report, plain: Report) -> list[str]:
    """In what two runs of the same task came to something else: gates, grades, mutants."""
    others = {gate.gate: gate for gate in plain.gates}
    found = []
    for gate in report.gates:
        other = others.get(gate.gate)
        # What an earlier gate left untried differs by that gate, which is told.
        if other and gate.outcome != other.outcome and "skip" not in (gate.outcome, other.outcome):
            told = f"{gate.gate}: {gate.outcome}, in the plain way {other.outcome}"
            found.append(f"{told} {other.reason[:REASON]}".strip())
    if (report.noop_reward, report.oracle_rewards) != (plain.noop_reward, plain.oracle_rewards):
        found.append("the rewards of doing nothing and of the oracle")
    mine, theirs = (
        {(mutant.name, mutant.killed) for mutant in each.mutants} for each in (report, plain)
    )
    return [*found, *sorted({f"mutant {name}" for name, _ in mine ^ theirs})]
