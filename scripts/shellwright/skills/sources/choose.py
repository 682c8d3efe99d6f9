"""Chooses what to read of a source from the list of its files, before any content is read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from shellwright.skills.languages import script_language
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.paths import below, is_license, is_text, name_of, parent
from shellwright.skills.sources.report import Report

#: Licence texts of one skill, at most.
MOST_LICENSES = 16
#: Files of one skill that are named although they are not read, at most: scripts come first.
MOST_LEFT = 200
_FOLDERS_KEPT = 1024
_NAME = re.compile(r"[\w.@+-]{1,100}")
PAGE_FOLDERS = ("common", "linux")
_SYSTEM = f"for another system than {' and '.join(PAGE_FOLDERS)}"
_LANGUAGE = "in another language than English"


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a source: its size as the source states it, and where its tree finds it.
    `unread` tells that it cannot be read, or is of no kind that is."""

    path: str
    size: int
    place: int | str = 0
    unread: bool = False


@dataclass(frozen=True)
class Choice:
    """A skill to read: `path` as FoundSkill has it, its text, all its files, its licence texts.
    `left` are paths of further files, which are not read."""

    path: str
    text: Entry
    files: tuple[Entry, ...]
    licenses: tuple[Entry, ...]
    left: tuple[str, ...] = ()


def choose_skills(
    entries: Collection[Entry],
    owned: Mapping[str, list[Entry]],
    limits: Limits,
    report: Report,
    named: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[Choice]:
    """The skills of a source, sorted by path, each with those of its files that fit.

    `owned` are the files of each skill, as owned_files gives them. Where there are too many those
    come first whose names are `named` by the skill's text, which stands there by its path, then
    scripts.
    """
    licenses = _licenses(entries)
    chosen = [
        _choice(owner, owned[owner], tuple(_license_files(owner, licenses)), limits, report, named)
        for owner in _first(sorted(owned), limits, report)
    ]
    return sorted(chosen, key=lambda choice: choice.path)


def crowded_texts(owned: Mapping[str, list[Entry]], limits: Limits) -> dict[str, Entry]:
    """The texts of the skills that have more files than fit, by the skill's own folder."""
    return {
        owner: _text(owner, owned[owner])
        for owner in sorted(owned)[: limits.skills]
        if len(owned[owner]) > limits.skill_files
        or sum(min(each.size, limits.file_bytes) for each in owned[owner]) > limits.skill_bytes
    }


def names_in(text: str, names: Collection[str]) -> frozenset[str]:
    """Which of some names of files, in lower case and without their folders, a text has."""
    words = {word.rstrip(".") for word in set(_NAME.findall(text.lower()))}
    return frozenset(words.intersection(names))


def owned_files(entries: Collection[Entry], folder: str) -> dict[str, list[Entry]]:
    """The files of each skill below `folder`, by the skill's own folder."""
    owners = {
        parent(entry.path) for entry in entries if is_text(entry.path) and below(entry.path, folder)
    }

    # Files of one folder follow each other; a million of them may lie 64 folders deep.
    @lru_cache(_FOLDERS_KEPT)
    def nearest(place: str) -> str | None:
        """The skill's folder that is this one, or lies next above it."""
        if place in owners:
            return place
        return nearest(parent(place)) if place else None

    owned: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        owner = nearest(parent(entry.path))
        if owner is not None:
            owned[owner].append(entry)
    return owned


def _text(owner: str, entries: Collection[Entry]) -> Entry:
    """The main text of the skill in the folder `owner`."""
    texts = (each for each in entries if is_text(each.path) and parent(each.path) == owner)
    return min(texts, key=lambda entry: entry.path)


def choose_pages(
    entries: Collection[Entry], folder: str, limits: Limits, report: Report
) -> list[Choice]:
    """The tldr pages for any system and for Linux, in English, sorted by path. Those of other
    systems and languages are counted in the report."""
    pages: dict[str, Entry] = {}
    others: Counter[tuple[str, str]] = Counter()
    for entry in sorted(entries, key=lambda entry: entry.path):
        place = parent(entry.path)
        system, home = name_of(place), parent(place)
        if not entry.path.endswith(".md") or not below(entry.path, folder):
            continue
        if name_of(home).startswith("pages."):
            others[home, _LANGUAGE] += 1
        elif system not in PAGE_FOLDERS:
            others[place, _SYSTEM] += 1
        elif (page := f"{system}/{name_of(entry.path)}") in pages:
            report.refuse(entry.path, f"{pages[page].path} is the same page")
        else:
            pages[page] = entry
    taken = {entry.path for entry in pages.values()}
    _tell_others(others, {parent(parent(path)) for path in taken}, report)
    # There is a page about a command called `license`.
    licenses = _licenses([entry for entry in entries if entry.path not in taken])
    return [
        Choice(page, entry, (entry,), tuple(_license_files(parent(entry.path), licenses)))
        for page in _first(sorted(pages), limits, report)
        if (entry := pages[page])
    ]


def _tell_others(
    others: Mapping[tuple[str, str], int], homes: Collection[str], report: Report
) -> None:
    """Reports how many pages lie beside those that are read, a line per folder. What else ends
    with `.md` is no page."""
    beside = {parent(home) for home in homes}
    for (place, what), count in others.items():
        if parent(place) in (homes if what == _SYSTEM else beside):
            report.refuse(place, f"{what}: {count} pages are left out", count)


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
    named: Mapping[str, frozenset[str]],
) -> Choice:
    """The skill in the folder `owner` with those of its files that its limits leave room for."""
    path = owner or "."
    text = _text(owner, entries)
    names = named.get(text.path, frozenset())

    def order(entry: Entry) -> tuple[bool, bool, str]:
        name = name_of(entry.path).lower()
        return name not in names, not script_language(entry.path), entry.path

    readable = [entry for entry in entries if not entry.unread]
    chosen = [text]
    room = limits.skill_bytes - min(text.size, limits.file_bytes)
    for entry in sorted(readable, key=order):
        size = min(entry.size, limits.file_bytes)
        if entry is not text and len(chosen) < limits.skill_files and size <= room:
            chosen.append(entry)
            room -= size
    missing = len(readable) - len(chosen)
    if missing:
        report.refuse(
            path,
            f"{missing} of its {len(readable)} files are left out"
            f" (skills.limits.skill_files: {limits.skill_files}, skill_kb: {limits.skill_kb})",
        )
    taken = {entry.path for entry in chosen}
    left = sorted((entry for entry in entries if entry.path not in taken), key=order)
    return Choice(
        path,
        text,
        tuple(sorted(chosen, key=lambda entry: entry.path)),
        licenses,
        tuple(entry.path for entry in left[:MOST_LEFT]),
    )


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
