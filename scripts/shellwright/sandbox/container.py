"""The container of a box: what the engine is asked for, and what it answers when it cannot."""

import docker
from docker.errors import DockerException, NotFound
from docker.types import LogConfig, Ulimit
from requests import RequestException

from shellwright.sandbox.channel import COMMAND, SandboxError
from shellwright.sandbox.limits import MEGABYTE, SMALL_MB, Limits
from shellwright.sandbox.reap import OWNER_LABEL, RUN_LABEL, owner

# Of root in a box, and of nobody else: commands of `agent` have no capability at all.
CAPABILITIES = [
    "CHOWN",  # owners of a task's files
    "DAC_OVERRIDE",  # files of the user, whatever their mode
    "FOWNER",  # modes and times of files of the user
    "FSETID",  # setgid bits of a fixture's files
    "KILL",  # processes of the user
    "SETGID",  # becoming the user; services that drop privileges
    "SETUID",
]
ROOTFUL_CAPABILITIES = [*CAPABILITIES, "SYS_CHROOT"]  # jails of services such as sshd
# A closed connection keeps its port for a minute, longer than its processes and than a reset. On
# loopback no packet comes late, so nothing is lost with the waiting.
SYSCTLS = {"net.ipv4.tcp_max_tw_buckets": "0"}


def create(
    client: docker.DockerClient,
    image: str,
    limits: Limits,
    reusable: bool,
    run_id: str,
    hostname: str | None,
) -> str:
    """Creates the container of a box and returns its id; `reusable` as in `limits.places`.

    Raises SandboxError.
    """
    api = client.api
    try:
        host = api.create_host_config(
            network_mode="none",
            read_only=reusable,
            tmpfs=limits.tmpfs() if reusable else None,
            cap_drop=["ALL"],
            cap_add=CAPABILITIES if reusable else ROOTFUL_CAPABILITIES,
            security_opt=["no-new-privileges"],
            mem_limit=limits.memory_mb * MEGABYTE,
            memswap_limit=limits.memory_mb * MEGABYTE,
            shm_size=SMALL_MB * MEGABYTE,
            nano_cpus=int(limits.cpus * 1e9),
            pids_limit=limits.pids,
            ulimits=_ulimits(limits, reusable),
            sysctls=SYSCTLS,
            log_config=LogConfig(type="none"),  # or the engine would store every frame
            auto_remove=True,
        )
        # Not detached: the engine then closes stdin when this process's connection ends, be it by
        # kill -9, and the end of its stdin ends the supervisor and with it the container.
        about = api.create_container(
            image,
            COMMAND,
            hostname=hostname,
            user="0:0",
            stdin_open=True,
            entrypoint=[],
            labels={RUN_LABEL: run_id, OWNER_LABEL: owner()},
            host_config=host,
        )
    except (DockerException, RequestException) as error:
        raise failure("create", image, error) from error
    return str(about["Id"])


def failure(verb: str, image: str, error: Exception) -> SandboxError:
    """What to raise when the engine could not create or start a container."""
    hint = ""
    said = str(error).replace("/", ".")  # the engine may name the file below /proc/sys
    if any(name in said for name in ("sysctl", *SYSCTLS)):
        hint = (
            f". A box needs the kernel setting {', '.join(SYSCTLS)} for itself, or a task would "
            "find the ports of the one before it in use: use a newer kernel, or an engine that "
            "may set it in a container's own network"
        )
    return SandboxError(f"cannot {verb} a container of {image}: {error}{hint}")


def remove(client: docker.DockerClient, container: str) -> None:
    """Removes a container; no error if that fails, as what is left is reaped by its label."""
    try:
        client.api.remove_container(container, force=True, v=True)
    except NotFound:
        return
    except (DockerException, RequestException):
        return  # the error that led here says more


def _ulimits(limits: Limits, reusable: bool) -> list[Ulimit]:
    bounds = {"core": 0, "nofile": limits.open_files}
    if not reusable:
        bounds["fsize"] = limits.disk_mb * MEGABYTE
    return [Ulimit(name=name, soft=bound, hard=bound) for name, bound in bounds.items()]
