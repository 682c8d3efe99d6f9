"""Dockerfiles that come with tasks: read as the engine's classic builder reads them, and checked.

Whoever wrote one, be it a model, may have written anything. What its commands do is bounded while
they run; here is what the engine itself would do for it: fetch images and addresses, unpack
archives.
"""

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shellwright.images.catalogue import PREFIX, parts_of
from shellwright.store import ItemFailed

REFUSED = {
    "ADD": "it unpacks archives and fetches addresses; use COPY, and RUN for the rest",
    "ONBUILD": "nothing is built on an image of a task",
    "VOLUME": "a container has places to write in, and no others",
    "HEALTHCHECK": "nothing may run in a container that nobody started",
}
MOST_INSTRUCTIONS = 128
_CONTINUED = re.compile(r"\\[ \t]*$")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags, the rest, and its lines (from 0)."""

    name: str
    flags: tuple[str, ...]
    rest: str
    first: int
    last: int


class Dockerfile:
    """A Dockerfile's text, with its instructions. Raises ItemFailed for one that cannot be read."""

    def __init__(self, text: str) -> None:
        if _CONTROL.search(text):
            raise ItemFailed("dockerfile", "it has control characters")
        self._lines = text.split("\n")
        self.instructions = list(self._read())
        if len(self.instructions) > MOST_INSTRUCTIONS:
            raise ItemFailed("dockerfile", f"more than {MOST_INSTRUCTIONS} instructions")
        if not any(each.name == "FROM" for each in self.instructions):
            raise ItemFailed("dockerfile", "it has no FROM")

    def _read(self) -> Iterator[Instruction]:
        pending = ""
        first = 0
        for number, line in enumerate(self._lines):
            plain = line.strip()
            if plain.startswith("#"):
                escape = _ESCAPE.match(plain)
                if escape and escape[1] != "\\":
                    raise ItemFailed("dockerfile", f"line {number + 1}: another escape character")
                continue
            if not plain:
                continue
            if not pending:
                first = number
            if re.search(r"\\\\[ \t]*$", line):
                raise ItemFailed("dockerfile", f"line {number + 1}: two backslashes at its end")
            pending += _CONTINUED.sub(" ", line)
            if _CONTINUED.search(line):
                continue
            yield _instruction(pending, first, number)
            pending = ""
        if pending:
            yield _instruction(pending, first, len(self._lines) - 1)

    def bases(self) -> list[str]:
        """The images from elsewhere that its stages start from, each once, in order."""
        found: dict[str, None] = {}
        stages: set[str] = set()
        for each in self.instructions:
            if each.name == "FROM":
                image, stage = _from(each)
                if image.lower() not in stages:
                    found[image] = None
                stages.add(stage)
        return list(found)

    def on(self, images: Mapping[str, str]) -> str:
        """The text with other names in place of the images that it starts from."""
        lines: list[str | None] = list(self._lines)
        for each in self.instructions:
            if each.name == "FROM" and _from(each)[0] in images:
                image, stage = _from(each)
                lines[each.first : each.last + 1] = [None] * (each.last + 1 - each.first)
                lines[each.first] = f"FROM {images[image]}" + (f" AS {stage}" if stage else "")
        return "\n".join(line for line in lines if line is not None)

    def check(self) -> None:
        """Raise ItemFailed for what a Dockerfile that comes with a task may not have."""
        stages: list[str] = []
        for each in self.instructions:
            where = f"line {each.first + 1}: {each.name}"
            if each.name in REFUSED:
                raise ItemFailed("dockerfile", f"{where}: {REFUSED[each.name]}")
            if each.name == "FROM":
                stages.append(_from(each)[1])
            for flag in each.flags:
                if re.search(r"[\\\"'$]", flag):
                    raise ItemFailed("dockerfile", f"{where} {flag}: a flag in plain letters only")
                name, _, value = flag.partition("=")
                if name == "--from" and not _is_stage(value, stages):
                    raise ItemFailed("dockerfile", f"{where} {flag}: no earlier stage has the name")


def check_base(
    image: str, allowed: Sequence[str], own: Callable[[str], str | None]
) -> tuple[str, bool]:
    """The engine's name of an image that a Dockerfile starts from, and whether it is ours.

    `own` gives the engine's name of an image of this project by the part after `shellwright/`.
    Others count as given and must be pinned by digest. Raises ItemFailed.
    """
    name, tag, _ = parts_of(image)
    if not any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed):
        raise ItemFailed("base-refused", f"{image} is not among {', '.join(allowed)}")
    if name.startswith(PREFIX):
        ours = own(name.removeprefix(PREFIX))
        if ours is None:
            raise ItemFailed("base-refused", f"{image}: there is no such folder in envs/images")
        if "@" in image or tag not in ("", "latest", ours.rpartition(":")[2]):
            raise ItemFailed("base-refused", f"{image} is gone, the name is {ours} now")
        return ours, True
    if not _PINNED.search(image):
        raise ItemFailed("base-unpinned", f"{image} has no digest; write {name}@sha256:…")
    return image, False


def _instruction(text: str, first: int, last: int) -> Instruction:
    name, *words = text.split(maxsplit=1)
    rest = words[0].strip() if words else ""
    flags = []
    while match := re.match(r"(--\S+)\s*", rest):
        flags.append(match[1])
        rest = rest[match.end() :]
    return Instruction(name.upper(), tuple(flags), rest, first, last)


def _from(instruction: Instruction) -> tuple[str, str]:
    """The image of a FROM, and the name of its stage in small letters, or ""."""
    words = instruction.rest.split()
    place = f"line {instruction.first + 1}: FROM {instruction.rest}"
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise ItemFailed("dockerfile", f"{place}: expected an image, and perhaps AS and a name")
    if "$" in words[0]:
        raise ItemFailed("base-unpinned", f"{place}: a variable may be any image; name one")
    return words[0], words[2].lower() if len(words) == 3 else ""


def _is_stage(name: str, stages: Sequence[str]) -> bool:
    earlier = stages[:-1]
    return bool(name) and (name.lower() in earlier or name in map(str, range(len(earlier))))
