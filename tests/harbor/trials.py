"""Reading what Harbor did: its exit code says nothing, the trial files say all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trial:
    """One trial: its reward, and what went wrong (each None when there is none)."""

    reward: float | None
    exception: str | None
    oracle_exit: int


def read_trials(job: Path) -> dict[str, list[Trial]]:
    """Return the trials of a job folder by the name of the task's folder."""
    trials: dict[str, list[Trial]] = {}
    for path in sorted(job.glob("*/result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        task = Path((result.get("task_id") or {}).get("path") or path.parent.name).name
        rewards = (result.get("verifier_result") or {}).get("rewards") or {}
        exit_code = path.parent / "agent" / "exit-code.txt"
        trial = Trial(
            reward=rewards.get("reward"),
            exception=(result.get("exception_info") or {}).get("exception_type"),
            oracle_exit=int(exit_code.read_text()) if exit_code.is_file() else 0,
        )
        trials.setdefault(task, []).append(trial)
    return trials


def problem(oracle: Sequence[Trial], nop: Sequence[Trial], attempts: int) -> str | None:
    """Return why a task is not accepted, None when the oracle gets 1 and doing nothing gets 0."""
    for agent, trials in (("oracle", oracle), ("nop", nop)):
        if len(trials) != attempts:
            return f"{agent}: {len(trials)} trials, expected {attempts}"
        failed = next((trial.exception for trial in trials if trial.exception), None)
        if failed:
            return f"{agent}: {failed}"
        if any(trial.reward is None for trial in trials):
            return f"{agent}: no reward"
    if any(trial.oracle_exit for trial in oracle):
        return f"oracle: solve.sh ended with {max(trial.oracle_exit for trial in oracle)}"
    if any(trial.reward is None or trial.reward < 1 for trial in oracle):
        return f"oracle: reward {min(trial.reward or 0 for trial in oracle)}"
    if any(trial.reward for trial in nop):
        return f"nop: reward {max(trial.reward or 0 for trial in nop)}"
    return None
