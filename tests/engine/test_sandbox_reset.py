"""A reset brings a box back or ends it, whatever root did in it: the next trial finds nothing."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shellwright.sandbox.box import Box, BoxLost, SandboxError

pytestmark = pytest.mark.engine
RUN = f"test-reset-{os.getpid()}"
BIND = """
import socket
with socket.socket() as server:
    server.bind(("127.0.0.1", 8080))
print("bound")
"""
CONNECTIONS = """
import socket, threading
server = socket.socket()
server.bind(("127.0.0.1", 8080))
server.listen(100)
def serve():
    while True:
        server.accept()[0].close()  # who closes first keeps the port
threading.Thread(target=serve, daemon=True).start()
for _ in range(20):
    with socket.create_connection(("127.0.0.1", 8080)) as client:
        client.recv(1)
"""
CHMOD_PROC = "chmod 440 /proc/net/icmp6"  # not of the whole machine, unlike most files there
# What root changes, and how the reset calls it. `cpu` is not used up: that would kill process 1.
CHANGES = {
    "prlimit --pid 1 --fsize=100000:100000": "limits of process 1",
    "prlimit --pid 1 --nproc=3:3": "limits of process 1",
    "prlimit --pid 1 --nofile=40:40": "limits of process 1",
    "prlimit --pid 1 --cpu=1000:1000": "limits of process 1",
    "prlimit --pid 1 --as=400000000:400000000": "limits of process 1",
    "prlimit --pid 1 --stack=100000:100000": "limits of process 1",
    "renice 19 -p 1": "nice value of process 1",
    "taskset -pc 0 1": "processors of process 1",
    "chrt -i -p 0 1": "scheduler of process 1",
    "ionice -c 3 -p 1": "disk priority of process 1",
    "echo 1000 > /proc/1/oom_score_adj": "oom_score_adj of process 1",
    "echo 5 > /proc/1/autogroup": "autogroup of process 1",
    "echo 0 > /proc/1/coredump_filter": "coredump_filter of process 1",
    "chmod 700 /dev": "/dev",
    "setfacl -d -m u:1000:--- /dev": "/dev",
    "setfacl -m u:1000:---,m::rw /dev/null": "/dev/null",
    "chown 1000 /dev/zero": "/dev/zero",
    "chmod 000 /dev/pts/ptmx": "/dev/pts/ptmx",
    "chmod 700 /dev/pts": "/dev/pts",
    "ln -sfn /tmp/elsewhere /dev/fd": "/dev/fd",
    "rm /dev/random": "/dev/random",
    "mkdir -p /dev/a/b": "/dev/a/b",
    "chmod 700 /proc": "/proc",
    CHMOD_PROC: "/proc/1/net/icmp6",
}
# What the agent may do to its own folders, and a reset undoes.
TRACES = """
import fcntl, os, struct
for path in ("/app", "/home/agent"):
    os.utime(path, (0, 0))
    folder = os.open(path, os.O_RDONLY)
    fcntl.ioctl(folder, 0x40086602, struct.pack("q", 0xC0))  # chattr +dA
"""
LOOK = """
import fcntl, os, struct
for path in ("/app", "/home/agent"):
    flags = bytearray(8)
    fcntl.ioctl(os.open(path, os.O_RDONLY), 0x80086601, flags)
    print(path, struct.unpack("q", flags)[0], os.stat(path).st_mtime > 10**9)
"""
# What trials do, and must not cost them their box: user and command.
HONEST: list[tuple[Any, str]] = [
    ("agent", f"python3 -c '{CONNECTIONS}'"),
    (
        "agent",
        "python3 -m http.server 8000 & until echo >/dev/tcp/127.0.0.1/8000; do sleep 0.1; done",
    ),
    ("agent", "tmux -S /tmp/t new-session -d 'sleep 100'; script -qc 'stty size' /dev/null"),
    ("agent", "ulimit -n 64; ulimit -u 50; nice -n 5 true; renice 3 $$; taskset -c 0 sleep 100 &"),
    ("agent", "chmod 700 .; setfacl -m u:0:rwx /srv; mkfifo p; ipcmk -Q; (sleep 100 &)"),
    (
        "root",
        "touch /dev/null; echo x > /dev/null; echo x > /dev/shm/x; echo 9 > /proc/$$/oom_score_adj",
    ),
    ("root", "mkdir -p /run/x /var/log/y; chown agent /logs; su agent -c 'sleep 100 &'"),
    (
        "root",
        "python3 -c 'import pytest, socket; socket.socketpair(); socket.socket().bind((\"\", 80))'",
    ),
]


@pytest.fixture
def box(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(engine, image, run_id=RUN) as box:
        yield box


@pytest.fixture(scope="module")
def lasting(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(engine, image, run_id=RUN) as box:
        yield box


def python(box: Box, script: str) -> str:
    return box.run(["python3", "-c", script]).text


@pytest.mark.parametrize(("script", "named"), CHANGES.items())
def test_what_root_changed_for_good_ends_the_box(box: Box, script: str, named: str) -> None:
    ran = box.run(["bash", "-c", script], user="root")
    assert ran.exit_code == 0, ran.text
    with pytest.raises(BoxLost, match=f"not as it was: (.*, )?{named}(,|$)"):
        box.reset()
    with pytest.raises(BoxLost):
        box.run(["true"])


def test_a_file_in_the_folder_of_the_control_groups_ends_the_box(box: Box) -> None:
    """Where the engine leaves that folder writable."""
    planted = box.run(["touch", "/sys/fs/cgroup/planted"], user="root")
    if planted.exit_code:
        assert box.reset() == []
    else:
        with pytest.raises(BoxLost, match="/sys/fs/cgroup/planted"):
            box.reset()


def test_closed_connections_hold_no_port(box: Box) -> None:
    assert python(box, CONNECTIONS) == ""
    box.reset()
    assert python(box, BIND) == "bound\n"


def test_connections_that_stay_end_the_box(
    engine: Any, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shellwright.sandbox.container.SYSCTLS", {})
    with Box.start(engine, image, run_id=RUN) as box:
        assert python(box, CONNECTIONS) == ""
        assert "Address already in use" in python(box, BIND)
        with pytest.raises(BoxLost, match=r"not as it was: \d+ closed connections"):
            box.reset()


def test_an_engine_that_cannot_set_what_a_box_needs_is_told_apart(
    engine: Any, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shellwright.sandbox.container.SYSCTLS", {"net.ipv4.no_such_thing": "0"})
    with pytest.raises(SandboxError, match=r"needs the kernel setting net\.ipv4\.no_such_thing"):
        Box.start(engine, image, run_id=RUN)


def test_times_and_flags_of_folders_are_as_new(box: Box) -> None:
    new = python(box, LOOK)
    assert python(box, TRACES) == ""
    assert python(box, LOOK) != new
    box.reset()
    assert python(box, LOOK) == new


@settings(max_examples=12)
@given(acts=st.lists(st.sampled_from(HONEST), min_size=1, max_size=4))
def test_an_honest_trial_keeps_its_box(lasting: Box, acts: list[tuple[Any, str]]) -> None:
    for user, script in acts:
        lasting.run(["bash", "-c", script], user=user)
    lasting.reset()
    assert lasting.reset() == []
    assert python(lasting, BIND) == "bound\n"


@pytest.mark.parametrize(("user", "script"), HONEST)
def test_honest_commands_are_not_refused(lasting: Box, user: Any, script: str) -> None:
    ran = lasting.run(["bash", "-c", script], user=user)
    assert ran.exit_code == 0, ran.text
    lasting.reset()
