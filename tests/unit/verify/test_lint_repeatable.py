"""Clocks, chance, the network, leaks and vacuous tests: what is found, and what is left alone."""

from dataclasses import replace

import pytest
from tests.support import verify_tasks as tasks
from tests.support.verify_tasks import rules

from shellwright.tasks.bundle import CheckCall, Fixture
from shellwright.verify.lint_commands import clock, network

X = "def test_x():\n"
IS_FOUR = "    assert open('/app/n').read() == '4'\n"
OPENED = "def test_x():\n    assert open('/app/n').read() == '4\\n'\n"
SOLUTION = next(f for f in tasks.row()["files"] if f["path"] == "solution/solve.sh")["content"]


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("wall-clock", "import subprocess as s\nY = s.check_output(['date', '+%Y'])\n" + OPENED),
        ("wall-clock", "import os\n" + OPENED + "    os.popen('date +%Y')\n"),
        ("wall-clock", "import os\nC = 'date -u'\n" + OPENED + "    os.system(C)\n"),
        (
            "wall-clock",
            "import subprocess\ndef sh(c):\n    return subprocess.run(c, shell=True)\n"
            + OPENED
            + "    sh('test $(date +%Y) = 2026')\n",
        ),
        ("wall-clock", "import time\n" + OPENED + "    assert time.clock_gettime(0) < 2e9\n"),
        ("wall-clock", "import time\nnow = time.time\n" + OPENED + "    assert now() < 2e9\n"),
        ("wall-clock", "import time as t\na = t\nb = a.time\n" + OPENED + "    b()\n"),
        ("wall-clock", OPENED + "    getattr(__import__('time'), 'time')()\n"),
        ("wall-clock", "from time import *\n" + OPENED + "    assert gmtime().tm_year == 2026\n"),
        ("wall-clock", "from datetime import *\n" + OPENED + "    datetime.now().year\n"),
        ("wall-clock", "from os import *\n" + OPENED + "    system('date +%Y')\n"),
        ("wall-clock", "from subprocess import *\n" + OPENED + "    run(['date', '+%Y'])\n"),
        ("wall-clock", "t = __import__('time')\n" + OPENED + "    t.time()\n"),
        (
            "wall-clock",
            "import importlib\nt = importlib.import_module('time')\n" + OPENED + "    t.time()\n",
        ),
        (
            "wall-clock",
            "from importlib import import_module as get\n" + OPENED + "    get('time').time()\n",
        ),
        ("wall-clock", "import time as t\n" + OPENED + "    x = t.time\n    x()\n"),
        ("wall-clock", "import time\nN = 'ti' + 'me'\n" + OPENED + "    getattr(time, N)()\n"),
        ("wall-clock", "import time\n" + OPENED + "    vars(time)['time']()\n"),
        ("wall-clock", "import time\n" + OPENED + "    time.__dict__['time']()\n"),
        ("wall-clock", "import sys, time\n" + OPENED + "    sys.modules['time'].time()\n"),
        ("wall-clock", "import time\nt, n = time, 1\n" + OPENED + "    t.time()\n"),
        ("wall-clock", "import time\n" + OPENED + "    (t := time)\n    t.time()\n"),
        ("chance", "from random import *\n" + OPENED + "    choice([1])\n"),
        (
            "network-in-tests",
            "from urllib.request import *\n" + OPENED + "    urlopen('http://a.org')\n",
        ),
        (
            "network-in-tests",
            "from socket import *\n" + OPENED + "    create_connection(('a.org', 80))\n",
        ),
        ("skip-counts-as-pass", "from pytest import *\n" + OPENED + "    skip('')\n"),
        ("wall-clock", "import os\n" + OPENED + "    os.stat('/proc/self').st_mtime\n"),
        ("wall-clock", "from pathlib import Path\n" + OPENED + "    Path('/proc/1').stat()\n"),
        ("wall-clock", "import os\n" + OPENED + "    os.system('find /app/n -mmin -5')\n"),
        ("network-in-tests", "import os\n" + OPENED + "    os.system('getent hosts a.org')\n"),
        (
            "network-in-tests",
            "# localhost\nimport socket\n" + OPENED + "    s.connect_ex(('1.1.1.1', 80))\n",
        ),
        (
            "network-in-tests",
            '"""Not localhost."""\nimport socket\n' + OPENED + "    s.connect((HOST, 80))\n",
        ),
        ("network-in-tests", "# localhost\nimport requests\n" + OPENED),
        (
            "network-in-tests",
            "import requests\nA = 'localhost'\n" + OPENED + "    requests.get('https://a.org')\n",
        ),
        ("wall-clock", f"{OPENED}    assert db.execute(\"select date('now')\").fetchone()\n"),
        ("wall-clock", f"{OPENED}    db.execute(\"select strftime('%Y', 'now')\")\n"),
        (
            "wall-clock",
            f"import datetime as d\n{OPENED}    x = d.date(1, 1, 1)\n    x.today()\n",
        ),
        ("wall-clock", f"import os\n{OPENED}    os.system('perl -le \"print time\"')\n"),
        ("network-in-tests", f"import imaplib\n{OPENED}"),
        (
            "network-in-tests",
            f"import os\n{OPENED}    os.system('git ls-remote https://x.org/y')\n",
        ),
        (
            "network-in-tests",
            f"from urllib import request as r\n{OPENED}    r.build_opener().open('http://x.org/')\n",
        ),
        (
            "network-in-tests",
            f"import pandas\n{OPENED}    pandas.read_csv('https://x.org/a.csv')\n",
        ),
        ("vacuous-test", "def test_x():\n    assert 1 == 1\n"),
        ("vacuous-test", "def test_x():\n    assert open('/app/n').read() == '4' or True\n"),
        ("vacuous-test", "def test_x():\n    assert (open('/app/n').read() == '4', 'four')\n"),
        ("vacuous-test", "def test_x():\n    n = open('/app/n').read()\n    assert n == n\n"),
        ("vacuous-test", "def test_x():\n    assert len(open('/app/n').read()) >= 0\n"),
        ("vacuous-test", "def test_x():\n    assert len(open('/app/n').read()) > -1\n"),
        ("vacuous-test", "def test_x():\n    assert -1 < len(open('/app/n').read())\n"),
        ("vacuous-test", "def test_x():\n    assert 0 <= len(open('/app/n').read())\n"),
        ("vacuous-test", "import os\ndef test_x():\n    assert os.stat('/app/n').st_size >= 0\n"),
        (
            "vacuous-test",
            "import os\ndef test_x():\n    assert os.path.getsize('/app/n') != -1\n",
        ),
        (
            "vacuous-test",
            "def test_x():\n    try:\n        assert open('/app/n').read() == '4'\n"
            "    except Exception:\n        pass\n",
        ),
        (
            "vacuous-test",
            "def test_x():\n    try:\n        assert open('/app/n').read() == '4'\n"
            "    except AssertionError as error:\n        print(error)\n        return\n",
        ),
        (
            "vacuous-test",
            "import contextlib\ndef test_x():\n    with contextlib.suppress(AssertionError):\n"
            "        assert open('/app/n').read() == '4'\n",
        ),
        ("vacuous-test", f"import pytest\n{X}    with pytest.raises(Exception):\n    {IS_FOUR}"),
        ("vacuous-test", f"{X}    try:\n    {IS_FOUR}    except Exception:\n        ok = False\n"),
        (
            "vacuous-test",
            f"import logging\n{X}    try:\n    {IS_FOUR}"
            "    except Exception as e:\n        logging.error(str(e))\n",
        ),
        ("vacuous-test", f"{X}    return\n{IS_FOUR}"),
        ("vacuous-test", f"{X}    if 0:\n    {IS_FOUR}"),
        ("vacuous-test", f"{X}    for n in []:\n    {IS_FOUR}"),
        ("vacuous-test", f"{X}    assert lambda: open('/app/n').read() == '4'\n"),
        ("vacuous-test", f"{X}    assert (line == '4' for line in open('/app/n'))\n"),
        ("vacuous-test", f"{X}    assert f'{{1}} is right'\n"),
        ("vacuous-test", f"{X}    assert open('/app/n').read() == open('/app/n').read()\n"),
        ("vacuous-test", f"from checks import check\n@check(weight=2)\n{X}    assert True\n"),
        ("asserts-nothing", f"from checks import check\n@check(weight=2)\n{X}    pass\n"),
        (
            "existence-only",
            f"from checks import check, present\n@check(weight=2)\n{X}    present(path='/app/n')\n",
        ),
    ],
)
def test_bad_test_files(rule: str, source: str) -> None:
    assert rules(tasks.foreign("bad", source)) == {rule}


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess\n" + OPENED + "    subprocess.run(['date', '-d', '@0', '+%Y'])\n",
        f"{OPENED}    db.execute(\"select date(day), curl from t where day < '2024-01-01'\")\n",
        f"{OPENED}    text.replace('https://example.org/x', '')\n    p.open('r')\n",
        f"import xmlrpc.client as c\n{OPENED}    c.ServerProxy('http://127.0.0.1:80')\n",
        f"{OPENED}    diary.today(5)\n",
        "import subprocess\n" + OPENED + "    subprocess.run(['grep', 'date', '/app/n'])\n",
        "import time\n" + OPENED + "    time.clock_gettime(time.CLOCK_MONOTONIC)\n",
        "import os\n" + OPENED + "    assert os.stat('/app/n').st_mtime == 5\n",
        "from random import *\ndef choice(n):\n    return n[0]\n" + OPENED + "    choice([1])\n",
        "from time import *\n" + OPENED + "    sleep(0.1)\n    monotonic()\n",
        "from helpers import *\n" + OPENED + "    time()\n",
        "import socket\n" + OPENED + "    s.connect(('127.0.0.1', 80))\n",
        "import socket\nHOST = 'localhost'\n" + OPENED + "    s.connect((HOST, PORT))\n",
        "import socket\n" + OPENED + "    s.connect('/run/x.sock')\n",
        "import sqlite3\n" + OPENED + "    sqlite3.connect('/app/a.db')\n",
        "import requests\nB = 'http://localhost:80'\n" + OPENED + "    requests.get(f'{B}/a')\n",
        (
            "def test_x():\n    for n in range(9):\n        try:\n"
            "            assert open('/app/n').read() == '4'\n            return\n"
            "        except AssertionError:\n            print(n)\n    raise AssertionError\n"
        ),
        (
            "def test_x():\n    try:\n        text = open('/app/n').read()\n"
            "    except OSError:\n        assert False, 'no file'\n    assert text\n"
        ),
        (
            "def right():\n    try:\n        assert open('/app/n').read() == '4'\n"
            "    except AssertionError:\n        return False\n    return True\n\n"
            "def test_x():\n    assert right()\n"
        ),
        "def test_x():\n    assert True\n    assert open('/app/n').read()\n",
        f"{X}    if not open('/app/n').read():\n        return\n{IS_FOUR}",
        f"{X}    wrong = []\n    try:\n    {IS_FOUR}    except AssertionError as e:\n"
        "        wrong.append(e)\n    assert not wrong\n",
        f"import pytest\n{X}    with pytest.raises(Exception):\n        open('/app/x').read()\n",
        f"import sys\n{X}    try:\n    {IS_FOUR}    except Exception:\n        sys.exit(1)\n",
        f"import subprocess as s\n{X}    assert s.getoutput('/app/a') == s.getoutput('/app/a')\n",
    ],
)
def test_good_test_files(source: str) -> None:
    assert rules(tasks.foreign("good", source)) == set()


