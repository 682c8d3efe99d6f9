"""Volumes: the image of a floppy, of a disc, or of a file system that is read only."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.discs import ARCHIVE, HIDDEN, SYSTEM, DiscFile, compact_disc, floppy
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.tree import TOPICS, Tree, TreeFile, document
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource
from shellwright.recipe.shell import byte_sorted, quoted, shell_prints
from shellwright.recipe.themes import Theme

SUFFIXES = {"fat": ".img", "iso": ".iso", "squashfs": ".sqfs"}
#: What unpacks an image, `{image}`, into the folder `"$work"`.
UNPACK = {
    "fat": 'mcopy -s -n -Q -i {image} ::/ "$work/"',
    "iso": 'xorriso -osirrox on -indev {image} -extract / "$work/all" 2> /dev/null',
    "squashfs": 'unsquashfs -quiet -no-progress -dest "$work/all" {image} > /dev/null',
}


@dataclass(frozen=True, kw_only=True)
class Volume(Resource):
    """An image at `path` in the given format; `tree` is what is on it, below its root.

    One that lies there from the start consists of `files`, byte by byte. One that a skill made is
    known by what is on it, and has no `files`.
    """

    kind: ClassVar[str] = "volume"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"format": tuple(SUFFIXES)}

    tree: Tree
    format: str
    label: str
    files: tuple[DiscFile, ...] = ()

    def state(self) -> dict[str, str]:
        return {"format": self.format}

    def content(self) -> bytes:
        """The bytes of an image that lies there from the start."""
        if not self.files:
            return self.format.encode()
        write = floppy if self.format == "fat" else compact_disc
        return write(self.label, self.files)

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.content())]

    def checks(self) -> list[Check]:
        sums = {
            file.name: hashlib.sha256(file.content).hexdigest()
            for file in self.tree.files
            if not file.target
        }
        root = '"$work"' if self.format == "fat" else '"$work/all"'
        return [
            shell_prints(
                "work=$(mktemp -d)\n"
                + UNPACK[self.format].format(image=quoted(self.path))
                + f"\n(cd {root} && find . -type f -printf '%P\\n' | sort | "
                "xargs -r -d '\\n' sha256sum)\n"
                'chmod -R u+w "$work" && rm -r "$work"',
                "".join(f"{sums[name]}  {name}\n" for name in byte_sorted(sums)),
                about=f"{self.path} holds the expected files and no others.",
                paths=[self.path],
                key="files",
                weight=2.0,
            )
        ]

    def situation(self) -> str:
        return {
            "fat": f"`{self.path}` is the image of an MS-DOS floppy labelled `{self.label}` with "
            f"the {self.noun}.",
            "iso": f"`{self.path}` is the image of a CD with the {self.noun}, volume "
            f"`{self.label}`, burnt long ago on a machine that knew capital letters only.",
            "squashfs": f"`{self.path}` is a squashfs image with the {self.noun}.",
        }[self.format]


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Volume:
    """A floppy with letters and a few hidden files, or a disc with a folder a year."""
    names = ("LETTERS", "LISTS", "") if state["format"] == "fat" else ("2016", "2017", "2018")
    files = [_file(theme, draw, number, names) for number in range(1, draw.integer(15, 26))]
    if state["format"] == "fat":
        for name, flags in draw.sample(
            (("AUTOSAVE.TMP", HIDDEN), ("LETTERS/LETTERS.IDX", HIDDEN), ("DESKTOP.DAT", 6)), 2
        ):
            files.append(DiscFile(name, draw.bytes(90), _moment(draw), flags | ARCHIVE))
    tree = Tree(
        path="/",
        noun=draw.choice(["letters and lists of the old office", f"papers of {theme.team}"]),
        files=tuple(sorted(TreeFile(f.name, f.content, mtime=f.mtime) for f in files)),
        condition="crlf",
    )
    word = "".join(c for c in theme.key.upper() if c.isalpha())
    return Volume(
        path=path,
        noun=tree.noun,
        tree=tree,
        format=state["format"],
        label=word[:9] + "-1" if state["format"] == "fat" else f"{word}_2018",
        files=tuple(sorted(files)),
    )


def is_hidden(file: DiscFile) -> bool:
    """Whether the machine hid the file from its users."""
    return bool(file.attributes & (HIDDEN | SYSTEM))


def _moment(draw: Draw) -> int:
    """A time that both formats can hold."""
    return DEFAULT_MTIME - draw.integer(2600, 9000) * 86_400 + draw.integer(0, 20_000) * 2


def _file(theme: Theme, draw: Draw, number: int, folders: tuple[str, ...]) -> DiscFile:
    topic = draw.choice(TOPICS)
    text = document(theme, draw, topic)
    if draw.chance(0.8):
        text = text.replace("\n", "\r\n")
    name = f"{topic[:6].upper()}{number:02d}.{draw.choice(('TXT', 'TXT', 'DOC', 'LST'))}"
    folder = draw.choice(folders)
    return DiscFile(f"{folder}/{name}" if folder else name, text.encode(), _moment(draw))


def on_disc(tree: Tree) -> Tree:
    """The tree as it lies on an image: with the root for its path."""
    return dataclasses.replace(tree, path="/")


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return f"{theme.key}{SUFFIXES[state['format']]}"


KIND = Kind(Volume, ({"format": "fat"}, {"format": "iso"}), generate, _file_name)
