"""Paths that calls name by a variable of their script: `$LOG_FILE` is what the script set it to.

Nothing is expanded but what is plain: a value that was written down, or its default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shellwright.skills.document import Call, Code
from shellwright.skills.reading.shellcode import assigned, calls
from shellwright.skills.scenarios.formats import MAX_WORD, by_name

_REFERENCE = re.compile(r"\$\{(\w{1,60})(?::?-([^{}]{0,200}))?\}|\$(\w{1,60})")
#: A value that is the name of a program.
_WORD = re.compile(r"[a-z][\w.-]{1,40}")
_MOST_ROUNDS = 4
#: Values of one variable that are looked at.
_MOST_VALUES = 8

Values = Mapping[str, tuple[str, ...]]


def resolved(called: Sequence[Call], code: Sequence[Code]) -> list[Call]:
    """The calls, in order, with the paths that their variables stand for.

    What goes to a nameless file and is then moved goes to where it is moved."""
    found: list[Call] = []
    values: dict[int, Values] = {}
    moves = _moved(called)
    for call in called:
        words = (*call.arguments, *call.reads, *call.writes)
        if any("$" in word for word in words):
            if call.block not in values:
                text = code[call.block].text if 0 <= call.block < len(code) else ""
                values[call.block] = assigned(text) if "=" in text else {}
            own = values[call.block]
            call = replace(
                call,
                arguments=tuple(_path(word, own) for word in call.arguments),
                reads=tuple(_path(word, own) for word in call.reads),
                writes=tuple(
                    _path(moves.get((call.block, word), word), own) for word in call.writes
                ),
            )
        found.append(call)
    return found


def held_programs(code: Sequence[Code]) -> Iterator[tuple[str, str]]:
    """The programs that scripts call by a variable, each with the value that names it."""
    for block in code:
        if not block.script or block.language != "sh" or "$" not in block.text:
            continue
        values = assigned(block.text)
        for call in calls(block.text, said=True):
            held = _REFERENCE.fullmatch("".join(call.arguments))
            if call.program != "eval" or held is None:
                continue
            for word in _filled(held[0], values):
                if _WORD.fullmatch(word):
                    yield word, values[held[1] or held[3]][0]


def _moved(called: Sequence[Call]) -> dict[tuple[int, str], str]:
    """Where files go that only a variable names, by the piece of code and that name."""
    return {
        (call.block, call.arguments[0]): call.arguments[1]
        for call in called
        if call.program == "mv" and len(call.arguments) == 2 and call.arguments[0][:1] == "$"
    }


def _path(word: str, values: Values) -> str:
    """The word with its variables filled in, where it then names a file whose kind is known."""
    if "$" not in word or len(word) > MAX_WORD:
        return word
    return next((path for path in _filled(word, values) if _names_a_file(path)), word)


def _names_a_file(path: str) -> bool:
    return by_name(path.strip("'\"")) is not None


def _filled(word: str, values: Values) -> Iterator[str]:
    """What a word may stand for, with one value for each of its variables at a time."""
    last = _last_variable(word)
    for value in values.get(last, ())[:_MOST_VALUES] if last else ():
        filling = _Filling({**values, last: (value,)})
        text = word
        for _ in range(_MOST_ROUNDS):
            before = text
            text = _REFERENCE.sub(filling.value, text)
            if text == before or len(text) > MAX_WORD:
                break
        yield text[: MAX_WORD + 1]


def _last_variable(word: str) -> str:
    """The variable that tells the end of a path, and with it the file's kind."""
    found = [match[1] or match[3] for match in _REFERENCE.finditer(word)]
    return found[-1] if found else ""


class _Filling:
    """What the variables of one word are replaced by, each by one value and once."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._used: set[str] = set()

    def value(self, match: re.Match[str]) -> str:
        """The value of a variable, else its default (`F=${1:-a.md}`), and as it stands where only
        a run would tell."""
        name, default = match[1] or match[3], match[2]
        value = next(iter(self._values.get(name, ())), "").strip("'\"")
        if name in self._used or not value or "$(" in value or "`" in value:
            return default or match[0]
        self._used.add(name)
        return value
