"""The container engine: finding it and, on a bare Debian or Ubuntu machine, installing it.

    python -m shellwright.sandbox.engine            prints the version of the engine that answers
    python -m shellwright.sandbox.engine --ensure   the same, after installing one if it may

Installing is allowed to root on Debian or Ubuntu when DOCKER_HOST is not set.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound
from requests import RequestException

from shellwright.errors import UserError
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.machine import install, may_install, say, tail

ENGINE_PACKAGES = ("docker.io", "iptables")
DAEMON_LOG = Path("/var/log/dockerd-shellwright.log")
DAEMON_SECONDS = 60.0
DAEMON_PID = Path("/var/run/docker.pid")
SYSTEMD = Path("/run/systemd/system")
#: How long a job waits for an engine that answered when the build began: it may be restarting.
RESTART_SECONDS = 120.0
CALL_SECONDS = 600  # one call of the engine; saving or loading an image takes that long at worst
# Limits of a box that an engine may be unable to apply, by the names in its `info`. It then takes
# them, starts the container without them, and says so nowhere else.
APPLIED = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "CpuCfsQuota": "processor time",
    "PidsLimit": "number of processes",
}
ANSWER_SECONDS = 20  # to say that it is there, for an engine under load
BY_HAND = """\
    sudo apt-get update && sudo apt-get install --yes docker.io
    sudo usermod --append --groups docker "$USER" && newgrp docker"""


class EngineMissing(UserError):
    """No container engine answers."""


def connect(purpose: str = "", patience: float = 0.0) -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST names, or of the one on the default socket.

    patience: seconds to wait for one that does not answer yet.

    Raises EngineMissing, whose message says what the engine is needed for and how to get one.
    """
    if patience:
        _answers_within(patience)
    try:
        with closing(docker.from_env(timeout=ANSWER_SECONDS)) as asked:
            if not asked.ping():
                raise DockerException("what answers there is no container engine")
        return docker.from_env(timeout=CALL_SECONDS)
    except (DockerException, RequestException, OSError, ValueError) as error:
        need = f" Purpose: {purpose}." if purpose else ""
        if host := os.environ.get("DOCKER_HOST"):
            raise EngineMissing(
                f"No container engine answers at DOCKER_HOST={host}: {error}.{need} "
                "Start that engine, or unset DOCKER_HOST to use the one of this machine."
            ) from error
        raise EngineMissing(
            f"No container engine answers on this machine: {error}.{need} "
            f"On Debian or Ubuntu these two lines install one:\n{BY_HAND}"
        ) from error


def insist(client: docker.DockerClient, lost: SandboxError) -> None:
    """Tell a lost box from a lost engine, which is nobody's fault.

    Raises SandboxError where the engine of the box `lost` does not answer.
    """
    try:
        client.ping()
    except (DockerException, RequestException, OSError) as error:
        raise SandboxError(f"the container engine went away: {error}") from lost


def inspect_image(client: docker.DockerClient, name: str) -> dict[str, Any] | None:
    """What the engine knows of an image (id or name); None if it does not have it."""
    try:
        about: dict[str, Any] = client.api.inspect_image(name)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return None
    return about


def finish(lines: Iterable[Mapping[str, Any]]) -> None:
    """Read what the engine says of a pull, a push or a load to its end.

    Raises DockerException for a line that tells of an error: the call itself has succeeded then.
    """
    for line in lines:
        if "error" in line:
            raise DockerException(line["error"])


def unapplied(client: docker.DockerClient) -> str | None:
    """A warning that names the limits of a box which the engine does not apply; None if it does.

    An engine that says nothing of a limit is taken to apply it.
    """
    about = client.info()
    missing = [limit for name, limit in APPLIED.items() if about.get(name) is False]
    if "name=seccomp" not in ",".join(about.get("SecurityOptions") or ["name=seccomp"]):
        missing.append("filter of system calls (seccomp)")
    if not missing:
        return None
    version = about.get("CgroupVersion", "1")
    return (
        f"Warning: this container engine does not apply these limits of a box: "
        f"{', '.join(missing)} (control groups: version {version}). A task can then take all of "
        "the machine's. What helps: a rootless engine needs control groups of version 2 (start "
        "Linux with systemd.unified_cgroup_hierarchy=1) and a service manager that delegates the "
        "controllers cpu, memory and pids to the user; for swap with version 1, start Linux with "
        "swapaccount=1."
    )


def ensure() -> str:
    """The version of the engine, which is installed and started first where that is allowed.

    Raises EngineMissing if there is none in the end.
    """
    try:
        return _version()
    except EngineMissing:
        if "DOCKER_HOST" in os.environ or not may_install():
            raise
    if shutil.which("dockerd") is None:
        say("No container engine answers. Installing docker.io, as root on Debian or Ubuntu.")
        install(ENGINE_PACKAGES)
    _start_daemon()
    return _version()


def _version() -> str:
    client = connect("build images and run tasks")
    if warning := unapplied(client):
        say(warning)
    version = client.version()
    return f"{version.get('Version', '?')} (API {version.get('ApiVersion', '?')})"


def _start_daemon() -> None:
    # Where services may be started the package has done it, and it takes a moment.
    if _answers_within(DAEMON_SECONDS if _daemon_runs() else 0.0):
        return
    if SYSTEMD.is_dir():
        say("Starting the service docker.")
        subprocess.run(["systemctl", "start", "docker"], check=False)
        daemon = None
    else:
        say(f"Starting dockerd; its log is {DAEMON_LOG}.")
        with DAEMON_LOG.open("ab") as log:
            daemon = subprocess.Popen(
                ["dockerd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it stays when this process and its terminal are gone
            )
    if not _answers_within(DAEMON_SECONDS, daemon):
        said = tail(DAEMON_LOG.read_text(errors="replace")) if DAEMON_LOG.exists() else ""
        raise EngineMissing(
            f"dockerd does not come up. The end of its log, {DAEMON_LOG}:\n{said}\n"
            "It needs a kernel with overlayfs and iptables, and to be allowed to mount."
        )


def _daemon_runs() -> bool:
    try:
        pid = int(DAEMON_PID.read_text())
        return Path(f"/proc/{pid}/comm").read_text().strip() == "dockerd"
    except (OSError, ValueError):
        return False


def _answers_within(seconds: float, daemon: subprocess.Popen[bytes] | None = None) -> bool:
    """Waits for an engine to answer, not longer than its daemon lives."""
    deadline = time.monotonic() + seconds
    while not _answers():
        if time.monotonic() >= deadline or (daemon and daemon.poll() is not None):
            return False
        time.sleep(0.2)
    return True


def _answers() -> bool:
    try:
        connect()
    except EngineMissing:
        return False
    return True


def main() -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description="Find the container engine.")
    parser.add_argument("--ensure", action="store_true", help="install and start it if allowed")
    wanted = parser.parse_args()
    try:
        version = ensure() if wanted.ensure else _version()
    except UserError as error:
        say(str(error))
        return 1
    print(f"Container engine: {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
