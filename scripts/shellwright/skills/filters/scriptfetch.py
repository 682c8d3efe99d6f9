"""Code in JavaScript, Ruby, PowerShell and their like that runs what it has fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from shellwright.skills.filters.comments import without_comments

_MAX_CODE = 120_000
_MOST_NAMES = 200
#: How far before a pipe what it is given is looked for, in the same line.
_FARTHEST = 400
LANGUAGES = frozenset(
    {"javascript", "typescript", "tsx", "jsx", "ruby", "powershell", "batch", "perl", "php"}
)
_FETCHING = re.compile(
    r"\b(?:fetch|axios(?:\.get)?|got|https?\.get|request)\s{0,2}\(|\buri\.open\b|\burl\.open\b"
    r"|\brequire\([\"']{0,2}https?[\"']{0,2}\)\.(?:get|request)\b"
    r"|\bget\s{0,2}\(?\s{0,2}(?:[\"']|q.)https?:"
    r"|\bopen\(\s{0,2}[\"']https?:|\bnet::http\.get|\bdownloadstring\b|\bdownloadfile\b"
    r"|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b|\bfile_get_contents\(\s{0,2}[\"']https?:"
    r"|\bcurl_exec\b|\blwp::simple\b"
)
#: What takes a text for code or for a command, with what it is given.
_RUNNING = re.compile(
    r"(?:(?<![.\w])(?:eval|exec|system|iex|invoke-expression|new function)\b[ (&]{1,4}"
    r"|\b(?:instance_eval|class_eval|runinthiscontext|runinnewcontext|runincontext|vm\.script"
    r"|execsync|spawnsync|child_process\.exec|(?:cp|childprocess)\.exec)\b[ (&]{1,4}"
    r"|\[scriptblock\]::create[ (]{1,4}"
    r"|(?:\|\s{0,3}(?:iex|invoke-expression)|\.then\(\s{0,3}(?:eval|execsync))\b)([^\n]{0,200})"
)
_GIVEN = re.compile(
    r"(?:^|[;{])[ \t]{0,40}(?:(?:const|let|var|my|our)\s{1,3})?[$@]?"
    # One name with or without its type, or the names of parts.
    r"([a-z_]\w{0,60}(?:\s{0,3}:[^=;\n]{1,60}?)?|[{\[][\w\s,:$.]{1,120}[}\]])\s{0,3}=(?![=>])"
    r"([^\n;]{0,300})",
    re.MULTILINE,
)
_NAME = re.compile(r"[a-z_]\w{0,60}")
#: What a promise hands on, and what runs the text of that name.
_THEN = re.compile(
    r"\.then\(\s{0,3}(?:async\s{1,3})?(?:\(?\s{0,2}([a-z_]\w{0,60})\s{0,2}\)?\s{0,3}=>"
    r"|function\s{0,3}\w{0,40}\(\s{0,2}([a-z_]\w{0,60})\s{0,2}\))"
)
_RUNS_NAME = (
    r"(?:(?<![.\w])(?:eval|exec|new function)|\b(?:execsync|spawnsync|runinthiscontext)"
    r"|(?:\bcp|child_?process)[\"')]{0,2}\.(?:exec|spawn)\w{0,8})\s{0,2}\(\s{0,2}"
)
_WITHIN = 300


#: The languages of programs that are given their code as a word.
_ONE_LINERS = {"perl": "-e", "ruby": "-e", "php": "-r", "node": "-e", "bun": "-e"}


def one_liner(program: str, words: Sequence[str]) -> bool:
    """Whether code that stands in the words of a call both fetches and runs something: so little
    code does the one for the sake of the other."""
    option = _ONE_LINERS.get(program)
    if option is None or not any(word.startswith(("-", "--eval")) for word in words):
        return False
    code = " ".join(words)[:_MAX_CODE].lower()
    return _FETCHING.search(code) is not None and _RUNNING.search(code) is not None


def runs_fetched(code: str, language: str = "") -> Iterator[str]:
    """The lines, as they are written, that fetch what is then run, at once or by way of variables.
    A call that goes on over lines counts as one line for each of them."""
    low = without_comments(code[:_MAX_CODE], language).lower()
    if not _FETCHING.search(low) or not _RUNNING.search(low):
        return
    kept: dict[str, tuple[int, int]] = {}
    for match in _GIVEN.finditer(low):
        if len(kept) >= _MOST_NAMES:
            break
        value = match[2]
        span: tuple[int, int] | None = match.span()
        if not _FETCHING.search(value):
            span = next((kept[word] for word in _NAME.findall(value) if word in kept), None)
        if span is not None:
            parts = match[1].startswith(("{", "["))
            names = _NAME.findall(match[1])
            kept |= dict.fromkeys(names if parts else names[:1], span)
    for match in _RUNNING.finditer(low):
        first = max(0, match.start() - _FARTHEST)
        line = (max(first, low.rfind("\n", first, match.start()) + 1), match.end())
        spans = [kept[word] for word in _NAME.findall(match[1]) if word in kept]
        piped = match[0].lstrip().startswith(("|", ".then"))
        if _FETCHING.search(match[1]) or (piped and _FETCHING.search(low, *line)):
            spans.insert(0, line)
        if spans:
            yield code[spans[0][0] : spans[0][1]].strip()
    yield from _promised(code, low)


def _promised(code: str, low: str) -> Iterator[str]:
    """The statements in which a promise fetches what the next function runs."""
    for match in islice(_THEN.finditer(low), _MOST_NAMES):
        first = max(0, match.start() - _FARTHEST)
        start = low.rfind(";", first, match.start()) + 1 or first
        runs = _RUNS_NAME + re.escape(match[1] or match[2]) + r"\b"
        if _FETCHING.search(low, start, match.start()):
            found = re.search(runs, low[match.end() : match.end() + _WITHIN])
            if found:
                yield code[start : match.end() + found.end()].strip()
