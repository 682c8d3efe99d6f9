"""The table of programs: what a call of each takes and makes. It lies in `tools/*.yaml`.

A rule's key names commands, separated by commas: a program, its sub-commands, and options that
must be given (`tar -x/--extract`; alternatives are joined by `/`), where `<` and `>` are input
and output that is redirected, `+0` and `+1` are for so many words behind the command, and `+2` is
for two files or more. `~` marks what is mostly done on
the way to something else, such as an install, and `?` what only looks: at what the skill has made,
it adds nothing. Of the rules that fit a call, the one with the most words wins.

A rule's value is `takes -> makes`, artifacts on both sides separated by `;`. An artifact is
`kind:attribute=value,...`, or `any` for what the file's name tells, or `any...|kind...` for the
latter where the name tells nothing. Behind `@` stand places where its path may be: an option,
`in` and `out` (redirections), `files` (arguments that name files), `first`, `last`, `init`, `rest`
of those, `filelast` (the last argument), or a literal such as `of` for `of=path`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from shellwright.skills.scenarios.formats import Artifact, parse
from shellwright.skills.scenarios.options import Command, command
from shellwright.skills.scenarios.vocabulary import LOADER, VOCABULARY, valid

TOOLS = Path(__file__).parent / "tools"


@dataclass(frozen=True)
class Wanted:
    """An artifact of a rule. `named` says that a file's name may tell the kind; `given` is the
    state to add then; `default` is what it is otherwise; `places` are where its path may be."""

    named: bool
    given: tuple[tuple[str, str], ...]
    default: Artifact | None
    places: tuple[str, ...]


@dataclass(frozen=True)
class Rule(Command):
    """What a command takes and makes; `setup` and `look` are the marks `~` and `?`."""

    setup: bool
    look: bool
    takes: tuple[Wanted, ...]
    makes: tuple[Wanted, ...]


@dataclass(frozen=True)
class Table:
    """All rules by program, the most specific first; families of commands; verbs."""

    rules: dict[str, tuple[Rule, ...]]
    families: dict[str, Artifact]
    verbs: dict[str, tuple[str, str]]


@cache
def table() -> Table:
    """The table of programs. Raises ValueError where a rule cannot be read."""
    rules: dict[str, list[Rule]] = {}
    families: dict[str, Artifact] = {}
    verbs: dict[str, tuple[str, str]] = {}
    for path in sorted(TOOLS.glob("*.yaml")):
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
        if path.stem == "families":
            families = {program: _known(parse(text)) for program, text in read["families"].items()}
            for words, change in read["verbs"].items():
                before, _, after = change.partition("->")
                verbs |= dict.fromkeys(words.split(), (before.strip(), after.strip()))
            continue
        for key, value in read.items():
            for rule in _rules(str(key), str(value)):
                rules.setdefault(rule.command[0], []).append(rule)
    ordered = {
        name: tuple(sorted(found, key=lambda r: (-len(r.command), -len(r.options))))
        for name, found in rules.items()
    }
    return Table(ordered, families, verbs)


def _rules(key: str, value: str) -> Iterator[Rule]:
    before, arrow, after = value.partition("->")
    if not arrow:
        raise ValueError(f"{key}: {value!r} has no ->")
    takes, makes = _wanted(before), _wanted(after)
    for name in key.split(","):
        bare = name.strip().lstrip("~?")
        marks = name.strip()[: -len(bare)]
        each = command(bare)
        yield Rule(each.command, each.options, "~" in marks, "?" in marks, takes, makes)


def _wanted(text: str) -> tuple[Wanted, ...]:
    return tuple(_one(part.strip()) for part in text.split(";") if part.strip())


def _one(text: str) -> Wanted:
    spec, _, places = text.partition("@")
    first, _, default = spec.strip().partition("|")
    named = re.fullmatch(r"any(:.*)?", first) is not None
    given = parse(first).state if named else ()
    fixed = default if named else first
    return Wanted(
        named,
        given,
        _known(parse(fixed)) if fixed else None,
        tuple(place.strip() for place in places.split(",") if place.strip()),
    )


def _known(artifact: Artifact) -> Artifact:
    """The artifact. Raises ValueError where it is not in the vocabulary."""
    if artifact.kind not in VOCABULARY:
        raise ValueError(f"no kind {artifact.kind!r}; add it to the vocabulary")
    if not valid(artifact.kind, artifact.state):
        raise ValueError(f"no state {artifact.state!r} of {artifact.kind}; add it first")
    return artifact
