"""What a box may use, and where in it something can be written."""

from dataclasses import dataclass
from typing import Any

from shellwright.errors import UserError

MEGABYTE = 1 << 20  # of all limits in MB
AGENT = 1000
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Where a task's files lie and its commands work: path, owner, mode, percent of the disk limit.
WORLD = (
    ("/app", AGENT, 0o755, 40),
    ("/srv", AGENT, 0o755, 10),
    ("/data", AGENT, 0o755, 10),
    ("/home/agent", AGENT, 0o755, 10),
    ("/tmp", 0, 0o1777, 20),
    ("/var/tmp", 0, 0o1777, 10),
)
# The build's own places (tests, solution, what the tests report), and what services expect to be
# able to write on a running system. Each holds SMALL_MB.
SMALL = (
    ("/logs", 0, 0o755),
    ("/tests", 0, 0o755),
    ("/solution", 0, 0o755),
    ("/run", 0, 0o755),
    ("/var/log", 0, 0o755),
)
SHARED_MEMORY = ("/dev/shm", 0, 0o1777)
# Folders inside the above, and file systems that the engine mounts by itself.
INSIDE = (("/logs/verifier", 0, 0o755), ("/run/lock", 0, 0o1777), ("/dev/mqueue", 0, 0o1777))
SMALL_MB = 16
# Names and attributes take memory beside the contents, about 1.3 KiB for each.
FILES_PER_MB = 256
PID_1_MB = 96  # of memory that full disks must leave to the supervisor and to commands


def least_memory_mb(disk_mb: int) -> int:
    """What a box needs in memory: what is written on its disk lies there, too."""
    return disk_mb + SMALL_MB * (len(SMALL) + 1) + PID_1_MB


@dataclass(frozen=True)
class Limits:
    """Bounds of one box; the first five are the configuration's `limits`.

    disk_mb: what the world roots hold together. In a reusable box they lie in memory, and each root
        has a share of its own; in a box of root it bounds what is written anywhere.
    output_kb: KiB kept of the output of one command, half from its head, half from its tail.
    put_mb: the content of one tar stream; the time that a request may take beyond its own is
    `patience` seconds, then the box is given up.
    """

    memory_mb: int = 1024
    cpus: float = 1.0
    pids: int = 256
    disk_mb: int = 512
    output_kb: int = 256
    open_files: int = 4096
    put_mb: int = 512
    put_members: int = 50_000
    patience: float = 20.0

    def __post_init__(self) -> None:
        least = least_memory_mb(self.disk_mb)
        if least > self.memory_mb:
            raise UserError(
                f"limits: memory_mb is {self.memory_mb}, but the files of a box lie in its memory: "
                f"with disk_mb {self.disk_mb} it needs at least {least}. "
                "Raise memory_mb or lower disk_mb."
            )

    def tmpfs(self) -> dict[str, str]:
        """The engine's `tmpfs` option of a box whose root file system is read-only."""
        sizes = [(path, uid, mode, self.disk_mb * share // 100) for path, uid, mode, share in WORLD]
        sizes += [(*place, SMALL_MB) for place in SMALL]
        return {
            path: f"rw,exec,nosuid,nodev,size={size}m,nr_inodes={size * FILES_PER_MB},"
            f"mode={mode:o},uid={uid},gid={uid}"
            for path, uid, mode, size in sizes
        }


def places(reusable: bool) -> list[dict[str, Any]]:
    """The folders that the supervisor makes and, at a reset, empties; outer ones first."""
    world = [(path, uid, mode) for path, uid, mode, _ in WORLD]
    everything = [*world, *SMALL, SHARED_MEMORY, *INSIDE]
    # A writable image may have brought files of its own, which must stay.
    ours = [place for place in everything if place[0].startswith(("/logs", "/tests", "/solution"))]
    chosen = everything if reusable else ours
    return [{"path": path, "uid": uid, "gid": uid, "mode": mode} for path, uid, mode in chosen]


def users() -> dict[str, dict[str, Any]]:
    """Ids and environment of the two users that commands can run as."""
    common = {"PATH": PATH, "LANG": "C.UTF-8", "TZ": "UTC", "SHELL": "/bin/bash"}
    agent = {**common, "HOME": "/home/agent", "USER": "agent", "LOGNAME": "agent"}
    root = {**common, "HOME": "/root", "USER": "root", "LOGNAME": "root"}
    return {
        "agent": {"uid": AGENT, "gid": AGENT, "environment": agent},
        "root": {"uid": 0, "gid": 0, "environment": root},
    }
