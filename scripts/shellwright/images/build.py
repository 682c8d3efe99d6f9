"""Builds the images of the domains, each once, and gets them back when the engine has lost them."""

import json
import os
from collections.abc import Mapping
from typing import Any, TextIO

import docker
from docker.errors import DockerException
from requests import RequestException

from shellwright.errors import UserError
from shellwright.images.authorities import ground, own_authorities, without
from shellwright.images.base import ensure_base, origin, packages_in
from shellwright.images.building import BuildFailed, build, network_options
from shellwright.images.catalogue import BASE, PREFIX, dockerfile, lineage, parent
from shellwright.images.drift import tell
from shellwright.images.keeping import KEY_LABEL, give_name, publish, recover, republish
from shellwright.images.workshop import Workshop
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.engine import inspect_image
from shellwright.sandbox.machine import check_space
from shellwright.sandbox.tar import tar_of

NAME_LABEL = "shellwright.image"
SPACE_MB = 6000  # all images together take less
LOG_LINES = 15  # of the end of a log, in the message of a failed build

Record = dict[str, Any]


def build_domain(client: docker.DockerClient, domain: str, workshop: Workshop) -> Record:
    """Builds what is missing of a domain's image, and returns the record of it.

    Raises BuildFailed, or UserError if there is no base image, no room, or no registry where one
    is configured.
    """
    about, built = _ensured(client, domain, workshop)
    image = str(about["Id"])
    with workshop.locked(domain):
        publish(client, workshop.tag(domain), workshop, built=built)
    with workshop.locked(BASE):
        made_on = provide_base(client, workshop)
    return {
        "domain": domain,
        "key": workshop.key(domain),
        "reference": workshop.tag(domain),
        "image": image,
        "size_bytes": about["Size"],
        "packages": packages_in(client, image),
        "base": origin(client, made_on),
        "log_path": _log_of(domain, workshop),
    }


def _log_of(name: str, workshop: Workshop) -> str | None:
    """The log of an image's build; None where another work folder built it, or another machine.

    A log that lies there may be that of an image of the same name and another key.
    """
    path = workshop.log(name)
    try:
        with path.open(encoding="utf-8") as log:
            return str(path) if log.readline().strip() == workshop.tag(name) else None
    except FileNotFoundError:
        return None


def build_base(client: docker.DockerClient, workshop: Workshop) -> str:
    """The engine's name of the base image, which is there and published after this.

    Raises UserError if there is no way to get it, or no registry where one is configured.
    """
    name = workshop.tag(BASE)
    with workshop.locked(BASE):
        publish(client, name, workshop, built=_got_base(client, workshop))
    return name


def provide_base(client: docker.DockerClient, workshop: Workshop) -> str:
    """The engine's name of the base image, which is there after this. Call it under its lock.

    It comes from the archive or the registry of this project's images, so that every machine of a
    cluster builds on the same one, then from where the configuration says. Raises UserError.
    """
    name = workshop.tag(BASE)
    if _got_base(client, workshop):
        republish(client, name, workshop)
    return name


