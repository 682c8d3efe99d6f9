"""Images for the environments that tasks bring themselves: each built once, within limits."""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import docker
from docker.errors import APIError, DockerException, NotFound
from requests import RequestException

from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.images.authorities import ground, own_authorities, without
from shellwright.images.base import REGISTRY_SECONDS, patience, without_tag
from shellwright.images.build import NAME_LABEL, ensure_domain, find, provide_base
from shellwright.images.building import (
    BuildFailed,
    BuildStopped,
    build,
    on_loopback,
    proxy_arguments,
)
from shellwright.images.catalogue import BASE, OWN, PREFIX, tag
from shellwright.images.dockerfiles import Dockerfile, check_base
from shellwright.images.drift import tell
from shellwright.images.environment import Environment, known
from shellwright.images.examine import check_settings, packages_of_fit
from shellwright.images.keeping import KEY_LABEL, give_name, publish, recover, republish
from shellwright.images.workshop import Terms, Workshop
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.engine import finish
from shellwright.sandbox.limits import MEGABYTE
from shellwright.sandbox.machine import check_space
from shellwright.sandbox.reap import OWNER_LABEL, owner
from shellwright.store import ItemFailed, write_bytes, write_text

# Tells the containers and images of one build while it runs; empty on what came out.
BUILD_LABEL = "shellwright.build"
PERIOD_US = 100_000  # of the processor's time that a share is given of
BOX_SECONDS = 30.0  # for the engine to remove a box
MOST_REASON = 1000  # characters of a reason; the log has the rest
PASSING = ("base-unreachable",)  # failures that say nothing of the environment

Record = dict[str, Any]


def own_record(
    client: docker.DockerClient, key: str, environment: Environment, workshop: Workshop
) -> Record:
    """The record of an environment's image, which is built first where it was not built before.

    A build that fails is a record, too: `status` failed, with its `reason`. It is not tried again
    under the same terms; one that did not fail stays as long as the terms allow it. Raises
    UserError and SandboxError when something around it is broken.
    """
    reference = tag(OWN, key)
    path = record_path(workshop, key)
    terms = digest(asdict(workshop.terms))
    with workshop.locked(_name(key)):
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if stored and stored["status"] == "failed" and stored["terms"] == terms:
            return dict(stored)
        if (
            stored
            and stored["status"] == "ok"
            and _allowed(stored, environment, workshop)
            and _there(client, reference, key, workshop)
        ):
            record: Record = {**stored, "image": _image(client, reference)}
        else:
            # What a rebuild needs when the engine has lost the image and nobody has the task.
            write_bytes(context_path(workshop, key), environment.tar())
            record = {**_make(client, key, environment, workshop), "terms": terms}
            # An archive that is there was of no use, or is of other terms.
            workshop.archive(reference).unlink(missing_ok=True)
        if record["status"] == "ok":
            pushed = record.setdefault("pushed_to", None)
            # What was built counts also where the registry does not take it.
            stored = _note(path, record, stored)
            publish(client, reference, workshop, pushed=pushed)
            record["pushed_to"] = workshop.registry
        _note(path, record, stored)
    return record


def _note(path: Path, record: Record, stored: Record | None) -> Record:
    """Write a record down, unless it is there already or says nothing of the environment.

    Returns a copy of it.
    """
    passing = (record["reason"] or "").partition(":")[0] in PASSING
    if record != stored and not passing:
        write_text(path, json.dumps(record, indent=2) + "\n")
    return dict(record)


def ensure_own(client: docker.DockerClient, row: Mapping[str, Any], workshop: Workshop) -> str:
    """The id of the image of a row of the image table, brought back if the engine has lost it.

    Raises UserError if that is not possible.
    """
    key, reference = str(row["id"]), str(row["reference"])
    for name in (row["image"], reference):
        if found := find(client, str(name)):
            return str(found["Id"])
    with workshop.locked(_name(key)):
        if not _there(client, reference, key, workshop):
            path = context_path(workshop, key)
            if not path.exists():
                raise UserError(
                    f"The image {reference} is gone, and so is {path}, which it was built from. "
                    "Remove the shard's table in results/images and build again."
                )
            made = _make(client, key, Environment.of_tar(path.read_bytes()), workshop)
            if made["status"] != "ok":
                raise UserError(
                    f"The image {reference} is gone and cannot be built again: {made['reason']}. "
                    f"Its log is {made['log_path']}."
                )
            republish(client, reference, workshop)
            if "packages" in row:
                tell(row, made["packages"])
        return _image(client, reference)