@pytest.mark.parametrize(
    "script",
    [
        *("date", "date +%s", "x=$(date)", "TZ=UTC date -u", "/bin/date +%Y > y", "a; date -I"),
        *("date -d now +%s", "date --date='2 days ago'", "env date +%F", "bash -c 'date +%F'"),
        *("printf '%(%Y)T'", "printf -v y '%(%Y)T' -1", "echo $EPOCHSECONDS", "stat /proc/self"),
        *("perl -e 'print time'", "awk 'BEGIN { srand(); print srand() }'"),
        *("sqlite3 a \"select strftime('%F', 'now')\"",),
        *("find . -newermt '1 day ago'", "awk 'BEGIN { print systime() }'", "timeout 5 date +%s"),
        *("if [ $(date +%Y) = 2026 ]; then x; fi", "echo `date`"),
    ],
)
def test_commands_that_read_the_clock(script: str) -> None:
    assert clock(script)


@pytest.mark.parametrize(
    "script",
    [
        *("perl -e '$time = $t{time}; print q(a) => time=1'", "awk 'BEGIN { srand(7) }'"),
        *("date -d @0 +%Y", "date -r file", "date -u -f dates +%F", "date --reference=x +%s"),
        *("cut -d, -f date", "echo date", "git log --date=iso", "printf '%(%Y)T' 0"),
        *("grep -E '(date|time)'", "find . -newermt 2024-01-01", "update +%s", "echo $SECONDS"),
        "psql -c 'create table t (id int, date date not null)'",
    ],
)
def test_commands_that_read_no_clock(script: str) -> None:
    assert not clock(script)


