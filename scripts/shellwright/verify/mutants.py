"""Wrong solutions, made from a right one: what the tests must notice."""

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shellwright.tasks.bundle import solve_script

T = TypeVar("T")

MOST_FILES = 8
WORD = re.compile(rb"[A-Za-z0-9]+")
NUMBER = re.compile(rb"\s*-?\d+\.\d+\s*")
#: Of another word of JSON, or a number that begins with 0, a parser alone would tell that it is
#: wrong. Hexadecimal digits stay what they are, too.
OPPOSITES = {b"true": b"false", b"false": b"true", b"null": b"null"}
FROM = (string.digits + string.ascii_letters).encode()
TO = b"1234567898" + b"bcdefahijklmnopqrstuvwxyzg" + b"BCDEFAHIJKLMNOPQRSTUVWXYZG"
OTHERS = bytes.maketrans(FROM, TO)
NAME_LENGTH = 60


@dataclass(frozen=True)
class Answer:
    """What the tests said of a solution: whether they noticed that it is wrong, which check did so
    first, and how long they took.

    exit_code: of test.sh, or of the fork in which the tests ran. reward: None where it is less than
    the full one, and tests that run programs were not asked any more. passed, of total: how many
    tests did, as far as they ran; None where nothing tells. output: what the first one that failed
    said, or the tests printed last. late: a program did not end in the time that a check gave it.
    """

    noticed: bool
    by: str | None = None
    seconds: float = 0.0
    reward: float | None = None
    exit_code: int | None = None
    passed: int | None = None
    total: int | None = None
    output: str | None = None
    late: bool = False


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
    passed: int | None = None
    total: int | None = None
    output: str | None = None
    seconds: float = 0.0

    @classmethod
    def of(cls, name: str, kind: str, told: Answer) -> "Mutant":
        """The mutant of which the tests said so."""
        return cls(
            name=name,
            kind=kind,
            killed=told.noticed,
            noticed_by=told.by,
            reward=told.reward,
            exit_code=told.exit_code,
            passed=told.passed,
            total=told.total,
            output=told.output,
            seconds=round(told.seconds, 3),
        )


def corruptions(content: bytes, *, ordered: bool, exact: bool) -> Iterator[tuple[str, bytes]]:
    """(kind, content) of the wrong versions of an output that differ in more than final newlines.

    An output that is empty by right has none. `ordered` says that the order of its lines matters,
    `exact` that each letter and digit does.
    """
    versions = [("empty", b"")]
    if exact or not NUMBER.fullmatch(content):  # half of its digits may be near enough
        versions.append(("truncated", content[: len(content) // 2]))
    if ordered:
        versions.append(("permuted", permuted(content)))
    versions.append(("altered", altered_once(content) if exact else altered(content)))
    for kind, wrong in versions:
        if wrong.rstrip(b"\n") != content.rstrip(b"\n") and (kind == "empty" or wrong):
            yield kind, wrong


def altered(content: bytes) -> bytes:
    """The content with another letter or digit in place of each, and all else as it was.

    It has the shape of the right one: who notices nothing looks at the shape alone. What tests may
    take no notice of, such as case, order, a tolerance or the time in a log, makes them accept one
    other character, but not all.
    """
    return WORD.sub(lambda found: OPPOSITES.get(found[0]) or found[0].translate(OTHERS), content)


def altered_once(content: bytes) -> bytes:
    """The content with the first character changed of its last word that has a digit, or of its
    last word: that of a number is one that no rounding hides.
    """
    place = None
    for found in WORD.finditer(content):
        if place is None or found[0].isalpha() <= content[place[0] : place[1]].isalpha():
            place = found.span()
    if place is None:
        return content
    first = place[0]
    return content[:first] + content[first : first + 1].translate(OTHERS) + content[first + 1 :]


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


def is_output(path: str) -> bool:
    """Whether a delivered file is an output as such, and not part of a git repository's inside.

    What is in a repository is told by its commits; how git stores them is its own affair.
    """
    return not any(part.endswith(".git") for part in path.split("/"))


def is_tracked(path: str, paths: Iterable[str]) -> bool:
    """Whether a file lies in the work tree of a git repository among the paths.

    Git believes that a file is as it was when size and time are, and spoiling keeps both.
    """
    trees = {other.partition("/.git/")[0] for other in paths if "/.git/" in other}
    return any(path.startswith(f"{tree}/") for tree in trees)


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
