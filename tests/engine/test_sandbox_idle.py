"""Boxes that wait for their next use."""

import os
import time
from typing import Any

import pytest

from shellwright.sandbox.box import Box, BoxLost, Limits
from shellwright.sandbox.idle import IdleBoxes
from shellwright.sandbox.reap import OWNER_LABEL, RUN_LABEL
from shellwright.verify.boxes import Boxes

pytestmark = pytest.mark.engine
RUN = f"test-idle-{os.getpid()}"


def start(engine: Any, image: str, hostname: str = "task") -> Box:
    return Box.start(engine, image, run_id=RUN, hostname=hostname)


def running(engine: Any) -> int:
    """How many boxes of this module run."""
    labels = {"label": [f"{RUN_LABEL}={RUN}", OWNER_LABEL]}
    return len(engine.api.containers(filters=labels))


def test_a_box_comes_back_clean_for_its_image_and_host_name_only(engine: Any, image: str) -> None:
    with IdleBoxes(most=2) as idle:
        box = start(engine, image)
        box.write("/app/left", b"behind", user="agent")
        box.run(["/bin/sh", "-c", "sleep 300 &"])
        idle.put(image, "task", box)
        assert idle.take(image, "elsewhere") is None
        assert idle.take("another", "task") is None
        again = idle.take(image, "task")
        assert again is box
        assert again.run(["/bin/ls", "-A", "/app"]).text == ""
        assert again.reset() == []  # nothing of the sleep is left
        assert idle.take(image, "task") is None  # it was the only one
        again.close()


def test_no_more_than_so_many_are_kept_and_none_at_the_end(engine: Any, image: str) -> None:
    with IdleBoxes(most=1) as idle:
        first, second = start(engine, image), start(engine, image)
        idle.put(image, "task", first)
        idle.put(image, "task", second)
        assert idle.take(image, "task") is second
        assert idle.take(image, "task") is None
        idle.put(image, "task", second)
    with pytest.raises(BoxLost):
        second.run(["true"])


def test_a_box_that_died_meanwhile_is_not_given_out(engine: Any, image: str) -> None:
    with IdleBoxes(most=2) as idle:
        dead, alive = start(engine, image), start(engine, image)
        idle.put(image, "task", dead)
        idle.put(image, "task", alive)
        engine.api.remove_container(dead.id, force=True)
        assert idle.take(image, "task") is alive
        alive.close()


def test_a_worker_that_comes_back_to_an_image_finds_its_box(engine: Any, image: str) -> None:
    """An image's second name stands for another image."""
    other = engine.images.get(image)
    other.tag("shellwright-test/idle", "other")
    try:
        with (
            IdleBoxes(most=4) as idle,
            Boxes(engine, RUN, Limits(), idle=idle) as boxes,
            Boxes(engine, RUN, Limits(), idle=idle) as others,
        ):
            first = boxes.clean(image, "agent", "task")
            boxes.clean("shellwright-test/idle:other", "agent", "task")
            assert others.clean(image, "agent", "task") is first  # laid aside by its neighbour
            second = boxes.clean(image, "agent", "task")
            assert second is not first
            root = boxes.clean(image, "root", "task")
            assert root is not boxes.clean(image, "root", "task")
            assert boxes.clean(image, "agent", "task").user == "agent"
    finally:
        engine.images.remove("shellwright-test/idle:other")
    deadline = time.monotonic() + 10  # they end by themselves when they are let go
    while running(engine) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running(engine) == 0
