"""Counts what the reading of a source costs, and stops it where it costs too much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from shellwright.skills.sources.limits import MIB, Limits

#: An archive's ratio says nothing before this much of it has been unpacked.
RATIO_FROM = 10 * MIB


class Stopped(Exception):
    """The reading of a source ends here; what was read before counts. The message says why."""


class LimitReached(Stopped):
    """A limit on the whole source has been crossed: `what` the source does. `name` is the config
    key's last part."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{what} (skills.limits.{name}); the rest is not read")
        self.name = name
        self.what = what


class Unreachable(Stopped):
    """The source's server does not answer, or breaks off: worth another try. The message ends with
    what to look at."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; the next build tries again")


class Damaged(Stopped):
    """The source's form is broken from here on."""


class Meter:
    """Counts one pass over a source. Every method raises LimitReached where its limit is passed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._entries = 0
        self._bytes = 0
        self._began = time.monotonic()
        self._paused: float | None = None

    @property
    def left(self) -> float:
        """Seconds left."""
        now = time.monotonic() if self._paused is None else self._paused
        return self._began + self.limits.seconds - now

    def clock(self) -> None:
        """Looks at the time."""
        if self.left <= 0:
            raise LimitReached("seconds", f"takes more than {self.limits.seconds:g} s")

    def entry(self) -> None:
        """Counts an entry: a file, a folder, a link, a header."""
        self._entries += 1
        if self._entries > self.limits.entries:
            raise LimitReached("entries", f"has more than {self.limits.entries} entries")
        if self._entries % 256 == 0:
            self.clock()

    def read(self, count: int, packed: int | None = None) -> None:
        """Counts bytes read; `packed` is how many bytes of the archive have been used so far."""
        self._bytes += count
        if self._bytes > self.limits.total_bytes:
            raise LimitReached("total_mb", f"holds more than {self.limits.total_mb} MiB")
        if packed is not None and self._bytes > max(RATIO_FROM, packed * self.limits.ratio):
            raise LimitReached("ratio", f"unpacks to more than {self.limits.ratio} times its size")
        self.clock()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The time within does not count: somebody else is at work."""
        self._paused = since = time.monotonic()
        try:
            yield
        finally:
            # In this order: a watcher in another thread may look in between.
            self._began += time.monotonic() - since
            self._paused = None
