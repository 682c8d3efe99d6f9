"""Files that code opens by a name that it gave them: `open(STORE, "w")` after `STORE = "a.json"`.

What is read and written under one name is one thing, there before and changed afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shellwright.skills.scenarios.changes import edited
from shellwright.skills.scenarios.effects import Effect
from shellwright.skills.scenarios.formats import Artifact, by_name, parse

_ASSIGNED = re.compile(
    r"^[ \t]{0,40}(?:const |let |var |self\.|this\.)?([A-Za-z_]\w{0,40})"
    r"(?:[ \t]?:[ \t]?\w{1,20})?[ \t]?="
    r"[^\n=]{0,160}?[\"'/]([\w{}$ /.~-]{0,100}\.\w{1,8})[\"']",
    re.MULTILINE,
)
_USED = re.compile(
    r"\b(?:open|readFileSync|writeFileSync|appendFileSync)\([ \t]{0,4}([A-Za-z_][\w.]{0,60})"
    r"(?=[ \t]?[,)])(?:,[ \t]{0,4}(?:mode=)?[\"']([rwax]b?t?\+?)[\"'])?"
    r"|([A-Za-z_][\w.]{0,60})\.(?:read_text|write_text|open)"
    r"\([ \t]{0,4}(?:[\"']([rwax]b?t?\+?)[\"'])?"
)
_JSON = re.compile(r"\bjson\.(?:load|dump)s?\(|\bJSON\.(?:parse|stringify)\(")
#: How far behind the place where a file is opened its content is told, and how far before.
_BEHIND, _BEFORE = 160, 40
_JSON_FILE = parse("document:format=json")
_SETTINGS = re.compile(r"config|settings|rc\b|ya?ml|toml|ini\b|env\b|conf\b", re.IGNORECASE)
_DATA = frozenset({"database", "document", "image", "log", "page", "settings", "table"})


#: A name that means one file wherever it stands: a constant, or an attribute of an object.
_LASTING = re.compile(r"(?:self|this)\.\w+|[A-Z][A-Z0-9_]+")


@dataclass
class _Store:
    """A file that is opened: what it is, and where it is first read and written."""

    artifact: Artifact
    read: int = -1
    written: int = -1


def stores(text: str) -> Iterator[tuple[int, Effect]]:
    """What code does to the files that it opens by a name of its own, with the place of each."""
    found: dict[str, _Store] = {}
    names = {match[1]: match[2] for match in _ASSIGNED.finditer(text)}
    for match in _USED.finditer(text):
        name = match[1] or match[3]
        mode = match[2] or match[4] or ""
        writes = mode[:1] in ("w", "a", "x") or "write" in match[0] or "append" in match[0]
        artifact = _artifact(name, names.get(name.rpartition(".")[2], ""), text, match)
        if artifact is None:
            continue
        if not (names.get(name) or _LASTING.fullmatch(name)):
            # Another function may well mean another file by it.
            artifact = artifact.at(f"${name}>" if writes else f"${name}")
        store = found.setdefault(artifact.path, _Store(artifact))
        if writes:
            store.written = match.start() if store.written < 0 else store.written
        else:
            store.read = match.start() if store.read < 0 else store.read
    for store in found.values():
        thing = store.artifact
        if store.read < 0:
            yield store.written, Effect((), (thing,), sure=False)
        elif store.written < 0:
            yield store.read, Effect((thing,), (), sure=False)
        else:
            yield store.written, Effect((thing,), (edited(thing) or thing,), sure=False)


def _artifact(name: str, path: str, text: str, used: re.Match[str]) -> Artifact | None:
    """What is opened: by the file's name, or by what is read from it or written right there."""
    named = by_name(path.replace(" ", "_")) if path else None
    if named is not None and named.kind == "settings" and not _SETTINGS.search(path):
        # A JSON file in a hidden folder is where programs keep their data, too.
        named = _JSON_FILE.at(path)
    if named is not None:
        return named if named.kind in _DATA else None
    around = text[max(used.start() - _BEFORE, 0) : used.end() + _BEHIND]
    return _JSON_FILE.at(f"${name}") if _JSON.search(around) else None
