"""Episodes in the Agent Trajectory Interchange Format (ATIF).

A document is a function of what was said and seen: it holds no times, so that the same episode
gives the same bytes. The times are in the recording of the terminal.
"""

from typing import Any

from shellwright.trajectories.episode import Episode, Turn
from shellwright.trajectories.policy import Usage

SCHEMA_VERSION = "ATIF-v1.7"
"""The lowest version that has `llm_call_count` and `trajectory_id`."""

AGENT_NAME = "shellwright"
AGENT_VERSION = "terminus-2-json/0.25.0"
"""The protocol that is spoken, and the release of Harbor whose strings it has."""

_METRICS = ("prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd")


def document(
    episode: Episode, *, trajectory_id: str, policy: str, model: str | None
) -> dict[str, Any]:
    """The ATIF document of an episode, as JSON values.

    Step 1 is the user's prompt; every agent step is the raw response with the observation that
    followed it. Steps without a model call say so and have no metrics; numbers that nobody knows
    are left out.
    """
    steps: list[dict[str, Any]] = [{"step_id": 1, "source": "user", "message": episode.prompt}]
    steps += [_step(number, turn) for number, turn in enumerate(episode.turns, start=2)]
    totals = {f"total_{name}": total(episode, name) for name in _METRICS}
    return {
        "schema_version": SCHEMA_VERSION,
        "session_id": trajectory_id,
        "trajectory_id": trajectory_id,
        "agent": _known(
            {
                "name": AGENT_NAME,
                "version": AGENT_VERSION,
                "model_name": model,
                "extra": {"parser": "json", "policy": policy},
            }
        ),
        "steps": steps,
        "final_metrics": {**_known(totals), "total_steps": len(steps)},
    }


def total(episode: Episode, name: str) -> Any:
    """The sum of one field of Usage over an episode; None where no call said it."""
    values = [
        getattr(turn.action.usage, name) for turn in episode.turns if turn.action.usage is not None
    ]
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _step(number: int, turn: Turn) -> dict[str, Any]:
    usage = turn.action.usage
    step = {
        "step_id": number,
        "source": "agent",
        "message": turn.action.text,
        "llm_call_count": 0 if usage is None else 1,
    }
    if turn.observation is not None:
        step["observation"] = {"results": [{"content": turn.observation}]}
    if usage is not None:
        step["metrics"] = _metrics(usage)
    return step


def _metrics(usage: Usage) -> dict[str, Any]:
    return _known({name: getattr(usage, name) for name in _METRICS})


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
