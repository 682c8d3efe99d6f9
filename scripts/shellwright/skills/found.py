"""What a source of skills yields, before anybody has looked inside: folders of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourceFile:
    """A regular file of a source. `path` is relative to the source's root, with `/` between its
    parts and no `..`; `whole` is False where the content was cut off at the size limit."""

    path: str
    content: bytes
    whole: bool = True


@dataclass(frozen=True)
class FoundSkill:
    """A skill's folder as it lies in its source, or the one page that a skill is made from.

    `path` is the folder, or the page, relative to the source's root. `files` are sorted by path;
    the first one whose name is `SKILL.md`, in any case, is the skill's text. `license_files` lie
    beside it or above it, nearest first. `digest` covers all that can decide the skill's row.
    `left` are the paths of files in the folder that were not read: of no known kind, or too many.
    """

    path: str
    files: tuple[SourceFile, ...]
    license_files: tuple[SourceFile, ...]
    digest: str
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Something in a source that is left out, and why: a symbolic link, a file that is too big.

    `stops` tells that it is the source itself that is not read as it should be. `count` is the
    number of files that it stands for.
    """

    path: str
    reason: str
    stops: bool = False
    count: int = 1


@dataclass
class Gathered:
    """What a source holds. `refusals` is complete only when `skills` has been read to its end.

    `url` and `commit` say where it comes from; None where there is nothing to say. `missed` tells
    that its server could not be asked, and is to be asked again.
    """

    skills: Iterator[FoundSkill]
    url: str | None = None
    commit: str | None = None
    refusals: list[Refusal] = field(default_factory=list)
    missed: bool = False

    def listed(self) -> list[Refusal]:
        """The refusals, those that concern the whole source first."""
        return sorted(self.refusals, key=lambda refusal: not refusal.stops)
