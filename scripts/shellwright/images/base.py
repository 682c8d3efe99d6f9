"""The base image: pulled by its digest or, where no registry answers, made from packages."""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import docker
from docker.errors import DockerException, NotFound
from requests import RequestException

from shellwright.errors import UserError
from shellwright.images.building import build_small
from shellwright.images.catalogue import BASE, base_key, parts_of, tag
from shellwright.images.keeping import give_name
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.engine import finish, inspect_image
from shellwright.sandbox.machine import check_space, ensure_tool
from shellwright.sandbox.reap import OWNER_LABEL, owner

REGISTRY_SECONDS = 30  # without a word from the engine while it pulls
SPACE_MB = 1000
# Time of the files in a made base that no package dates; fixed, so that it is always the same.
EPOCH = "1767225600"
MADE_BY = "shellwright.made_by"
LIST_PACKAGES = ["dpkg-query", "--show", "--showformat=${Package}=${Version}\n"]
KEEP_OUT = ("doc/*", "man/*", "info/*", "locale/*")
# Settings of this system's apt that say how far its package source is to be trusted.
APT_SETTINGS = re.compile(r"Acquire::(?:Check-Valid-Until|Check-Date) .*")


def ensure_base(client: docker.DockerClient, base: Mapping[str, Any], log: TextIO) -> str:
    """The engine's name of the base image, which is pulled or made if it is not there.

    `base` is the configuration's `images.base`. Raises UserError when there is no way to get it.
    """
    name = tag(BASE, base_key(base))
    if inspect_image(client, name):
        return name
    reference = str(base["reference"])
    sources = "".join(f"{line}\n" for line in base.get("sources") or ())
    problem = _pull(client, reference, log)
    if problem is None:
        pulled = without_tag(reference)
        image = _with_sources(client, pulled, sources, log) if sources else pulled
        give_name(client, image, name)
        return name
    _say(log, f"{reference} cannot be pulled: {problem}")
    if base["fallback"] != "mmdebstrap":
        raise UserError(
            f"images.base.reference: {reference} cannot be pulled: {problem}. Name an image of a "
            "registry that answers, or set images.base.fallback to mmdebstrap."
        )
    _make(client, str(base["suite"]), sources, name, log)
    return name


def about_base(client: docker.DockerClient, name: str) -> dict[str, Any]:
    """What is recorded of a base image: where it is from, and its packages as name=version."""
    return {**origin(client, name), "packages": packages_in(client, name)}


def origin(client: docker.DockerClient, name: str) -> dict[str, Any]:
    """How a base image came here, its id and its registry digests."""
    image = inspect_image(client, name)
    if image is None:
        raise SandboxError(f"the engine has lost {name}")
    labels = image["Config"].get("Labels") or {}
    return {
        "reference": name,
        "image": image["Id"],
        "made_by": labels.get(MADE_BY, "registry"),
        "digests": sorted(image.get("RepoDigests") or []),
    }


def packages_in(client: docker.DockerClient, image: str) -> list[str]:
    """The packages that are installed in an image as name=version, sorted."""
    try:
        output = client.containers.run(
            image,
            LIST_PACKAGES,
            entrypoint=[],  # the image's own would get the command as arguments
            labels={OWNER_LABEL: owner()},
            remove=True,
            network_mode="none",
        )
    except (DockerException, RequestException) as error:
        raise SandboxError(f"cannot list the packages of {image}: {error}") from error
    return sorted(output.decode().split())


def without_tag(reference: str) -> str:
    """A reference by digest without the tag that it may have besides: what engines know it by."""
    name, _, pinned = parts_of(reference)
    return f"{name}@{pinned}" if pinned else reference


def _pull(client: docker.DockerClient, reference: str, log: TextIO) -> str | None:
    """Pulls an image; returns why no registry gave it, or None.

    Raises UserError if a registry answers that it has no such image.
    """
    _say(log, f"Pulling {reference}")
    try:
        with patience(client, REGISTRY_SECONDS):
            finish(client.api.pull(reference, stream=True, decode=True))
    except NotFound as error:
        raise UserError(
            f"images.base.reference: the registry has no {reference}: {error.explanation}. "
            "Correct the name and the digest."
        ) from error
    except (DockerException, RequestException) as error:
        return str(error)
    return None


def _with_sources(client: docker.DockerClient, image: str, sources: str, log: TextIO) -> str:
    """The id of an image like this one, whose apt has other package sources and no more."""
    text = (
        f"FROM {image}\nCOPY sources.list /etc/apt/sources.list\n"
        "RUN find /etc/apt/sources.list.d -mindepth 1 -delete\n"
    )
    files = {"Dockerfile": text.encode(), "sources.list": sources.encode()}
    return build_small(client, files, log)


@contextlib.contextmanager
def patience(client: docker.DockerClient, seconds: int) -> Iterator[None]:
    """For a while, a call that hears nothing from the engine for so many seconds fails."""
    usual = client.api.timeout
    client.api.timeout = seconds
    try:
        yield
    finally:
        client.api.timeout = usual


def _make(client: docker.DockerClient, suite: str, sources: str, name: str, log: TextIO) -> None:
    """Makes the base image from packages: of these sources, or this system's if they are "".

    Raises UserError with the end of the log.
    """
    _say(log, f"Making a base image of Debian {suite} with mmdebstrap")
    program = ensure_tool("mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="shellwright-base-") as folder:
        check_space(Path(folder), SPACE_MB)
        archive = Path(folder) / "base.tar"
        command = [str(program), "--variant=minbase", "--format=tar"]
        command += [f"--dpkgopt=path-exclude=/usr/share/{path}" for path in KEEP_OUT]
        command += [
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            "--dpkgopt=force-unsafe-io",
        ]
        command += [f"--aptopt={setting}" for setting in _apt_settings()]
        command += [suite, str(archive), *_sources(suite, sources, Path(folder))]
        done = subprocess.run(
            command,
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        log.write(done.stdout)
        if done.returncode:
            said = "\n".join(done.stdout.splitlines()[-15:])
            raise UserError(
                f"mmdebstrap failed ({done.returncode}), so there is no base image:\n{said}\n"
                "Give this system a package source that answers, or a registry in "
                "images.base.reference."
            )
        repository, image_tag = name.split(":")
        changes = [f"LABEL {MADE_BY}=mmdebstrap", 'CMD ["bash"]']
        client.api.import_image_from_file(str(archive), repository, image_tag, changes=changes)


def _apt_settings() -> list[str]:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
        return [line for line in dump.stdout.splitlines() if APT_SETTINGS.fullmatch(line)]
    return []


def _sources(suite: str, sources: str, folder: Path) -> list[str]:
    """Package sources of a Debian release as a file: these or, if they are "", this system's own.

    There is no file if this system has none.
    """
    copy = folder / "sources.list"
    if sources:
        copy.write_text(sources)
        return [str(copy)]
    system = Path("/etc/apt/sources.list.d/debian.sources")
    if system.exists() and re.search(rf"^Suites:.*\b{suite}\b", system.read_text(), re.MULTILINE):
        return [str(system)]
    listed = Path("/etc/apt/sources.list")
    official = re.compile(rf"deb +[^\[ ]\S* +{suite}(-updates|-security)? .*\bmain\b.*")
    lines = listed.read_text().splitlines() if listed.exists() else []
    if chosen := [line for line in lines if official.fullmatch(line)]:
        copy.write_text("\n".join(chosen) + "\n")
        return [str(copy)]
    return []  # mmdebstrap then takes Debian's own mirrors


def _say(log: TextIO, text: str) -> None:
    log.write(text + "\n")
    log.flush()
