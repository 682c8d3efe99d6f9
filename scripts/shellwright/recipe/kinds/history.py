"""Histories: what is left of a Subversion repository or of RCS files, with every revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.repository import linear_history
from shellwright.recipe.repository import Revision
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, unchanged
from shellwright.recipe.themes import Theme

Properties = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """A revision of a Subversion repository after its first.

    It takes trunk to the files of a `revision` (None where those stay), makes the `tag` a copy of
    trunk as it is before, and sets properties of paths below trunk (`""` is trunk itself).
    """

    login: str
    time: int
    message: str
    revision: Revision | None = None
    tag: str = ""
    properties: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class History(Resource):
    """Revisions in a row, kept by an old system.

    `system` is `svn` (a dump file of a repository with `trunk` and `tags`, where revision 1 makes
    the folders and `changes` are the ones from 2 on) or `rcs` (a folder with a `,v` file for each
    file, whose revisions 1.1, 1.2, ... are those that changed it). `checked_in` are files with a
    further revision, whose `,v` is looked at by the skill that made it.
    """

    kind: ClassVar[str] = "history"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"system": ("rcs", "svn")}

    revisions: tuple[Revision, ...]
    changes: tuple[Change, ...] = ()
    system: str = "svn"
    checked_in: tuple[str, ...] = ()

    def state(self) -> dict[str, str]:
        return {"system": self.system}

    def logins(self) -> dict[str, str]:
        """The people by the name under which the system knows them."""
        return dict(sorted((login(r), r.author) for r in self.revisions))

    def names(self) -> list[str]:
        """The files, in the order of names."""
        return sorted({file.name for revision in self.revisions for file in revision.files})

    def versions(self, name: str) -> list[Revision]:
        """The revisions that changed a file, oldest first: 1.1, 1.2 and so on in RCS."""
        found: list[Revision] = []
        for revision in self.revisions:
            if not found or found[-1].file(name) != revision.file(name):
                found.append(revision)
        return found

    def rcs_path(self, name: str) -> str:
        """Where the `,v` file of a file lies."""
        folder, _, last = f"{self.path}/{name}".rpartition("/")
        return f"{folder}/RCS/{last},v"

    def entries(self) -> list[Entry]:
        if self.system == "svn":
            return [Entry(self.path, self._dump())]
        return [Entry(self.rcs_path(n), self._comma_v(n), 0o444) for n in self.names()]

    def checks(self) -> list[Check]:
        free = {self.rcs_path(name) for name in self.checked_in}
        return [unchanged(entry) for entry in self.entries() if entry.path not in free]

    def kept(self, before: Resource) -> list[Check]:
        held = before.checks()
        return [check for check in self.checks() if check in held]

    def situation(self) -> str:
        if self.system == "svn":
            return (
                f"`{self.path}` is the last dump of the Subversion repository with the "
                f"{self.noun}; the server is gone."
            )
        return (
            f"`{self.path}` is the folder with the {self.noun}, kept under RCS for years: its "
            f"`RCS` folders hold a `,v` file for each file."
        )

    def _dump(self) -> bytes:
        """The dump: a record for each revision, with one for each path that it touches."""
        start = self.changes[0]
        out = [b"SVN-fs-dump-format-version: 2\n\n"]
        first = Change(start.login, start.time - 600, "Set up the repository")
        out.append(_revision_record(0, {"svn:date": _moment(first.time - 5)}))
        out.append(_revision_record(1, _about(first)))
        out += [_node(path, "dir", "add", {}) for path in ("branches", "tags", "trunk")]
        known: dict[str, bytes] = {}
        properties: dict[str, dict[str, str]] = {}
        for number, change in enumerate(self.changes, 2):
            out.append(_revision_record(number, _about(change)))
            if change.tag:
                out.append(_copied(f"tags/{change.tag}", "trunk", number - 1))
                continue
            touched = {path for path, _, _ in change.properties}
            for path, name, value in change.properties:
                properties.setdefault(path, {})[name] = value
            files = change.revision.files if change.revision else ()
            if not known:
                folders = sorted({f.name.rpartition("/")[0] for f in files} - {""})
                out += [_node(f"trunk/{folder}", "dir", "add", {}) for folder in folders]
            if "" in touched:
                out.append(_node("trunk", "dir", "change", properties[""]))
            texts = {f.name: f.content for f in files if known.get(f.name) != f.content}
            for name in sorted({*texts, *touched} - {""}):
                action = "change" if name in known else "add"
                shown = properties.get(name, {}) if name in touched else None
                out.append(_node(f"trunk/{name}", "file", action, shown, texts.get(name)))
            known |= texts
        return b"".join(out)

    def _comma_v(self, name: str) -> bytes:
        """The RCS file: the newest text as a whole, and how to get back from each to the last."""
        versions = self.versions(name)
        numbers = [f"1.{n}" for n in range(1, len(versions) + 1)]
        lines = [f"head\t{numbers[-1]};", "access;", "symbols;", "locks; strict;"]
        lines += ["comment\t@# @;", "", ""]
        for place in reversed(range(len(versions))):
            when = datetime.fromtimestamp(versions[place].time, UTC).strftime("%Y.%m.%d.%H.%M.%S")
            lines += [
                numbers[place],
                f"date\t{when};\tauthor {login(versions[place])};\tstate Exp;",
            ]
            lines += ["branches;", f"next\t{numbers[place - 1] if place else ''};", ""]
        text = "\n".join([*lines, "", "desc", "@@", "", ""])
        newer: list[str] | None = None
        for place in reversed(range(len(versions))):
            older = versions[place].file(name).decode().splitlines(keepends=True)
            body = "".join(older) if newer is None else _back(newer, older)
            text += f"\n{numbers[place]}\nlog\n@{_at(versions[place].subject)}\n@\n"
            text += f"text\n@{_at(body)}@\n\n"
            newer = older
        return text.encode()


def login(revision: Revision) -> str:
    """The name under which a revision's author logs in."""
    return revision.email.partition("@")[0].replace(".", "")


