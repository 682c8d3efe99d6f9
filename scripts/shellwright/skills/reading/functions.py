"""Which calls of a script are of its own functions, and which are of programs of that name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

from shellwright.skills.document import Call


@dataclass(frozen=True)
class Step:
    """Something a script does, in order of appearance: a call, or the definition of a function.

    `within` is the function in whose body it stands, or empty. A call is `direct` where the shell
    itself looks its name up, and may find a function: not behind `sudo` or by its path. It is
    `held` where a variable holds the command.
    """

    call: Call | None = None
    defines: str = ""
    within: str = ""
    direct: bool = False
    held: bool = False


def without_functions(steps: Iterable[Step]) -> list[Call]:
    """The calls that are not of functions which exist by then.

    What stands in a body happens when its function is first called. A function that hands on to
    the program of its name (`rm() { command rm "$@"; }`), or is taken back by `unset`, hides
    nothing.
    """
    order = list(steps)
    calls = [(place, step.call, step) for place, step in enumerate(order) if step.call is not None]
    first = _first_calls(order)
    defined: dict[str, float] = {}
    for place, step in enumerate(order):
        if step.defines:
            moment = first.get(step.within, math.inf) if step.within else place
            defined[step.defines] = min(moment, defined.get(step.defines, math.inf))
    for _, call, step in calls:
        taken_back = call.arguments if call.program == "unset" else ()
        for name in (*taken_back, *(() if step.direct else (call.program,))):
            defined.pop(name, None)
    kept: list[Call] = []
    for place, call, step in calls:
        moment = first.get(step.within, math.inf) if step.within else place
        if not step.direct or defined.get(call.program, math.inf) >= moment:
            kept.append(call)
    return kept


def _first_calls(order: list[Step]) -> dict[str, float]:
    """When each function is first called; those that never are have no entry."""
    first: dict[str, float] = {}
    names = {step.defines for step in order if step.defines}
    used: dict[str, list[str]] = {}
    waiting: list[str] = []
    for place, step in enumerate(order):
        if step.call is None or step.call.program not in names:
            continue
        name = step.call.program
        if step.within:
            used.setdefault(step.within, []).append(name)
        elif name not in first:
            first[name] = place
            waiting.append(name)
    # In the order of their moments, so that the earliest one is found first.
    while waiting:
        function = waiting.pop(0)
        for name in used.get(function, ()):
            if first[function] < first.get(name, math.inf):
                first[name] = first[function]
                waiting.append(name)
    return first


def is_certain(definition: Node) -> bool:
    """Whether a function is defined wherever the script, or the body it stands in, runs."""
    above = definition.parent
    if above is not None and above.type == "compound_statement":
        above = above.parent
        return above is not None and above.type == "function_definition"
    return above is None or above.parent is None
