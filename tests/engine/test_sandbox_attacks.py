"""What runs in a box cannot break out, outlive its time, take more than its share, or forge."""

import errno
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shellwright.sandbox.box import Box, BoxLost, Limits

pytestmark = pytest.mark.engine
RUN = f"attack-{os.getpid()}"
SMALL = Limits(memory_mb=400, disk_mb=100, pids=64, patience=15.0)
USERS = ["agent", "root"]


@pytest.fixture
def box(engine: Any, image: str, request: pytest.FixtureRequest) -> Iterator[Box]:
    user = getattr(request, "param", "agent")
    with Box.start(engine, image, run_id=RUN, limits=SMALL, user=user) as box:
        yield box


def both(test: Any) -> Any:
    return pytest.mark.parametrize("box", USERS, indirect=True)(test)


def shell(box: Box, script: str, timeout: float = 20.0) -> str:
    return box.run(["bash", "-c", script], timeout=timeout).text


def python(box: Box, script: str) -> str:
    return box.run(["python3", "-c", script], timeout=20.0).text


@both
def test_a_fork_bomb_ends_with_its_time(box: Box) -> None:
    began = time.monotonic()
    ran = box.run(["bash", "-c", "f() { f | f & }; f; sleep 60"], timeout=3.0)
    box.kill_all()
    assert time.monotonic() - began < 15
    assert ran.timed_out or ran.exit_code
    # It did go off, and met the limit of processes.
    assert "fork: " in ran.text
    assert box.kill_all() == []
    assert box.run(["true"]).exit_code == 0


@both
def test_commands_fail_softly_while_a_bomb_goes_off(box: Box) -> None:
    shell(box, "f() { f | f & }; (setsid bash -c 'f() { while :; do f & done; }; f' &)", 2.0)
    ran = box.run(["true"], timeout=2.0)
    assert ran.exit_code in (0, 125) or ran.timed_out
    box.kill_all()
    assert box.run(["true"]).exit_code == 0


@both
def test_a_memory_hog_dies_and_the_box_does_not(box: Box) -> None:
    ran = box.run(["python3", "-c", "x = b'x' * (2 << 30); print(len(x))"], timeout=20.0)
    assert ran.exit_code in (1, 137)
    assert box.run(["true"]).exit_code == 0


def test_full_disks_leave_room_for_the_box(box: Box) -> None:
    places = "/app /srv /data /home/agent /tmp /var/tmp /dev/shm"
    said = shell(box, f"for d in {places}; do cat /dev/zero > $d/full; done; df -m {places}")
    assert said.count("No space left") == 7
    assert box.run(["true"]).exit_code == 0
    box.reset()
    assert shell(box, "df -m --output=used /app | tail -1").strip() == "0"


def test_a_disk_filler_with_a_writable_root_is_stopped(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=RUN, limits=SMALL, user="root") as rootful:
        script = "for i in {1..1000}; do head -c 50M /dev/zero > /usr/full$i; sleep 0.2; done"
        with pytest.raises(BoxLost, match="more than its 100 MB"):
            shell(rootful, script, timeout=60.0)


HOLD = """
import os, time
for number in range(25):
    name = f"/usr/held{number}"
    file = os.open(name, os.O_CREAT | os.O_RDWR)
    os.unlink(name)
    os.write(file, bytes(20 << 20))
    time.sleep(0.1)
time.sleep(20)
"""
RESERVE = """
import ctypes, errno, fcntl, os, struct
file = os.open("/usr/reserved", os.O_CREAT | os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
print(libc.fallocate(file, 0, ctypes.c_long(0), ctypes.c_long(50 << 20)) and ctypes.get_errno())
for code in (0x40305828, 0x4030582A, 0x40305839):
    try:
        print(fcntl.ioctl(file, code, struct.pack("hhqqiI16x", 0, 0, 0, 50 << 20, 0, 0)))
    except OSError as error:
        print(error.errno)
print(os.stat(file).st_blocks)
"""
# The C library writes where the kernel reserves nothing.
RESERVE_KINDLY = """
import os
file = os.open("/usr/kindly", os.O_CREAT | os.O_RDWR)
os.posix_fallocate(file, 0, 1 << 20)
print(os.stat(file).st_size >> 9)
"""


def test_deleted_files_that_are_held_open_count(engine: Any, image: str) -> None:
    with (
        Box.start(engine, image, run_id=RUN, limits=SMALL, user="root") as rootful,
        pytest.raises(BoxLost, match="more than its 100 MB"),
    ):
        python(rootful, HOLD)


def test_files_that_the_engine_mounts_count(engine: Any, image: str) -> None:
    script = "for f in hosts hostname resolv.conf; do head -c 60M /dev/zero >> /etc/$f; done"
    with (
        Box.start(engine, image, run_id=RUN, limits=SMALL, user="root") as rootful,
        pytest.raises(BoxLost, match="more than its 100 MB"),
    ):
        shell(rootful, f"{script}; sleep 20", timeout=30.0)


def test_space_cannot_be_reserved_in_no_time(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=RUN, limits=SMALL, user="root") as rootful:
        assert python(rootful, RESERVE).split() == [str(errno.EOPNOTSUPP)] * 4 + ["0"]
        said = python(rootful, RESERVE_KINDLY)
    assert said == "2048\n"


