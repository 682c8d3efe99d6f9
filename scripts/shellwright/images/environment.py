"""The environment that a task brings itself: a Dockerfile of its own and its build context."""

import hashlib
import io
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shellwright.digest import digest
from shellwright.images.catalogue import BASE, PREFIX
from shellwright.images.dockerfiles import Dockerfile
from shellwright.images.workshop import Workshop
from shellwright.sandbox.limits import MEGABYTE
from shellwright.sandbox.tar import tar_of
from shellwright.store import ItemFailed
from shellwright.tasks.fixture import BundleError
from shellwright.tasks.unpacking import check_paths

FOLDER = "environment/"
DOCKERFILE = "Dockerfile"
# Files of a bundle's environment that are not what its image is made of.
APART = ("fixture.tar", "docker-compose.yaml")
# The task's input files get into a container when it starts. The line is for Harbor.
FIXTURE = re.compile(r"^ADD fixture\.tar /[ \t]*\n?", re.MULTILINE)
NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Environment:
    """dockerfile: its text, without the line for the task's input files

    context: the other files: path -> whether it is a program, and its bytes
    """

    dockerfile: str
    context: Mapping[str, tuple[bool, bytes]]

    @classmethod
    def of_files(cls, files: Iterable[Mapping[str, Any]]) -> "Environment":
        """The environment of a bundle, whose files are {path, mode, content}."""
        found = {
            str(file["path"]).removeprefix(FOLDER): (bool(file["mode"] & 0o111), file["content"])
            for file in files
            if str(file["path"]).startswith(FOLDER)
        }
        text = found.pop(DOCKERFILE, (False, b""))[1].decode("utf-8", "replace")
        context = {path: file for path, file in found.items() if path not in APART}
        return cls(FIXTURE.sub("", text), context)

    @classmethod
    def of_tar(cls, tar: bytes) -> "Environment":
        """The environment that `tar` made a tar of."""
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            files = [
                {
                    "path": FOLDER + member.name,
                    "mode": member.mode,
                    "content": file.read() if (file := archive.extractfile(member)) else b"",
                }
                for member in archive
            ]
        return cls.of_files(files)

    def key(self, workshop: Workshop) -> str:
        """The environment key: 64 hex characters over the Dockerfile, its build context, and the
        keys of the images of this project that it starts from. It needs no engine.
        """
        context = [
            [path, program, hashlib.sha256(content).hexdigest()]
            for path, (program, content) in sorted(self.context.items())
        ]
        return digest(
            {"dockerfile": self.dockerfile, "context": context, "below": self._below(workshop)}
        )

    def _below(self, workshop: Workshop) -> dict[str, str]:
        try:
            bases = Dockerfile(self.dockerfile).bases()
        except ItemFailed:
            return {}  # it is not built
        names = {base.removeprefix(PREFIX).partition(":")[0] for base in bases}
        return {name: workshop.key(name) for name in sorted(names) if known(name, workshop)}

    def check(self, most_mb: int) -> None:
        """Raise ItemFailed for a context that is too large or would leave its folder."""
        try:
            check_paths([*self.context, DOCKERFILE])
        except BundleError as error:
            raise ItemFailed("context", str(error)) from error
        size = sum(len(content) for _, content in self.context.values())
        if size > most_mb * MEGABYTE:
            detail = f"{size} bytes, more than images.tasks.context_mb, {most_mb} MB"
            raise ItemFailed("context", detail)

    def tar(self, dockerfile: str | None = None) -> bytes:
        """The build context with this Dockerfile or another one; equal ones give equal bytes."""
        text = self.dockerfile if dockerfile is None else dockerfile
        files = {**self.context, DOCKERFILE: (False, text.encode())}
        return tar_of(
            (path, 0o755 if program else 0o644, content)
            for path, (program, content) in sorted(files.items())
        )


def known(name: str, workshop: Workshop) -> bool:
    """Whether this project has an image `shellwright/<name>`."""
    if not NAME.fullmatch(name):
        return False
    return name == BASE or (workshop.folder / name / DOCKERFILE).is_file()
