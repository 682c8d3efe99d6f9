"""What counts as an attempt, what is made again, and what a row says of a task."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shellwright import tables
from shellwright.difficulty.bands import Bands
from shellwright.difficulty.stage import Measured, Plan, measure_shard

Row = dict[str, Any]
PLAN = Plan(attempts=3, retries=2, bands=Bands(0.34, 0.67), policy="model", model="m")


class Attempts:
    """Gives attempts their outcomes by a script: "+" solves, "-" does not, "x" is broken.

    script: task -> attempt -> one outcome for each time that it is made.
    """

    def __init__(self, row: Any, script: Mapping[str, Sequence[str]]) -> None:
        self._row, self._script = row, script
        self.made: list[tuple[str, int, int]] = []

    def __call__(self, tasks: Sequence[Mapping[str, Any]], attempt: int, again: int) -> list[Row]:
        return [self._attempt(task["id"], attempt, again) for task in tasks]

    def _attempt(self, task: str, attempt: int, again: int) -> Row:
        self.made.append((task, attempt, again))
        outcome = self._script[task][attempt][again]
        row: Row = self._row(
            "trajectory",
            id=f"{task}-model-{attempt}",
            task_id=task,
            attempt=attempt,
            reward={"+": 1.0, "-": 0.25, "x": None}[outcome],
            success=outcome == "+",
            cause="infrastructure" if outcome == "x" else "none",
            failure="box_lost" if outcome == "x" else None,
            seconds=1.5,
        )
        return row


def task(name: str) -> Row:
    return {"id": name, "digest": f"digest of {name}"}


def measure(row: Any, script: Mapping[str, Sequence[str]], **tiers: str) -> tuple[Any, Measured]:
    attempts = Attempts(row, script)
    verdicts = [{"id": name, "tier": tiers.get(name, "rl")} for name in script]
    return attempts, measure_shard([task(name) for name in script], verdicts, PLAN, attempts)


@pytest.mark.parametrize(
    ("script", "rate", "band", "reward"),
    [
        (["-", "-", "-"], 0.0, "unsolved", 0.25),
        (["+", "-", "-"], 0.333333, "hard", 0.5),
        (["+", "-", "+"], 0.666667, "medium", 0.75),
        (["+", "+", "+"], 1.0, "trivial", 1.0),
    ],
)
def test_the_share_of_solved_attempts_is_the_difficulty(
    row: Any, tmp_path: Path, script: list[str], rate: float, band: str, reward: float
) -> None:
    _, measured = measure(row, {"t": script})
    (made,) = measured.rows
    assert (made["pass_rate"], made["band"], made["mean_reward"]) == (rate, band, reward)
    assert (made["attempts"], made["measured"], made["solved"]) == (3, 3, script.count("+"))
    assert [run["attempt"] for run in made["runs"]] == [0, 1, 2]
    assert (made["policy"], made["model"], made["seconds"]) == ("model", "m", 4.5)
    assert made["task_digest"] == "digest of t"
    tables.write_table(tmp_path / "d.parquet", "difficulty", measured.rows)
    tables.write_table(tmp_path / "t.parquet", "trajectory", measured.attempts)
    assert len(tables.read_table(tmp_path / "t.parquet", "trajectory")) == 3


def test_what_infrastructure_spoiled_is_made_again_alone(row: Any) -> None:
    attempts, measured = measure(row, {"a": ["x+", "+", "xx-"], "b": ["-", "-", "-"]})
    a, b = measured.rows
    assert (a["solved"], a["measured"], a["band"]) == (2, 3, "medium")
    assert [run["tries"] for run in a["runs"]] == [2, 1, 3]
    assert b["band"] == "unsolved"
    again = [made for made in attempts.made if made[2]]
    assert again == [("a", 0, 1), ("a", 2, 1), ("a", 2, 2)]
    assert [each["cause"] for each in measured.attempts] == ["none"] * 6


def test_what_stays_broken_counts_neither_for_nor_against(row: Any) -> None:
    attempts, measured = measure(row, {"a": ["+", "xxx", "+"], "b": ["xxx", "xxx", "xxx"]})
    a, b = measured.rows
    assert (a["attempts"], a["measured"], a["pass_rate"], a["band"]) == (3, 2, 1.0, "trivial")
    assert [run["cause"] for run in a["runs"]] == ["none", "infrastructure", "none"]
    assert (b["measured"], b["pass_rate"], b["mean_reward"]) == (0, None, None)
    assert b["band"] == "unmeasured"
    assert max(again for _, _, again in attempts.made) == 2


def test_rejected_tasks_are_not_attempted(row: Any) -> None:
    attempts, measured = measure(row, {"a": ["-"] * 3, "b": ["-"] * 3}, a="rejected", b="sft")
    assert [made["id"] for made in measured.rows] == ["b"]
    assert {name for name, _, _ in attempts.made} == {"b"}


def test_a_shard_without_tasks_has_no_rows(row: Any) -> None:
    attempts, measured = measure(row, {})
    assert (measured.rows, measured.attempts, attempts.made) == ([], [], [])