def _got_base(client: docker.DockerClient, workshop: Workshop) -> bool:
    """Has the base image in the engine; whether it came from where the configuration says."""
    name = workshop.tag(BASE)
    if find(client, name) or recover(client, name, None, workshop):
        return False
    path = workshop.log(BASE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        ensure_base(client, workshop.base, log)
    return True


def ensure_image(client: docker.DockerClient, record: Mapping[str, Any], workshop: Workshop) -> str:
    """The id of a domain's recorded image, loaded, pulled or rebuilt if the engine has lost it.

    A rebuilt image has another id under the same key, and the packages of its day: what differs
    from the record is logged, if that tells the packages. Raises UserError if it cannot be brought
    back, also because the Dockerfiles are no longer those that it was made from.
    """
    for name in (record["image"], record["reference"]):
        if found := find(client, str(name)):
            return str(found["Id"])
    domain = str(record["domain"])
    if workshop.key(domain) != record["key"]:
        raise UserError(
            f"The image {record['reference']} is gone, and envs/images has changed since it was "
            "built. Build results/images again."
        )
    image = str(ensure_domain(client, domain, workshop)["Id"])
    if "packages" in record:
        tell(record, packages_in(client, image))
    return image


def ensure_domain(client: docker.DockerClient, name: str, workshop: Workshop) -> Record:
    """What the engine knows of a domain's image, or of one that domains build on, which is there
    after this.
    """
    about, built = _ensured(client, name, workshop)
    if built:
        with workshop.locked(name):
            republish(client, workshop.tag(name), workshop)
    return about


def _ensured(client: docker.DockerClient, name: str, workshop: Workshop) -> tuple[Record, bool]:
    """What the engine knows of an image, which is there after this, and whether it was built now.

    Images that had to be built for it are published, and it is not: who needs it says how.
    """
    built = False
    if found := find(client, workshop.tag(name)):
        return found, built
    with workshop.locked(name):
        # A copy of the image itself needs nothing of what it was built on.
        if not find(client, workshop.tag(name)):
            recover(client, workshop.tag(name), workshop.key(name), workshop)
    for step in lineage(name, workshop.folder):
        if find(client, workshop.tag(name)):
            break
        with workshop.locked(step):
            if find(client, workshop.tag(step)) or (
                step != name and recover(client, workshop.tag(step), workshop.key(step), workshop)
            ):
                continue
            check_space(workshop.results, SPACE_MB)
            _build(client, step, workshop)
            if step == name:
                built = True
            else:
                republish(client, workshop.tag(step), workshop)
    found = find(client, workshop.tag(name))
    if not found:
        raise SandboxError(f"the engine has lost {workshop.tag(name)} right after it was built")
    return found, built


def find(client: docker.DockerClient, name: str) -> Record | None:
    """What the engine knows of an image, or None. Raises SandboxError when it does not answer."""
    try:
        return inspect_image(client, name)
    except (DockerException, RequestException) as error:
        raise SandboxError(f"the engine does not say whether it has {name}: {error}") from error


def _build(client: docker.DockerClient, name: str, workshop: Workshop) -> None:
    if parent(name, workshop.folder) == BASE:
        with workshop.locked(BASE):
            provide_base(client, workshop)
    path = workshop.log(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        log.write(f"{workshop.tag(name)}\n")
        try:
            image = _image(client, name, workshop, log)
        except BuildFailed as error:
            log.write(f"{error}\n")
            log.flush()
            end = "\n".join(path.read_text(encoding="utf-8").splitlines()[-LOG_LINES:])
            raise BuildFailed(
                f"The image {name} cannot be built. The end of its log, {path}:\n{end}"
            ) from error
    # It gets its name last, so that whoever finds the name finds a finished image.
    give_name(client, image, workshop.tag(name))


def _image(client: docker.DockerClient, name: str, workshop: Workshop, log: TextIO) -> str:
    """The id of an image that was just built. Raises BuildFailed with what stopped it.

    This machine's own certificate authorities are offered only to a build that fails without them:
    most images install packages alone, and taking a layer out of an image again takes a while.
    """
    above = workshop.tag(parent(name, workshop.folder))
    try:
        return _built_on(client, name, above, workshop, log)
    except BuildFailed:
        bundle = own_authorities(os.environ)
        if bundle is None:
            raise
    log.write("Once more, with the certificate authorities of this machine.\n")
    # Named, so that no other build stands on the same: whichever ends first takes it away.
    labels = {NAME_LABEL: name}
    stands_on = ground(client, above, log, bundle=bundle, labels=labels)
    image = _built_on(client, name, stands_on.image, workshop, log)
    return without(client, image, [stands_on], workshop.results)


def _built_on(
    client: docker.DockerClient, name: str, below: str, workshop: Workshop, log: TextIO
) -> str:
    labels = {NAME_LABEL: name, KEY_LABEL: workshop.key(name)}
    return build(
        client,
        context(name, workshop, below),
        log,
        timeout=workshop.timeout,
        limit="images.build_timeout_s",
        options={**network_options(), "labels": json.dumps(labels)},
    )


def context(name: str, workshop: Workshop, below: str) -> bytes:
    """The build context of an image as a tar: always the same bytes for the same files.

    The Dockerfile's FROM names `below`, an image of the engine, so that the right one is built
    upon, and a label says whose it is. Raises UserError for a symbolic link, which could lead out
    of the folder.
    """
    root = workshop.folder / name
    above = parent(name, workshop.folder)
    # The label is there from the first step on, so that prune knows what a killed build has left.
    on = f"FROM {below}\nLABEL {NAME_LABEL}={name}\n"
    text = dockerfile(name, workshop.folder).replace(f"FROM {PREFIX}{above}\n", on)
    files = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            raise UserError(f"{path}: a symbolic link; a build context has files only.")
        if path.is_dir():
            continue
        content = text.encode() if path == root / "Dockerfile" else path.read_bytes()
        mode = 0o755 if os.access(path, os.X_OK) else 0o644
        files.append((path.relative_to(root).as_posix(), mode, content))
    return tar_of(files)
