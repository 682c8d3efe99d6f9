"""Files of the skill itself that its commands run, although nobody has looked at them: programs
without source, files of an unknown kind, what was left out at a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.shellpieces import Shell
from shellwright.skills.filters.threats.pipes import (
    code_files,
    expanded,
    runs_input,
    unquoted,
    upstream,
)
from shellwright.skills.filters.threats.rule import Threat

#: A path below a folder that only a variable or a blank names.
_TAIL = re.compile(r"(?:^|.*[}$]\w{0,80}/)((?:[\w.@+-]{1,100}/){0,12}[\w.@+-]{1,100})")


def unlooked(material: Material) -> Iterator[Threat]:
    """Calls of the skill's own files that were not read as code."""
    if material.page:
        return
    looked = _by_name(code.heading for code in material.script_codes)
    others = _by_name((*material.left, *material.texts))
    for piece in material.shell:
        for place, call in enumerate(piece.calls):
            for word in _run(piece, place):
                path = _path(expanded(word, piece.values))
                if (
                    path
                    and _among(path, others)
                    and not _among(path, looked)
                    and not refused_call(material, piece.code, call)
                ):
                    yield Threat(
                        "runs a file of its own that was not looked at",
                        " ".join((call.program, *call.arguments)),
                    )


def _run(piece: Shell, place: int) -> Iterator[str]:
    """The words that name files whose code a call runs, also those that it is given as input."""
    call = piece.calls[place]
    yield from code_files(call)
    if "/" not in call.program:
        # What lies in a folder `bin` is called by its name alone.
        yield f"bin/{call.program}"
    if runs_input(call):
        yield from call.reads
        for each in upstream(piece.calls, place):
            yield from each.arguments


def _path(word: str) -> str:
    """What a word names below the skill's folder, as far as it can be told."""
    match = _TAIL.fullmatch(unquoted(word).removeprefix("./"))
    return match[1] if match else ""


def _by_name(paths: Iterator[str] | tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def _among(path: str, files: dict[str, list[str]]) -> bool:
    """Whether a path names one of some files, from whichever folder."""
    near = files.get(path.rpartition("/")[2], ())
    return any(f"/{each}".endswith(f"/{path}") for each in near)
