"""Ways in which other projects write tests that lint takes for what they are."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.lint import lint

REWARD = "/logs/verifier/reward.txt"
CHECKED = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n\n"
CHECKS = "def {name}:\n    with open(path) as f:\n        assert f.read() == text\n"
DECIDES = f"then\n  echo 1 > {REWARD}\nelse\n  echo 0 > {REWARD}\nfi\n"
RUN = "pytest /tests/test_outputs.py"


def linted(row: dict[str, Any]) -> tuple[set[str], int]:
    findings, tests = lint(Case.of_row(row))
    return {finding.rule for finding in findings}, tests


def script(text: str, outputs: str | None = CHECKED, **files: str) -> tuple[set[str], int]:
    """What lint says of a bundle with this test.sh, these tests and other files of the tests."""
    more: dict[str, str | None] = {f"tests/{k.replace('__', '.')}": v for k, v in files.items()}
    row = tasks.foreign("x", outputs or "", grade=f"#!/bin/bash\n{text}\n", files=more)
    row["files"] = [f for f in row["files"] if outputs or f["path"] != "tests/test_outputs.py"]
    return linted(row)


@pytest.mark.parametrize(
    "text",
    [
        f"if ! {RUN}; then\n  echo 0 > {REWARD}\n  exit 1\nfi\necho 1 > {REWARD}",
        f"{RUN} || exit 1\necho 1 > {REWARD}",
        f"die() {{ echo 0 > {REWARD}; exit 1; }}\n{RUN} || die\necho 1 > {REWARD}",
        f"{RUN}\n[ $? -eq 0 ] || exit 1\necho 1 > {REWARD}",
        f"set -euo pipefail\necho 0 > {REWARD}\n{RUN}\necho 1 > {REWARD}",
        f"set -o errexit\ncd / && {RUN}\necho 1 > {REWARD}",
        f"ok=1\n{RUN} || ok=0\necho $ok > {REWARD}",
        f"R=$({RUN} >&2 && echo 1 || echo 0)\necho $R > {REWARD}",
        f"reward=0\nif {RUN}; then\n  reward=1\nfi\necho $reward > {REWARD}",
        f"fail() {{\n  ok=0\n}}\nok=1\n{RUN} || fail\necho $ok > {REWARD}",
    ],
)
def test_rewards_that_depend_on_the_tests(text: str) -> None:
    assert script(text) == (set(), 1)


@pytest.mark.parametrize(
    "text",
    [
        f"[ -d /app ] || exit 0\n{RUN}\necho 1 > {REWARD}",
        f"set -e\nset +e\n{RUN}\necho 1 > {REWARD}",
        f"set -e\nif {RUN}; then\n  :\nfi\necho 1 > {REWARD}",
        f"set -e\n{RUN} && echo good\necho 1 > {REWARD}",
        f"echo 1 > {REWARD}\n{RUN} || exit 1",
        f"ok=0\n{RUN}\nok=1\necho $ok > {REWARD}",
        f"reward=1\ntrap 'echo \"$reward\" > {REWARD}' EXIT\n{RUN} || reward=0",
    ],
)
def test_rewards_that_do_not(text: str) -> None:
    assert script(text)[0] == {"unconditional-reward"}


@pytest.mark.parametrize(
    "text",
    [
        f"ok=1\ncmp -s /tests/n /app/n || ok=0\necho $ok > {REWARD}",
        f"if cmp -s /tests/n /app/n && grep -qx 4 /app/n; {DECIDES}",
        f"set -e\necho 0 > {REWARD}\ncmp /tests/n /app/n\necho 1 > {REWARD}",
        f"python3 - <<'END'\nn = open('/app/n').read()\n"
        f"open('{REWARD}', 'w').write(str(int(n == '4')))\nEND",
    ],
)
def test_a_script_that_compares_by_itself_is_a_test(text: str) -> None:
    assert script(text, None, n="4\n") == (set(), 1)


def test_a_script_by_which_others_grade_is_a_test() -> None:
    called = f"bash /tests/run.sh && echo 1 > {REWARD} || echo 0 > {REWARD}"
    assert script(called, None, run__sh="cmp /tests/n /app/n\n", n="4\n") == (set(), 1)
    assert script(f"if node --test /tests; {DECIDES}", None) == (set(), 1)
    assert script(f"cp /app/n {REWARD}", None)[1] == 0


def test_a_python_file_that_the_script_runs_is_a_test() -> None:
    run = f"if python3 -I /tests/check.py; {DECIDES}"
    asserts = "assert open('/app/n').read() == '4\\n'\n"
    exits = "import sys\nsys.exit(0 if open('/app/n').read() == '4\\n' else 1)\n"
    assert script(run, None, check__py=asserts) == (set(), 1)
    assert script(run, None, check__py=exits) == (set(), 1)
    prints = "print(1 if open('/app/n').read() == '4' else 0)\n"
    taken = f"score=$(python3 -I /tests/check.py)\necho $score > {REWARD}"
    assert script(taken, None, check__py=prints) == (set(), 1)
    grades = (
        "from pathlib import Path\nright = Path('/app/n').read_text() == '4\\n'\n"
        f"Path('{REWARD}').write_text(str(int(right)))\n"
    )
    assert script("exec python3 -I /tests/check.py", None, check__py=grades) == (set(), 1)


def test_a_python_file_that_grades_nothing_is_none() -> None:
    run = f"if python3 -I /tests/check.py; {DECIDES}"
    assert script(run, None, check__py="print(open('/app/n').read())\n") == ({"zero-tests"}, 0)
    assert script(run, None, check__py="assert True\n") == ({"zero-tests"}, 0)
    exists = "import os\nassert os.path.exists('/app/n')\n"
    assert script(run, None, check__py=exists) == ({"existence-only"}, 1)
    # Nobody runs it.
    other = {"other__py": "assert open('/app/n').read() == '4\\n'\n"}
    assert script(run, None, check__py="print(1)\n", **other)[0] == {"zero-tests"}
    masked = f"python3 /tests/check.py || true\n[ $? = 0 ] && echo 1 > {REWARD}"
    asserts = "assert open('/app/n').read() == '4\\n'\n"
    assert script(masked, None, check__py=asserts)[0] == {"masked-result"}
    silent = script("exec python3 -I /tests/check.py", None, check__py=asserts)
    assert silent == ({"no-reward"}, 1)


FIXTURE = "import pytest\n\n@pytest.fixture{name}\ndef {function}():\n{body}"
INNER = "    def check(path, text):\n        assert open(path).read() == text\n\n    return check\n"
USES = "def test_x(holds):\n    holds('/app/n', '4\\n')\n"


@pytest.mark.parametrize(
    ("outputs", "files"),
    [
        (USES, {"conftest.py": FIXTURE.format(name="", function="holds", body=INNER)}),
        (USES, {"conftest.py": FIXTURE.format(name="(name='holds')", function="f", body=INNER)}),
        (
            USES,
            {
                "conftest.py": "from helpers import same\n"
                + FIXTURE.format(name="()", function="holds", body="    return same\n"),
                "helpers.py": CHECKS.format(name="same(path, text)"),
            },
        ),
        (
            "from helpers import verify as v\ndef test_x():\n    v('/app/n', '4\\n')\n",
            {"helpers.py": CHECKS.format(name="verify(path, text)")},
        ),
        (
            "import helpers\ndef test_x():\n    helpers.verify('/app/n', '4\\n')\n",
            {"helpers.py": CHECKS.format(name="verify(path, text)")},
        ),
        (
            "class TestX:\n    def _same(self, path, text):\n"
            "        assert open(path).read() == text\n\n"
            "    def test_x(self):\n        self._same('/app/n', '4\\n')\n",
            {},
        ),
        (
            "from functools import partial\n"
            + CHECKS.format(name="same(path, text)")
            + "def test_x():\n    partial(same, '/app/n')('4\\n')\n",
            {},
        ),
        (
            "import subprocess\ndef test_x():\n"
            "    subprocess.run(['cmp', '/tests/expected/n', '/app/n'], check=True)\n",
            {},
        ),
        (
            "from subprocess import check_call\ndef test_x():\n"
            "    check_call(['grep', '-qx', '4', '/app/n'])\n",
            {},
        ),
        (
            "import subprocess\ndef test_x():\n    done = subprocess.run(['/app/tool', '4'])\n"
            "    done.check_returncode()\n",
            {},
        ),
    ],
)
def test_assertions_that_are_made_elsewhere(outputs: str, files: dict[str, str]) -> None:
    more: dict[str, str | None] = {f"tests/{name}": text for name, text in files.items()}
    assert linted(tasks.foreign("x", outputs, files=more)) == (set(), 1)


@pytest.mark.parametrize(
    ("rule", "outputs", "helper"),
    [
        ("asserts-nothing", "from helpers import v\ndef test_x():\n    v('/app/n')\n", "def v(p):"),
        ("asserts-nothing", "from helpers import v\ndef test_x():\n    v\n", "def w(p):"),
        (
            "asserts-nothing",
            "from subprocess import run\ndef test_x():\n    run(['cmp', 'a', 'b'], check=False)\n",
            "",
        ),
        (
            "asserts-nothing",
            "import subprocess\ndef test_x():\n    subprocess.run(['echo', 'good'], check=True)\n",
            "",
        ),
        (
            "existence-only",
            "import subprocess\ndef test_x():\n    subprocess.check_output(['cat', '/app/n'])\n",
            "",
        ),
        (
            "existence-only",
            "import subprocess as s\ndef test_x():\n    s.check_call('test -e /app/n', shell=1)\n",
            "",
        ),
        # What a fixture needs for itself is no test of what was done.
        (
            "vacuous-test",
            FIXTURE.format(name="", function="server", body="    assert open('/app/n').read()\n")
            + "def test_x(server):\n    print(server)\n    assert True\n",
            "",
        ),
    ],
)
def test_assertions_that_nobody_makes(rule: str, outputs: str, helper: str) -> None:
    body = "    print(p)\n" if helper else ""
    files: dict[str, str | None] = {"tests/helpers.py": f"{helper}\n{body}"}
    assert linted(tasks.foreign("x", outputs, files=files))[0] == {rule}


BESIDE = (
    "import json\nfrom pathlib import Path\n\ndef load():\n    return json.load(open('/app/n'))\n"
)
CONTENT = "def test_content():\n    assert open('/app/n').read() == '4\\n'\n"


@pytest.mark.parametrize(
    ("test", "mark", "alone", "beside"),
    [
        ("assert Path('/app/n').exists()", "", "existence-only", ""),
        ("p = Path('/app/n').is_file()\n    assert p", "", "existence-only", ""),
        ("assert open('/app/n').read() is not None", "", "existence-only", "existence-only"),
        # It would earn a part of the reward by itself.
        (
            *("assert Path('/app/n').exists()", "@pytest.mark.check(weight=2)\n"),
            *("existence-only", "existence-only"),
        ),
        ("json.loads(Path('/app/n').read_text())", "", "asserts-nothing", ""),
        ("load()", "", "asserts-nothing", ""),
        ("assert load() or True", "", "vacuous-test", "vacuous-test"),
        ("print(open('/app/n').read())", "", "asserts-nothing", "asserts-nothing"),
    ],
)
def test_existence_and_form_may_be_asked_for_beside_content(
    test: str, mark: str, alone: str, beside: str
) -> None:
    source = f"import pytest\n{BESIDE}{mark}def test_x():\n    {test}\n"
    assert linted(tasks.foreign("x", source)) == ({alone}, 1)
    wanted = {beside} if beside else set()
    assert linted(tasks.foreign("x", source + CONTENT)) == (wanted, 2)
