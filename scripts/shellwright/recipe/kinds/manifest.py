"""Manifests: the checksums of a folder's files, as a list that a tool can check."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check, text_equals
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import tree as trees
from shellwright.recipe.kinds.tree import Tree, TreeFile
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.shell import byte_sorted
from shellwright.recipe.themes import Theme


@dataclass(frozen=True, kw_only=True)
class Manifest(Resource):
    """A file at `path` with the SHA-256 of every file of a tree, one `<sum>  <name>` a line.

    Names are relative to the root of the tree, in the order of their bytes. `listed` is the tree
    as it was when the list was written, `tree` as it is now; `condition` is `fresh` where the
    two are the same and `stale` where they differ.
    """

    kind: ClassVar[str] = "manifest"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"condition": ("fresh", "stale")}

    tree: Tree
    listed: Tree

    def state(self) -> dict[str, str]:
        return {"condition": "fresh" if sums(self.tree) == sums(self.listed) else "stale"}

    def text(self) -> str:
        """The content of the file."""
        found = sums(self.listed)
        return "".join(f"{found[name]}  {name}\n" for name in byte_sorted(found))

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.text().encode()), *self.tree.entries()]

    def checks(self) -> list[Check]:
        return [text_equals(self.path, self.text(), weight=2.0)]

    def situation(self) -> str:
        return (
            f"`{self.path}` lists the SHA-256 sums of the files that belong into the folder "
            f"`{self.tree.path}`, one `<sum>  <name>` a line."
        )

    def spoiled(self, draw: Draw) -> list[Wrong]:
        shorter = "".join(self.text().splitlines(keepends=True)[:-1])
        return [Wrong("one file is not listed", path=self.path, content=shorter.encode())]


def sums(tree: Tree) -> dict[str, str]:
    """The SHA-256 of each regular file of a tree by its name."""
    return {
        file.name: hashlib.sha256(file.content).hexdigest()
        for file in tree.files
        if not file.target
    }


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Manifest:
    """The sums of a tree in which some files have been changed, lost and added since."""
    tidy = {"content": "documents", "condition": "tidy"}
    root = f"{path.rpartition('/')[0]}/documents"
    listed = trees.generate(tidy, theme, draw.child("tree"), root)
    victims = draw.sample(listed.files, draw.integer(5, 7))
    changed = victims[2:]
    files = [file for file in listed.files if file not in victims]
    for number, file in enumerate(changed):
        # Some lose their end, some a bit in the middle, without another size.
        content = (
            file.content[: len(file.content) * 2 // 3]
            if number % 2
            else file.content.replace(b"a", b"e", 1)
        )
        files.append(dataclasses.replace(file, content=content))
    for number in range(draw.integer(1, 3)):
        folder = draw.choice(listed.folders())
        text = f"scratch {number}\nasked {theme.team}\n"
        files.append(TreeFile(f"{folder}/untitled-{number}.txt", text.encode()))
    return Manifest(
        path=path,
        noun=f"checksums of the {listed.noun}",
        tree=listed.with_files(files),
        listed=listed,
    )


KIND = Kind(Manifest, ({"condition": "stale"},), generate, lambda state, theme: "SHA256SUMS")
