"""Trees: a folder with files of known content, names, modes and times."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from shellwright.recipe import credentials
from shellwright.recipe.checks import Check, custom, slug
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, Wrong
from shellwright.recipe.themes import PEOPLE, Theme


@dataclass(frozen=True, order=True)
class TreeFile:
    """A file (or, with `target`, a symbolic link) below the root of a tree."""

    name: str
    content: bytes = b""
    mode: int = 0o644
    mtime: int = DEFAULT_MTIME
    target: str = ""

    def renamed(self, name: str) -> TreeFile:
        """The same file under another relative name."""
        return dataclasses.replace(self, name=name)


@dataclass(frozen=True, kw_only=True)
class Tree(Resource):
    """A folder of files at `path`.

    `content` is `documents` (notes, letters and lists as text), or what a skill makes of it.
    `condition` says what is the matter: `tidy`; `misnamed` (spaces, capitals, odd extensions);
    `copies` (the same content under several names); `exposed` (files readable or writable by
    everybody, scripts without their execute bit); `crlf` (Windows line ends in some text files);
    `scattered` (everything in one folder, to be sorted); `outdated` (behind the current state:
    old footers, corrections that have not been made); `linked` (copies are symbolic links);
    `leaky` (passwords and the like in some texts).
    `check_modes` says whether the modes of files and folders matter.
    """

    kind: ClassVar[str] = "tree"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "content": ("documents", "tables"),
        "condition": (
            "tidy",
            "misnamed",
            "copies",
            "exposed",
            "crlf",
            "scattered",
            "outdated",
            "linked",
            "leaky",
        ),
    }

    files: tuple[TreeFile, ...]
    content: str = "documents"
    condition: str = "tidy"
    folder_mode: int = 0o755
    folder_modes: tuple[tuple[str, int], ...] = ()
    check_modes: bool = False

    def state(self) -> dict[str, str]:
        return {"content": self.content, "condition": self.condition}

    def with_files(self, files: Iterable[TreeFile], **changes: object) -> Self:
        """This tree with other files, sorted by name (and other fields, by name)."""
        return dataclasses.replace(self, files=tuple(sorted(files)), **changes)  # type: ignore[arg-type]

    def keeps_times(self, given: Resource | None) -> bool:
        """Whether every file still has the time that this says: nothing has written to it since it
        was `given`, as part of this tree or of something that holds a tree."""
        held = (given, *vars(given).values()) if given is not None else ()
        trees = [each for each in held if isinstance(each, Tree)]
        first = {(file.content, file.mtime) for tree in trees for file in tree.files}
        return first.issuperset((file.content, file.mtime) for file in self.files)

    def folders(self) -> list[str]:
        """The relative names of the folders below the root, parents first."""
        names: set[str] = set()
        for file in self.files:
            parts = file.name.split("/")[:-1]
            names |= {"/".join(parts[: end + 1]) for end in range(len(parts))}
        return sorted(names)

    def entries(self) -> list[Entry]:
        modes = dict(self.folder_modes)
        found = [Entry.folder(self.path, self.folder_mode)]
        found += [
            Entry.folder(f"{self.path}/{name}", modes.get(name, 0o755)) for name in self.folders()
        ]
        for file in self.files:
            path = f"{self.path}/{file.name}"
            if file.target:
                found.append(
                    Entry(path, kind="symlink", target=file.target, mode=0o777, mtime=file.mtime)
                )
            else:
                found.append(Entry(path, file.content, file.mode, mtime=file.mtime))
        return found

    def checks(self) -> list[Check]:
        name = slug(self.path) + ".json"
        listing: dict[str, dict[str, str | bool]] = {
            file.name: _described(file, self.check_modes) for file in self.files
        }
        checks = []
        if self.check_modes:
            modes = dict(self.folder_modes)
            for folder in self.folders():
                listing[folder] = {"dir": True, "mode": f"{modes.get(folder, 0o755):04o}"}
            checks = [
                custom(
                    "mode_is",
                    about=f"The folder {self.path} has the expected mode.",
                    paths=[self.path],
                    weight=0.5,
                    path=self.path,
                    mode=f"{self.folder_mode:04o}",
                )
            ]
        return [
            *checks,
            custom(
                "tree_equals",
                about=f"{self.path} holds the expected files and nothing else.",
                paths=[self.path],
                files={name: (json.dumps(listing, indent=1, sort_keys=True) + "\n").encode()},
                weight=2.0,
                root=self.path,
                expected=name,
                modes=self.check_modes,
            ),
        ]

    def situation(self) -> str:
        base = f"The folder `{self.path}` holds the {self.noun}"
        return {
            "tidy": f"{base}.",
            "misnamed": f"{base}, under whatever names people thought of.",
            "copies": f"{base}; over the years many files were copied under other names.",
            "exposed": f"{base}, with permissions that nobody has looked at for a long time.",
            "crlf": f"{base}, some of them edited on Windows and some not.",
            "scattered": f"{base}, all in one heap.",
            "outdated": f"{base}, as they were before the last round of changes.",
            "leaky": f"{base}. People have written credentials into some of them.",
            "linked": f"{base}; what used to be copies are symbolic links.",
        }[self.condition]

    def spoiled(self, draw: Draw) -> list[Wrong]:
        plain = [file for file in self.files if not file.target]
        if not plain:
            return []
        victim = f"{self.path}/{draw.choice(plain).name}"
        return [Wrong("one file is missing", command=f"rm -f -- {shlex.quote(victim)}")]


def _described(file: TreeFile, modes: bool) -> dict[str, str | bool]:
    """What the verifier compares of a file."""
    if file.target:
        return {"link": file.target}
    described: dict[str, str | bool] = {"sha256": hashlib.sha256(file.content).hexdigest()}
    if modes:
        described["mode"] = f"{file.mode:04o}"
    return described


def document(theme: Theme, draw: Draw, topic: str) -> str:
    """A short text of a kind that lies around in an office."""
    lines = [f"{topic.title()} - {theme.organisation}", ""]
    for _ in range(draw.integer(3, 14)):
        who, what = draw.choice(PEOPLE), draw.choice(theme.notes)
        lines.append(f"{draw.choice(theme.categories)}: {who} - {what} ({draw.integer(1, 900)})")
    if draw.chance(0.4):
        lines += ["", f"TODO: ask {draw.choice(PEOPLE)} about {draw.choice(theme.categories)}"]
    return "\n".join(lines) + "\n"


TOPICS = ("minutes", "inventory", "handover", "contract", "invoice", "checklist", "memo", "roster")


def _documents(theme: Theme, draw: Draw, count: int) -> list[TreeFile]:
    """Text files in one to three folders, with tidy names and times in the last year."""
    folders = draw.sample(("2024", "2025", "archive", "current", "shared"), 3)
    files: dict[str, TreeFile] = {}
    for number in range(1, count + 1):
        topic = draw.choice(TOPICS)
        extension = draw.choice(("txt", "md", "txt", "log"))
        name = f"{draw.choice(folders)}/{topic}-{number:02d}.{extension}"
        mtime = DEFAULT_MTIME - draw.integer(1, 360) * 86_400
        files[name] = TreeFile(name, document(theme, draw, topic).encode(), mtime=mtime)
    return sorted(files.values())


def _misname(draw: Draw, files: list[TreeFile]) -> list[TreeFile]:
    """Names with capitals, spaces and `.TXT`, still unique once put right."""
    result = []
    for file in files:
        folder, _, name = file.name.rpartition("/")
        stem, _, extension = name.rpartition(".")
        stem = draw.choice(
            [stem.title(), stem.replace("-", " "), stem.upper(), stem.replace("-", " - "), stem]
        )
        extension = draw.choice([extension, extension.upper()])
        result.append(file.renamed(f"{folder}/{stem}.{extension}"))
    return result


def _copy(draw: Draw, files: list[TreeFile]) -> list[TreeFile]:
    """A third of the files again under other names, later in time."""
    copies = []
    for number, file in enumerate(draw.sample(files, max(3, len(files) // 3))):
        folder = file.name.rpartition("/")[0]
        name = draw.choice(
            [f"{folder}/copy-{number}-{file.name.rpartition('/')[2]}", f"backup/old-{number}.txt"]
        )
        copies.append(
            dataclasses.replace(file, name=name, mtime=file.mtime + 3600 * draw.integer(1, 90))
        )
    return files + copies


def _age(theme: Theme, draw: Draw, files: list[TreeFile]) -> list[TreeFile]:
    """Footers of an old form below most texts, and a line of hyphens inside of some."""
    footer = f"--\n{theme.organisation}, internal\nForm {draw.integer(10, 99)}, edition 2023\n"
    aged = []
    for file in files:
        head, *rest = file.content.decode().splitlines(keepends=True)
        if draw.chance(0.3):
            rest.insert(draw.integer(1, 3), "--\n")
        text = head + "".join(rest) + (footer if draw.chance(0.6) else "")
        aged.append(dataclasses.replace(file, content=text.encode()))
    return aged


def _leak(theme: Theme, draw: Draw, files: list[TreeFile]) -> list[TreeFile]:
    """Credentials in a good third of the texts, and talk about credentials in others."""
    victims = draw.sample(files, len(files) * 2 // 5)
    result = []
    for file in files:
        text = file.content.decode()
        if file in victims:
            text = credentials.leaked(theme, draw, text)
        elif draw.chance(0.3):
            text = credentials.harmless(theme, draw, text)
        result.append(dataclasses.replace(file, content=text.encode()))
    return result


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Tree:
    """A tree of 14 to 30 documents in the given condition."""
    files = _documents(theme, draw, draw.integer(14, 30))
    condition = state["condition"]
    if condition == "misnamed":
        files = _misname(draw, files)
    elif condition == "copies":
        files = _copy(draw, files)
    elif condition == "exposed":
        files = [
            dataclasses.replace(f, mode=draw.choice([0o644, 0o666, 0o777, 0o600, 0o664]))
            for f in files
        ]
        body = b"#!/bin/sh\necho sync done\n"
        files += [
            TreeFile(f"bin/{name}.sh", body, draw.choice([0o644, 0o666]))
            for name in ("sync", "rotate")
        ]
    elif condition == "crlf":
        files = [
            dataclasses.replace(f, content=f.content.replace(b"\n", b"\r\n"))
            if draw.chance(0.45)
            else f
            for f in files
        ]
    elif condition == "outdated":
        files = _age(theme, draw, files)
    elif condition == "leaky":
        files = _leak(theme, draw, files)
    elif condition == "scattered":
        files = [f.renamed(f.name.rpartition("/")[2]) for f in files]
    return Tree(
        path=path,
        noun=draw.choice(
            ["office documents", f"files of {theme.team}", "papers on the shared drive"]
        ),
        files=tuple(sorted(files)),
        condition=condition,
    )


#: Links come to be through skills only.
STARTING = tuple(c for c in Tree.domain["condition"] if c != "linked")

KIND = Kind(
    Tree,
    tuple({"content": "documents", "condition": c} for c in STARTING),
    generate,
    lambda state, theme: "documents",
)