def test_one_file_is_no_larger_than_the_disk(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=RUN, limits=SMALL, user="root") as rootful:
        said = shell(rootful, "head -c 300M /dev/zero > /usr/full; stat -c %s /usr/full")
    assert "File size limit" in said
    assert said.split()[-1] == str(100 << 20)


def test_a_flood_of_output_costs_no_memory(box: Box) -> None:
    def memory() -> int:
        """The most that process 1 has ever had in memory, in KiB."""
        return int(shell(box, "grep VmHWM /proc/1/status").split()[1])

    box.run_python(["-c", "pass"])
    before = memory()
    ran = box.run(["bash", "-c", "yes | head -c 300000000; yes >&2"], timeout=3.0)
    assert ran.truncated
    assert len(ran.output) < 300_000
    assert memory() - before < 8 << 10


@both
def test_the_supervisor_is_out_of_reach(box: Box) -> None:
    script = """
        kill -9 1; kill -STOP 1; kill -INT 1; kill -TERM 1
        cat /proc/1/environ; ls -l /proc/1/fd/0; cat /proc/1/mem; cat /proc/1/root/etc/hostname
        echo 1 > /proc/1/fd/1
    """
    said = shell(box, script)
    assert said.count("ermission denied") + said.count("not permitted") >= 5
    attack = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, 1, None, None), os.strerror(ctypes.get_errno()))
print(libc.syscall(438, libc.syscall(434, 1, 0), 1, 0), os.strerror(ctypes.get_errno()))
"""
    answers = python(box, attack).splitlines()
    assert all(answer.startswith("-1 ") for answer in answers)
    assert box.run(["true"]).exit_code == 0


@both
def test_printed_frames_are_output(box: Box) -> None:
    forged = r"printf '\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00{}'; printf x >&2"
    assert box.run(["bash", "-c", forged]).output == b"\0\0\0\2" + b"\0" * 8 + b"{}x"
    box.write(
        "/tests/forged.py",
        b"import os\nfor fd in range(3, 64):\n"
        b"    try: os.write(fd, b'forged')\n    except OSError: pass\nprint('end')\n",
    )
    assert box.run_python(["/tests/forged.py"]).text == "end\n"


@both
def test_there_is_no_network(box: Box) -> None:
    said = python(
        box,
        "import socket\n"
        "for host in ('1.1.1.1', '172.17.0.1', '169.254.169.254'):\n"
        "    try: socket.create_connection((host, 80), 2)\n"
        "    except OSError as error: print(error)\n"
        "for kind in (socket.SOCK_RAW,):\n"
        "    try: socket.socket(socket.AF_INET, kind, 1)\n"
        "    except OSError as error: print(error)\n",
    )
    assert said.count("unreachable") == 3
    assert "not permitted" in said
    assert shell(box, "cut -d: -f1 /proc/net/dev | tail -n +3").split() == ["lo"]


@both
def test_setuid_programs_gain_nothing(box: Box) -> None:
    # The agent may not write where programs lie: only in a box of root is the disk not nosuid.
    place = "/srv/id" if box.user == "agent" else "/usr/local/bin/own-id"
    script = f"cp /usr/bin/id {place}; chown root {place}; chmod 6755 {place}; stat -c %a {place}"
    assert box.run(["bash", "-c", script], user="root").text == "6755\n"
    said = box.run([place], user="agent").text
    assert said.startswith("uid=1000(agent) gid=1000(agent)")
    assert "euid" not in said
    assert "egid" not in said


def test_the_agent_cannot_write_where_the_verdict_is_made(box: Box) -> None:
    said = shell(
        box,
        "for f in /logs/verifier/reward.txt /tests/x /solution/x /etc/x /usr/bin/bash /run/x /x;"
        " do echo 1 > $f; done",
    )
    assert said.count("ermission denied") + said.count("Read-only") == 7
    assert "Read-only" in box.run(["touch", "/usr/bin/bash"], user="root").text


def test_a_tree_too_deep_to_remove_costs_the_box(box: Box) -> None:
    """It never comes back with the tree in it, and whoever has it takes another one."""
    python(box, "import os\nfor i in range(3000):\n    os.mkdir('d'); os.chdir('d')\n")
    with pytest.raises(BoxLost):
        box.reset()


@pytest.mark.parametrize(
    "one", ["os.mkdir(f'/tmp/{n}')", "os.setxattr('/tmp', f'user.{n}', b'x' * 60000)"]
)
def test_a_flood_of_names_or_attributes_is_stopped(box: Box, one: str) -> None:
    flood = f"import os\nfor n in range(200_000):\n    {one}\n"
    ran = box.run(["python3", "-c", flood], user="root", timeout=60)
    assert "No space left on device" in ran.text
    assert shell(box, "echo still here") == "still here\n"
    box.reset()
    assert shell(box, "ls /tmp; python3 -c 'import os; print(os.listxattr(\"/tmp\"))'") == "[]\n"


@both
def test_a_child_cannot_stop_the_killing_of_its_family(box: Box) -> None:
    script = "trap '' TERM INT HUP; (trap '' TERM; while :; do sleep 1; done) & while :; do :; done"
    ran = box.run(["bash", "-c", script], timeout=0.5)
    assert ran.timed_out
    assert box.kill_all() == []
