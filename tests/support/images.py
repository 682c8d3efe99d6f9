"""Losing images of an engine, as a test of getting them back needs it."""

import time
from typing import Any

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


def _in_use(engine: Any) -> set[str]:
    return {about["ImageID"] for about in engine.api.containers(all=True)}