@pytest.mark.parametrize(
    "script",
    [
        *("curl https://a.org", "wget -q a.org/x", "curl -s \\\n  https://a.org", "ping -c1 a.org"),
        *("nc -z 1.1.1.1 80", "exec 3<>/dev/tcp/a.org/80", "dig +short a.org", "ssh me@a.org ls"),
        *("pip install x", "git clone https://a.org/x", "curl https://a.org/localhost"),
        *("git -C x fetch -q ssh://a.org/x", "apt-get -qq update", "npm ci ", "npx -y x"),
        *("apt-get -y install x", "pip --quiet install x", "pip install x; echo --no-index"),
        *("pip install --no-index git+https://a.org/x", "pip install x --no-index-url"),
        *(
            "rsync rsync://a.org/x y",
            "/usr/bin/rsync -a --chown a:a x 'me@a.org:y'",
            "rsync 9.9.9.9::m x",
        ),
        *(
            "cd x && go mod download",
            "cargo fetch",
            "cargo --locked fetch",
            "/usr/bin/env go get a",
        ),
        *("/usr/local/go/bin/go mod download all", "/usr/bin/timeout 5 ping a.org"),
        "perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"a.org:80\") or exit 0'",
        "perl -e 'use IO::Socket; print 1; IO::Socket::INET->new(\"a.org:80\")'",
        *("ruby -rsocket -e 'TCPSocket.new(\"a.org\", 80)'", "php -r 'fsockopen(\"a.org\", 80);'"),
        "python3 -c \"import socket; socket.create_connection(('a.org', 80))\"",
    ],
)
def test_commands_that_ask_the_network(script: str) -> None:
    assert network(script)


