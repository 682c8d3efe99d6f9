"""A task as the gates see it: its files, its author's record, and the tar streams of a trial."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from shellwright.sandbox.tar import tar_of
from shellwright.tasks.bundle import harness_files
from shellwright.tasks.folder import working_folder
from shellwright.verify.fixture import FIXTURE

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Wrong:
    """A wrong but well-formed answer: other content of one path, or a command that spoils it."""

    name: str
    path: str
    content_b64: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Case:
    """One task under test. files maps a path in the bundle to its mode and content."""

    id: str
    user: Literal["agent", "root"]
    files: Mapping[str, tuple[int, bytes]]
    commands: Sequence[str] = ()
    deliverables: Sequence[str] = ()
    wrong: Sequence[Wrong] = field(default_factory=tuple)

    @classmethod
    def of_row(cls, row: Row) -> "Case":
        """The case of a row of the task table."""
        authoring = json.loads(row["authoring_json"] or "{}")
        return cls(
            id=row["id"],
            user=row["user"],
            files={f["path"]: (f["mode"], f["content"]) for f in row["files"]},
            commands=[s["command"] for s in authoring.get("steps", []) if s["kind"] == "do"],
            deliverables=[d["path"] for d in authoring.get("deliverables", [])],
            wrong=[
                Wrong(w["name"], w.get("path") or "", w.get("content_b64"), w.get("command"))
                for w in authoring.get("wrong", [])
            ],
        )

    def text(self, path: str) -> str:
        """The text of a file of the bundle; what is not UTF-8 is replaced; "" for a missing one."""
        return self.files.get(path, (0, b""))[1].decode("utf-8", "replace")

    def below(self, folder: str) -> dict[str, tuple[int, bytes]]:
        """The files of one folder of the bundle, by their path in the bundle."""
        return {path: file for path, file in self.files.items() if path.startswith(folder + "/")}

    @cached_property
    def project_harness(self) -> bool:
        """Whether the tests are graded by this project's own harness, byte for byte."""
        return all(
            self.files.get(path, (0, b""))[1] == content
            for path, content in harness_files().items()
        )

    @cached_property
    def own_tests(self) -> dict[str, bytes]:
        """The contents of the tests' files that the task brings, by their path in the bundle.

        The harness's are told by what they hold: a name is anybody's to use.
        """
        harness = harness_files()
        below = self.below("tests").items()
        return {path: content for path, (_, content) in below if harness.get(path) != content}

    @cached_property
    def folder(self) -> str | None:
        """The folder in which the task is worked on; that of its image if None."""
        return working_folder(self.text("task.toml"))

    @property
    def fixture(self) -> bytes:
        """The tar of the task's input files, possibly empty."""
        return self.files.get(FIXTURE, (0, b""))[1]

    @cached_property
    def tests_tar(self) -> bytes:
        """The tests as they are uploaded: `tests/...`, root's."""
        return tar_of((path, *file) for path, file in self.below("tests").items())

    @cached_property
    def solution_tar(self) -> bytes:
        """The oracle as it is uploaded: `solution/...`, root's."""
        return tar_of((path, *file) for path, file in self.below("solution").items())
