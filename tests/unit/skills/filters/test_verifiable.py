"""What of a skill's work is at hand: its calls, its scripts and what they use."""

import pytest
from tests.support.growth import stays_in_proportion
from tests.unit.skills.filters.examples import shell, verdicts

#: Words that are said of services and of files alike.
LOOSE = "Review the current usage of a project and keep its latest plan in memory."
COUNTED = """import json, sys
from pathlib import Path
rows = json.loads(Path(sys.argv[1]).read_text())
Path("counts.json").write_text(json.dumps({"rows": len(rows)}))
"""
RUN = shell("python3 scripts/count.py rows.json")


def test_words_of_services_do_not_outweigh_a_script_that_works_on_files() -> None:
    assert verdicts(RUN, description=LOOSE, files={"scripts/count.py": COUNTED})[
        "verifiable"
    ].passed
    assert not verdicts(RUN, description=LOOSE)["verifiable"].passed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import requests", "calls a service on the network"),
        ("import socket", "calls a service on the network"),
        ("import os, requests", "calls a service on the network"),
        ("import os; import socket", "calls a service on the network"),
        ("import os, urllib.request", "calls a service on the network"),
        ("from urllib import request", "calls a service on the network"),
        ("import http.client", "calls a service on the network"),
        ("import openai", "asks a model"),
        ("import random\nrandom.choice(rows)", "leaves its outcome to chance"),
        ("import uuid\nprint(uuid.uuid4())", "leaves its outcome to chance"),
        ("import os\nprint(os.urandom(8))", "leaves its outcome to chance"),
        ("import datetime\nprint(datetime.datetime.now())", "tells of this machine or this moment"),
        ("from datetime import date\nprint(date.today())", "tells of this machine or this moment"),
        ('import subprocess\nsubprocess.run(["docker", "ps"])', "needs a running server"),
        ('import os\nline = f"ssh {rows}"\nos.system(line)', "calls a service on the network"),
    ],
)
def test_a_script_that_needs_more_decides_about_its_calls(line: str, reason: str) -> None:
    found = verdicts(RUN, files={"scripts/count.py": COUNTED + line + "\n"})["verifiable"]
    assert (found.passed, found.reason) == (False, reason)


def test_the_parts_of_a_client_that_stay_at_hand_need_no_network() -> None:
    code = "from urllib.parse import quote\nimport http\n" + COUNTED
    assert verdicts(RUN, files={"scripts/count.py": code})["verifiable"].passed


def test_chance_with_a_seed_is_none() -> None:
    code = COUNTED + "import random\nrandom.seed(1)\nrandom.shuffle(rows)\n"
    assert verdicts(RUN, files={"scripts/count.py": code})["verifiable"].passed


@pytest.mark.parametrize(
    "line",
    [
        "import time\nbegan = time.time()",
        "import datetime\nrows['kept'] = datetime.datetime.now().isoformat()",
        "import uuid\nrows['id'] = str(uuid.uuid4())",
        "import datetime\nprint(datetime.date(2026, 1, 2))",
    ],
)
def test_a_script_that_knows_the_time_but_does_not_put_it_out_passes(line: str) -> None:
    files = {"scripts/count.py": COUNTED + line + "\n"}
    assert verdicts(RUN, files=files)["verifiable"].passed


def test_a_script_without_a_program_says_nothing() -> None:
    found = verdicts(shell("./run.sh"), files={"run.sh": "#!/bin/sh\necho Begin!\n"})
    assert found["verifiable"].reason == "has scripts that call no program"


def test_what_works_on_the_words_of_the_platform_is_no_work_at_hand() -> None:
    found = verdicts(
        shell("clawdbot cron list", "clawdbot cron list | jq '.jobs[]' | sort"),
        description="Retry the jobs that failed.",
    )["verifiable"]
    assert (found.passed, found.reason) == (False, "leaves nothing that a program can check")


def test_what_a_script_uses_counts_as_its_own() -> None:
    files = {
        "scripts/count.py": COUNTED + "import fetching\n",
        "scripts/fetching.py": "import further\n",
        "scripts/further.py": "import requests\n",
    }
    found = verdicts(RUN, files=files)["verifiable"]
    assert found.reason == "calls a service on the network"
    wrapped = {
        "run.sh": "#!/bin/sh\nset -e\npython3 scripts/count.py a.json\n",
        "scripts/count.py": COUNTED + "import requests\n",
    }
    found = verdicts(shell("./run.sh"), files=wrapped)["verifiable"]
    assert found.reason == "calls a service on the network"


