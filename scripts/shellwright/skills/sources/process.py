"""Runs a program that may hang, fill the disk or leave children behind, and lets it do neither."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from shellwright.skills.sources.limits import MIB
from shellwright.skills.sources.meter import LimitReached, Meter

_POLL_SECONDS = 0.1
_ERROR_BYTES = 4096
#: Address space of one process: a small pack may claim to unpack to anything.
_MEMORY = 4 * 1024 * MIB


@dataclass
class Running:
    """A program that is watched. After the block: its exit code, and the end of what it said."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    code: int = 0
    said: bytes = b""


@contextmanager
def watched(
    command: Sequence[str],
    environment: Mapping[str, str],
    meter: Meter,
    over: Callable[[], LimitReached | None] = lambda: None,
) -> Iterator[Running]:
    """Runs a program in a process group of its own, which is gone when the block is left.

    The group is killed when the meter's time is up, or when `over`, asked again and again, gives
    a reason; the block then ends with that LimitReached. It waits for the program's end, so it
    has to read all of stdout that it wants.
    """
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin and process.stdout and process.stderr
    # The watcher looks now and then; no single file can outgrow its bound in between.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        most = meter.limits.total_bytes + MIB
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    running = Running(process.stdin, process.stdout)
    reached: list[LimitReached] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_SECONDS):
            reason = _time_over(meter) or over()
            if reason:
                reached.append(reason)
                _kill(process.pid)
                return

    def listen() -> None:
        assert process.stderr
        while data := process.stderr.read1(_ERROR_BYTES):  # type: ignore[attr-defined]
            running.said = (running.said + data)[-_ERROR_BYTES:]

    threads = [threading.Thread(target=work, daemon=True) for work in (watch, listen)]
    for thread in threads:
        thread.start()
    try:
        yield running
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        # Not reaped yet, so that its id, and its group's, still are its own below.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    except Exception:
        if reached:
            raise reached[0] from None
        raise
    finally:
        ended.set()
        threads[0].join()
        _kill(process.pid)
        running.code = process.wait()
        threads[1].join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    if reached:
        raise reached[0]


def _time_over(meter: Meter) -> LimitReached | None:
    try:
        meter.clock()
    except LimitReached as reason:
        return reason
    return None


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
