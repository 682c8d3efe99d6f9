"""Where and how images are built, and where they are kept."""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from shellwright.images.catalogue import (
    BASE,
    FOLDER,
    PREFIX,
    base_key,
    environment_key,
    tag,
)


@dataclass(frozen=True)
class Terms:
    """What a Dockerfile that comes with a task may do: the configuration's `images.tasks`.

    bases: patterns of the names of images that it may start from
    network: `none`, or the engine's `default`
    timeout_s: seconds after which its build is killed
    memory_mb, cpus: what its build may use
    context_mb, image_mb: the largest build context and the largest image
    """

    bases: Sequence[str] = ("shellwright/*",)
    network: Literal["default", "none"] = "default"
    timeout_s: float = 600
    memory_mb: int = 2048
    cpus: float = 1
    context_mb: int = 64
    image_mb: int = 4096

    @classmethod
    def of_config(cls, section: Mapping[str, Any]) -> "Terms":
        """The terms of the configuration's block `images.tasks`."""
        names = cls.__dataclass_fields__
        return cls(**{name: value for name, value in section.items() if name in names})


@dataclass(frozen=True)
class Workshop:
    """Where and how images are built.

    base: the configuration's `images.base`
    results: folder of logs, archives, and what is known of the tasks' own environments
    timeout: seconds after which the build of one domain image is stopped
    keep: whether built images are saved into the archive
    registry: where images are pushed to and pulled from, as `host:port/path`; None for nowhere
    terms: what Dockerfiles of tasks may do
    """

    base: Mapping[str, Any]
    results: Path
    timeout: float = 1800.0
    keep: bool = False
    registry: str | None = None
    terms: Terms = field(default_factory=Terms)
    folder: Path = FOLDER

    def key(self, name: str) -> str:
        """The key of a domain's image, of one that it builds on, or of the base."""
        if name == BASE:
            return base_key(self.base)
        return environment_key(name, self.base, self.folder)

    def tag(self, name: str) -> str:
        """The engine's name of such an image."""
        return tag(name, self.key(name))

    def archive(self, reference: str) -> Path:
        """Where the image with a name of the engine, `shellwright/<name>:<key>`, is saved."""
        file = reference.removeprefix(PREFIX).replace(":", "-")
        return self.results / "archive" / f"{file}.tar.gz"

    def log(self, name: str) -> Path:
        """The log of an image's build."""
        return self.results / "logs" / f"{name}.log"

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Lets one process at a time make an image. The lock ends with its holder, however."""
        path = self.results / "logs" / f".{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