@pytest.mark.parametrize(
    "script",
    [
        *("curl localhost:80/a", "curl -H 'A: (b)' http://127.0.0.1/", "nc -z localhost 80"),
        *("exec 3<>/dev/tcp/127.0.0.1/80", "ssh-keygen -lf x", "getent hosts db.internal"),
        *("curl -s \\\n  'http://localhost:80/?a=1&b=2'", "grep a.org hosts"),
        *("git fetch ../origin main", "git pull file:///srv/x", "git log --grep https://a.org"),
        *("dpkg -i x; apt list", "sed s/install/update/ apt"),
        *("pip3 -q install --no-index --target x ./a.whl", "cargo install --offline --path ."),
        "pip install \\\n  --no-index --find-links wheels a",
        *(
            "rsync -a /srv/a.org/ /app/b.org",
            "rsync --chown agent:agent x y",
            "rsync -a backup:x y",
        ),
        *(
            "rsync rsync://localhost:873/m x",
            "rsync 127.0.0.1::m x",
            "grep -r 'rsync rsync://a.org' x",
        ),
        *("GOPROXY=off go mod download", "cargo fetch --offline", "cargo --offline fetch"),
        *(
            "CARGO_NET_OFFLINE=true cargo fetch",
            "grep -q 'go mod download' Makefile",
            "go mod verify",
        ),
        *("./bin/cargo-fetch x", "cargo fetch-all", "GOFLAGS=-mod=vendor go build ./..."),
        "perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"127.0.0.1:80\")'",
        "perl -e 'IO::Socket::INET->new(PeerAddr => $ARGV[0])' localhost:80",
        "grep -q 'PeerAddr => \"a.org:80\"' client.pl",
        "python3 -c \"import socket; socket.create_connection(('localhost', 80))\"",
        "perl -ne 'exit 0 if /PeerAddr => \"a.org\"/' client.pl",
    ],
)
def test_commands_that_ask_no_network(script: str) -> None:
    assert not network(script)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("wall-clock", "tests/checks/extra.py", "import time\ndef f():\n    time.time()\n"),
        ("wall-clock", "tests/helper.sh", "#!/bin/bash\ndate +%Y\n"),
        ("network-in-tests", "tests/helper.sh", "#!/bin/bash\ncurl https://a.org\n"),
        ("bash-syntax", "tests/helper.sh", "#!/bin/bash\nif\n"),
        ("solution-in-image", "environment/notes.txt", SOLUTION.decode()),
        ("answer-in-instruction", "instruction.md", "Write:\n```\nadam\nmia\nzoe\n```\n"),
        ("missing-input", "instruction.md", "Sort the names of `/app/in/people.csv` into n."),
    ],
)
def test_bad_files_beside_the_harness(rule: str, path: str, text: str) -> None:
    assert rules(tasks.row(files={path: text})) == {rule}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/expected/late.py", "import time\ndef f():\n    time.time()\n"),
        ("tests/helper.sh", "#!/bin/bash\ndate -d @0\n"),
        ("environment/notes.txt", "mkdir -p out\nsort -u in/names.txt\n"),
        ("instruction.md", "Sort /app/in/names.txt; write /app/out/names.txt, see /app/<day>.csv."),
        ("instruction.md", "Sort /app/in/names.txt. Each /app/in/*.txt stays; so does /app/in."),
    ],
)
def test_good_files_beside_the_harness(path: str, text: str) -> None:
    assert rules(tasks.row(files={path: text})) == set()


