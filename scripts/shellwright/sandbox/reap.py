"""Removes containers whose owner is gone: `python -m shellwright.sandbox.reap`.

Boxes end with their owner by themselves. This is for what an engine left behind when it, or the
machine, was stopped at the wrong moment.
"""

import os
import platform
import sys
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from shellwright.errors import UserError
from shellwright.sandbox.engine import connect

RUN_LABEL, OWNER_LABEL = "shellwright.run", "shellwright.owner"


def owner(pid: int | None = None) -> str:
    """`pid:start:host` of a process (this one); the start tells it from a later one of that id."""
    pid = os.getpid() if pid is None else pid
    return f"{pid}:{_start(pid)}:{platform.node()}"


def _start(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "-"
    return text.rpartition(")")[2].split()[19]


def is_dead(label: str) -> bool:
    """Whether an owner is certainly gone; one of another host never is."""
    pid, _, rest = label.partition(":")
    start, _, host = rest.partition(":")
    if host != platform.node() or not pid.isdigit():
        return False
    return _start(int(pid)) != start


def reap(client: docker.DockerClient) -> list[str]:
    """Removes the containers of dead owners; returns their ids."""
    removed = []
    for about in client.api.containers(all=True, filters={"label": OWNER_LABEL}):
        if is_dead(about["Labels"][OWNER_LABEL]):
            try:
                client.api.remove_container(about["Id"], force=True, v=True)
            except NotFound:
                continue
            except APIError as error:
                if error.status_code != 409:  # it is being removed
                    raise
            removed.append(about["Id"])
    return removed


def main() -> int:
    """The command line; returns its exit code."""
    try:
        removed = reap(connect("look for containers that were left behind"))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(removed)} containers removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
