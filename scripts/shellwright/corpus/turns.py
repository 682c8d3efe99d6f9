"""What the assistant's turns of a trajectory say, read leniently.

A turn is a Terminus-2 response: optional reasoning in ``<think>`` tags, then a JSON object with
``analysis``, ``plan``, ``commands`` and optionally ``task_complete``. What does not read as one is
*malformed*; its raw text then stands for itself.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_THINK = re.compile(r"<think>.*?</think>", re.DOTALL)
_TRUE = frozenset({"true", "1", "yes"})
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Turn:
    """One assistant turn; of a malformed one only ``text`` is known."""

    text: str
    analysis: str = ""
    plan: str = ""
    keystrokes: tuple[str, ...] = ()
    task_complete: bool = False
    malformed: bool = False

    def lines(self) -> list[str]:
        """Return the lines that the assistant wrote, blank ones left out, JSON layout taken off."""
        parts = (self.text,) if self.malformed else (self.analysis, self.plan, *self.keystrokes)
        return [line.strip() for part in parts for line in part.splitlines() if line.strip()]


def read_turn(content: str) -> Turn:
    """Return the turn in one assistant message."""
    body = _THINK.sub("", content)
    start = body.find("{")
    if start < 0:
        return Turn(content, malformed=True)
    try:
        response, _ = _DECODER.raw_decode(body, start)
    except (ValueError, RecursionError):
        return Turn(content, malformed=True)
    keystrokes = _keystrokes(response)
    if keystrokes is None:
        return Turn(content, malformed=True)
    return Turn(
        content,
        analysis=str(response["analysis"]),
        plan=str(response["plan"]),
        keystrokes=keystrokes,
        task_complete=_is_true(response.get("task_complete", False)),
    )


def _keystrokes(response: Any) -> tuple[str, ...] | None:
    """Return the keystrokes of a well-formed response, None when a required part is missing."""
    if not isinstance(response, dict) or not {"analysis", "plan", "commands"} <= response.keys():
        return None
    commands = response["commands"]
    if not isinstance(commands, list):
        return None
    given = [command.get("keystrokes") for command in commands if isinstance(command, dict)]
    keys = tuple(key for key in given if isinstance(key, str))
    return keys if len(keys) == len(commands) else None


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in _TRUE)


def assistant_turns(messages: Sequence[dict[str, Any]]) -> list[Turn]:
    """Return the assistant's turns of a conversation in order."""
    return [read_turn(message["content"]) for message in messages if message["role"] == "assistant"]
