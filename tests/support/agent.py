"""A model that acts in a terminal as the Terminus-2 protocol asks: it knows some solutions."""

import base64
import json
from collections.abc import Mapping

from tests.support.model_server import Exchange, Step, ok


def response(*commands: tuple[str, float], complete: bool = False) -> str:
    """Return a response: keystrokes and seconds to wait, and whether the task is complete."""
    return json.dumps(
        {
            "analysis": "The terminal shows its prompt.",
            "plan": "Go on.",
            "commands": [{"keystrokes": keys, "duration": wait} for keys, wait in commands],
            "task_complete": complete,
        }
    )


DONE = ok(response(complete=True))


def typing(script: bytes, seconds: float = 1.0) -> str:
    """Return a response that runs a script and waits for it."""
    packed = base64.b64encode(script).decode()
    keys = f"echo {packed} | base64 -d > /tmp/it; bash /tmp/it; rm /tmp/it\n"
    return response((keys, seconds))


def acting(solutions: Mapping[str, bytes], seconds: float = 1.0) -> Step:
    """Answer as an agent that runs the script of the instruction that it is given.

    Where it knows none it says at once that the task is complete.
    """

    def step(exchange: Exchange) -> None:
        messages = exchange.seen.body["messages"]
        prompt = messages[0]["content"]
        known = [script for text, script in solutions.items() if text.strip() in prompt]
        if known and len(messages) == 1:
            ok(typing(known[0], seconds))(exchange)
        else:
            DONE(exchange)

    return step
