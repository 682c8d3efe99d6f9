"""Root in a box cannot replace what grades without being seen, and may do its tasks' work."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from shellwright.sandbox.box import Box, Limits
from shellwright.trajectories.grade import grade

pytestmark = pytest.mark.engine
SMALL = Limits(memory_mb=400, disk_mb=100, pids=64)
STDLIB = "$(python3 -c 'import os; print(os.path.dirname(os.__file__))')"
LIBRARIES = "$(dirname $(ldd /bin/bash | grep -o '/[^ ]*/libc.so.6'))"
SITE = "/usr/local/lib/$(basename $STDLIB)/dist-packages"


@pytest.fixture
def box(engine: Any, image: str) -> Iterator[Box]:
    with Box.start(
        engine, image, run_id=f"graders-{os.getpid()}", limits=SMALL, user="root"
    ) as made:
        yield made


@pytest.mark.parametrize(
    ("attack", "seen"),
    [
        ("cp /bin/true /usr/bin/env", "/usr/bin/env"),
        ("cp /bin/bash /tmp/b; mv /tmp/b /usr/bin/bash", "/usr/bin/bash"),
        ("cp -p /bin/bash /tmp/b; cp -p /tmp/b /bin/bash; touch -r /bin/sh /bin/bash", "/bin/bash"),
        ("cp /bin/true /usr/local/bin/python3", "/usr/local/bin/python3"),
        ("ln -sf /bin/true /usr/bin/python3", "/usr/bin/python3"),
        ("cp /bin/env /usr/bin/setpriv", "/usr/bin/setpriv"),
        ("rm /bin; mkdir /usr/x; cp /usr/bin/bash /usr/x; ln -s /usr/x /bin", "/bin/bash"),
        ("echo x >>$STDLIB/json/__init__.py", "/json/__init__.py"),
        ("echo x >$STDLIB/planted.py", "/planted.py"),
        ("echo x >$STDLIB/sitecustomize.py", "/sitecustomize.py"),
        ("cd $STDLIB; cp -a json other; rm -r json; ln -s other json", "/json"),
        ("cd $STDLIB; mkdir away; cp -r json/__pycache__ away; rm -r json/__pycache__; "
         "ln -s ../away json/__pycache__", "/json/__pycache__"),
        ("touch $(dirname $STDLIB)/python$(python3 -c 'import sys; "
         "print(*sys.version_info[:2], sep=\"\")').zip", ".zip"),
        ("d=/usr/local/lib/$(basename $STDLIB)/dist-packages; mkdir -p $d; echo >$d/pytest.py",
         "/dist-packages/pytest.py"),
        ("d=$(python3 -m site --user-site); mkdir -p $d; echo >$d/usercustomize.py",
         "/usercustomize.py"),
        ("echo 'import os' >/usr/lib/python3/dist-packages/a.pth", "/a.pth"),
        ("d=/usr/lib/python3/dist-packages/a-1.dist-info; mkdir $d; "
         "echo '[pytest11]' >$d/entry_points.txt", "/entry_points.txt"),
        ("mkdir -p /usr/bin/lib/$(basename $STDLIB)", "/usr/bin/lib/python3.11"),
        ("mkdir -p /usr/bin/Modules; touch /usr/bin/Modules/Setup.local", "/Modules/Setup.local"),
        ("d=$(dirname $STDLIB)/python$(python3 -c 'import sys; print(*sys.version_info[:2], "
         "sep=\"\")').zip; mkdir $d; touch $d/site.py", ".zip/site.py"),
        ("d=$(python3 -m site --user-site); mkdir -p $(dirname $d); ln -s /tmp $d",
         "/site-packages"),
        (f"mkdir -p {SITE} /opt/x/pytest; echo /opt/x >{SITE}/a.pth", "/a.pth"),
        (f"mkdir -p {SITE} /opt/x/a.egg-info; echo /opt/x >{SITE}/a.pth; "
         "echo '[pytest11]' >/opt/x/a.egg-info/entry_points.txt", "/a.pth"),
        (f"mkdir -p {SITE}; (head -c 2000000 /dev/zero | tr '\\0' '#'; echo; echo import os) "
         f">{SITE}/a.pth", "/a.pth"),
        (f"mkdir -p {SITE}; printf '\\xef\\xbb\\xbfimport os' >{SITE}/a.pth", "/a.pth"),
        (f"mkdir -p {SITE}; mkfifo {SITE}/a.pth", "/a.pth"),
        (f"mkdir -p {SITE} /opt/x; ln -s /opt/x {SITE}/a-1.dist-info; "
         "echo '[pytest11]' >/opt/x/entry_points.txt", "/a-1.dist-info"),
        (f"mkdir -p {SITE}; touch {SITE}/apport_python_hook.py", "/apport_python_hook.py"),
        (f"mkdir -p {SITE}/org; touch {SITE}/org/__init__.py", "/org/__init__.py"),
        (f"mkdir -p {SITE}; touch {SITE}/msvcrt.py", "/msvcrt.py"),
        ("touch $STDLIB/$(printf 'a\\377').py", "/a\\udcff.py'"),
        ("d=$(dirname $(readlink -f $(ldd /bin/bash | grep -o '/[^ ]*/ld-[^ ]*')))/gconv; "
         "touch $d/gconv-modules", "/gconv/gconv-modules"),
        ("touch /usr/lib/*/datefudge/datefudge.so", "/datefudge.so"),
        ("l=$(ldd /bin/bash | grep -o '/lib[^ ]*/ld-[^ ]*'); mkdir /x; cp -L $l /x; "
         "if [ -L /lib64 ]; then ln -sfn /x /lib64; else touch $l; fi", "/ld-linux-x86-64.so.2"),
        ("touch $LIBRARIES/libyaml-0.so.2", "/libyaml-0.so.2"),
        ("cp $LIBRARIES/libdl.so.2 $LIBRARIES/libnss_db.so.2", "the libraries that programs load"),
        ("rm /dev/fd; mkdir /dev/fd", "/dev/fd"),
        ("rm /dev/null; mkfifo /dev/null", "/dev/null"),
        ("usermod -d /opt root || sed -i s,:/root:,:/opt:, /etc/passwd", "root in /etc/passwd"),
        ("sed -i '1i root2:x:00:0::/opt:/bin/sh' /etc/passwd", "root in /etc/passwd"),
        ("sed -i s,^agent:x:1000,agent:x:0, /etc/passwd", "agent in /etc/passwd"),
        ("echo >/usr/lib/python3/dist-packages/_pytest/planted.so", "/_pytest/planted.so"),
        ("echo /tmp/evil.so >/etc/ld.so.preload", "/etc/ld.so.preload"),
        ("echo 'passwd: evil' >/etc/nsswitch.conf", "/etc/nsswitch.conf"),
        ("echo 'home = /tmp' >/usr/bin/pyvenv.cfg", "/usr/bin/pyvenv.cfg"),
        ("printf '[pytest]\\n' >/pytest.ini", "/pytest.ini"),
        ("echo x >>$LIBRARIES/libc.so.6", "/libc.so.6"),
        ("mkdir /tmp/l; cp $LIBRARIES/libc.so.6 /tmp/l; echo /tmp/l >/etc/ld.so.conf.d/0.conf; "
         "ldconfig", "the libraries that programs load"),
    ],
    ids=lambda words: words[:30],
)  # fmt: skip
def test_root_cannot_replace_what_grades(box: Box, attack: str, seen: str) -> None:
    shell = f"STDLIB={STDLIB}; LIBRARIES={LIBRARIES}; {attack}"
    ran = box.run(["bash", "-c", shell], timeout=20.0)
    said = box.distrust()
    assert said.startswith("root changed what grades: ")
    assert any(path.endswith(seen) for path in said.partition(": ")[2].split(", ")), (
        said,
        ran.text,
    )


def test_the_work_of_tasks_of_root_is_no_attack(box: Box) -> None:
    assert box.distrust() == ""
    work = f"""
        set -e
        STDLIB={STDLIB}
        install -m 755 /bin/true /usr/bin/new-tool
        install -m 755 /bin/true /usr/local/sbin/nginx
        cp $(ldd /bin/bash | grep -o '/[^ ]*/libc.so.6') /usr/lib/libnew.so.1
        ldconfig
        packages=/usr/local/lib/$(basename $STDLIB)/dist-packages
        mkdir -p $packages/newpackage $packages/newpackage-1.dist-info
        touch $packages/newpackage/__init__.py $packages/newpackage/conftest.py
        echo '[console_scripts]' >$packages/newpackage-1.dist-info/entry_points.txt
        mkdir -p /opt/newpackage/newmodule /opt/newpackage/newmodule.egg-info
        echo '[console_scripts]' >/opt/newpackage/newmodule.egg-info/entry_points.txt
        printf '# editable\n\n/opt/newpackage\n/nowhere\n' >$packages/newpackage.pth
        useradd worker
        sed -i 's,^agent:x:1000:1000:,agent:x:1000:0:,' /etc/passwd
        echo '127.0.0.1 db' >>/etc/hosts
        mkdir -p /usr/local/lib/python3.99/site-packages/pytest
        touch /usr/local/lib/python3.99/os.py /usr/local/lib/python3.99/site-packages/pytest/x.py
        find $STDLIB -name '*.pyc' -delete
        python3 -c 'import wave'
        python3 -m compileall -q $STDLIB/json
        find $STDLIB -name '*.pyc' | grep -q .
    """
    ran = box.run(["bash", "-c", work], timeout=30.0)
    assert ran.exit_code == 0, ran.text
    assert box.distrust() == ""
    left = box.run(["bash", "-c", "find /usr/lib/python3.*/json -name '*.pyc'"]).text
    assert left == ""  # compiled modules could hold anything
    assert box.run(["python3", "-c", "import json"]).exit_code == 0


def test_root_cannot_set_the_limits_of_what_grades(box: Box) -> None:
    for limit in ("--fsize=0:0", "--as=1000:1000", "--nofile=3:3"):
        ran = box.run(["prlimit", "--pid", "1", limit])
        assert ran.exit_code == 1, ran.text
    assert box.run(["prlimit", "--fsize=1000:1000", "true"]).exit_code == 0
    box.write("/tests/test.sh", b"true", 0o755)


def test_folders_that_cannot_be_removed_are_no_failure_of_the_tests(box: Box) -> None:
    code = "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"
    assert box.run(["python3", "-c", code], cwd="/tests").exit_code == 0
    graded = grade(box, [("test.sh", 0o755, b"#!/bin/sh\n")], 20.0)
    assert graded.reward == 0.0, graded.problem


def test_what_root_puts_for_the_null_device_is_not_read(box: Box) -> None:
    box.run(["bash", "-c", "rm /dev/null; echo planted >/dev/null"])
    assert box.run(["cat"]).text == ""
    box.run(["bash", "-c", "rm /dev/null; mkfifo /dev/null"])
    assert box.run(["true"], timeout=5.0).exit_code == 0


def test_what_the_task_brought_before_the_first_command_is_no_attack(box: Box) -> None:
    box.write("/usr/local/bin/python3", b"#!/bin/sh\necho broken\n", 0o755)
    assert box.run(["python3"]).text == "broken\n"
    assert box.distrust() == ""


def test_the_agent_has_nothing_to_replace(engine: Any, image: str) -> None:
    with Box.start(engine, image, run_id=f"graders-{os.getpid()}", limits=SMALL) as box:
        box.run(["bash", "-c", "printf '[pytest]' >/pytest.ini; cp /bin/true /usr/bin/env"])
        assert box.distrust() == ""
        assert box.run(["ls", "/pytest.ini"]).exit_code == 2
