"""Repositories: git work trees with a known history, written object by object."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from dulwich.index import IndexEntry, SerializedIndexEntry, commit_tree, write_index
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.pack import SHA1Writer

from shellwright.recipe.checks import Check, custom
from shellwright.recipe.draw import Draw
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.themes import PEOPLE

ZERO = "0" * 40


@dataclass(frozen=True, order=True)
class Blobbed:
    """A file of a revision: its name in the work tree, its content, and whether it can be run."""

    name: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Revision:
    """A commit. `parents` are positions in the repository's list of revisions."""

    subject: str
    author: str
    time: int
    files: tuple[Blobbed, ...]
    parents: tuple[int, ...] = ()

    @property
    def email(self) -> str:
        """The author's address."""
        return self.author.lower().replace(" ", ".") + "@example.org"

    def file(self, name: str) -> bytes:
        """The content of a file. Raises KeyError where the revision has none of that name."""
        return {file.name: file.content for file in self.files}[name]


@dataclass(frozen=True, kw_only=True)
class Repository(Resource):
    """A git repository with its work tree at `path`.

    `revisions` are all commits, those that no branch reaches included; `branches` and `tags` map
    names to positions among them; `head` is the branch that is checked out. `work` are the files
    of the work tree, where they differ from the head revision. `reflog` are the moves of HEAD as
    (from, to, message), positions again, -1 for nothing.

    `condition`: `clean`; `lost` (commits that only the reflog knows); `diverged` (two branches that
    changed the same lines); `leaked` (a secret in the history); `dirty` (changes not committed).
    """

    kind: ClassVar[str] = "repository"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "condition": ("clean", "lost", "diverged", "leaked", "dirty"),
    }

    revisions: tuple[Revision, ...]
    branches: tuple[tuple[str, int], ...]
    head: str = "main"
    tags: tuple[tuple[str, int], ...] = ()
    reflog: tuple[tuple[int, int, str], ...] = ()
    work: tuple[Blobbed, ...] | None = None
    condition: str = "clean"
    owner: str = PEOPLE[0]
    ignored: tuple[str, ...] = ()

    def state(self) -> dict[str, str]:
        return {"condition": self.condition}

    def tip(self, branch: str = "") -> Revision:
        """The newest revision of a branch; of the checked-out one where none is named."""
        return self.revisions[dict(self.branches)[branch or self.head]]

    def history(self, branch: str = "") -> list[Revision]:
        """The revisions that a branch reaches, newest first; equal times in order of position."""
        seen: set[int] = set()
        queue = [dict(self.branches)[branch or self.head]]
        while queue:
            position = queue.pop()
            if position not in seen:
                seen.add(position)
                queue += self.revisions[position].parents
        order = sorted(seen, key=lambda n: (self.revisions[n].time, n), reverse=True)
        return [self.revisions[position] for position in order]

    def with_commit(self, revision: Revision, **changes: object) -> Repository:
        """This repository with one more revision on top of the checked-out branch."""
        position = len(self.revisions)
        branches = {**dict(self.branches), self.head: position}
        return replace(
            self,
            revisions=(*self.revisions, revision),
            branches=tuple(branches.items()),
            work=None,
            **changes,  # type: ignore[arg-type]
        )

    def objects(self) -> tuple[MemoryObjectStore, list[ObjectID]]:
        """Every object of the repository, and the ids of the revisions."""
        store = MemoryObjectStore()
        ids: list[ObjectID] = []
        for revision in self.revisions:
            commit = Commit()
            commit.tree = _tree(store, revision.files)
            commit.parents = [ids[parent] for parent in revision.parents]
            commit.author = commit.committer = f"{revision.author} <{revision.email}>".encode()
            commit.author_time = commit.commit_time = revision.time
            commit.author_timezone = commit.commit_timezone = 0
            commit.encoding = None
            commit.message = f"{revision.subject}\n".encode()
            store.add_object(commit)
            ids.append(commit.id)
        return store, ids

    def tree_id(self, branch: str = "") -> str:
        """The id of the tree of a branch: equal ids mean equal files and names."""
        return _tree(MemoryObjectStore(), self.tip(branch).files).decode()

    def entries(self) -> list[Entry]:
        store, ids = self.objects()
        git = f"{self.path}/.git"
        files = {
            f"{git}/HEAD": f"ref: refs/heads/{self.head}\n".encode(),
            f"{git}/config": self._config().encode(),
            f"{git}/index": self._index(store),
            f"{git}/logs/HEAD": self._log(ids).encode(),
            f"{git}/info/exclude": b"",
        }
        for name, position in self.branches:
            files[f"{git}/refs/heads/{name}"] = ids[position] + b"\n"
        for name, position in self.tags:
            files[f"{git}/refs/tags/{name}"] = ids[position] + b"\n"
        for key in store:
            name = key.decode()
            files[f"{git}/objects/{name[:2]}/{name[2:]}"] = store[key].as_legacy_object()
        found = [Entry.folder(f"{git}/refs/tags"), Entry.folder(f"{git}/objects/pack")]
        found += [Entry(path, content) for path, content in sorted(files.items())]
        for file in self.tip().files if self.work is None else self.work:
            mode = 0o755 if file.executable else 0o644
            found.append(Entry(f"{self.path}/{file.name}", file.content, mode))
        return found

    def checks(self) -> list[Check]:
        refs = sorted(
            [f"refs/heads/{name}" for name, _ in self.branches]
            + [f"refs/tags/{name}" for name, _ in self.tags]
        )
        found = [
            self._asks(
                f"HEAD of {self.path} is on the branch {self.head}.",
                ["symbolic-ref", "--short", "HEAD"],
                f"{self.head}\n",
            ),
            self._asks(
                "There are the expected branches and tags, and no other references.",
                ["for-each-ref", "--format=%(refname)"],
                "".join(f"{ref}\n" for ref in refs),
            ),
        ]
        if self.work is None:
            found.append(self._asks("Nothing is left uncommitted.", ["status", "--porcelain"], ""))
        for name, _ in self.branches:
            subjects = "".join(f"{revision.subject}\n" for revision in self.history(name))
            found += [
                self._asks(
                    f"The branch {name} holds exactly the expected files.",
                    ["rev-parse", f"refs/heads/{name}^{{tree}}"],
                    f"{self.tree_id(name)}\n",
                    weight=2.0,
                ),
                self._asks(
                    f"The branch {name} has the expected history.",
                    ["log", "--format=%s", f"refs/heads/{name}", "--"],
                    subjects,
                ),
            ]
        return found

    def _asks(self, about: str, args: list[str], text: str, weight: float = 1.0) -> Check:
        """A check of what git answers."""
        return custom(
            "git_output",
            about=about,
            paths=[self.path],
            weight=weight,
            repo=self.path,
            args=args,
            text=text,
        )

    def guards(self) -> list[Check]:
        """What git says of the repository; its own files may change when it is only looked at."""
        return [replace(check, guard=True) for check in self.checks()]

    def kept(self, before: Resource) -> list[Check]:
        held = before.checks()
        return [check for check in self.checks() if check in held]

    def situation(self) -> str:
        base = f"`{self.path}` is the git repository with the {self.noun}"
        return {
            "clean": f"{base}; `{self.head}` is checked out and nothing is pending.",
            "lost": f"{base}. Since a reset that went wrong, work is missing from `{self.head}`.",
            "diverged": f"{base}. Two people have worked on it at the same time, on two branches.",
            "leaked": f"{base}. A file that should never have been committed is in its history.",
            "dirty": f"{base}. Somebody left changes in the work tree without committing them.",
        }[self.condition]

    def spoiled(self, draw: Draw) -> list[Wrong]:
        victim = draw.choice(self.tip().files).name
        return [
            Wrong(
                "a stray commit on top",
                command=f"cd '{self.path}' && echo x >> '{victim}' && git commit -qam stray",
            )
        ]

    def _config(self) -> str:
        email = self.owner.lower().replace(" ", ".") + "@example.org"
        return (
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
            f"\tlogallrefupdates = true\n[user]\n\tname = {self.owner}\n\temail = {email}\n"
        )

    def _log(self, ids: Sequence[ObjectID]) -> str:
        moves = self.reflog or tuple(
            (position - 1, position, f"commit: {revision.subject}")
            for position, revision in enumerate(self.revisions)
        )
        lines = []
        for before, after, message in moves:
            old = ids[before].decode() if before >= 0 else ZERO
            revision = self.revisions[after]
            who = f"{self.owner} <{revision.email}> {revision.time} +0000"
            lines.append(f"{old} {ids[after].decode()} {who}\t{message}\n")
        return "".join(lines)

    def _index(self, store: MemoryObjectStore) -> bytes:
        """The index of a clean checkout; git compares contents, since no times are in it."""
        entries = []
        for file in self.tip().files:
            blob = Blob.from_string(file.content)
            mode = 0o100755 if file.executable else 0o100644
            stat = IndexEntry(0, 0, 0, 0, mode, 0, 0, len(file.content), blob.id)
            entries.append(SerializedIndexEntry(
                file.name.encode(), stat.ctime, stat.mtime, stat.dev, stat.ino, stat.mode,
                stat.uid, stat.gid, stat.size, stat.sha, 0, 0,
            ))  # fmt: skip
        buffer = io.BytesIO()
        writer = SHA1Writer(buffer)
        write_index(writer, entries, version=2)
        writer.write_sha()
        return buffer.getvalue()


def _tree(store: MemoryObjectStore, files: Sequence[Blobbed]) -> ObjectID:
    """Put the tree of the files into the store; its id."""
    found = []
    for file in files:
        blob = Blob.from_string(file.content)
        store.add_object(blob)
        found.append((file.name.encode(), blob.id, 0o100755 if file.executable else 0o100644))
    return commit_tree(store, found)
