"""Losing images of an engine, as a test of getting them back needs it."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shellwright.images.build import NAME_LABEL
from shellwright.images.catalogue import OWN
from shellwright.images.keeping import KEY_LABEL

SECONDS = 30.0


def lose(engine: Any, name: str) -> None:
    """Remove an image (its name or id) if it is there, once the boxes that it had are gone.

    Of an image with several names only this name goes.
    """
    found = [image for image in engine.images.list(all=True) if name in (image.id, *image.tags)]
    if not found:
        return
    shared = name != found[0].id and len(found[0].tags) > 1
    deadline = time.monotonic() + SECONDS
    while not shared and found[0].id in _in_use(engine):
        assert time.monotonic() < deadline, f"{name} is in use"
        time.sleep(0.1)
    engine.api.remove_image(name, force=True)


@contextlib.contextmanager
def own_removed(engine: Any, folder: Path) -> Iterator[None]:
    """In the end no image of a task's own environment is left that was built below a folder."""
    before = _own_images(engine)
    yield
    made = {path.stem for path in folder.rglob("*.tar")}  # not those of somebody else's build
    for image in _own_images(engine) - before:
        if engine.api.inspect_image(image)["Config"]["Labels"].get(KEY_LABEL) in made:
            lose(engine, image)


def _own_images(engine: Any) -> set[str]:
    """The ids of the images of tasks' own environments."""
    label = {"label": f"{NAME_LABEL}={OWN}"}
    return {about["Id"] for about in engine.api.images(filters=label)}


def _in_use(engine: Any) -> set[str]:
    return {about["ImageID"] for about in engine.api.containers(all=True)}
