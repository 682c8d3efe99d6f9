"""Builds that are ended by kill -9 in the middle of a job, at the same point every time."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.builds import Build

# Python runs it at the start of every process that finds it on its path, and so of every job. The
# job's own code stays as it is: its digest decides what is made again.
HOOK = """
import os, signal, sys

rule, file, function, times = os.environ["KILL_AT"].split("|")
calls = 0


def watch(frame, event, argument):
    global calls
    code = frame.f_code
    if event == "call" and code.co_qualname == function and code.co_filename.endswith(file):
        calls += 1
        if calls == int(times):
            os.killpg(os.getpgrp(), signal.SIGKILL)


if sys.orig_argv[-1].endswith(f".{rule}.py"):
    sys.setprofile(watch)
"""


@dataclass(frozen=True)
class Point:
    """The moment at which the `times`-th call of a function begins in a job of `rule`."""

    rule: str
    file: str
    function: str
    times: int


def kill_at(point: Point, build: Build, targets: list[str], folder: Path) -> None:
    """Run a build until `point`, then kill it with all its processes. `folder` is for the hook."""
    (folder / "sitecustomize.py").write_text(HOOK)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    at = f"{point.rule}|{point.file}|{point.function}|{point.times}"
    ended = subprocess.run(
        build.command(*targets),
        env={**os.environ, "PYTHONPATH": path, "KILL_AT": at},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert ended.returncode == -signal.SIGKILL, f"not killed: {ended.stdout[-3000:]}"
