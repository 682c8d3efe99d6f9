"""Shell code, and the scripts within it: said to a shell, evaluated, or written to be run later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.plainshell import plain_names, plain_strings, unescaped
from shellwright.skills.filters.pythonfiles import file_commands
from shellwright.skills.filters.pythonruns import commands
from shellwright.skills.filters.threats.pipes import expanded, program_of, runs_input, upstream
from shellwright.skills.languages import SHELL_CODE
from shellwright.skills.reading import shellcode

_MOST_SCRIPTS = 100
_MOST_READ = 8000
_SAYING = frozenset({"echo", "printf"})
#: A loop that reads lines: those that a pipe gives it, and those that stand behind its end.
_READING = (
    r"while\s{1,3}(?:IFS=\S{0,6}\s{1,3})?read\s{1,3}"
    r"(?:-\w{1,4}\s{1,3}(?:''\s{1,3}|\"\"\s{1,3})?){0,3}(?P<name>\w{1,40})\b"
)
_READ_LOOPS = (
    re.compile(r"(?m:^)[ \t]{0,20}(?P<given>[^\n#]{1,300}?)\s{0,3}\|\s{0,3}" + _READING),
    re.compile(
        _READING + r"(?:(?!\bdone\b)[^\0]){0,600}\bdone\s{0,3}<\s{1,3}<\((?P<given>[^\n]{1,300})\)"
    ),
)
_MOST_LOOPS = 50
#: One program under whose name stand many others, which are named next.
_APPLETS = re.compile(r"(?m:^|(?<=[\s;&|(]))(?:/[\w/]{1,20}/)?(?:busy|toy)box[ \t]{1,4}(?=[a-z])")


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
    text = _APPLETS.sub("", plain_strings(text))
    values = _with_lines(shellcode.assigned(text), text)
    text = plain_names(text, values)
    return Shell(code, text, shellcode.calls(text, said=True), values)


def _with_lines(values: Mapping[str, tuple[str, ...]], text: str) -> Mapping[str, tuple[str, ...]]:
    """The values of variables, with those that a loop reads line by line: what puts the lines out
    is their value, as if it stood in `$(...)`."""
    if "read" not in text:
        return values
    found = dict(values)
    loops = (match for pattern in _READ_LOOPS for match in pattern.finditer(text))
    for match in islice(loops, _MOST_LOOPS):
        found[match["name"]] = (*found.get(match["name"], ()), f"$({match['given']})")
    return found


def shell_pieces(codes: Iterable[Code]) -> tuple[Shell, ...]:
    """The pieces of shell code among some code, with the commands that Python runs, and the
    scripts within them."""
    pieces: list[Shell] = []
    for code in codes:
        if code.language in SHELL_CODE:
            pieces.append(shell_of(code, code.text))
        elif code.language == "python":
            pieces += [shell_of(code, command) for command in _told(code.text)]
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
        elif program_of(call) == "python":
            given = (word for option, word in pairwise(call.arguments) if option == "-c")
            for code in (*given, *(call.fed if runs_input(call) else ())):
                yield from _told(code)
        elif runs_input(call):
            for each in upstream(calls, place):
                if each.program in _SAYING:
                    yield expanded(said(each), values)
        elif call.writes:
            words = (said(call),) if call.program in _SAYING else call.fed
            # What starts so is a program, wherever it is put.
            yield from (word for word in words if word.lstrip().startswith("#!"))


def _told(code: str) -> Iterator[str]:
    """What Python code has a shell do, or does to files as a shell would: that first, since it may
    run what it has written."""
    yield from file_commands(code)
    yield from commands(code)


def said(call: Call) -> str:
    """What `echo` or `printf` says."""
    words = [word for word in call.arguments if not word.startswith("-")]
    return unescaped(" ".join(words))


def is_said(call: Call) -> bool:
    """Whether a call only says words that stand there."""
    return program_of(call) in _SAYING
