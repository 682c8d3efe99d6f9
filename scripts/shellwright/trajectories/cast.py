"""Recordings of a terminal as asciicast version 2, which asciinema plays."""

import codecs
import json
from collections.abc import Iterable, Sequence


def asciicast(
    output: Iterable[tuple[float, bytes]],
    marks: Sequence[tuple[float, str]],
    *,
    width: int,
    height: int,
    title: str,
) -> str:
    """The text of a recording: a header line, then one line per event, in the order of time.

    output: what the terminal printed, with the seconds since the recording began. marks: places to
    jump to, on the same clock. width, height: columns and rows. Bytes that are no UTF-8 become
    replacement characters; a character that is split between two events goes to the later one.
    """
    header = {
        "version": 2,
        "width": width,
        "height": height,
        "title": title,
        "env": {"SHELL": "/bin/bash", "TERM": "xterm-256color"},
    }
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    events: list[tuple[float, str, str]] = []
    end = 0.0
    for seconds, data in output:
        end = max(end, seconds)
        text = decoder.decode(data)
        if text:
            events.append((end, "o", text))
    rest = decoder.decode(b"", final=True)
    if rest:
        events.append((end, "o", rest))
    events += [(seconds, "m", label) for seconds, label in marks]
    events.sort(key=lambda event: event[0])
    lines = [header, *([round(seconds, 6), kind, text] for seconds, kind, text in events)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
