"""Programs in other languages that stand within shell code: given to an interpreter as a word or as
a here-document, or put into a file of whose name the end tells the language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.inlinecode import BlockBeside
from shellwright.skills.filters.shellpieces import Shell
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.pipes import (
    program_of,
    runs_input,
    unquoted,
    upstream,
)
from shellwright.skills.languages import SHELL_CODE, script_language

_INTERPRETED = {
    **dict.fromkeys(("python", "pypy", "uv"), "python"),
    **dict.fromkeys(("node", "bun"), "javascript"),
    "ruby": "ruby",
}
_CODE_OPTIONS = frozenset({"-c", "-e", "-p", "--eval", "--print"})
_MOST = 500


def inner_programs(pieces: Iterable[Shell]) -> Iterator[Code]:
    """These programs, each once and at most _MOST, as code of the piece that it stands in."""
    return islice(_inner_programs(pieces), _MOST)


def _inner_programs(pieces: Iterable[Shell]) -> Iterator[Code]:
    seen: set[tuple[str, str]] = set()
    for piece in pieces:
        for place, call in enumerate(piece.calls):
            for language, text in (*_interpreted(call), *_written(piece, place)):
                # One text may go into many files.
                if (language, text) not in seen:
                    seen.add((language, text))
                    yield _within(piece.code, language, text)


def _interpreted(call: Call) -> Iterator[tuple[str, str]]:
    """The code that an interpreter is given."""
    language = _INTERPRETED.get(program_of(call))
    if language is None:
        return
    for option, word in pairwise(call.arguments):
        if option in _CODE_OPTIONS:
            yield language, word
    if runs_input(call):
        yield from ((language, text) for text in call.fed)


def _written(piece: Shell, place: int) -> Iterator[tuple[str, str]]:
    """The here-documents that a call puts into the file of a program."""
    call = piece.calls[place]
    fed = [text for each in (call, *upstream(piece.calls, place)) for text in each.fed]
    for target in targets(call) if fed else ():
        language = script_language(unquoted(target))
        if language and language not in SHELL_CODE:
            yield from ((language, text) for text in fed)


def _within(code: Code, language: str, text: str) -> Code:
    if isinstance(code, BlockBeside):
        return BlockBeside(language, text, code.heading, within=code.within)
    return Code(language, text, code.heading, code.script)