def test_expected_data_that_is_imported_is_code() -> None:
    late = "import time\ndef f():\n    time.time()\n"
    files: dict[str, str | None] = {"tests/expected/late.py": late}
    files["tests/extra.py"] = "from expected import late\n"
    assert rules(tasks.row(files=files)) == {"wall-clock"}


def test_the_solution_in_the_fixture_is_a_leak() -> None:
    for content, wanted in ((SOLUTION, {"solution-in-image"}), (b"sort -u in/names.txt\n", set())):
        given = [*tasks.GOOD.fixture, Fixture("/app/.cache/old.sh", content=content)]
        assert rules(tasks.row(replace(tasks.GOOD, fixture=given))) == wanted


def test_an_answer_that_the_oracle_has_word_for_word_was_to_be_told() -> None:
    command = "printf '%s\\n' adam mia zoe > out/names.txt"
    told = replace(tasks.GOOD, commands=["mkdir -p out", command, tasks.GOOD.commands[2]])
    assert rules(tasks.row(told, files={"instruction.md": "Write: adam mia zoe"})) == set()


@pytest.mark.parametrize(
    ("commands", "wanted"),
    [
        (["test $(date +%Y) = 2026 || rm n"], True),
        (["if [[ $(date +%s) -lt 1800000000 ]]; then", "  rm n", "fi"], True),
        (["while (( EPOCHSECONDS < 1800000000 )); do", "  sleep 1", "done"], False),
        (["[ $EPOCHSECONDS -lt 1800000000 ] || rm n"], True),
        (["date +%Y > out/names.txt"], True),
        (['echo "of $(date +%F)" >> /app/out/names.txt'], True),
        (["date -d 2026-01-01 +%F > out/names.txt"], False),
        (["end=$(($(date +%s) + 5))", "while [ $(date +%s) -lt $end ]; do sleep 1; done"], False),
        (["cp n n.$(date +%F)", "date > run.log"], False),
        (['echo "$(date) done" >&2', "test $(date -r n +%Y) = 2026"], False),
        (["cat > run.sh <<'EOF'", "test $(date +%Y) = 2026", "EOF"], False),
    ],
)
def test_a_solution_whose_result_depends_on_the_day(commands: list[str], wanted: bool) -> None:
    spec = replace(tasks.GOOD, commands=[*tasks.GOOD.commands, *commands])
    assert rules(tasks.row(spec)) == ({"clock-in-solution"} if wanted else set())


def test_only_a_file_that_is_compared_as_a_whole_is_delivered() -> None:
    call = CheckCall("present", {"path": "/app/day"}, "day", "The day is there.")
    commands = [*tasks.GOOD.commands, "date +%F > day"]
    spec = replace(tasks.GOOD, commands=commands, calls=[*tasks.GOOD.calls[:2], call])
    assert "clock-in-solution" not in rules(tasks.row(spec))
