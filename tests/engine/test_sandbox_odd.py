"""Less usual ways out of a box, to stay in one, or to fill it: each is refused, or undone."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shellwright.sandbox.box import Box, BoxLost, Limits

pytestmark = pytest.mark.engine
SMALL = Limits(memory_mb=400, disk_mb=100, pids=64, patience=15.0)
# Files by handle, mounts without mount(), descriptors of process 1, namespaces. The numbers are the
# same on x86-64 and arm64.
CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.open_by_handle_at(os.open("/", os.O_RDONLY), ctypes.create_string_buffer(136), 0),
      os.strerror(ctypes.get_errno()))
for number, *arguments in ((428, -100, b"/", 1), (430, b"tmpfs", 0), (442, -100, b"/", 0, 0, 0),
                           (433, -100, b"/", 0), (438, 1, 0, 0)):
    print(libc.syscall(number, *arguments), os.strerror(ctypes.get_errno()))
print(libc.setns(os.open("/proc/self/ns/net", os.O_RDONLY), 0), os.strerror(ctypes.get_errno()))
for kind in (0x02000000, 0x04000000, 0x08000000, 0x40000000, 0x80):
    print(libc.unshare(kind), os.strerror(ctypes.get_errno()))
"""
# Sockets that hold each other, and files without a name: nothing of theirs ends with a process.
CYCLE = """
import os, socket
for _ in range(6):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    file = os.memfd_create("held")
    os.write(file, bytes(20 << 20))
    socket.send_fds(one, [b"x"], [file, one.fileno(), other.fileno()])
"""
# A leader that has ended before its thread, and a process that is stopped by its tracer.
HIDDEN = """
import ctypes, os, threading, time
libc = ctypes.CDLL(None)
if not os.fork():
    os.setsid()
    threading.Thread(target=lambda: time.sleep(100)).start()
    libc.pthread_exit(None)
if not os.fork():
    if not os.fork():
        libc.ptrace(0, 0, 0, 0)
        os.kill(os.getpid(), 19)
    time.sleep(100)
time.sleep(0.3)
"""
# With control groups of version 2, and of version 1.
USED = "/sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes"
LINKS = """
import os
import re
made = 0
try:
    while True:
        os.symlink("x" * 3000, f"/app/{made}")
        made += 1
except OSError as error:
    print(made, error.strerror)
"""


@pytest.fixture
def box(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(engine, image, run_id=f"odd-{os.getpid()}", limits=SMALL) as box:
        yield box


@pytest.mark.parametrize("kind", ["agent", "root"])
@pytest.mark.parametrize("user", ["agent", "root"])
def test_handles_new_mounts_and_namespaces_are_refused(
    engine: Any, image: str, kind: Any, user: Any
) -> None:
    with Box.start(engine, image, run_id=f"odd-{os.getpid()}", limits=SMALL, user=kind) as made:
        answers = made.run(["python3", "-c", CALLS], user=user).text.splitlines()
    assert len(answers) == 12
    # A filter that is older than a call answers that there is none.
    refused = ("-1 Operation not permitted", "-1 Function not implemented")
    assert all(answer in refused for answer in answers), answers


def test_what_sockets_hold_is_gone_after_a_reset_or_with_the_box(box: Box) -> None:
    """The kernel takes sockets that hold each other apart when it comes to it. A reset that comes
    before finds them, and ends the box."""

    def memory() -> int:
        return int(box.run(["bash", "-c", f"cat {USED} 2>/dev/null"]).text.split()[0])

    before = memory()
    assert box.run(["python3", "-c", CYCLE]).exit_code == 0
    try:
        box.reset()
    except BoxLost as error:
        assert re.search(r"not as it was: \d+ sockets", str(error))
    else:
        assert memory() < before + (20 << 20)


def test_no_process_hides_from_the_killing(box: Box) -> None:
    assert box.run(["python3", "-c", HIDDEN], timeout=10.0).exit_code == 0
    assert len(box.kill_all()) >= 2
    assert box.kill_all() == []
    tasks = box.run(["ps", "-eLo", "comm", "--no-headers"]).text.split()
    assert "python3" not in tasks


def test_names_without_content_do_not_fill_the_memory(box: Box) -> None:
    made, said = box.run(["python3", "-c", LINKS], timeout=60.0).text.split(maxsplit=1)
    assert int(made) > 1000 and "No space" in said
    assert box.run(["true"]).exit_code == 0
    box.reset()
    assert box.run(["ls", "/app"]).text == ""
