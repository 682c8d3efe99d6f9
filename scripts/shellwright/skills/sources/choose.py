"""Chooses what to read of a source from the list of its files, before any content is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.paths import is_license, is_text, name_of, parent
from shellwright.skills.sources.report import Report

#: Licence texts of one skill, at most.
MOST_LICENSES = 16
PAGE_FOLDERS = ("common", "linux")


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a source: its size as the source states it, and where its tree finds it."""

    path: str
    size: int
    place: int | str = 0


@dataclass(frozen=True)
class Choice:
    """A skill to read: `path` as FoundSkill has it, its text, all its files, its licence texts."""

    path: str
    text: Entry
    files: tuple[Entry, ...]
    licenses: tuple[Entry, ...]


def choose_skills(
    entries: Collection[Entry], folder: str, limits: Limits, report: Report
) -> list[Choice]:
    """The skills below `folder`, sorted by path, each with those of its files that fit."""
    owners = {
        parent(entry.path)
        for entry in entries
        if is_text(entry.path) and folder in ("", *_upwards(parent(entry.path)))
    }
    owned: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        owner = next((above for above in _upwards(parent(entry.path)) if above in owners), None)
        if owner is not None:
            owned[owner].append(entry)
    licenses = _licenses(entries)
    chosen = [
        _choice(owner, owned[owner], tuple(_license_files(owner, licenses)), limits, report)
        for owner in _first(sorted(owners), limits, report)
    ]
    return sorted(chosen, key=lambda choice: choice.path)


def choose_pages(
    entries: Collection[Entry], folder: str, limits: Limits, report: Report
) -> list[Choice]:
    """The tldr pages for any system and for Linux, in English, sorted by path."""
    pages: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        system = name_of(parent(entry.path))
        language = name_of(parent(parent(entry.path)))
        if (
            system not in PAGE_FOLDERS
            or language.startswith("pages.")
            or not entry.path.endswith(".md")
            or folder not in ("", *_upwards(parent(entry.path)))
        ):
            continue
        page = f"{system}/{name_of(entry.path)}"
        if page in pages:
            report.refuse(entry.path, f"{pages[page].path} is the same page")
        else:
            pages[page] = entry
    taken = {entry.path for entry in pages.values()}
    # There is a page about a command called `license`.
    licenses = _licenses([entry for entry in entries if entry.path not in taken])
    return [
        Choice(page, entry, (entry,), tuple(_license_files(parent(entry.path), licenses)))
        for page in _first(sorted(pages), limits, report)
        if (entry := pages[page])
    ]


def _first(paths: list[str], limits: Limits, report: Report) -> list[str]:
    if len(paths) > limits.skills:
        report.stop(
            f"has {len(paths)} skills, of which the first {limits.skills} are read"
            " (skills.limits.skills)"
        )
    return paths[: limits.skills]


def _upwards(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root."""
    yield folder
    while folder:
        folder = parent(folder)
        yield folder


def _choice(
    owner: str,
    entries: list[Entry],
    licenses: tuple[Entry, ...],
    limits: Limits,
    report: Report,
) -> Choice:
    """The skill in the folder `owner` with those of its files that its limits leave room for."""
    path = owner or "."
    by_path = sorted(entries, key=lambda entry: entry.path)
    text = next(each for each in by_path if is_text(each.path) and parent(each.path) == owner)
    chosen = [text]
    room = limits.skill_bytes - min(text.size, limits.file_bytes)
    for entry in by_path:
        size = min(entry.size, limits.file_bytes)
        if entry is not text and len(chosen) < limits.skill_files and size <= room:
            chosen.append(entry)
            room -= size
    left = len(entries) - len(chosen)
    if left:
        report.refuse(
            path,
            f"{left} of its {len(entries)} files are left out"
            f" (skills.limits.skill_files: {limits.skill_files}, skill_kb: {limits.skill_kb})",
        )
    return Choice(path, text, tuple(sorted(chosen, key=lambda entry: entry.path)), licenses)


def _licenses(entries: Collection[Entry]) -> dict[str, list[Entry]]:
    """Licence texts by the folder they lie in, sorted."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.path):
        if is_license(entry.path):
            found[parent(entry.path)].append(entry)
    return found


def _license_files(folder: str, licenses: Mapping[str, list[Entry]]) -> list[Entry]:
    """The licence texts in a folder and above it, nearest first."""
    found = [entry for above in _upwards(folder) for entry in licenses.get(above, ())]
    return found[:MOST_LICENSES]
