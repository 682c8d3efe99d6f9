"""What the lint gate finds, and what it leaves alone."""

import pytest
from tests.support import verify_tasks as tasks
from tests.support.verify_tasks import rules

from shellwright.verify.case import Case
from shellwright.verify.lint import lint

CHECKED = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n\n"
PATH = "from pathlib import Path\n"
ONE = "echo 1 > /logs/verifier/reward.txt"
BY_CODE = f"[ $? = 0 ] && {ONE}"
CAPTURED = "#!/bin/bash\npytest /tests > /tmp/o 2>&1\n"
CLASS_CHECKED = "    def test_x(self):\n        assert open('/app/n').read() == '4\\n'\n"
ASSERTS = "    assert open('/app/n').read()\n"


def test_a_good_task_has_no_findings_and_its_tests_are_counted() -> None:
    findings, tests = lint(Case.of_row(tasks.row()))
    assert findings == []
    assert tests == 3
    findings, tests = lint(Case.of_row(tasks.foreign("foreign", CHECKED)))
    assert [str(finding) for finding in findings] == []
    assert tests == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("test-syntax", "def test_x(:\n"),
        ("test-syntax", "def test_x() -> None:\n    a = '\0'\n"),
        ("zero-tests", "def check_x() -> None:\n    assert True\n"),
        ("zero-tests", ""),
        ("skip-counts-as-pass", "import pytest\n@pytest.mark.skip\n" + CHECKED),
        ("skip-counts-as-pass", "import pytest as p\n@p.mark.skipif(True, reason='')\n" + CHECKED),
        ("skip-counts-as-pass", "from pytest import importorskip\nimportorskip('x')\n" + CHECKED),
        ("skip-counts-as-pass", "import pytest\npytestmark = pytest.mark.xfail\n" + CHECKED),
        ("skip-counts-as-pass", "import unittest\n@unittest.skip('x')\n" + CHECKED),
        ("skip-counts-as-pass", "import unittest as u\n@u.expectedFailure\n" + CHECKED),
        ("skip-counts-as-pass", "from unittest.case import SkipTest\nX = SkipTest\n" + CHECKED),
        ("tests-left-out", f"def load_tests(loader, tests, pattern):\n    return None\n{CHECKED}"),
        (
            "skip-counts-as-pass",
            "import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n"
            f"        self.skipTest('x')\n{CHECKED}",
        ),
        ("tests-left-out", CHECKED + CHECKED),
        ("tests-left-out", f"def test_outer():\n{CLASS_CHECKED}    assert open('/app/n').read()\n"),
        ("tests-left-out", f"if False:\n{CLASS_CHECKED}{CHECKED}"),
        ("weightless-check", f"from checks import check\n@check(weight=0)\n{CHECKED}"),
        ("weightless-check", f"from checks import check\n@check(weight=-0.5)\n{CHECKED}"),
        ("weightless-check", f"from checks import check as c\n@c(weight=1e-9)\n{CHECKED}"),
        ("weightless-check", f"import checks\n@checks.check(weight=float('nan'))\n{CHECKED}"),
        ("weightless-check", f"import pytest\n@pytest.mark.check(weight=1e3)\n{CHECKED}"),
        ("tests-left-out", f"class TestA:\n{CLASS_CHECKED}{CLASS_CHECKED}"),
        ("wall-clock", f"import time\ndef test_x():\n    assert time.time() > 5\n{ASSERTS}"),
        (
            "wall-clock",
            f"from datetime import datetime as d\ndef test_x():\n    d.now()\n{ASSERTS}",
        ),
        ("wall-clock", f"import datetime\ndef test_x():\n    datetime.date.today()\n{ASSERTS}"),
        ("chance", f"import random\ndef test_x():\n    random.choice([1])\n{ASSERTS}"),
        ("chance", f"import uuid\ndef test_x():\n    uuid.uuid4()\n{ASSERTS}"),
        ("chance", f"def test_x():\n    assert hash('a') % 10 != 3\n{ASSERTS}"),
        ("chance", f"import os\ndef test_x():\n    assert os.getpid() % 10 != 3\n{ASSERTS}"),
        ("network-in-tests", "import requests\n" + CHECKED),
        (
            "network-in-tests",
            (
                "from urllib.request import urlopen\ndef test_x():\n"
                f"    urlopen('http://example.org')\n{ASSERTS}"
            ),
        ),
        (
            "network-in-tests",
            (
                "import subprocess\ndef test_x():\n"
                f"    subprocess.run(['pip', 'install', 'x'])\n{ASSERTS}"
            ),
        ),
        (
            "network-in-tests",
            f"import os\ndef test_x():\n    os.system('curl https://example.org')\n{ASSERTS}",
        ),
        ("existence-only", "import os\ndef test_x():\n    assert os.path.exists('/app/n')\n"),
        (
            "existence-only",
            (
                "from pathlib import Path\ndef test_x():\n"
                "    assert Path('/a').is_file() and Path('/b').exists()\n"
            ),
        ),
        ("existence-only", "def test_x():\n    assert isinstance(open('/app/n').read(), str)\n"),
        (
            "existence-only",
            "def test_x():\n    t = open('/app/n', 'rb').read()\n"
            "    assert isinstance(t, (str, bytes))\n",
        ),
        ("existence-only", f"{PATH}def test_x():\n    assert Path('/app/n').exists() == True\n"),
        ("existence-only", f"{PATH}def test_x():\n    assert Path('/app/n').exists() is True\n"),
        ("existence-only", f"{PATH}def test_x():\n    assert Path('/app/n').exists() != False\n"),
        ("existence-only", f"{PATH}def test_x():\n    assert bool(Path('/app/n').is_file())\n"),
        ("existence-only", "from glob import glob\ndef test_x():\n    assert glob('/app/n*')\n"),
        ("existence-only", f"{PATH}def test_x():\n    assert list(Path('/app').glob('n'))\n"),
        (
            "existence-only",
            "import glob\ndef test_x():\n    f = glob.glob('/app/n*')\n    assert len(f) > 0\n",
        ),
        ("existence-only", "import os\ndef test_x():\n    assert 'n' in os.listdir('/app')\n"),
        ("existence-only", "from checks import present\ndef test_x():\n    present('/app/n')\n"),
        ("asserts-nothing", "def test_x() -> None:\n    print(open('/app/n').read())\n"),
        ("vacuous-test", "def test_x() -> None:\n    assert True\n"),
        (
            "oracle-in-tests",
            f"import os\ndef test_x():\n    assert os.listdir('/solution')\n{ASSERTS}",
        ),
        ("oracle-in-tests", f"P = '/solution/' + 'solve.sh'\ndef test_x():\n{ASSERTS}"),
        (
            "oracle-in-tests",
            f"import os\ndef test_x():\n    os.system('test -e /solution')\n{ASSERTS}",
        ),
        ("asserts-nothing", "class TestX:\n    def test_x(self):\n        pass\n"),
    ],
)
def test_bad_test_files(rule: str, source: str) -> None:
    assert rule in rules(tasks.foreign("bad", source))


