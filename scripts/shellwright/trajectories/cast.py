"""Marks in a terminal's recording, so that a player can jump from turn to turn."""

import json
from collections.abc import Iterable


def with_marks(cast: str, marks: Iterable[tuple[float, str]]) -> str:
    """An asciicast v2 with further marks: seconds since its start, and a label.

    A mark comes before what was printed at the same time.
    """
    header, *lines = cast.rstrip("\n").split("\n")
    events = [(json.loads(line)[0], 1, line) for line in lines]
    for seconds, label in marks:
        at = round(max(seconds, 0.0), 3)
        events.append((at, 0, json.dumps([at, "m", label], ensure_ascii=False)))
    events.sort(key=lambda event: event[:2])
    return "\n".join([header, *(line for _, _, line in events)]) + "\n"
