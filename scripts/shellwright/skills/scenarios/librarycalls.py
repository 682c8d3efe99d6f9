"""What Python, JavaScript and TypeScript code of a skill reads and writes, by what it calls.

The code is searched, not run and not parsed: it is often a fragment. What a call does is looked up
in `libraries.yaml`; of a call that names a file, the file's name tells the kind, and the name of
what is called tells whether it is read or written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from shellwright.skills.document import Code
from shellwright.skills.scenarios.effects import Effect
from shellwright.skills.scenarios.formats import Artifact, by_name, parse
from shellwright.skills.scenarios.stores import stores
from shellwright.skills.scenarios.vocabulary import LOADER, valid

LANGUAGES = frozenset({"python", "javascript", "typescript"})
_MAX_CODE = 40_000
_MAX_TOTAL = 160_000
_MAX_EFFECTS = 60
_MAX_LINE = 300

#: A file's name among the first arguments of a call, and what stands behind it.
_NAMED = re.compile(
    r"""\(\s{0,20}(?:[\w.]{1,30},\s{0,4})?[rf]?(["'])([^"'\n]{1,120}\.\w{1,8})\1([^\n)]{0,40})"""
)
#: The same where the folder is told apart, as in open(base / "a.md", "w").
_JOINED = re.compile(
    r"""(\w{0,40})\(\s{0,20}(?:(?:os\.)?path\.(?:join|resolve)\([^()\n]{0,80}|[\w.]{1,40}\s?/\s?f?)"""
    r"""["']([^"'\n]{1,80}\.\w{1,8})["']\)?([^\n)]{0,40}\)?)(?:\.(\w{1,40})\()?"""
)
_CALLED = re.compile(r"[A-Za-z_]\w{0,40}$")
_WRITES = re.compile(
    r"save|write|export|dump|^to_|convert$|savefig|output|SimpleDocTemplate|Canvas|(?<!re)store|render_to"
)
_READS = re.compile(
    r"open|read|load|parse|extract|from_|Document$|Presentation$|Converter$|connect|Reader$"
    r"|analy[sz]e|process|Template$|import_|convert_file"
)
_OPENED = re.compile(r"""^\s{0,4},\s{0,4}["'][wax]|\bmode\s{0,2}=\s{0,2}["'][wax]""")
#: What is called of a path that was only named, as in Path("out.md").write_text(text).
_THEN = re.compile(r"\)\.(\w{1,40})\(")
#: Kinds that code is full of and that are no work of the skill.
_ASIDE = frozenset({"program", "script", "project", "dependency"})


@dataclass(frozen=True)
class _Library:
    """What a call takes and makes. Code that has none of `hints` need not be searched."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    takes: tuple[Artifact, ...]
    makes: tuple[Artifact, ...]


@cache
def _libraries() -> tuple[_Library, ...]:
    text = (Path(__file__).parent / "libraries.yaml").read_text(encoding="utf-8")
    found = []
    for pattern, value in yaml.load(text, Loader=LOADER).items():
        before, arrow, after = value.partition("->")
        if not arrow:
            raise ValueError(f"{pattern}: {value!r} has no ->")
        hints = tuple(_hint(each) for each in alternatives(pattern))
        found.append(
            _Library(re.compile(pattern), hints, _tuple(known(before)), _tuple(known(after)))
        )
    return tuple(found)


def alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern at its top level."""
    found: list[str] = []
    depth = start = 0
    for place, letter in enumerate(pattern):
        if place and pattern[place - 1] == "\\":
            continue
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            found.append(pattern[start:place])
            start = place + 1
    return [*found, pattern[start:]]


def _hint(pattern: str) -> str:
    """The longest word that every match of a pattern without alternatives holds."""
    plain = re.sub(r"\\[bdsnw]|\[(?:\\.|[^\]])*\]", " ", pattern)
    plain = plain.replace("\\(", " ").replace("\\)", " ")
    while (inner := re.sub(r"\((?:\?:)?[^()]*\)", " ", plain)) != plain:
        plain = inner
    return max(re.findall(r"[A-Za-z_]+(?![A-Za-z_?*{])", plain), key=len, default="")


def known(text: str) -> Artifact | None:
    """The artifact that a text speaks of, None for none. Raises ValueError for an unknown word."""
    if not text.strip():
        return None
    artifact = parse(text)
    if not valid(*artifact.scenario):
        raise ValueError(f"{text!r} is not in the vocabulary")
    return artifact


def library_effects(code: tuple[Code, ...]) -> list[tuple[str, Effect]]:
    """What the calls of all code take and make, in order, each with its line as evidence."""
    found: list[tuple[str, Effect]] = []
    left = _MAX_TOTAL
    for block in code:
        if block.language not in LANGUAGES or left <= 0:
            continue
        text = block.text[: min(_MAX_CODE, left)]
        left -= len(text)
        found += _of_block(text, block.script)
        if len(found) >= _MAX_EFFECTS:
            break
    return found[:_MAX_EFFECTS]


def _of_block(text: str, script: bool) -> Iterator[tuple[str, Effect]]:
    seen: set[tuple[object, ...]] = set()
    for place, effect in sorted(
        [*stores(text), *_named(text), *_called(text, script)], key=lambda found: found[0]
    ):
        key = (effect.takes, effect.makes)
        if key not in seen:
            seen.add(key)
            yield _line(text, place), effect


def _called(text: str, script: bool) -> Iterator[tuple[int, Effect]]:
    for library in _libraries():
        if not script and any(artifact.kind == "report" for artifact in library.makes):
            continue
        if any(hint in text for hint in library.hints):
            match = library.pattern.search(text)
            if match is not None:
                yield match.start(), Effect(library.takes, library.makes, sure=False)


def _named(text: str) -> Iterator[tuple[int, Effect]]:
    for match in _NAMED.finditer(text):
        artifact = by_name(match[2])
        called = _CALLED.search(text, max(match.start() - 40, 0), match.start())
        if artifact is None or artifact.kind in _ASIDE or called is None:
            continue
        then = _THEN.match(text, match.end()) if called[0] == "Path" else None
        yield from _done(match.start(), then[1] if then else called[0], match[3], artifact)
    for match in _JOINED.finditer(text):
        artifact = by_name(match[2])
        if artifact is not None and artifact.kind not in _ASIDE:
            yield from _done(match.start(), match[4] or match[1], match[3], artifact)


def _done(place: int, name: str, behind: str, artifact: Artifact) -> Iterator[tuple[int, Effect]]:
    """What a call of that name does to a file; `behind` are its further arguments."""
    if _WRITES.search(name) or (name == "open" and _OPENED.search(behind)):
        yield place, Effect((), (artifact,), sure=False)
    elif _READS.search(name):
        yield place, Effect((artifact,), (), sure=False)


def _tuple(artifact: Artifact | None) -> tuple[Artifact, ...]:
    return () if artifact is None else (artifact,)


def _line(text: str, place: int) -> str:
    start = max(text.rfind("\n", 0, place) + 1, place - _MAX_LINE)
    end = text.find("\n", place)
    line = text[start : len(text) if end < 0 else end][:_MAX_LINE]
    return " ".join("".join(c if c.isprintable() else " " for c in line).split())