@pytest.mark.parametrize(
    "source",
    [
        "import random\nR = random.Random(7)\ndef test_x():\n    assert R.random() < 1\n",
        "import time\ndef test_x():\n    assert time.strftime('%Y', time.gmtime(0)) == '1970'\n",
        "import time\ndef test_x():\n    t = time.monotonic()\n    assert t\n",
        "import requests\ndef test_x():\n    assert requests.get('http://localhost:80').ok\n",
        "import subprocess\ndef test_x():\n    assert subprocess.run(['curl', 'localhost:8000'])\n",
        "import os\ndef test_x():\n    assert os.path.exists('/a')\n    assert open('/a').read()\n",
        "import os\ndef test_x():\n    assert len(os.listdir('/app/out')) == 3\n",
        "import os\ndef test_x():\n    assert os.path.exists('/app/n') == False\n",
        "import os\ndef test_x():\n    assert 'n' not in os.listdir('/app')\n",
        "import os\ndef test_x():\n    assert sorted(os.listdir('/app')) == ['in', 'n']\n",
        "import json\ndef test_x():\n    assert isinstance(json.load(open('/a')), dict)\n",
        "def test_x():\n    assert len(open('/a').read().split()) > 3\n",
        "def helper():\n    assert open('/a').read()\n\ndef test_x():\n    helper()\n",
        "import pytest\ndef test_x():\n    with pytest.raises(OSError):\n        open('/a')\n",
        "from checks import absent\ndef test_x():\n    absent('/a')\n",
        "def test_x():\n    assert open('/app/solution/solve.sh').read()\n",
        "URL = 'http://localhost:8000'\ndef test_x(client):\n    assert client.get('/solution')\n"
        "    assert client.text(URL + '/solution') == client.text(f'{URL}/solution')\n",
        "TEXT = 'curl https://example.org'\ndef test_x():\n    assert open('/a').read() == TEXT\n",
    ],
)
def test_good_test_files(source: str) -> None:
    assert rules(tasks.foreign("good", source)) == set()


