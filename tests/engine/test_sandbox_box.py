"""A box does what it is asked, and nothing that ran in it stays."""

import io
import os
import signal
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shellwright.sandbox.box import Box, BoxLost, Command, Limits, Refused

pytestmark = pytest.mark.engine
RUN = f"test-{os.getpid()}"
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="module")
def shared(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(engine, image, run_id=RUN, hostname="workbench") as box:
        yield box


@pytest.fixture
def box(shared: Box) -> Box:
    shared.reset()
    return shared


@pytest.fixture
def rootful(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(engine, image, run_id=RUN, user="root") as box:
        yield box


def shell(box: Box, script: str, **options: Any) -> Any:
    return box.run(["bash", "-c", script], **options)


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


# Running


def test_the_agent_is_an_ordinary_user_without_capabilities(box: Box) -> None:
    ran = shell(
        box, "id -un; pwd; hostname; echo $HOME; grep -E 'CapEff|NoNewPrivs' /proc/self/status"
    )
    assert ran.text.split() == [
        *("agent", "/app", "workbench", "/home/agent"),
        *("CapEff:", "0" * 16, "NoNewPrivs:", "1"),
    ]


def test_exit_codes_are_those_of_a_shell(box: Box) -> None:
    assert box.run(["false"]).exit_code == 1
    assert shell(box, "kill -TERM $$").exit_code == 128 + signal.SIGTERM
    assert box.run(["no-such-program"]).exit_code == 127
    assert box.run(["/etc/passwd"]).exit_code == 126
    assert box.run(["true"], cwd="/no/such/folder").exit_code == 127
    assert box.run(["null\0byte"]).exit_code == 125


def test_stdin_environment_and_both_streams(box: Box) -> None:
    ran = shell(box, 'cat; echo "$GREETING" >&2', stdin=b"in\n", environment={"GREETING": "hi"})
    assert ran.output == b"in\nhi\n"


def test_output_is_bounded_and_keeps_head_and_tail(box: Box) -> None:
    ran = shell(box, "echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert ran.truncated
    assert len(ran.output) < box.limits.output_kb * 1024 + 100
    assert ran.output.startswith(b"first\n")
    assert ran.output.endswith(b"\nlast\n")
    assert b"bytes omitted" in ran.output


def test_a_timeout_kills_daemons_too(box: Box) -> None:
    script = "setsid sleep 98 & (setsid nohup sleep 99 >/dev/null 2>&1 &); exec sleep 97"
    ran = shell(box, script, timeout=0.3)
    assert ran.timed_out
    assert ran.seconds < 30
    assert box.kill_all() == []


def test_a_daemon_stays_after_its_command_until_it_is_killed(box: Box) -> None:
    shell(box, "(while sleep 0.05; do echo alive; touch /tmp/alive; done) &")
    box.run_all([0.3])
    box.remove("/tmp/alive")
    box.run_all([0.3])
    assert box.read("/tmp/alive") == b""  # and nothing stopped it at its closed output
    assert set(box.kill_all()) <= {"bash", "sleep", "touch"}
    assert box.kill_all() == []


@pytest.mark.parametrize("python", [False, True], ids=["run", "run_python"])
def test_nothing_outlives_a_command_that_runs_alone(box: Box, python: bool) -> None:
    shell(box, "sleep 300 &")  # nor what was there before
    daemon = "(setsid nohup bash -c 'sleep 0.2; touch /tmp/late' >/dev/null 2>&1 &)"
    if python:
        box.write("/tests/x.py", f"import os\nos.system({daemon!r})\nprint('here')\n".encode())
        ran = box.run_python(["/tests/x.py"], alone=True)
    else:
        ran = box.run(["bash", "-c", f"{daemon}; echo here"], alone=True)
    assert (ran.exit_code, ran.text) == (0, "here\n")
    assert box.kill_all() == []
    box.run_all([0.4])
    with pytest.raises(Refused):
        box.read("/tmp/late")


def test_places_are_emptied_where_nobody_is_left(box: Box) -> None:
    box.write("/solution/solve.sh", b"echo", 0o755)
    box.write("/app/kept", b"")
    shell(box, "while :; do touch /solution/x; done & cd /solution; sleep 300 &")
    assert set(box.kill_all(emptied=["/solution", "/app/kept"])) <= {"bash", "sleep", "touch"}
    assert shell(box, "ls /solution /app").text == "/app:\nkept\n\n/solution:\n"


def test_a_timeout_leaves_earlier_daemons_alone(box: Box) -> None:
    shell(box, "sleep 300 & ")
    shell(box, "sleep 200", timeout=0.2)
    assert box.kill_all() == ["sleep"]


def test_several_commands_in_one_round_trip(box: Box) -> None:
    began = time.monotonic()
    first, second = box.run_all(
        [Command(["cat"], stdin=b"one"), 0.3, Command(["cat"], stdin=b"two", user="root")]
    )
    assert (first.output, second.output) == (b"one", b"two")
    assert 0.3 <= time.monotonic() - began < 10


# Python


def test_run_python_runs_pytest_as_root(box: Box) -> None:
    check = b"import os\ndef test_one(): assert os.getuid() == 0\ndef test_two(): assert 1 == 2\n"
    box.write("/tests/test_it.py", check)
    ran = box.run_python(["-m", "pytest", "-q", "-p", "no:cacheprovider", "/tests/test_it.py"])
    assert ran.exit_code == 1
    assert "1 failed, 1 passed" in ran.text
    assert "assert 1 == 2" in ran.text


def test_run_python_runs_a_script_as_python_would(box: Box) -> None:
    box.write("/tests/helper.py", b"VALUE = 7\n")
    box.write(
        "/tests/script.py",
        b"import helper, os, sys\nif __name__ == '__main__':\n"
        b"    print(helper.VALUE, sys.argv[1:], os.getcwd(), os.environ['HOME'], flush=True)\n"
        b"    sys.exit('the end')\n",
    )
    ran = box.run_python(["/tests/script.py", "a", "b"])
    assert ran.text == "7 ['a', 'b'] / /root\nthe end\n"
    assert ran.exit_code == 1


def test_run_python_starts_from_the_same_state_each_time(box: Box) -> None:
    script = (
        b"import json, random\nprint(hasattr(json, 'spoilt'), random.random())\njson.spoilt = 1\n"
    )
    box.write("/tests/script.py", script)
    first, second = (box.run_python(["/tests/script.py"]).text.split() for _ in range(2))
    assert first[0] == second[0] == "False"
    assert first[1] != second[1]


def test_run_python_times_out(box: Box) -> None:
    box.write("/tests/script.py", b"import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    ran = box.run_python(["/tests/script.py"], timeout=0.5)
    assert ran.timed_out
    assert ran.text == "begun\n"


# Files


def test_put_keeps_owner_mode_and_time(box: Box) -> None:
    tar = archive(
        (member("app/in", tarfile.DIRTYPE, mode=0o2750, uid=1000, gid=1000, mtime=1000000000), b""),
        (member("app/in/file", mode=0o4640, uid=1000, gid=7, mtime=1111111111.5), b"text"),
        (member("app/in/link", tarfile.SYMTYPE, linkname="file", uid=1000, mtime=3), b""),
        (member("app/in/twin", tarfile.LNKTYPE, linkname="app/in/file"), b""),
        (member("srv/made/on/the/way", mode=0o600), b"x"),
    )
    box.put(tar)
    ran = shell(
        box, "stat -c '%n %a %u %g %Y %F %h' in in/*; readlink in/link; stat -c %u%a /srv/made"
    )
    assert ran.text.splitlines() == [
        "in 2750 1000 1000 1000000000 directory 2",
        "in/file 4640 1000 7 1111111111 regular file 2",
        "in/link 777 1000 0 3 symbolic link 1",
        "in/twin 4640 1000 7 1111111111 regular file 2",
        "file",
        "0755",
    ]


@pytest.mark.parametrize(
    "info",
    [
        member("/app/x"),
        member("app/../../x"),
        member("app/null", tarfile.CHRTYPE, devmajor=1, devminor=3),
        member("app/pipe", tarfile.FIFOTYPE),
        member("app/passwd", tarfile.LNKTYPE, linkname="../etc/passwd"),
        member("app/escape/x"),
        member("etc/x"),
    ],
    ids=lambda info: info.name,
)
def test_put_refuses_what_leads_out(box: Box, info: tarfile.TarInfo) -> None:
    shell(box, "ln -s /etc /app/escape")
    with pytest.raises(Refused):
        box.put(archive((info, b"")))
    assert box.run(["true"]).exit_code == 0  # the box is as good as before


def test_put_refuses_too_much_and_what_is_no_tar(engine: Any, image: str) -> None:
    limits = Limits(put_mb=1, put_members=3)
    with Box.start(engine, image, run_id=RUN, limits=limits) as box:
        for tar in (
            archive((member("app/x"), b"x" * (2 << 20))),
            archive(*((member(f"app/{number}"), b"") for number in range(4))),
            b"no tar at all" * 100,
        ):
            with pytest.raises(Refused):
                box.put(tar)
        assert box.run(["true"]).exit_code == 0


def test_what_is_put_replaces_a_planted_link(box: Box) -> None:
    shell(box, "ln -s /tests/secret /app/out; mkdir /app/folder")
    box.put(archive((member("app/out", mode=0o644), b"mine")))
    assert box.read("/app/out") == b"mine"
    with pytest.raises(Refused):
        box.put(archive((member("app/folder"), b"mine")))


def test_read_and_get_follow_no_link(box: Box) -> None:
    box.write("/tests/secret", b"secret", mode=0o600)
    shell(
        box,
        "ln -s /tests/secret link; ln -s /tests dir; mkfifo pipe; echo a > file;"
        "mkdir d; echo b > d/b",
    )
    for path in (
        "/app/link",
        "/app/dir/secret",
        "/app/pipe",
        "/app/d",
        "/app/missing",
        "/",
        "/app/../x",
    ):
        with pytest.raises(Refused):
            box.read(path)
    assert box.read("/app/file") == b"a\n"
    with pytest.raises(Refused, match="larger than"):
        box.read("/app/file", most_bytes=1)
    with tarfile.open(fileobj=io.BytesIO(box.get(["/app", "/srv/missing"]))) as tar:
        names = {info.name: (info.type, info.linkname) for info in tar}
    assert names == {
        "app": (tarfile.DIRTYPE, ""),
        "app/d": (tarfile.DIRTYPE, ""),
        "app/d/b": (tarfile.REGTYPE, ""),
        "app/dir": (tarfile.SYMTYPE, "/tests"),
        "app/file": (tarfile.REGTYPE, ""),
        "app/link": (tarfile.SYMTYPE, "/tests/secret"),
    }
    with pytest.raises(Refused, match="larger than"):
        box.get(["/app"], most_bytes=3)


def test_put_files_write_and_remove(box: Box) -> None:
    box.put_files([("a/b", 0o755, b"#!/bin/sh\necho hi\n"), ("c", 0o644, b"")], "/solution")
    assert box.run(["/solution/a/b"]).text == "hi\n"
    box.write("/app/mine", b"1", user="agent")
    assert shell(box, "echo 2 >> mine; cat mine").text == "12\n"
    box.remove("/solution/a")
    box.remove("/solution/a")
    assert shell(box, "ls /solution").text == "c\n"


# Resetting


def test_a_reset_leaves_nothing(box: Box) -> None:
    places = "/app /srv /data /home /tmp /var/tmp /logs /tests /solution /run /dev/shm /dev/mqueue"
    state = f"find {places} -printf '%p %u %m\\n' | sort; getfacl -pc /app"
    before = shell(box, state).text
    box.record("/run/pane", 1000)
    box.write("/tests/x", b"1")
    box.write("/logs/verifier/reward.txt", b"1")
    shell(
        box,
        "mkdir -p d/e; echo x > d/e/f; chmod 0 d; ln -s / link;"
        "setfacl -m u:1:rwx,d:u:2:rwx .; chmod 711 .;"
        "touch /tmp/t /var/tmp/t /home/agent/.bashrc /srv/s /data/d /dev/shm/m;"
        "ipcmk -M 100 -S 1 -Q; ipcs | grep -c 0x; sleep 100 & setsid sleep 100 &",
    )
    shell(box, "ipcmk -Q; chmod 700 /srv; chown 5:5 /data; mkdir /run/x /var/log/x", user="root")
    assert shell(box, state).text != before
    assert "sleep" in box.reset()
    assert shell(box, state).text == before
    assert shell(box, "ipcs -a | grep -c 0x").text == "0\n"


def test_a_reset_gives_a_box_up_whose_devices_were_changed(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=RUN) as box:
        shell(box, "echo planted > /dev/planted", user="root")
        with pytest.raises(BoxLost, match="/dev"):
            box.reset()
        with pytest.raises(BoxLost):
            box.run(["true"])


def test_root_of_a_writable_box_cannot_be_reset(rootful: Box) -> None:
    assert shell(rootful, "touch /etc/x /usr/bin/y && echo done").text == "done\n"
    with pytest.raises(BoxLost):
        rootful.reset()


def test_a_writable_box_keeps_the_files_of_its_image(rootful: Box) -> None:
    assert shell(rootful, "stat -c '%U %a' /app /home/agent").text == "agent 755\nagent 755\n"
    assert rootful.run(["id", "-un"]).text == "root\n"
    assert rootful.run(["id", "-un"], user="agent").text == "agent\n"
