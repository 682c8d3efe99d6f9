"""Builds the images of the domains, each once, and gets them back when the engine has lost them."""

import contextlib
import fcntl
import gzip
import io
import os
import tarfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException
from requests import RequestException

from shellwright.errors import UserError
from shellwright.images.base import ensure_base, origin, packages_in
from shellwright.images.catalogue import (
    BASE,
    FOLDER,
    PREFIX,
    base_key,
    dockerfile,
    environment_key,
    lineage,
    parent,
    tag,
)
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.engine import check_space, inspect_image

KEY_LABEL, NAME_LABEL = "shellwright.key", "shellwright.image"
SPACE_MB = 6000  # all images together take less
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Record = dict[str, Any]


class BuildFailed(UserError):
    """An image cannot be built; the message has the end of the log and where the rest is."""


@dataclass(frozen=True)
class Workshop:
    """Where and how images are built.

    base: the configuration's `images.base`
    results: folder of the logs and, below `archive`, of the archives
    timeout: seconds after which the build of one image is stopped
    keep: whether built images are saved into the archive
    """

    base: Mapping[str, Any]
    results: Path
    timeout: float = 1800.0
    keep: bool = False
    folder: Path = FOLDER

    def key(self, name: str) -> str:
        """The key of an image or of the base."""
        if name == BASE:
            return base_key(self.base)
        return environment_key(name, self.base, self.folder)

    def tag(self, name: str) -> str:
        """The engine's name of an image or of the base."""
        return tag(name, self.key(name))

    def archive(self, name: str) -> Path:
        """Where an image is saved."""
        return self.results / "archive" / f"{name}-{self.key(name)[:16]}.tar.gz"

    def log(self, name: str) -> Path:
        """The log of an image's build."""
        return self.results / "logs" / f"{name}.log"


def build_domain(client: docker.DockerClient, domain: str, workshop: Workshop) -> Record:
    """Builds what is missing of a domain's image, and returns the record of it.

    Raises BuildFailed, or UserError if there is no base image or no room.
    """
    about = _ensure(client, domain, workshop)
    image = str(about["Id"])
    archive = workshop.archive(domain)
    if workshop.keep and not archive.exists():
        _save(client, workshop.tag(domain), archive)
    return {
        "domain": domain,
        "key": workshop.key(domain),
        "reference": workshop.tag(domain),
        "image": image,
        "size_bytes": about["Size"],
        "packages": packages_in(client, image),
        "base": origin(client, workshop.tag(BASE)),
        "log_path": str(workshop.log(domain)),
    }


def ensure_image(client: docker.DockerClient, record: Mapping[str, Any], workshop: Workshop) -> str:
    """The id of a recorded image, which is loaded or rebuilt if the engine has lost it.

    A rebuilt image has another id under the same key. Raises UserError if it cannot be brought
    back, also because the Dockerfiles are no longer those that it was made from.
    """
    for name in (record["image"], record["reference"]):
        if found := _find(client, str(name)):
            return str(found["Id"])
    domain = str(record["domain"])
    if workshop.key(domain) != record["key"]:
        raise UserError(
            f"The image {record['reference']} is gone, and envs/images has changed since it was "
            "built. Build results/images again."
        )
    return str(_ensure(client, domain, workshop)["Id"])


def _ensure(client: docker.DockerClient, name: str, workshop: Workshop) -> Record:
    """What the engine knows of an image that is there after this, with all that it builds on."""
    if found := _find(client, workshop.tag(name)):
        return found
    for step in lineage(name, workshop.folder):
        with _locked(workshop, step):
            if _find(client, workshop.tag(step)):
                continue
            if not _load(client, workshop.archive(step), workshop.tag(step)):
                check_space(workshop.results, SPACE_MB)
                _build(client, step, workshop)
    found = _find(client, workshop.tag(name))
    if not found:
        raise SandboxError(f"the engine has lost {workshop.tag(name)} right after it was built")
    return found


