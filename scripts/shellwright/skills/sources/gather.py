"""Reads a source of skills of any kind, within limits, and never runs anything of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.skills.found import FoundSkill, Gathered, SourceFile
from shellwright.skills.sources.archive import open_archive
from shellwright.skills.sources.choose import (
    Choice,
    Entry,
    choose_pages,
    choose_skills,
    crowded_texts,
    names_in,
    owned_files,
)
from shellwright.skills.sources.folder import FolderTree
from shellwright.skills.sources.git import GitTree
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.meter import Meter, Stopped, Unreachable
from shellwright.skills.sources.paths import Unsafe, below, is_license, name_of, safe_path
from shellwright.skills.sources.report import Report
from shellwright.skills.sources.tree import Read, Tree

KINDS = ("folder", "archive", "git", "tldr")
#: Licence texts that are kept while skills are read: many skills lie below the same few.
_LICENSES_KEPT = 64


def gather(source: Mapping[str, Any], project: Path, cache: Path, limits: Limits) -> Gathered:
    """Opens a source; its skills come sorted by path, as they are asked for.

    `source` is an entry of `skills.sources`. A relative `path` is taken from `project`; below
    `cache` lie the repositories that have been fetched. Raises UserError for what the user can put
    right, such as a commit that does not exist. A server that does not answer, like any limit on
    the whole source, ends its reading with a refusal, and no error.
    """
    name = str(source.get("name", ""))
    report = Report()
    url, commit = source.get("url"), source.get("commit")
    folder, missed = _folder(source, name), False
    if source["kind"] == "git":
        try:
            tree: Tree = GitTree(source["url"], source["ref"], cache, name, limits, report)
        except Stopped as reason:
            report.stop(str(reason))
            missed = isinstance(reason, Unreachable)
            return Gathered(iter(()), url, None, report.refusals, missed)
        assert isinstance(tree, GitTree)
        commit, missed = tree.commit, tree.missed
    else:
        tree = _local(source["kind"], project / source["path"], limits, report)
    pages = source["kind"] == "tldr"
    skills = _skills(tree, pages, folder, limits, report)
    return Gathered(skills, url, commit, report.refusals, missed)


def _folder(source: Mapping[str, Any], name: str) -> str:
    """The folder that the skills are to lie in; empty for all of the source."""
    try:
        return safe_path(str(source.get("folder") or "").encode())
    except Unsafe as reason:
        raise UserError(f"skills.sources[{name}]: folder: {reason}") from None


def _local(kind: str, path: Path, limits: Limits, report: Report) -> Tree:
    if kind == "folder" or (kind == "tldr" and path.is_dir()):
        return FolderTree(path, report)
    if kind in ("archive", "tldr"):
        return open_archive(path, limits, report)
    raise UserError(f"skills.sources: kind is {kind!r}; expected one of {', '.join(KINDS)}")


def _skills(
    tree: Tree, pages: bool, folder: str, limits: Limits, report: Report
) -> Iterator[FoundSkill]:
    entries = _listed(tree, folder, Meter(limits), report)
    if pages:
        choices = choose_pages(entries, folder, limits, report)
    else:
        owned = owned_files(entries, folder)
        named = _named(tree, owned, limits, report)
        choices = choose_skills(entries, owned, limits, report, named)
        del owned
    if not choices and not any(refusal.stops for refusal in report.refusals):
        report.stop(_nothing(entries, pages, folder, limits))
    wanted = {entry.path: entry for choice in choices for entry in _files(choice)}
    del entries
    meter = Meter(limits)
    try:
        with tree.contents(wanted.values(), meter) as contents:
            read = _telling(contents, limits, report)
            kept = lru_cache(_LICENSES_KEPT)(read)
            for choice in choices:
                found = _read(choice, read, kept)
                if found is None:
                    report.refuse(choice.path, "its text cannot be read")
                    continue
                with meter.paused():
                    yield found
    except Stopped as reason:
        report.stop(str(reason))
    report.close()


def _named(
    tree: Tree, owned: Mapping[str, list[Entry]], limits: Limits, report: Report
) -> dict[str, frozenset[str]]:
    """Which of its files the text of each skill names that has more than fit. These texts are read
    ahead of the rest."""
    texts = crowded_texts(owned, limits)
    if not texts:
        return {}
    found: dict[str, frozenset[str]] = {}
    try:
        with tree.contents(texts.values(), Meter(limits)) as read:
            for owner, entry in texts.items():
                file = read(entry)
                if file is not None:
                    # Only names of files are kept: the words of all texts would need far more
                    # memory than the texts.
                    names = {name_of(each.path).lower() for each in owned[owner]}
                    found[entry.path] = names_in(file.content.decode("utf-8", "replace"), names)
    except Stopped as reason:
        report.stop(str(reason))
    return found


def _telling(contents: Read, limits: Limits, report: Report) -> Read:
    """Reads files, and says of which only the beginning is read."""

    def read(entry: Entry) -> SourceFile | None:
        file = contents(entry)
        if file is not None and len(file.content) >= limits.file_bytes and not file.whole:
            read_of = f"{limits.file_kb} KiB are read (skills.limits.file_kb)"
            report.refuse(entry.path, f"is {entry.size} bytes, of which {read_of}")
        return file

    return read


def _nothing(entries: list[Entry], pages: bool, folder: str, limits: Limits) -> str:
    """Why nothing is read of a source that was listed: most likely its kind is another one."""
    what = "page of the tldr project" if pages else "SKILL.md"
    where = f"below the folder {folder}" if folder else "in the source"
    if pages:
        others = choose_skills(entries, owned_files(entries, folder), limits, Report())
    else:
        others = choose_pages(entries, folder, limits, Report())
    if not others:
        return f"no {what} found {where}"
    kinds = "folder, archive or git" if pages else "tldr"
    other = "skills" if pages else "pages that look like those of the tldr project"
    return f"no {what} found {where}, but {len(others)} {other}; is its kind {kinds}?"


def _listed(tree: Tree, folder: str, meter: Meter, report: Report) -> list[Entry]:
    """The files that may matter: those below `folder`, and licence texts above it."""
    entries = []
    try:
        for entry in tree.entries(meter):
            if below(entry.path, folder) or is_license(entry.path):
                entries.append(entry)  # noqa: PERF401 (kept when the tree stops)
    except Stopped as reason:
        report.stop(str(reason))
    return entries


def _files(choice: Choice) -> tuple[Entry, ...]:
    return (*choice.files, *choice.licenses)


def _read(choice: Choice, read: Read, kept: Read) -> FoundSkill | None:
    """The skill with its contents; None where its text, or its page, cannot be read."""
    files = tuple(file for entry in choice.files if (file := read(entry)) is not None)
    licenses = tuple(file for entry in choice.licenses if (file := kept(entry)) is not None)
    if choice.text.path not in {file.path for file in files}:
        return None
    identity = [choice.path, [_identity(file) for file in files], [_identity(f) for f in licenses]]
    key = digest([*identity, list(choice.left)])
    return FoundSkill(choice.path, files, licenses, key, choice.left)


def _identity(file: SourceFile) -> list[Any]:
    return [file.path, hashlib.sha256(file.content).hexdigest(), file.whole]
