"""Wrong solutions, made from a right one: what the tests must notice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shellwright.tasks.bundle import solve_script

T = TypeVar("T")

MOST_FILES = 8
NAME_LENGTH = 60


@dataclass(frozen=True)
class Mutant:
    """How a wrong solution fared: killed when its reward was below 1."""

    name: str
    kind: str
    killed: bool
    reward: float | None


def corruptions(content: bytes) -> Iterator[tuple[str, bytes]]:
    """(kind, content) of the wrong versions of an output that differ in more than final newlines.

    An output that is empty by right has none.
    """
    for kind, wrong in (("empty", b""), ("truncated", content[: len(content) // 2])):
        if wrong.rstrip(b"\n") != content.rstrip(b"\n") and (kind == "empty" or wrong):
            yield kind, wrong


def is_output(path: str) -> bool:
    """Whether a delivered file is an output as such, and not part of a git repository's inside.

    What is in a repository is told by its commits; how git stores them is its own affair.
    """
    return not any(part.endswith(".git") for part in path.split("/"))


def dropped_steps(commands: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, script) of the oracle without each single step; none if it has only one."""
    for place, command in enumerate(commands):
        others = [other for index, other in enumerate(commands) if index != place]
        if not others:
            return
        first = " ".join(command.split("\n")[0].split())[:NAME_LENGTH]
        yield f"without step {place + 1}: {first}", solve_script(others)


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many items, evenly spread over the sequence, first and last among them."""
    if len(items) <= most:
        return list(items)
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]
