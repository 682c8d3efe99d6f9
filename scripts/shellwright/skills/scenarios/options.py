"""Options of a call: whether it is one of the calls that a command of a table means, and with
which values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shellwright.skills.document import Call
from shellwright.skills.scenarios.formats import by_name

#: Programs whose options are words behind one hyphen.
_LONG_OPTIONS = frozenset(
    """ffmpeg convert magick mogrify openssl find java go gm terraform xrandr""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Command:
    """A program with its sub-commands. `options` are groups, one of each must be given."""

    command: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]


def command(name: str) -> Command:
    """Read `tar -x/--extract`. Raises ValueError for a text without a program."""
    words = name.split()
    split = next((i for i, word in enumerate(words) if word[0] in "-+<>"), len(words))
    if not split:
        raise ValueError(f"{name!r} is a command without a program")
    return Command(tuple(words[:split]), tuple(tuple(word.split("/")) for word in words[split:]))


def fits(wanted: Command, call: Call) -> bool:
    """Whether the call is one of the command."""
    words = wanted.command[1:]
    rest = [word for word in call.arguments if word in words[:1] or not word.startswith("-")]
    if words:
        # An option with a value may stand before the sub-command (`git -C folder commit`).
        starts = range(min(3, len(rest))) if list(call.arguments[:1]) != rest[:1] else range(1)
        start = next((s for s in starts if tuple(rest[s : s + len(words)]) == words), None)
        if start is None:
            return False
        rest = rest[start + len(words) :]
    return all(any(_given(option, call, rest) for option in group) for group in wanted.options)


def _given(option: str, call: Call, rest: Sequence[str]) -> bool:
    """Whether a call has an option; `rest` are its words behind the command that are none."""
    match option:
        case "+0" | "+1":
            return len(rest) == int(option)
        case "<":
            return bool(call.reads)
        case ">":
            return bool(call.writes)
        case "+2":
            return sum(by_name(word) is not None for word in call.arguments) > 1
    for word in call.arguments:
        if word == option or (option[1:2] == "-" and word.startswith(option + "=")):
            return True
        letters = word[1:]
        if (
            len(option) == 2
            and option[0] == "-"
            and word[:1] == "-"
            and 1 < len(letters) <= 6
            and letters.isalpha()
            and option[1] in letters
            and call.program not in _LONG_OPTIONS
        ):
            return True
    return False


def values(call: Call, option: str) -> list[str]:
    """The values of an option, or of `name=value` for a bare name."""
    found = []
    for here, word in enumerate(call.arguments):
        following = call.arguments[here + 1 : here + 2]
        if word.startswith(option + "="):
            found.append(word[len(option) + 1 :])
        elif not option.startswith("-"):
            if word == option:
                found += following
        elif word == option or (
            len(option) == 2
            and word[:1] == "-"
            and word[1:2] != "-"
            and word.endswith(option[1])
            and word[1:].isalpha()
            and len(word) <= 7
            and call.program not in _LONG_OPTIONS
        ):
            found += following
    return found


def attached(call: Call, option: str) -> Iterator[str]:
    """The values that stand right behind an option of one letter (`-Tpng`)."""
    if len(option) == 2 and option[0] == "-":
        for word in call.arguments:
            if word.startswith(option) and len(word) > 2:
                yield word[2:]
