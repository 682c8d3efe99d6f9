"""A box ends with whoever asked for it, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shellwright.sandbox.box import Box, BoxLost, Limits, SandboxError
from shellwright.sandbox.reap import OWNER_LABEL, RUN_LABEL, owner, reap

pytestmark = pytest.mark.engine
RUN = f"end-{os.getpid()}"
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def containers(engine: Any, run: str = RUN) -> list[Any]:
    found: list[Any] = engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={run}"})
    return found


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_close_removes_the_container(engine: Any, image: str) -> None:
    run = f"{RUN}-close"
    with Box.start(engine, image, run_id=run) as box:
        box.run(["sleep", "0.01"])
        assert len(containers(engine, run)) == 1
    assert eventually(lambda: not containers(engine, run))


@pytest.mark.parametrize("busy", ["time.sleep(60)", "box.run(['sleep', '60'])"])
def test_a_killed_owner_leaves_no_container(engine: Any, image: str, busy: str) -> None:
    run = f"{RUN}-killed"
    program = (
        "import time\nfrom shellwright.sandbox.engine import connect\n"
        "from shellwright.sandbox.box import Box\n"
        f"box = Box.start(connect(), {image!r}, run_id={run!r})\nprint('up', flush=True)\n{busy}\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=SCRIPTS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        time.sleep(0.3)
        assert len(containers(engine, run)) == 1
        process.kill()
    assert eventually(lambda: not containers(engine, run))


def test_close_gives_the_descriptor_back(engine: Any, image: str) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    box = Box.start(engine, image, run_id=RUN)
    box.run(["true"])
    during = descriptors()
    box.close()
    assert descriptors() == during - 1


def test_a_lost_container_is_reported_as_lost(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=RUN) as box:
        engine.api.kill(box.id)
        with pytest.raises(BoxLost):
            box.run(["true"])


def test_a_silent_box_is_killed(engine: Any, image: str) -> None:
    limits = Limits(patience=1.0)
    with Box.start(engine, image, run_id=RUN, limits=limits) as box:
        engine.api.pause(box.id)
        began = time.monotonic()
        with pytest.raises(BoxLost, match="in time"):
            box.run(["true"], timeout=0.5)
        assert time.monotonic() - began < 10
        assert eventually(lambda: box.id not in [about["Id"] for about in containers(engine)])


def test_an_image_that_is_not_there_is_an_error_of_the_sandbox(engine: Any) -> None:
    with pytest.raises(SandboxError, match="no-such-image"):
        Box.start(engine, "no-such-image", run_id=RUN)


def test_an_image_without_python_does_not_come_up(engine: Any, image: str) -> None:
    run = f"{RUN}-bare"
    base = next(tag for entry in engine.images.list("shellwright/base") for tag in entry.tags)
    with pytest.raises(SandboxError):
        Box.start(engine, base, run_id=run)
    assert eventually(lambda: not containers(engine, run))


def test_reaping_removes_what_dead_owners_left(engine: Any, image: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        dead = owner(process.pid)
        process.kill()
    labels = {RUN_LABEL: f"{RUN}-reap"}
    left = engine.api.create_container(image, ["true"], labels={**labels, OWNER_LABEL: dead})["Id"]
    kept = engine.api.create_container(image, ["true"], labels={**labels, OWNER_LABEL: owner()})[
        "Id"
    ]
    try:
        removed = reap(engine)
        assert left in removed
        assert kept not in removed
    finally:
        engine.api.remove_container(kept)