def _find(client: docker.DockerClient, name: str) -> Record | None:
    try:
        return inspect_image(client, name)
    except (DockerException, RequestException) as error:
        raise SandboxError(f"the engine does not say whether it has {name}: {error}") from error


def _build(client: docker.DockerClient, name: str, workshop: Workshop) -> None:
    path = workshop.log(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        if parent(name, workshop.folder) == BASE:
            with _locked(workshop, BASE):
                ensure_base(client, workshop.base, log)
        try:
            _stream(client, name, workshop, log)
        except (DockerException, RequestException, BuildFailed) as error:
            log.write(f"{error}\n")
            log.flush()
            end = "\n".join(path.read_text(encoding="utf-8").splitlines()[-15:])
            raise BuildFailed(
                f"The image {name} cannot be built. The end of its log, {path}:\n{end}"
            ) from error


def _stream(client: docker.DockerClient, name: str, workshop: Workshop, log: TextIO) -> None:
    """Has the engine build an image. Raises BuildFailed with what stopped it."""
    deadline = time.monotonic() + workshop.timeout
    proxies = proxy_arguments(os.environ)
    lines = client.api.build(
        fileobj=io.BytesIO(context(name, workshop)),
        custom_context=True,
        tag=workshop.tag(name),
        buildargs=proxies,
        labels={NAME_LABEL: name, KEY_LABEL: workshop.key(name)},
        # A proxy on this machine's loopback is not there in a network of the build's own.
        network_mode="host" if _on_loopback(proxies) else None,
        timeout=int(workshop.timeout),
        rm=True,
        forcerm=True,
        decode=True,
    )
    for line in lines:
        if "error" in line:
            raise BuildFailed(str(line["error"]))
        log.write(str(line.get("stream", line.get("status", ""))))
        if time.monotonic() > deadline:
            raise BuildFailed(f"stopped after images.build_timeout_s, {workshop.timeout:g} seconds")


def context(name: str, workshop: Workshop) -> bytes:
    """The build context of an image as a tar: always the same bytes for the same files.

    The Dockerfile's FROM names the image with its key, so that the right one is built upon.
    """
    root = workshop.folder / name
    above = parent(name, workshop.folder)
    text = dockerfile(name, workshop.folder).replace(
        f"FROM {PREFIX}{above}\n", f"FROM {workshop.tag(above)}\n"
    )
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            data = text.encode() if path.name == "Dockerfile" else path.read_bytes()
            member = tarfile.TarInfo(path.relative_to(root).as_posix())
            member.size = len(data)
            member.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def proxy_arguments(environment: Mapping[str, str]) -> dict[str, str]:
    """Build arguments for the proxies of an environment; engines keep these out of the image."""
    names = [name for proxy in PROXIES for name in (proxy, proxy.upper())]
    return {name: environment[name] for name in names if environment.get(name)}


def _on_loopback(proxies: Mapping[str, str]) -> bool:
    urls = [url for name, url in proxies.items() if name.lower() != "no_proxy"]
    return any(urlsplit(url).hostname in LOOPBACK for url in urls)


def _save(client: docker.DockerClient, name: str, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    with gzip.open(partial, "wb", compresslevel=1) as file:
        for chunk in client.api.get_image(name):
            file.write(chunk)
    partial.replace(archive)


def _load(client: docker.DockerClient, archive: Path, name: str) -> bool:
    """Loads an image from its archive; False if there is none."""
    if not archive.exists():
        return False
    with archive.open("rb") as file:
        for line in client.api.load_image(file):  # type: ignore[no-untyped-call]
            if "error" in line:
                raise SandboxError(f"{archive} cannot be loaded: {line['error']}")
    return _find(client, name) is not None


@contextlib.contextmanager
def _locked(workshop: Workshop, name: str) -> Iterator[None]:
    """Lets one process at a time build an image. The lock goes with its holder, however it ends."""
    path = workshop.results / "logs" / f".{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
