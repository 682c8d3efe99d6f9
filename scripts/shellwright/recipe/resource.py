"""Resources: what a world is made of, each with content that is known exactly."""

from __future__ import annotations

import dataclasses
import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from shellwright.recipe.checks import Check, custom
from shellwright.recipe.draw import Draw
from shellwright.recipe.scenario import Scenario

#: 2026-03-02 08:00:00 UTC; files of a fixture that do not care about time carry this one.
DEFAULT_MTIME = 1772438400
AGENT_UID = 1000


@dataclass(frozen=True)
class Entry:
    """One file, folder or symbolic link of a fixture, exactly as it lies in the container."""

    path: str
    content: bytes = b""
    mode: int = 0o644
    uid: int = AGENT_UID
    gid: int = AGENT_UID
    mtime: int = DEFAULT_MTIME
    kind: Literal["file", "dir", "symlink"] = "file"
    target: str = ""

    @classmethod
    def folder(cls, path: str, mode: int = 0o755) -> Entry:
        """An empty folder."""
        return cls(path, mode=mode, kind="dir")


@dataclass(frozen=True)
class Wrong:
    """A well-formed but wrong outcome, which the verifier has to refuse.

    Either `path` and `content`, a file as a mistaken solution would leave it, or `command`, run
    after the oracle to spoil its outcome.
    """

    name: str
    path: str = ""
    content: bytes = b""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource(ABC):
    """A thing in the world at an absolute `path`, with content that is known in Python.

    `noun` is what a person calls it in a request, without an article ("shipment ledger").
    """

    path: str
    noun: str
    kind: ClassVar[str]
    #: The values that each attribute of the kind can take.
    domain: ClassVar[dict[str, tuple[str, ...]]]

    @abstractmethod
    def state(self) -> dict[str, str]:
        """The value of each attribute named in `domain`."""

    @abstractmethod
    def entries(self) -> list[Entry]:
        """The files that this resource consists of; what a fixture holds of it."""

    @abstractmethod
    def checks(self) -> list[Check]:
        """What proves that the container holds exactly this resource."""

    @abstractmethod
    def situation(self) -> str:
        """A sentence for the instruction: what lies where, and in which shape."""

    def guards(self) -> list[Check]:
        """What has to go on holding when nobody is asked to change this resource."""
        return [unchanged(entry) for entry in self.entries() if entry.kind == "file"]

    def kept(self, before: Resource) -> list[Check]:
        """Those of `checks()` that already hold of what lay at this path before the work began.

        Nothing, unless a kind describes itself by several checks of which a change in place
        touches only some.
        """
        return []

    def spoiled(self, draw: Draw) -> list[Wrong]:
        """Wrong outcomes that are plausible for any resource of the kind."""
        return []

    def scenario(self) -> Scenario:
        """The scenario that this resource realises."""
        return Scenario.of(self.kind, **self.state())

    def at(self, path: str, noun: str | None = None) -> Self:
        """The same thing at another path, under another noun if one is given."""
        return dataclasses.replace(self, path=path, noun=noun or self.noun)

    def as_wrong(self, name: str) -> list[Wrong]:
        """This resource as a wrong answer: what a mistaken solution leaves at these paths."""
        return [
            Wrong(name, path=entry.path, content=entry.content)
            for entry in self.entries()
            if entry.kind == "file"
        ]


def unchanged(entry: Entry) -> Check:
    """The guard that a file of the fixture is as it was."""
    return custom(
        "unchanged",
        about=f"{entry.path} is an input and stays as it was.",
        paths=[entry.path],
        guard=True,
        path=entry.path,
        sha256=hashlib.sha256(entry.content).hexdigest(),
    )
