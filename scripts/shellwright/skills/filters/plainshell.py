"""Shell code in plain words: what names its programs in disguise is read as the shell would.

`$'\\x63url'`, `c""url`, `c\\url` and `$A$B` all call a program whose name does not stand there.
Only names are made plain, and only where they can be told without running anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MOST_READ = 256 * 1024
_ESCAPED = re.compile(r"\$'((?:[^'\\\n]|\\.){1,400})'")
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|(.))",
    re.DOTALL,
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "e": "\x1b", "\\": "\\", "'": "'", '"': '"'}
#: A letter that is written as a number: nobody writes plain text so.
_NUMBERED = re.compile(r"\\(?:x[2-7][0-9a-fA-F]|0?(?:0[4-7][0-7]|1[0-7][0-7])|u00[2-7][0-9a-fA-F])")
#: A word where the name of a program stands, with something in it that the shell takes away.
_NAME = re.compile(
    # What stands in brackets behind a word is no command: it is what a function is given.
    r"((?:^|[|;&{`]|(?<![\w\]])\(|\b(?:do|then|else|sudo|exec|command|env|nohup)[ \t])[ \t]{0,20})"
    r"(?=[\w./+-]{0,60}[$\"'\\])([^\s|;&(){}<>`#=]{1,20}"
    r"(?:\$\{\w{1,40}\}[^\s|;&(){}<>`#=]{0,60}){0,6}|(?:\$\{\w{1,40}\}[\w./+-]{0,40}){1,6})"
    r"(?=[\s|;&)}`]|$)",
    re.MULTILINE,
)
_PART = re.compile(
    r"'([^'\n]*)'|\"([^\"\n\\]*)\"|\\(.)|\$\{(\w{1,40})\}|\$(\w{1,40})|([\w./+@,:-]+)"
)
#: What opens a here-document, and what tells that it is in another language.
_OPENED = re.compile(r"(?<!<)<<-?[ \t]{0,4}[\"'\\]?(\w{1,40})[\"']?")
_OTHER = re.compile(
    r"\b(?:python|pypy|node|bun|ruby)[\d.]{0,5}(?=\s)|\.(?:py|[mc]?js|[mc]?ts|[jt]sx|rb)(?!\w)"
)
_SHELL = re.compile(r"\b(?:ba|z|da|k)?sh\b")
_PROGRAM = re.compile(r"[\w./+-]{1,100}")
_VARIABLE = re.compile(r"\$\{(\w{1,40})\}|\$(\w{1,40})")


def unescaped(text: str) -> str:
    """What `printf` and `$'...'` make of a text."""
    return _ESCAPE.sub(_character, text)


def numbered(text: str) -> bool:
    """Whether letters of a text are written as numbers."""
    return _NUMBERED.search(text) is not None


def plain_strings(code: str) -> str:
    """Shell code with plain strings in the place of `$'...'`."""
    return _ESCAPED.sub(lambda match: _quoted(unescaped(match[1])), code[:_MOST_READ])


def plain_names(code: str, values: Mapping[str, tuple[str, ...]]) -> str:
    """Shell code with the names of its programs as the shell finds them; `values` are those of its
    variables, of which only those count that have one."""

    def name(match: re.Match[str]) -> str:
        plain = _name(match[2], values)
        return match[0] if plain is None else match[1] + plain

    return "".join(part if other else _NAME.sub(name, part) for part, other in _by_language(code))


def _by_language(code: str) -> Iterator[tuple[str, bool]]:
    """The parts of shell code in their order, and whether each is a here-document in another
    language, where quotation marks are no disguise."""
    if not _OPENED.search(code):
        yield code, False
        return
    shell: list[str] = []
    lines = iter(code.splitlines(keepends=True))
    for line in lines:
        shell.append(line)
        opened = _OPENED.search(line)
        if opened is None or not _OTHER.search(line) or _SHELL.search(line):
            continue
        body: list[str] = []
        for inner in lines:
            body.append(inner)
            if inner.strip() == opened[1]:
                yield "".join(shell), False
                yield "".join(body), True
                shell = []
                break
        else:
            # What is never closed hides nothing.
            shell += body
    yield "".join(shell), False


def _name(word: str, values: Mapping[str, tuple[str, ...]]) -> str | None:
    parts: list[str] = []
    end = 0
    for match in _PART.finditer(word):
        if match.start() != end:
            return None
        end = match.end()
        if match[4] or match[5]:
            known = values.get(match[4] or match[5], ())
            if len(known) != 1:
                return None
            parts.append(known[0])
        elif match[2]:
            parts.append(_VARIABLE.sub(lambda found: _value(found, values), match[2]))
        else:
            parts.append(match[1] or match[3] or match[6] or "")
    plain = "".join(parts)
    return plain if end == len(word) and _PROGRAM.fullmatch(plain) else None


def _value(match: re.Match[str], values: Mapping[str, tuple[str, ...]]) -> str:
    known = values.get(match[1] or match[2], ())
    return known[0] if len(known) == 1 else match[0]


def _character(match: re.Match[str]) -> str:
    for number, base in ((match[1], 16), (match[2], 16), (match[3], 16), (match[4], 8)):
        if number:
            code = int(number, base)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "?"
    return _SIMPLE.get(match[5], match[5])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
