"""Marks in recordings."""

import json

from shellwright.trajectories.cast import with_marks

HEADER = '{"version": 2, "width": 160, "height": 40}'


def test_marks_go_where_their_time_is() -> None:
    cast = f'{HEADER}\n[0.25, "o", "$ ls"]\n[0.5, "o", "a\\r\\n"]\n[0.5, "o", "b"]\n'
    marked = with_marks(cast, [(0.5, "Turn 2: do"), (-0.001, "Turn 1: look"), (3.14159, "end")])
    header, *events = marked.splitlines()
    assert header == HEADER
    assert [json.loads(event) for event in events] == [
        [0, "m", "Turn 1: look"],
        [0.25, "o", "$ ls"],
        [0.5, "m", "Turn 2: do"],
        [0.5, "o", "a\r\n"],
        [0.5, "o", "b"],
        [3.142, "m", "end"],
    ]


def test_a_recording_without_marks_stays_as_it_is() -> None:
    cast = f'{HEADER}\n[0.25, "o", "\u2028ä"]\n'
    assert with_marks(cast, []) == cast
