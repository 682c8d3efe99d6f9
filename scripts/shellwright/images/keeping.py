"""Copies of images outside the engine: archives in the work folder, and a registry."""

import gzip
import logging
from pathlib import Path

import docker
from docker.errors import DockerException, NotFound
from requests import RequestException

from shellwright.errors import UserError
from shellwright.images.catalogue import PREFIX
from shellwright.images.workshop import Workshop
from shellwright.sandbox.engine import finish, inspect_image

log = logging.getLogger(__name__)

KEY_LABEL = "shellwright.key"
# What every image is in a registry before it is built for the first time.
ABSENT = "it is not there"


def publish(
    client: docker.DockerClient,
    reference: str,
    workshop: Workshop,
    *,
    built: bool = False,
    pushed: str | None = None,
) -> None:
    """Saves an image, by its name in the engine, and pushes it, where the configuration says so.

    built: whether it was built just now, so that an archive that is there was of no use
    pushed: the registry that has it already

    Raises UserError when the registry does not take it.
    """
    archive = workshop.archive(reference)
    if workshop.keep and (built or not archive.exists()):
        _save(client, reference, archive)
    if workshop.registry and workshop.registry != pushed:
        _push(client, reference, workshop.registry)


def republish(client: docker.DockerClient, reference: str, workshop: Workshop) -> None:
    """Puts an image that had to be built in the place of copies that were lost or of no use.

    Where an image is only needed, a registry that does not take it is no error: it is logged.
    """
    try:
        publish(client, reference, workshop, built=True)
    except UserError as error:
        log.warning("%s", error)


def recover(
    client: docker.DockerClient, reference: str, key: str | None, workshop: Workshop
) -> bool:
    """Brings an image that the engine has lost back from its archive or from the registry.

    `key` is the environment key that the image must have; None for a base, which has none. False
    where there is no copy, or none that can be used, which is logged: the image is built then.
    """
    archive = workshop.archive(reference)
    if archive.exists():
        problem = _load(client, archive, reference, key)
        if problem is None:
            return True
        log.warning("%s cannot be used: %s", archive, problem)
    if workshop.registry:
        problem = _pull(client, reference, workshop.registry, key)
        if problem is None:
            return True
        if problem != ABSENT:
            log.warning("%s does not give %s: %s", workshop.registry, reference, problem)
    return False


def give_name(client: docker.DockerClient, image: str, reference: str) -> None:
    """Gives an image (its id or a name) another name in the engine."""
    repository, _, tag = reference.partition(":")
    client.api.tag(image, repository, tag)


def _save(client: docker.DockerClient, reference: str, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_name(f"{archive.name}.partial")
    with gzip.open(partial, "wb", compresslevel=1) as file:
        for chunk in client.api.get_image(reference):
            file.write(chunk)
    partial.replace(archive)


def _load(
    client: docker.DockerClient, archive: Path, reference: str, key: str | None
) -> str | None:
    """Loads an archive; returns why it cannot be used, or None."""
    try:
        with archive.open("rb") as file:
            finish(client.api.load_image(file))  # type: ignore[no-untyped-call]
    except DockerException as error:
        return str(error)
    return _accept(client, reference, key)


def _accept(client: docker.DockerClient, reference: str, key: str | None) -> str | None:
    """Why the image that came under a name is not the one that was meant, or None."""
    about = inspect_image(client, reference)
    if about is None:
        return f"it does not hold {reference}"
    found = (about["Config"].get("Labels") or {}).get(KEY_LABEL)
    if key is None or found == key:
        return None
    client.api.remove_image(reference, force=True)
    return f"its {reference} has the key {found}, and {key} was wanted"


def _push(client: docker.DockerClient, reference: str, registry: str) -> None:
    repository, tag = _remote(reference, registry)
    try:
        client.api.tag(reference, repository, tag, force=True)
        try:
            finish(client.api.push(repository, tag, stream=True, decode=True))
        finally:
            client.api.remove_image(f"{repository}:{tag}")
    except (DockerException, RequestException) as error:
        raise UserError(
            f"images.registry: {registry} does not take {reference}: {error}. Name a registry that "
            "answers and that `docker login` was done for, or set images.registry to null."
        ) from error


def _pull(
    client: docker.DockerClient, reference: str, registry: str, key: str | None
) -> str | None:
    """Pulls an image from the registry and names it; returns why there is none, or None."""
    repository, tag = _remote(reference, registry)
    try:
        finish(client.api.pull(repository, tag, stream=True, decode=True))
        give_name(client, f"{repository}:{tag}", reference)
        client.api.remove_image(f"{repository}:{tag}")
    except NotFound:
        return ABSENT
    except (DockerException, RequestException) as error:
        return str(error)
    return _accept(client, reference, key)


def _remote(reference: str, registry: str) -> tuple[str, str]:
    """Repository and tag in a registry of an image of the engine."""
    name, _, tag = reference.removeprefix(PREFIX).partition(":")
    return f"{registry}/{name}", tag
