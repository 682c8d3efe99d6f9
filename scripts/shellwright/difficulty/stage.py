"""The difficulty of the tasks of one shard, measured by attempts of an agent in real boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.difficulty.bands import Bands
from shellwright.trajectories.outcome import Cause
from shellwright.trajectories.stage import AGENT

Row = dict[str, Any]

#: Makes one attempt at every given task: the tasks, the attempt's number, and how often it failed
#: for want of infrastructure before. Gives rows of the trajectory table.
Collect = Callable[[Sequence[Mapping[str, Any]], int, int], list[Row]]

_KEPT = (
    "attempt",
    "reward",
    "success",
    "termination",
    "cause",
    "failure",
    "turns",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
)


@dataclass(frozen=True)
class Plan:
    """How difficulty is measured.

    attempts: how many count for each task. retries: how often one is made again that failed for
    want of infrastructure. policy, model: who attempts it.
    """

    attempts: int
    retries: int
    bands: Bands
    policy: str
    model: str | None


@dataclass(frozen=True)
class Measured:
    """Rows of the difficulty table, one per task, and the attempts as rows of trajectories."""

    rows: list[Row]
    attempts: list[Row]


def measure_shard(
    tasks: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Mapping[str, Any]],
    plan: Plan,
    collect: Collect,
) -> Measured:
    """Measure every task of a shard that its verdict does not reject.

    An attempt that infrastructure kept from being a measurement is made again; one that still is
    none then counts neither for nor against the task. Raises what `collect` raises.
    """
    accepted = {verdict["id"] for verdict in verdicts if verdict["tier"] != "rejected"}
    tasks = [task for task in tasks if task["id"] in accepted]
    made: dict[str, list[tuple[Row, int]]] = {task["id"]: [] for task in tasks}
    for attempt in range(plan.attempts):
        for row, tries in _attempt(tasks, attempt, plan, collect):
            made[row["task_id"]].append((row, tries))
    return Measured(
        [_row(task, made[task["id"]], plan) for task in tasks],
        [row for task in tasks for row, _ in made[task["id"]]],
    )


def _attempt(
    tasks: Sequence[Mapping[str, Any]], attempt: int, plan: Plan, collect: Collect
) -> list[tuple[Row, int]]:
    """One attempt at every task: its row, and how many times it was made."""
    done: list[tuple[Row, int]] = []
    left = list(tasks)
    for again in range(plan.retries + 1):
        rows = collect(left, attempt, again) if left else []
        broken = {row["task_id"] for row in rows if row["cause"] == Cause.INFRASTRUCTURE}
        last = again == plan.retries
        done += [(row, again + 1) for row in rows if last or row["task_id"] not in broken]
        left = [task for task in left if task["id"] in broken]
    return done


def _row(task: Mapping[str, Any], made: Sequence[tuple[Row, int]], plan: Plan) -> Row:
    counted = [row for row, _ in made if row["cause"] != Cause.INFRASTRUCTURE]
    solved = sum(row["success"] for row in counted)
    rate = round(solved / len(counted), 6) if counted else None
    rewards = [row["reward"] for row in counted]
    return {
        "id": task["id"],
        "task_digest": task["digest"],
        "agent": AGENT,
        "policy": plan.policy,
        "model": plan.model,
        "attempts": len(made),
        "measured": len(counted),
        "solved": solved,
        "pass_rate": rate,
        "mean_reward": round(sum(rewards) / len(rewards), 6) if rewards else None,
        "band": plan.bands.of(rate),
        "runs": [{**{name: row[name] for name in _KEPT}, "tries": tries} for row, tries in made],
        "seconds": round(sum(row["seconds"] for row, _ in made), 3),
    }