@pytest.mark.parametrize(
    ("rule", "script"),
    [
        (
            "masked-result",
            "#!/bin/bash\npytest /tests || true\necho $? > /logs/verifier/reward.txt",
        ),
        ("masked-pipe", "#!/bin/bash\npytest /tests | tee log\necho $? > reward.txt"),
        ("unconditional-reward", "#!/bin/bash\npytest /tests\necho 1 > /logs/verifier/reward.txt"),
        ("unconditional-reward", "#!/bin/bash\ntrap 'echo 1 > reward.txt' EXIT\npytest /tests"),
        ("masked-pipe", f"#!/bin/bash\nrun() {{\n  pytest /tests\n}}\nrun | cat\n{BY_CODE}"),
        ("masked-pipe", f"#!/bin/bash\nT='pytest /tests'\n$T | cat\n{BY_CODE}"),
        (
            "masked-result",
            f"#!/bin/bash\na() {{ pytest /tests; }}\nfunction b {{ a; }}\nb || true\n{BY_CODE}",
        ),
        ("output-decides", f"{CAPTURED}if ! grep -q failed /tmp/o; then\n  {ONE}\nfi"),
        ("output-decides", f"{CAPTURED}grep -q failed /tmp/o\n[ $? -ne 0 ] && {ONE}"),
        ("output-decides", f"{CAPTURED}N=$(grep -c failed /tmp/o)\n[ $N = 0 ] && {ONE}"),
        ("output-decides", f"#!/bin/bash\nset -o pipefail\n! pytest | grep -q failed && {ONE}"),
        (
            "output-decides",
            f"#!/bin/bash\nO=$(pytest /tests 2>&1)\nif [[ $O != *failed* ]]; then {ONE}; fi",
        ),
        (
            "output-decides",
            f"#!/bin/bash\nL=/tmp/o\nrun() {{ pytest /tests; }}\nrun >$L\n"
            f"grep -q failed $L || {ONE}",
        ),
        (
            "output-decides",
            f"#!/bin/bash\npytest --junitxml=/tmp/x\ngrep -q '<failure' /tmp/x || {ONE}",
        ),
        (
            "output-decides",
            f"{CAPTURED}tail -1 /tmp/o > /tmp/last\nread -r n word rest < /tmp/last\n"
            f'if [ "$word" = passed ]; then\n  {ONE}\nfi',
        ),
        (
            "output-decides",
            f"{CAPTURED}word=$(tail -1 /tmp/o | cut -d' ' -f2)\n[ ${{word}} = passed ] && {ONE}",
        ),
        ("crash-passes", f"#!/bin/bash\npytest /tests\nrc=$?\nif [ $rc -ne 1 ]; then\n  {ONE}\nfi"),
        ("crash-passes", f"#!/bin/bash\npytest /tests\n[ $? != 1 ] && {ONE}"),
        ("crash-passes", f'#!/bin/bash\npytest /tests\nrc=$?\n[ "$rc" -eq 1 ] || {ONE}'),
        (
            "crash-passes",
            "#!/bin/bash\npytest /tests\nrc=$?\nif (( $rc == 1 )); then\n"
            f"  echo 0 > /logs/verifier/reward.txt\nelse\n  {ONE}\nfi",
        ),
        ("tests-left-out", f"#!/bin/bash\npytest /tests -k 'not never' && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\npython3 -m pytest -m 'not slow' /tests && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\npytest --deselect=/tests/a.py::test_x && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\nO=(-q --ignore=x)\npytest ${{O[@]}} && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\nexport PYTEST_ADDOPTS='-k x'\npytest && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\npython3 -m unittest test_a.Outputs.test_n && {ONE}"),
        ("tests-left-out", f"#!/bin/bash\npython3 -m unittest -k names test_a && {ONE}"),
        ("no-reward", "#!/bin/bash\npytest /tests"),
        ("no-shebang", "pytest /tests && echo 1 > reward.txt"),
        ("bash-syntax", "#!/bin/bash\nif true; then\npytest /tests > reward.txt"),
        ("network-in-tests", "#!/bin/bash\npip install pytest\npytest && echo 1 > reward.txt"),
        ("network-in-tests", "#!/bin/bash\napt-get update\napt-get -y install curl # reward\n"),
        ("wall-clock", "#!/bin/bash\n[ $(date +%Y) = 2024 ] && echo 1 > reward.txt"),
        ("oracle-in-tests", "#!/bin/bash\n[ -e /solution ] && pytest && echo 1 > reward.txt"),
        ("chance", "#!/bin/bash\n[ $RANDOM -gt 5 ] && pytest && echo 1 > reward.txt"),
    ],
)
def test_bad_test_scripts(rule: str, script: str) -> None:
    assert rule in rules(tasks.foreign("bad", CHECKED, grade=script))


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/bash\nset -o pipefail\nif pytest /tests | tee log; then\n  echo 1 > reward.txt\nfi",
        "#!/bin/bash\npytest /tests && echo 1 > reward.txt || echo 0 > reward.txt",
        "#!/bin/bash\n# pytest || true\ndate -d @0 +%Y\npytest && echo 1 > reward.txt",
        f"#!/bin/bash\npytest /tests > /tmp/o 2>&1\n{BY_CODE}\ngrep failed /tmp/o",
        f"#!/bin/bash\nrun() {{ pytest /tests; }}\nif run > /tmp/o; then {ONE}; fi\ncat /tmp/o",
        f"#!/bin/bash\npython3 -m pytest -q --maxfail=1 /tests\n{BY_CODE}",
        "#!/bin/bash\nrm -rf /solution\npytest /tests && echo 1 > reward.txt",
        "#!/bin/bash\npytest /tests\nif [ $? -eq 0 ]; then echo 1 > reward.txt; fi",
        f"{CAPTURED}rc=$?\ntail -3 /tmp/o > /tmp/last\nread -r n word < /tmp/last\n"
        f'echo "$word"\n[ $rc = 0 ] && {ONE}',
        f"#!/bin/bash\npytest /tests\nrc=$?\nif [ $rc -eq 5 ]; then\n  echo none\nfi\n"
        f"if [ $rc -eq 0 ]; then\n  {ONE}\nfi",
        f"#!/bin/bash\npytest /tests\nrc=$?\n[ $rc -ne 5 ] || exit 1\n[ $rc -eq 0 ] && {ONE}",
        f"#!/bin/bash\npytest /tests\nrc=$?\nif [ $rc -ne 2 ] && [ $rc -eq 0 ]; then {ONE}; fi",
    ],
)
def test_good_test_scripts(script: str) -> None:
    assert rules(tasks.foreign("good", CHECKED, grade=script)) == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conftest.py", "collect_ignore = ['test_a.py']\n"),
        ("conftest.py", "collect_ignore_glob = ['test_*']\n"),
        ("conftest.py", "def pytest_ignore_collect(path):\n    return True\n"),
        ("conftest.py", "def pytest_collection_modifyitems(items):\n    items.clear()\n"),
        ("conftest.py", "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n"),
        ("pytest.ini", "[pytest]\naddopts = -q -k 'not never'\n"),
        ("tox.ini", "[pytest]\naddopts =\n    -q\n    --deselect test_a.py\n"),
        ("setup.cfg", "[tool:pytest]\naddopts = --ignore=test_a.py\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["-q", "-m", "fast"]\n'),
    ],
)
def test_settings_and_hooks_that_leave_tests_out(name: str, text: str) -> None:
    files: dict[str, str | None] = {f"tests/{name}": text}
    assert rules(tasks.foreign("left-out", CHECKED, files=files)) == {"tests-left-out"}


