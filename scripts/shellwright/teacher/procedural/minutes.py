"""How long a task may take a person: an estimate from what is read, looked at and typed."""

from collections.abc import Mapping, Sequence
from typing import Any

WORDS_A_MINUTE = 150  # of an instruction, read with care
LOOK_MINUTES = 1.0  # to think of a look, and to take in what it shows
STEP_MINUTES = 1.0  # to try a step
CHARACTERS_A_MINUTE = 100  # of commands, thought out and typed
EFFORT_MINUTES = 2.0  # to find a way, for each unit of a recipe's effort
LEAST_FACTOR, FACTOR_A_TOOL, MOST_FACTOR = 2.5, 0.25, 6.0  # of a junior, by the tools to be known


def estimated_minutes(
    instruction: str, steps: Sequence[Mapping[str, Any]], effort: int, tools: int
) -> tuple[float, float]:
    """Whole minutes that an expert and a junior need, of whom only the first knows the tools.

    steps: those of the oracle, `kind` do or look, with their `command`. Nobody has been timed.
    """
    reading = len(instruction.split()) / WORDS_A_MINUTE
    done = [step["command"] for step in steps if step["kind"] == "do"]
    work = EFFORT_MINUTES * effort + LOOK_MINUTES * (len(steps) - len(done))
    work += sum(STEP_MINUTES + len(command) / CHARACTERS_A_MINUTE for command in done)
    factor = min(MOST_FACTOR, LEAST_FACTOR + FACTOR_A_TOOL * tools)
    return float(round(reading + work)), float(round(reading + work * factor))
