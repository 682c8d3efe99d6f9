"""What belongs to a skill itself: its scripts, which are no artifacts of its work, and the calls of
them that its text only mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shellwright.skills.document import Call, Document
from shellwright.skills.reading.shellcode import calls
from shellwright.skills.scenarios.effects import Effect
from shellwright.skills.scenarios.formats import Artifact

_SPAN = re.compile(r"`([^`\n]{4,300})`")
_MAX_SPANS = 100
_MAX_BODY = 60_000
_SCRIPTS = frozenset({"program", "script"})
#: What only says something; what it says may well be kept.
SAYING = frozenset({"echo", "printf"})
#: Code that is in no piece of its own.
_NOWHERE = -1


def is_page(document: Document) -> bool:
    """Whether it reads as a page on one program: a title with examples, and nothing besides."""
    scripts = any(block.script for block in document.code)
    return not (document.front or scripts) and len(document.headings) <= 1


def own_names(document: Document, called: Sequence[Call]) -> frozenset[str]:
    """The names of scripts that the skill has, or runs."""
    has = {_name(block.heading) for block in document.code if block.script}
    runs = {_name(word) for call in called for word in (call.program, *call.arguments[:1])}
    return frozenset(has | {name for name in runs if name.endswith((".sh", ".bash"))})


def without(names: frozenset[str], done: Effect) -> Effect:
    """The effect without scripts of these names."""
    return replace(
        done,
        takes=tuple(each for each in done.takes if not _is_own(each, names)),
        makes=tuple(each for each in done.makes if not _is_own(each, names)),
    )


def inline_calls(document: Document) -> tuple[Call, ...]:
    """The calls of the skill's own scripts that stand in its sentences and tables."""
    names = {_name(block.heading) for block in document.code if block.script}
    if not names:
        return ()
    found: dict[Call, None] = {}
    for span in _SPAN.findall(document.body[:_MAX_BODY])[:_MAX_SPANS]:
        if " " in span and any(name in span for name in names):
            for call in calls(span):
                if {_name(call.program), *map(_name, call.arguments[:2])} & names:
                    found[replace(call, block=_NOWHERE)] = None
    return tuple(call for call in found if call not in document.calls)


def said_calls(document: Document) -> tuple[Call, ...]:
    """What scripts write into files with `echo` and `printf`."""
    return tuple(
        replace(call, block=number)
        for number, block in enumerate(document.code)
        if block.script and block.language == "sh"
        for call in calls(block.text, said=True)
        if call.program in SAYING and call.writes
    )


def _is_own(artifact: Artifact, names: frozenset[str]) -> bool:
    return artifact.kind in _SCRIPTS and _name(artifact.path) in names


def _name(path: str) -> str:
    return path.rpartition("/")[2]