def test_tests_in_files_where_pytest_does_not_look() -> None:
    for name in ("check_more.py", "inner/more.py", "conftest.py"):
        files: dict[str, str | None] = {f"tests/{name}": CHECKED}
        assert rules(tasks.foreign("left-out", CHECKED, files=files)) == {"tests-left-out"}
    for more in (
        {"tests/more_test.py": CHECKED},
        {"tests/more.py": CHECKED, "tests/test_all.py": f"from more import *\n{CHECKED}"},
        {"tests/more.py": CHECKED, "tests/pytest.ini": "[pytest]\npython_files = *.py\n"},
        {"tests/more.py": CHECKED, "tests/.pytest.ini": "[pytest]\npython_files = *.py\n"},
    ):
        assert rules(tasks.foreign("whole", CHECKED, files=dict(more))) == set(), more


def test_settings_and_hooks_that_leave_nothing_out() -> None:
    files: dict[str, str | None] = {
        "tests/conftest.py": "def pytest_collection_modifyitems(items):\n    items.sort(key=str)\n",
        "tests/pytest.ini": "[pytest]\naddopts = -q --maxfail=1\nmarkers = slow: -k takes long\n",
    }
    assert rules(tasks.foreign("settings", CHECKED, files=files)) == set()


def test_a_finding_says_where_and_what_to_do() -> None:
    row = tasks.foreign("bad", "import time\n\ndef test_x():\n    assert time.time() > 5\n")
    [finding] = lint(Case.of_row(row))[0]
    assert (finding.file, finding.line) == ("tests/test_outputs.py", 4)
    assert str(finding).startswith("wall-clock: tests/test_outputs.py:4: reads the clock")
    assert finding.remedy
