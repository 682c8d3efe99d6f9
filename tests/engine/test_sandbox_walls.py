"""Each wall of a box by itself: one attack, one proof that it did not succeed."""

import errno
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shellwright.sandbox.box import Box, Limits

pytestmark = pytest.mark.engine
RUN = f"walls-{os.getpid()}"
SMALL = Limits(memory_mb=400, disk_mb=100, pids=64, cpus=0.5, patience=15.0)
DENIED = "not permitted"
READ_ONLY = "Read-only file system"
LOOPBACK_DOWN = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0))
"""
# What root in a box tries, and why it is refused. Each would do no harm if it succeeded.
ATTACKS = {
    "mount -t tmpfs none /mnt": "permission denied|not permitted",
    "mount -o remount,rw,bind /proc/sys": "permission denied|not permitted",
    "umount /proc/sys": "must be superuser|not permitted",
    "mknod /tmp/disk b 254 0": DENIED,
    "unshare --mount true": DENIED,
    "unshare --user --map-root-user true": DENIED,
    "unshare --pid true": DENIED,
    "nsenter --target 1 --mount true": "Permission denied|not permitted",
    ": > /proc/sys/kernel/core_pattern": READ_ONLY,
    ": > /proc/sysrq-trigger": f"{READ_ONLY}|Permission denied|No such file",
    ": > /sys/kernel/mm/transparent_hugepage/enabled": READ_ONLY,
    'hostname "$(hostname)"': "must be root|not permitted",
    'date --set "$(date)"': DENIED,
    f"python3 -c '{LOOPBACK_DOWN}'": DENIED,
}
# System calls that the engine's filter refuses, by machine. Without it, and with these arguments,
# they succeed or find fault with the arguments, whoever calls them.
FILTERED = {
    "add_key": {"x86_64": 248, "aarch64": 217},
    "request_key": {"x86_64": 249, "aarch64": 218},
    "keyctl": {"x86_64": 250, "aarch64": 219},
    "get_mempolicy": {"x86_64": 239, "aarch64": 236},
}
CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall({number}, 0, 0, 0, 0, 0), os.strerror(ctypes.get_errno()))
"""
# Whoever listens on these would be the engine, or its parts.
SOCKETS = """
import glob, os, socket, stat
paths = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
         "/run/podman/podman.sock"]
for path in paths:
    with socket.socket(socket.AF_UNIX) as client:
        print(client.connect_ex(path))
found = [os.path.join(folder, name) for folder, _, names in os.walk("/") for name in names
         if not folder.startswith("/proc")]
print([path for path in found if os.path.lexists(path) and stat.S_ISSOCK(os.lstat(path).st_mode)])
print([line.split()[7] for line in open("/proc/net/unix").readlines()[1:] if len(line.split()) > 7])
"""


@pytest.fixture(scope="module", params=["agent", "root"])
def box(engine: Any, image: str, request: pytest.FixtureRequest) -> Iterator[Box]:
    with Box.start(engine, image, run_id=RUN, limits=SMALL, user=request.param) as box:
        yield box


def python(box: Box, script: str, timeout: float = 30.0) -> str:
    return box.run(["python3", "-c", script], timeout=timeout).text


@pytest.mark.parametrize(("attack", "answer"), ATTACKS.items())
def test_root_is_refused(box: Box, attack: str, answer: str) -> None:
    ran = box.run(["bash", "-c", attack], user="root")
    assert ran.exit_code != 0
    assert re.search(answer, ran.text), ran.text


def test_the_agent_has_no_jail_to_break_out_of(engine: Any, image: str) -> None:
    """Root of a writable box may chroot, for services that do; nobody may in the other kind."""
    with Box.start(engine, image, run_id=RUN, limits=SMALL) as box:
        for user in ("agent", "root"):
            ran = box.run(["chroot", "/", "true"], user=user)  # type: ignore[arg-type]
            assert ran.exit_code != 0
            assert DENIED in ran.text


def test_no_device_appears_where_one_can_write(box: Box) -> None:
    box.run(["mknod", "/tmp/disk", "b", "254", "0"], user="root")
    assert box.run(["test", "-e", "/tmp/disk"]).exit_code == 1


def test_every_command_is_filtered_and_gains_nothing(box: Box) -> None:
    for user in ("agent", "root"):
        status = box.run(["cat", "/proc/self/status"], user=user).text  # type: ignore[arg-type]
        fields = dict(line.split(":\t", 1) for line in status.splitlines())
        assert fields["Seccomp"] == "2"
        assert fields["NoNewPrivs"] == "1"


@pytest.mark.parametrize("name", FILTERED)
def test_the_filter_refuses(box: Box, name: str) -> None:
    numbers = FILTERED[name]
    script = CALL.format(number=f"{numbers}[os.uname().machine]")
    for user in ("agent", "root"):
        ran = box.run(["python3", "-c", script], user=user)  # type: ignore[arg-type]
        assert ran.text == "-1 Operation not permitted\n"


def test_the_machine_around_a_virtual_machine_cannot_be_spoken_to(box: Box) -> None:
    said = python(box, "import socket\nsocket.socket(40, socket.SOCK_STREAM)")
    assert "Address family not supported" in said


def test_calls_cannot_be_handed_to_the_kernel_in_bulk(box: Box) -> None:
    said = python(box, CALL.format(number="425"))
    assert said == "-1 Function not implemented\n"


def test_the_engine_cannot_be_spoken_to(box: Box) -> None:
    *answers, files, listeners = python(box, SOCKETS).splitlines()
    assert answers == [str(errno.ENOENT)] * 4
    assert (files, listeners) == ("[]", "[]")


def test_the_processor_is_shared_out(box: Box) -> None:
    """Two busy processes get half a processor together, as the limits say."""
    script = """
import os, time
end = time.monotonic() + 2
child = os.fork()
while time.monotonic() < end:
    pass
if not child:
    os._exit(0)
os.waitpid(child, 0)
print(sum(os.times()[:4]))
"""
    began = time.monotonic()
    used = float(python(box, script))
    assert used < 0.5 * (time.monotonic() - began) + 0.3


def test_a_process_has_no_more_than_the_memory_of_the_box(box: Box) -> None:
    script = """
taken = []
while True:
    taken.append(bytes([1]) * (10 << 20))
    print(len(taken) * 10, flush=True)
"""
    ran = box.run(["python3", "-c", script], timeout=30.0)
    assert ran.exit_code == 137
    assert 100 < int(ran.text.split()[-1]) <= SMALL.memory_mb


def test_no_memory_goes_to_swap(box: Box, engine: Any) -> None:
    """The engine says -1 where it cannot limit swap."""
    host = engine.api.inspect_container(box.id)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == SMALL.memory_mb << 20


def test_there_are_no_more_processes_than_allowed(box: Box) -> None:
    script = """
import os, time
made = 0
try:
    while made < 1000:
        if not os.fork():
            time.sleep(20)
            os._exit(0)
        made += 1
except OSError:
    pass
print(made, flush=True)
os.killpg(0, 9)
"""
    made = int(python(box, script).split()[0])
    box.kill_all()
    assert 10 < made < SMALL.pids