def test_packages_that_nobody_knows_leave_the_word_to_words() -> None:
    code = COUNTED + "import dirigera\n"
    assert not verdicts(RUN, description=LOOSE, files={"scripts/count.py": code})[
        "verifiable"
    ].passed
    code = COUNTED + "import pandas\n"
    assert verdicts(RUN, description=LOOSE, files={"scripts/count.py": code})["verifiable"].passed


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("const fs = require('fs');\nfs.writeFileSync('a', '1');\n", True),
        ("import { join } from 'node:path';\nimport x from './x.js';\n", True),
        ("const https = require('https');\nhttps.get('https://a.b');\n", False),
        ("const answer = await fetch('https://a.b');\n", False),
        ("console.log(Math.random());\n", False),
        ("const { randomUUID } = require('crypto');\nconsole.log(randomUUID());\n", False),
    ],
)
def test_scripts_for_node_are_read_by_what_they_require(code: str, passes: bool) -> None:
    found = verdicts(shell("node scripts/a.js"), files={"scripts/a.js": code, "scripts/x.js": ""})
    assert found["verifiable"].passed is passes


@pytest.mark.parametrize(
    "call",
    [
        "shuf names.txt",
        "sort -R names.txt",
        "uuidgen",
        "openssl rand -hex 8",
        "git clone https://place.top/a.git",
        "git push origin main",
        "cargo publish",
        "echo $RANDOM > number.txt",
        "seq 3 | awk '{print rand()}'",
        "head -c 8 /dev/urandom > key.txt",
        "dd if=/dev/random of=key bs=8 count=1",
        "number=$((RANDOM % 10))\necho $number > number.txt",
        "name=$(mktemp)\nprintf '%s' \"$name\"",
        "id=$(uuidgen)\nmv names.txt names-$id.txt",
        "gpg --batch --sign names.txt",
        "openssl genrsa -out key.pem",
        "python3 -c 'import random; print(random.random())'",
        "python3 <<'END'\nimport uuid\nprint(uuid.uuid4())\nEND",
    ],
)
def test_calls_that_are_another_each_time_or_go_out(call: str) -> None:
    assert not verdicts(shell(call, "cat names.txt"))["verifiable"].passed


@pytest.mark.parametrize(
    "call",
    [
        "shuf --random-source=seed names.txt",
        "sort -r names.txt",
        "git clone ../a.git",
        "cargo test",
        "seq 3 | awk 'BEGIN {srand(1)} {print rand()}'",
        "RANDOM=7\necho $RANDOM > number.txt",
        'name=$(mktemp)\nsort names.txt > "$name"\nmv "$name" names.txt',
        "gpg --decrypt names.gpg > names.txt",
        "gpg --verify names.sig names.txt",
        "openssl dgst -sha256 names.txt",
        "awk '{print $RANDOMISED}' names.txt",
    ],
)
def test_calls_that_look_like_these(call: str) -> None:
    assert verdicts(shell(call, "cat names.txt > all.txt"))["verifiable"].passed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("./configure --prefix=out", "runs a program that is not among its files"),
        ("python3 tools/count.py", "runs a program that is not among its files"),
        ("bash build.sh", "runs a program that is not among its files"),
        ("node -e 1", "runs code that is not looked at"),
        ("python3 -c 'import json'", "runs code that stands in a command"),
        ("python3 -c 'import dirigera'", "uses packages that may call out"),
        ("frobnicate a.txt", "rests on programs that are not known to work on files alone"),
        ("nano a.txt", "needs a person at the terminal"),
    ],
)
def test_what_is_not_known_is_said_as_it_is(line: str, reason: str) -> None:
    found = verdicts(shell(line))["verifiable"]
    assert (found.passed, found.reason) == (False, reason)
    assert found.evidence.split()[0] == line.split()[0]


def test_a_pass_says_what_is_at_hand_and_what_it_leaves() -> None:
    found = verdicts(shell("sort a.txt > b.txt", "uniq -c b.txt > c.txt", "head c.txt"))
    reason = "only what is at hand is used by 3 of 3 pieces of its work, which leave b.txt, c.txt"
    assert (found["verifiable"].passed, found["verifiable"].reason) == (True, reason)
    assert found["verifiable"].evidence == "sort a.txt"
    scripted = verdicts(RUN, files={"scripts/count.py": COUNTED})["verifiable"]
    assert scripted.evidence == "scripts/count.py"


def test_an_upload_at_the_end_is_not_the_work() -> None:
    work = [f"sort part-{number}.txt > sorted-{number}.txt" for number in range(9)]
    assert verdicts(shell(*work, "git push"))["verifiable"].passed
    assert not verdicts(shell(*work[:2], "git push"))["verifiable"].passed


def test_many_scripts_take_time_in_proportion() -> None:
    def judge(size: int) -> None:
        count = size // 100
        files = {f"scripts/s{number}.py": f"import s{number + 1}\n" for number in range(count)} | {
            "run.sh": "".join(f"python3 scripts/s{number}.py\n" for number in range(count))
        }
        files[f"scripts/s{count}.py"] = "import requests\n"
        verdicts(shell("./run.sh"), files=files)

    assert stays_in_proportion(judge, 100_000)
