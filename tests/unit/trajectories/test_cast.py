"""Recordings in asciicast version 2."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shellwright.trajectories.cast import asciicast


def test_a_recording_is_a_header_and_events_in_order_of_time() -> None:
    text = asciicast(
        [(0.5, b"$ l"), (0.25, b"s\r\n"), (2.0, "ä".encode()[:1]), (2.5, "ä".encode()[1:])],
        [(0.4, "Turn 1"), (3.0, "Turn 2")],
        width=160,
        height=40,
        title="t",
    )
    header, *events = [json.loads(line) for line in text.splitlines()]
    assert (header["version"], header["width"], header["height"]) == (2, 160, 40)
    assert events == [
        [0.4, "m", "Turn 1"],
        [0.5, "o", "$ l"],
        [0.5, "o", "s\r\n"],
        [2.5, "o", "ä"],
        [3.0, "m", "Turn 2"],
    ]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.binary(max_size=8)), max_size=20))
def test_nothing_that_is_text_is_lost(output: list[tuple[float, bytes]]) -> None:
    text = asciicast(output, [], width=80, height=24, title="t")
    events = [json.loads(line) for line in text.split("\n")[1:-1]]
    shown = "".join(event[2] for event in events)
    assert shown == b"".join(data for _, data in output).decode(errors="replace")
    assert [event[0] for event in events] == sorted(event[0] for event in events)
