"""Wrong solutions, made from a right one: what the tests must notice."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shellwright.tasks.bundle import solve_script

T = TypeVar("T")

MOST_FILES = 8
#: The harness's checks that compare a file line by line, in order unless they are told otherwise.
IN_ORDER = ("bytes_equal", "text_equals", "lines_equal", "csv_equals", "jsonl_equals")
NAME_LENGTH = 60


@dataclass(frozen=True)
class Answer:
    """What the tests said of a solution: whether they noticed that it is wrong, which check did so
    first, and how long they took.

    reward and exit_code are those of test.sh. Without it they are not known: the first check that
    fails ends the trial.
    """

    noticed: bool
    by: str | None = None
    seconds: float = 0.0
    reward: float | None = None
    exit_code: int | None = None


@dataclass(frozen=True)
class Mutant:
    """How a wrong solution fared: killed when a test noticed it, so that its reward is below 1.

    The other fields are those of the Answer of the tests.
    """

    name: str
    kind: str
    killed: bool
    noticed_by: str | None = None
    reward: float | None = None
    exit_code: int | None = None
    seconds: float = 0.0

    @classmethod
    def of(cls, name: str, kind: str, told: Answer) -> "Mutant":
        """The mutant of which the tests said so."""
        seconds = round(told.seconds, 3)
        return cls(name, kind, told.noticed, told.by, told.reward, told.exit_code, seconds)


def corruptions(content: bytes, *, ordered: bool) -> Iterator[tuple[str, bytes]]:
    """(kind, content) of the wrong versions of an output that differ in more than final newlines.

    An output that is empty by right has none. `ordered` says that the order of its lines matters.
    """
    versions = [("empty", b""), ("truncated", content[: len(content) // 2])]
    if ordered:
        versions.append(("permuted", permuted(content)))
    for kind, wrong in versions:
        if wrong.rstrip(b"\n") != content.rstrip(b"\n") and (kind == "empty" or wrong):
            yield kind, wrong


def permuted(content: bytes) -> bytes:
    """The content with its last two neighbouring lines that differ exchanged.

    The first line, often a header, stays. Without such lines it is the content itself.
    """
    lines = content.split(b"\n")
    last = len(lines) - (not lines[-1])
    for place in range(last - 1, 1, -1):
        if lines[place] != lines[place - 1]:
            lines[place - 1 : place + 1] = [lines[place], lines[place - 1]]
            break
    return b"\n".join(lines)


def ordered_outputs(tests: str) -> set[str]:
    """The paths of which a check of a test file compares the lines in order.

    A test file that does not parse names none: lint has refused it before.
    """
    try:
        tree = ast.parse(tests)
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in IN_ORDER:
            given = {word.arg: word.value for word in node.keywords}
            path, ordered = given.get("path"), given.get("ordered")
            free = isinstance(ordered, ast.Constant) and ordered.value is False
            if isinstance(path, ast.Constant) and not free:
                found.add(str(path.value))
    return found


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
