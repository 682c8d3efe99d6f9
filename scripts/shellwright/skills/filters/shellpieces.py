"""Shell code, and the scripts within it: said to a shell, evaluated, or written to be run later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.plainshell import plain_names, plain_strings, unescaped
from shellwright.skills.filters.threats.pipes import expanded, program_of, runs_input, upstream
from shellwright.skills.languages import SHELL_CODE
from shellwright.skills.reading import shellcode

_MOST_SCRIPTS = 100
_MOST_READ = 8000
_SAYING = frozenset({"echo", "printf"})


@dataclass(frozen=True)
class Shell:
    """A piece of shell code: what it calls and says, and what it gives its variables. `text` is
    the code, or a script within it, with the names of its programs made plain."""

    code: Code
    text: str
    calls: tuple[Call, ...]
    values: Mapping[str, tuple[str, ...]]


def shell_of(code: Code, text: str) -> Shell:
    """Shell code with the names of its programs made plain; `text` is the code, or within it."""
    text = plain_strings(text)
    values = shellcode.assigned(text)
    text = plain_names(text, values)
    return Shell(code, text, shellcode.calls(text, said=True), values)


def shell_pieces(codes: Iterable[Code]) -> tuple[Shell, ...]:
    """The pieces of shell code among some code, and the scripts within them."""
    pieces = [shell_of(code, code.text) for code in codes if code.language in SHELL_CODE]
    inner = [
        shell_of(piece.code, script)
        for piece in pieces
        for script in inner_scripts(piece.calls, piece.values)
    ]
    return (*pieces, *inner)


def inner_scripts(calls: Sequence[Call], values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The scripts that stand word for word in other calls, at most _MOST_SCRIPTS."""
    scripts = (script[:_MOST_READ] for script in _scripts(calls, values) if script.strip())
    return islice(scripts, _MOST_SCRIPTS)


def _scripts(calls: Sequence[Call], values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for place, call in enumerate(calls):
        if call.program == "eval":
            yield expanded(" ".join(call.arguments), values)
        elif runs_input(call):
            for each in upstream(calls, place):
                if each.program in _SAYING:
                    yield expanded(said(each), values)
        elif call.writes:
            words = (said(call),) if call.program in _SAYING else call.fed
            # What starts so is a program, wherever it is put.
            yield from (word for word in words if word.lstrip().startswith("#!"))


def said(call: Call) -> str:
    """What `echo` or `printf` says."""
    words = [word for word in call.arguments if not word.startswith("-")]
    return unescaped(" ".join(words))


def is_said(call: Call) -> bool:
    """Whether a call only says words that stand there."""
    return program_of(call) in _SAYING