def record_path(workshop: Workshop, key: str) -> Path:
    """Where the record of an environment's image is."""
    return workshop.results / "tasks" / f"{key}.json"


def context_path(workshop: Workshop, key: str) -> Path:
    """Where the build context of an environment is, its Dockerfile in it."""
    return workshop.results / "tasks" / f"{key}.tar"


def _name(key: str) -> str:
    return f"{OWN}-{key[:16]}"


def _allowed(record: Mapping[str, Any], environment: Environment, workshop: Workshop) -> bool:
    """Whether an image that was built under other terms may still be used."""
    try:
        _plan(environment, workshop)
    except ItemFailed:
        return False
    return bool(record["size_bytes"] <= workshop.terms.image_mb * MEGABYTE)


def _there(client: docker.DockerClient, reference: str, key: str, workshop: Workshop) -> bool:
    return find(client, reference) is not None or recover(client, reference, key, workshop)


def _image(client: docker.DockerClient, reference: str) -> str:
    found = find(client, reference)
    if found is None:
        raise SandboxError(f"the engine has lost {reference} right after it was there")
    return str(found["Id"])


def _make(
    client: docker.DockerClient, key: str, environment: Environment, workshop: Workshop
) -> Record:
    path = workshop.log(_name(key))
    record: Record = {
        "domain": OWN,
        "key": key,
        "reference": tag(OWN, key),
        "image": None,
        "status": "failed",
        "reason": None,
        "size_bytes": None,
        "packages": [],
        "log_path": str(path),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        try:
            found = _built(client, key, environment, workshop, log)
        except ItemFailed as failure:
            log.write(f"{failure}\n")
            return {**record, "reason": str(failure)[:MOST_REASON]}
    return {**record, "status": "ok", **found}


def _built(
    client: docker.DockerClient,
    key: str,
    environment: Environment,
    workshop: Workshop,
    log: TextIO,
) -> Record:
    """Id, size and packages of an image that was built and found fit, and has its name now."""
    terms = workshop.terms
    dockerfile, bases = _plan(environment, workshop)
    for name, ours in bases.values():
        _provide(client, name, ours, workshop)
    check_space(workshop.results, terms.image_mb)
    build_id = secrets.token_hex(8)
    names = {base: name for base, (name, _) in bases.items()}
    try:
        image = _run(client, key, environment, dockerfile, names, workshop, log, build_id)
        about = find(client, image)
        if about is None:
            raise SandboxError(f"the engine has lost {image} right after it was built")
        try:
            if about["Size"] > terms.image_mb * MEGABYTE:
                raise ItemFailed("image-too-large", _too_large(about["Size"], terms))
            check_settings(about)
            packages = packages_of_fit(client, image, f"images:{_name(key)}")
        except ItemFailed:
            _drop(client, image)
            raise
        give_name(client, image, tag(OWN, key))
    finally:
        _clear(client, build_id)
    return {"image": about["Id"], "size_bytes": about["Size"], "packages": packages}


def _plan(
    environment: Environment, workshop: Workshop
) -> tuple[Dockerfile, dict[str, tuple[str, bool]]]:
    """The Dockerfile, and for each image that it names the engine's name and whether it is ours.

    Raises ItemFailed for what is not allowed.
    """
    environment.check(workshop.terms.context_mb)
    dockerfile = Dockerfile(environment.dockerfile)
    dockerfile.check()

    def own(name: str) -> str | None:
        return workshop.tag(name) if known(name, workshop) else None

    allowed = workshop.terms.bases
    return dockerfile, {base: check_base(base, allowed, own) for base in dockerfile.bases()}


def _provide(client: docker.DockerClient, name: str, ours: bool, workshop: Workshop) -> None:
    """Has an image that a Dockerfile starts from in the engine, or raises ItemFailed."""
    if ours:
        short = name.removeprefix(PREFIX).partition(":")[0]
        if short != BASE:
            ensure_domain(client, short, workshop)
        else:
            with workshop.locked(BASE):
                provide_base(client, workshop)
        return
    if find(client, without_tag(name)):
        return
    try:
        with patience(client, REGISTRY_SECONDS):
            finish(client.api.pull(name, stream=True, decode=True))
    except NotFound as error:
        raise ItemFailed("base-missing", f"{name}: {error.explanation}") from error
    except (DockerException, RequestException) as error:
        raise ItemFailed("base-unreachable", f"{name}: {error}") from error


def _run(
    client: docker.DockerClient,
    key: str,
    environment: Environment,
    dockerfile: Dockerfile,
    bases: Mapping[str, str],
    workshop: Workshop,
    log: TextIO,
    build_id: str,
) -> str:
    """The id of the image that the engine builds, or ItemFailed."""
    terms = workshop.terms
    bundle = own_authorities(os.environ) if terms.network != "none" else None
    marks = {BUILD_LABEL: build_id, OWNER_LABEL: owner()}
    labels = {NAME_LABEL: OWN, KEY_LABEL: key, **dict.fromkeys(marks, "")}
    try:
        grounds = {
            base: ground(client, without_tag(name), log, bundle=bundle, labels=marks)
            for base, name in bases.items()
        }
        image = build(
            client,
            environment.tar(dockerfile.on({base: it.image for base, it in grounds.items()})),
            log,
            timeout=terms.timeout_s,
            limit="images.tasks.timeout_s",
            options={**_options(terms), "labels": json.dumps(labels)},
            watch=lambda: _watch(client, build_id, terms),
        )
    except BuildStopped as error:
        raise ItemFailed("build-stopped", str(error)) from error
    except BuildFailed as error:
        raise ItemFailed("build-failed", str(error)) from error
    return without(client, image, grounds.values(), workshop.results)


def _options(terms: Terms) -> dict[str, str]:
    memory = str(terms.memory_mb * MEGABYTE)
    bounds = {"core": 0, "fsize": terms.image_mb * MEGABYTE}
    options = {
        "memory": memory,
        "memswap": memory,
        "cpuperiod": str(PERIOD_US),
        "cpuquota": str(int(terms.cpus * PERIOD_US)),
        "ulimits": json.dumps([{"Name": n, "Soft": b, "Hard": b} for n, b in bounds.items()]),
    }
    proxies = proxy_arguments(os.environ)
    if terms.network == "none":
        options["networkmode"] = "none"
    elif not on_loopback(proxies):
        # A proxy on loopback would take the host's network, with all that listens there.
        options["buildargs"] = json.dumps(proxies)
    return options


def _watch(client: docker.DockerClient, build_id: str, terms: Terms) -> str | None:
    """Why a running build uses too much of the disk, or None."""
    label = {"label": f"{BUILD_LABEL}={build_id}"}
    containers = client.api.containers(size=True, filters=label)
    sizes = [about.get("SizeRootFs", 0) for about in containers]
    sizes += [about["Size"] for about in client.api.images(all=True, filters=label)]
    most = max(sizes, default=0)
    return _too_large(most, terms) if most > terms.image_mb * MEGABYTE else None


def _too_large(size: int, terms: Terms) -> str:
    return f"{size >> 20} MB, more than images.tasks.image_mb, {terms.image_mb} MB"


def _drop(client: docker.DockerClient, image: str) -> None:
    """Removes an image without a name, when the engine has removed the box that it was tried in."""
    deadline = time.monotonic() + BOX_SECONDS
    while True:
        try:
            client.api.remove_image(image)
            return
        except APIError as error:
            if error.status_code != 409 or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _clear(client: docker.DockerClient, build_id: str) -> None:
    """Removes what a build left, but not the layers that its image stands on."""
    label = {"label": f"{BUILD_LABEL}={build_id}"}
    with contextlib.suppress(DockerException, RequestException):
        for about in client.api.containers(all=True, filters=label):
            client.api.remove_container(about["Id"], force=True, v=True)
    with contextlib.suppress(DockerException, RequestException):
        for about in client.api.images(all=True, filters=label):
            with contextlib.suppress(DockerException):
                client.api.remove_image(about["Id"])
