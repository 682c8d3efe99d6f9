"""What every kind of source offers: a list of its regular files, and then their contents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from shellwright.skills.found import SourceFile
from shellwright.skills.sources.choose import Entry
from shellwright.skills.sources.meter import Meter

#: Reads one file; None where it cannot be read, which has then been reported.
Read = Callable[[Entry], SourceFile | None]


class Tree(Protocol):
    """A source, opened. What is not a regular file with a safe path goes to its report."""

    def entries(self, meter: Meter) -> Iterator[Entry]:
        """The regular files, in the source's own order. Raises Stopped where it has to end."""
        ...

    def contents(self, wanted: Collection[Entry], meter: Meter) -> AbstractContextManager[Read]:
        """Opens the files that are wanted. Reading one may raise Stopped."""
        ...
