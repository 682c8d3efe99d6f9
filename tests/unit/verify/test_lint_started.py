"""Tests that are started by absolute paths, and programs in /tests of any name."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.lint import lint
from shellwright.verify.lint_started import started

REWARD = "/logs/verifier/reward.txt"
DECIDES = f"then\n  echo 1 > {REWARD}\nelse\n  echo 0 > {REWARD}\nfi\n"
GRADES = "import sys\nsys.exit(0 if open('/app/n').read() == '4\\n' else 1)\n"
PYTHON, BASH, PERL = "#!/usr/bin/python3 -I\n", "#!/bin/bash\n", "#!/usr/bin/perl\n"


def bundle(text: str, **files: str) -> dict[str, Any]:
    """A bundle with this test.sh, and with other files of the tests."""
    more: dict[str, str | None] = {f"tests/{name}": text for name, text in files.items()}
    more["tests/test_outputs.py"] = None
    return tasks.foreign("x", "", grade=f"#!/bin/bash\n{text}\n", files=more)


def linted(text: str, **files: str) -> tuple[set[str], int]:
    """The rules that it breaks, and how many tests it has."""
    findings, tests = lint(Case.of_row(bundle(text, **files)))
    return {finding.rule for finding in findings}, tests


@pytest.mark.parametrize(
    "command",
    [
        *(
            "/usr/bin/cmp /tests/n /app/n",
            "/usr/bin/diff /tests/n /app/n",
            "/bin/grep -qx 4 /app/n",
        ),
        *(
            "/usr/bin/bats /tests/n",
            "/usr/bin/perl -T /tests/n",
            "/usr/local/go/bin/go test /tests",
        ),
        *("sha256sum --quiet -c /tests/n", "/usr/bin/md5sum --check --status /tests/n"),
        *("cd /app && sha1sum -c /tests/n", "/opt/node/bin/node --test /tests"),
    ],
)
def test_what_grades_by_an_absolute_path_or_by_a_sum_is_a_test(command: str) -> None:
    assert linted(f"if {command}; {DECIDES}", n="4\n") == (set(), 1)
    assert linted(f"set -e\n{command}\necho 1 > {REWARD}", n="4\n") == (set(), 1)


def test_a_choice_by_content_is_a_test() -> None:
    text = f'case "$(cat /app/n)" in 4) echo 1 > {REWARD} ;; *) echo 0 > {REWARD} ;; esac'
    assert linted(text) == (set(), 1)


@pytest.mark.parametrize(
    "command",
    [
        *("/usr/bin/python3 -I /tests/grade", "python3 -W error -B /tests/grade", "/tests/grade"),
        *('python3 -I "$(dirname "$0")/grade"', 'python3 -I "${TESTS:-/tests}/grade"'),
        *("cd /tests && python3 -I grade", "cd /tests && ./grade", "timeout 60 /tests/grade"),
        "/usr/bin/env -i PATH=/usr/bin:/bin /usr/bin/timeout -k 1 60 /tests/grade",
    ],
)
def test_a_grader_in_python_needs_no_suffix(command: str) -> None:
    assert linted(f"if {command}; {DECIDES}", grade=PYTHON + GRADES) == (set(), 1)
    if "python3" in command:
        assert linted(f"if {command}; {DECIDES}", grade=GRADES) == (set(), 1)
    late = PYTHON + "import time\nassert time.time() > float(open('/app/n').read())\n"
    assert linted(f"if {command}; {DECIDES}", grade=late) == ({"wall-clock"}, 1)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (BASH + '[ "$(</app/n)" = 4 ]\n', (set(), 1)),
        ("grep -qx 4 /app/n\n", (set(), 1)),
        (PERL + "exit !-s '/app/n';\n", (set(), 1)),
        (BASH + "true\n", (set(), 0)),
        (BASH + "curl https://a.org | cmp - /app/n\n", ({"network-in-tests"}, 1)),
        (PYTHON + "print(1)\n", (set(), 0)),
        (PYTHON + "import os\nassert os.path.exists('/app/n')\n", ({"existence-only"}, 1)),
    ],
)
def test_a_program_of_the_tests_is_read_as_what_it_is(
    content: str, wanted: tuple[set[str], int]
) -> None:
    assert linted(f"if /tests/check; {DECIDES}", check=content) == wanted


def test_a_program_of_the_tests_may_write_the_reward() -> None:
    writes = PERL + f"open F, '>{REWARD}'; print F 1 if -s '/app/n';\n"
    assert linted("exec /tests/check", check=writes) == (set(), 1)
    silent = PERL + "exit !-s '/app/n';\n"
    assert linted("exec /tests/check", check=silent) == ({"no-reward"}, 1)


@pytest.mark.parametrize(
    "command",
    [
        "cp /tests/grade /app/grade",
        "/app/bin/grade",
        "cat /tests/grade",
        "grade",
    ],
)
def test_what_is_not_started_or_lies_elsewhere_is_no_program_of_the_tests(command: str) -> None:
    case = Case.of_row(bundle(command, grade=GRADES))
    assert started(case.text("tests/test.sh"), case) == {}
    assert linted(f"{command}\ncp /app/n {REWARD}", grade=GRADES) == (set(), 0)


@pytest.mark.parametrize(
    "line",
    [
        *("/tests/check || true", "/tests/check && true", "if /tests/check; then :; fi"),
        *("/usr/bin/cmp a b || true", "cmp a b && cmp b c", "true && cmp a b"),
    ],
)
def test_a_failure_that_ends_nothing_gives_no_reward(line: str) -> None:
    text = f"set -e\n{line}\necho 1 > {REWARD}"
    assert linted(text, check=PERL)[0] == {"unconditional-reward"}
    assert linted(f"set -e\n/tests/check\necho 1 > {REWARD}", check=PERL) == (set(), 1)