def _at(text: str) -> str:
    return text.replace("@", "@@")


def _back(newer: Sequence[str], older: Sequence[str]) -> str:
    """The edit script from the newer lines to the older ones."""
    script = ""
    for action, i, j, k, m in SequenceMatcher(None, newer, older, False).get_opcodes():
        if action in ("delete", "replace"):
            script += f"d{i + 1} {j - i}\n"
        if action in ("insert", "replace"):
            script += f"a{j} {m - k}\n" + "".join(older[k:m])
    return script


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def _about(change: Change) -> dict[str, str]:
    moment = _moment(change.time)
    return {"svn:author": change.login, "svn:date": moment, "svn:log": change.message}


def _properties(properties: Properties) -> bytes:
    out = b""
    for name, value in sorted(properties.items()):
        for mark, text in (("K", name.encode()), ("V", value.encode())):
            out += f"{mark} {len(text)}\n".encode() + text + b"\n"
    return out + b"PROPS-END\n"


def _revision_record(number: int, properties: Properties) -> bytes:
    body = _properties(properties)
    size = len(body)
    head = f"Revision-number: {number}\nProp-content-length: {size}\nContent-length: {size}\n\n"
    return head.encode() + body + b"\n"


def _node(
    path: str, kind: str, action: str, properties: Properties | None, text: bytes | None = None
) -> bytes:
    """A path that a revision adds or changes; None is a part that stays as it is."""
    head = f"Node-path: {path}\nNode-kind: {kind}\nNode-action: {action}\n"
    body = b""
    if properties is not None:
        body = _properties(properties)
        head += f"Prop-content-length: {len(body)}\n"
    if text is not None:
        head += f"Text-content-length: {len(text)}\n"
        body += text
    return f"{head}Content-length: {len(body)}\n\n".encode() + body + b"\n\n"


def _copied(path: str, source: str, number: int) -> bytes:
    head = f"Node-path: {path}\nNode-kind: dir\nNode-action: add\n"
    return f"{head}Node-copyfrom-rev: {number}\nNode-copyfrom-path: {source}\n\n\n".encode()


def _changes(theme: Theme, draw: Draw, revisions: Sequence[Revision]) -> list[Change]:
    """The revisions as changes of trunk, between them tags and changes of properties only."""
    records, last = f"data/{theme.records}.csv", len(revisions) - 1
    ignored = draw.choice(["build\n*.log\n", "*.tmp\nout\n", "*.bak\n*.log\ncache\n"])
    events: dict[int, list[tuple[str, tuple[tuple[str, str, str], ...], str]]] = {}
    places = draw.sample(range(1, last), 3)
    for place, path, name, values in (
        (places[0], records, "svn:mime-type", ("text/plain", "text/csv")),
        (places[1], "settings.ini", "review", ("pending", "passed")),
        (places[2], "README.md", "audience", ("internal", "public")),
    ):
        later = draw.integer(place, last)
        for at, value in ((place, values[0]), (later, values[1])):
            message = f"Set {name} of {path.rpartition('/')[2]}"
            events.setdefault(at, []).append((message, ((path, name, value),), ""))
    for number, at in enumerate((2, last // 2, last - 1)):
        events.setdefault(at, []).append((f"Tag v0.{number + 1}", (), f"v0.{number + 1}"))
    first = (("", "svn:ignore", ignored), ("tools/count.sh", "svn:executable", "*"))
    found: list[Change] = []
    for at, revision in enumerate(revisions):
        own = (*first, (records, "svn:eol-style", "LF")) if at == 0 else ()
        who = login(revision)
        found.append(Change(who, revision.time, revision.subject, revision, properties=own))
        for number, (message, properties, tag) in enumerate(events.get(at, []), 1):
            moment = revision.time + 60 * number
            found.append(Change(who, moment, message, tag=tag, properties=properties))
    return found


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> History:
    """A history of 9 to 15 revisions of a register."""
    revisions = linear_history(theme, draw, draw.integer(9, 15))
    system = state["system"]
    changes = _changes(theme, draw.child("changes"), revisions) if system == "svn" else []
    assert all(revision.time < DEFAULT_MTIME for revision in revisions)
    return History(
        path=path,
        noun=f"{theme.record} register",
        revisions=tuple(revisions),
        changes=tuple(changes),
        system=system,
    )


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return f"{theme.key}-register" + (".svndump" if state["system"] == "svn" else "")


KIND = Kind(History, ({"system": "rcs"}, {"system": "svn"}), generate, _file_name)
