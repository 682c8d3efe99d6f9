"""What a call writes without naming it: `gzip a` makes `a.gz`. The table is `implied.yaml`.

Its paths serve twice: the product has one, by which its kind is told, and what a later call takes
is known to come from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product
from pathlib import Path

import yaml

from shellwright.skills.document import Call
from shellwright.skills.scenarios.formats import MAX_WORD, by_name
from shellwright.skills.scenarios.options import Command, attached, command, fits, values
from shellwright.skills.scenarios.vocabulary import LOADER

_MOST_FILES = 6
_MOST_PATHS = 24
#: Patterns that a skill's calls may leave; each later file is held against all of them.
_MOST_PATTERNS = 200
_NOTHING = "-"
_VARIABLE = re.compile(r"\{([a-z]+|--?[\w-]+)\}")
_WORDS = frozenset({"file", "stem", "name", "url", "rest"})
#: What stands for a number in the name of one file of many.
_NUMBER = re.compile(r"%0?\d{0,3}d")
#: The first letters of a path that does not lie below the folder that a call works in.
_ELSEWHERE = ("/", "~", "$", "{", "<", "*")
#: Folders with so much in them that a later block of code may mean something else there.
_WIDE = frozenset({"", "~", "$HOME", "${HOME}", "/tmp"})


@dataclass(frozen=True)
class _Implied:
    """A command and its paths: of each tuple of alternatives the first that can be told."""

    command: Command
    paths: tuple[tuple[str, ...], ...]


@cache
def _table() -> dict[str, tuple[_Implied, ...]]:
    """All entries by program, the most specific first. Raises ValueError for an unknown word."""
    text = (Path(__file__).parent / "implied.yaml").read_text(encoding="utf-8")
    found: dict[str, list[_Implied]] = {}
    for key, value in yaml.load(text, Loader=LOADER).items():
        for path in _VARIABLE.findall(value):
            if path not in _WORDS and not path.startswith("-"):
                raise ValueError(f"{key}: {{{path}}} stands for nothing")
        paths = tuple(tuple(path.split("|")) for path in value.split() if path != _NOTHING)
        for name in key.split(","):
            entry = _Implied(command(name), paths)
            found.setdefault(entry.command.command[0], []).append(entry)
    return {
        program: tuple(
            sorted(entries, key=lambda e: (-len(e.command.command), -len(e.command.options)))
        )
        for program, entries in found.items()
    }


def implied(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths of the product that the call writes and does not name, and of all that it writes
    so; some of the latter hold a `*`."""
    entries = _table().get(call.program, ())
    entry = next((each for each in entries if fits(each.command, call)), None)
    if entry is None or "-" in call.arguments:
        return (), ()
    words = _words(call, entry.command)
    found = []
    for alternatives in entry.paths:
        told = (list(_filled(each, call, words)) for each in alternatives)
        found.append(next(filter(None, told), []))
    product = tuple(path for paths in found[:1] for path in paths if "*" not in path)
    return product, tuple(dict.fromkeys(path for paths in found for path in paths))[:_MOST_PATHS]


def _filled(path: str, call: Call, words: dict[str, list[str]]) -> Iterator[str]:
    """A path of the table with all that its variables stand for; nothing where one has none."""
    parts = _VARIABLE.split(path)
    choices = [
        [part] if place % 2 == 0 else words[part] if part in words else _option(call, part)
        for place, part in enumerate(parts)
    ]
    for chosen in islice(product(*choices), _MOST_FILES):
        yield "".join(chosen).replace("//", "/")


def _option(call: Call, option: str) -> list[str]:
    return [*values(call, option), *attached(call, option)][:1]


def _words(call: Call, wanted: Command) -> dict[str, list[str]]:
    """What the variables stand for that are no options."""
    plain = [word for word in call.arguments if word and word[0] not in "-+"]
    plain = plain[len(wanted.command) - 1 :]
    files = [word for word in plain if "://" not in word]
    # Those that are files by their name come first: the others may be values of options.
    files.sort(key=lambda word: by_name(word) is None)
    files = files[:_MOST_FILES]
    stems = [stem for word in files if (stem := _stem(word))]
    addresses = [word for word in plain if "://" in word or word.startswith("git@")]
    sources = addresses or [word for word in plain if "/" in word]
    first = next((word for word in plain if by_name(word) is not None), plain[0] if plain else "")
    return {
        "file": files,
        "stem": stems,
        "name": [stem.rpartition("/")[2] for stem in stems],
        "url": [name for word in sources[:_MOST_FILES] if (name := _address(word))],
        "rest": [word for word in plain if word != first][:_MOST_FILES],
    }


def _stem(word: str) -> str:
    folder, slash, name = word.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + stem if dot and stem else ""


def _address(word: str) -> str:
    """The last part of an address, without what is asked of it; nothing for a bare host."""
    path = word.partition("#")[0].partition("?")[0].rstrip("/").removesuffix(".git")
    return path.rpartition("://")[2].rpartition("/")[2] if "/" in path.rpartition("://")[2] else ""


def place(path: str) -> str:
    """A path without steps up, which go back over a `cd` before, and without a last slash."""
    while path.startswith(("../", "./")):
        path = path.partition("/")[2]
    return path.rstrip("/")


@dataclass
class Made:
    """The files that calls have made so far, each with who made it: a number of the caller's."""

    _paths: dict[str, int] = field(default_factory=dict)
    _patterns: list[tuple[str, str, int, int]] = field(default_factory=list)

    def add(self, path: str, maker: int, block: int) -> None:
        """Note that a path was made. `*` or the number in `%03d` stands for anything in it."""
        path = place(_NUMBER.sub("*", path))
        before, star, after = path.partition("*")
        if not star:
            self._paths[path] = maker
        elif len(self._patterns) < _MOST_PATTERNS:
            self._patterns.append((before, after, maker, block))

    def maker(self, path: str, block: int) -> int | None:
        """Who made the path last, None where nobody has. `block` is where it is spoken of."""
        path = place(_NUMBER.sub("*", path))
        if not path or len(path) > MAX_WORD:
            return None
        if path in self._paths:
            return self._paths[path]
        for before, after, maker, where in reversed(self._patterns):
            here = where == block and (before or not path.startswith(_ELSEWHERE))
            if not here and before.rstrip("/") in _WIDE:
                continue
            if path.startswith(before) and path.endswith(after):
                return maker
        return None
