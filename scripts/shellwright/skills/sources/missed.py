"""Sources that could not be asked: each leaves a note, so that the next build asks it again.

The note is among the params of the source's job. A build that cannot ask the source changes it, and
so the next build runs the job again. One that could ask leaves the note as it is, and the job is
done until something else changes.
"""

from __future__ import annotations

import time
from pathlib import Path

from shellwright.store import write_text

#: What was fetched; not below results, so that it outlives `make clean`.
FETCHED = Path(".shellwright/sources")


def note(source: str) -> str | None:
    """What the last build that could not ask the source has left; None where each could."""
    path = _path(source)
    return path.read_text(encoding="utf-8") if path.is_file() else None


def leave_note(source: str) -> None:
    """Leaves another note than any before."""
    _path(source).parent.mkdir(parents=True, exist_ok=True)
    write_text(_path(source), f"{time.time_ns()}\n")


def _path(source: str) -> Path:
    return FETCHED / "missed" / source
