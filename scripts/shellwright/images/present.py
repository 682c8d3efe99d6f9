"""Images for the jobs that run tasks: there, or brought back, before the first task begins."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import docker

from shellwright.images.build import ensure_image
from shellwright.images.catalogue import OWN
from shellwright.images.own import ensure_own
from shellwright.images.workshop import Terms, Workshop

RESULTS = Path("results/images")


def workshop(section: Mapping[str, Any]) -> Workshop:
    """Return where and how images are built under the configuration's block ``images``.

    The current folder is the one that the build works in.
    """
    return Workshop(
        base=section["base"],
        results=RESULTS,
        timeout=float(section["build_timeout_s"]),
        keep=section["archive"],
        registry=section["registry"],
        terms=Terms.of_config(section["tasks"]),
    )


def present(
    client: docker.DockerClient, rows: Iterable[Mapping[str, Any]], shop: Workshop
) -> list[dict[str, Any]]:
    """Return image rows with the ids under which the engine has the images now.

    An image that the engine has lost is loaded, pulled or built again, and may have another id
    then. Rows of images that were never built stay as they are. Raises UserError when one cannot be
    brought back.
    """
    return [
        {**row, "image": _ensure(client, row, shop)} if row["status"] == "ok" else dict(row)
        for row in rows
    ]


def _ensure(client: docker.DockerClient, row: Mapping[str, Any], shop: Workshop) -> str:
    if row["domain"] == OWN:
        return ensure_own(client, row, shop)
    return ensure_image(client, {**row, "key": row["id"]}, shop)
