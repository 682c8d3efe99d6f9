"""Checks that nobody calls, and exit codes other than 0 that count as success."""

import pytest
from tests.support import verify_tasks as tasks

REWARD = "/logs/verifier/reward.txt"
DECIDES = f"; then\n  echo 1 > {REWARD}\nelse\n  echo 0 > {REWARD}\nfi\n"
TESTS = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n"
RUN = "python3 -I -m pytest -p no:cacheprovider -q /tests/test_outputs.py"
NAMES = "names() { cmp -s /tests/expected/n /app/out/names.txt; }\n"
COUNT = "count() { grep -qx 4 /app/n; }\n"
CALLS = "def names():\n    assert open('/app/n').read() == '4'\n\n\n"
MORE = "def count():\n    assert open('/app/m').read() == '5'\n\n\n"


def told(grade: str, outputs: str = "", **files: str) -> set[str]:
    """What lint says of a test.sh, tests and other files of the tests; the rest of it passes."""
    more: dict[str, str | None] = {f"tests/{k.replace('__', '.')}": v for k, v in files.items()}
    row = tasks.foreign("uncalled", outputs, grade=f"#!/bin/bash\n{grade}", files=more)
    row["files"] = [f for f in row["files"] if outputs or f["path"] != "tests/test_outputs.py"]
    return set(tasks.findings(row))


@pytest.mark.parametrize(
    "script",
    [
        f"{NAMES}{COUNT}if names{DECIDES}",
        f'{NAMES}function count {{\n  [ "$(cat /app/n)" = 4 ]\n}}\nif names{DECIDES}',
        f"{NAMES}{COUNT}# count\nif names{DECIDES}",
        f"{NAMES}count() {{\n  if grep -q x n; then\n    exit 1\n  fi\n}}\nif names{DECIDES}",
    ],
)
def test_a_function_that_no_script_calls(script: str) -> None:
    assert "tests-left-out: count is called nowhere" in told(script)


@pytest.mark.parametrize(
    "script",
    [
        f"{NAMES}{COUNT}if names && count{DECIDES}",
        f"{NAMES}{COUNT}all() {{ names && count; }}\nif all{DECIDES}",
        f'{NAMES}{COUNT}ok=1\nfor c in names count; do "$c" || ok=0; done\nif [ $ok = 1 ]{DECIDES}',
        f'{NAMES}{COUNT}if names && "co$1"{DECIDES}',
        f'{NAMES}{COUNT}x=co; if names && "${{x}}unt"{DECIDES}',
        f"{NAMES}{COUNT}if names && $(declare -F | cut -d' ' -f3 | tail -1){DECIDES}",
        f"{NAMES}{COUNT}trap count EXIT\nif names{DECIDES}",
        f'{NAMES}has() {{ grep -q "$1" "$2"; }}\nif names{DECIDES}',  # a tool
        f"{NAMES}start() {{ mkdir -p /tmp/x; }}\nif names{DECIDES}",
        f'{NAMES}{COUNT}ok=1\nfor c in co{{unt,py}}; do "$c" || ok=0; done\nif names{DECIDES}',
        f"{NAMES}{COUNT}for c in $(seq -f 'co%g' 2); do \"$c\"; done\nif names{DECIDES}",
        f"{NAMES}{COUNT}for c in $(set | grep -o '^co..'); do $c; done\nif names{DECIDES}",
        f"cat > /tmp/x <<'END'\n{COUNT}END\n{NAMES}if names{DECIDES}",
    ],
)
def test_a_function_that_may_be_called(script: str) -> None:
    assert told(script) == set()


def test_a_function_that_another_script_calls() -> None:
    assert told(f". /tests/lib.sh\n{NAMES}if names && count{DECIDES}", lib__sh=COUNT) == set()
    # A library may have tools that nobody needs, but no such checks.
    script = f". /tests/lib.sh\n{NAMES}if names{DECIDES}"
    assert told(script, lib__sh=COUNT) == set()
    wanted = {"tests-left-out: check_count is called nowhere"}
    assert told(script, lib__sh=f"check_{COUNT}") == wanted
    assert told(script, lib__sh=f"check_{COUNT}", list="check_count\n") == set()


def test_functions_that_a_library_looks_for() -> None:
    checks = f"test_{COUNT}setup() {{ [ -d /app ]; }}\n"
    assert told(f"if bats /tests/checks.sh{DECIDES}", checks__sh=checks) == set()
    shunit2 = f"{checks}. /tests/shunit2\n"
    assert told(f"if bash /tests/checks.sh{DECIDES}", checks__sh=shunit2, shunit2="x\n") == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f"{CALLS}{MORE}names()\n", True),
        (f"{CALLS}{MORE}if __name__ == '__main__':\n    names()\n", True),
        (f"{CALLS}{MORE}names()\ncount()\n", False),
        (f"{CALLS}{MORE}for each in (names, count):\n    each()\n", False),
        (f"{CALLS}{MORE}for each in ('names', 'count'):\n    globals()[each]()\n", False),
        (f"{CALLS}{MORE}[f() for n, f in list(vars().items()) if n > 'c']\n", False),
        (
            f"import sys\n{CALLS}{MORE}[f() for f in sys.modules[__name__].__dict__.values()]\n",
            False,
        ),
        (f"{CALLS}def has(text):\n    assert text in open('/app/n').read()\n\n\nnames()\n", False),
        (f"{CALLS}def now():\n    return 4\n\n\nnames()\n", False),
        (f"def check(f):\n    f()\n\n\n@check\n{CALLS}@check\n{MORE}", False),
    ],
)
def test_a_function_of_a_script_in_python(source: str, found: bool) -> None:
    wanted = {"tests-left-out: count is called nowhere"} if found else set()
    assert told(f"if python3 -I /tests/grade.py{DECIDES}", grade__py=source) == wanted


def test_a_function_that_another_file_may_import() -> None:
    more = {"grade__py": f"{CALLS}{MORE}names()\n", "run__py": "import grade\n\ngrade.names()\n"}
    assert told(f"if python3 /tests/grade.py && python3 /tests/run.py{DECIDES}", **more) == set()


@pytest.mark.parametrize(
    "takes",
    [
        "[ $code -eq 0 ] || [ $code -eq 77 ]",
        '[ "$code" -eq 77 ] || [ "$code" -eq 0 ]',
        "[[ $code == 0 || $code == 77 ]]",
        "(( code == 0 || code == 77 ))",
        "[ $code -eq 0 -o $code -eq 77 ]",
        "test $code -eq 0 || test $code -eq 77",
        "case $code in 0|77) true ;; *) false ;; esac",
        "[ $code -eq 77 ] && code=0; [ $code = 0 ]",
        "if [ $code -eq 77 ]; then return 0; fi; return $code",
        "bash /tests/y.sh || [ $? -eq 77 ]",
    ],
)
def test_a_skip_that_counts_as_success(takes: str) -> None:
    script = f"ok() {{ bash /tests/$1.sh; code=$?; {takes}; }}\nif ok x{DECIDES}"
    wanted = {"skip-counts-as-pass: takes exit code 77, a skipped test, for success"}
    assert told(script, x__sh="cmp -s /app/n /tests/expected/n\n") == wanted


@pytest.mark.parametrize(
    "takes",
    [
        "[ $code -eq 0 ]",
        "[ $code -ne 77 ] && [ $code -eq 0 ]",
        "lines=$(wc -l < /app/n); [ $lines -eq 0 ] || [ $lines -eq 77 ]",
        "[ $code -eq 77 ] && code=1; [ $code = 0 ]",
        "case $code in 0) true ;; 77) echo skipped; false ;; *) false ;; esac",
        "grep -qx 77 /app/n || [ $lines -eq 77 ]",
    ],
)
def test_what_only_looks_like_a_skip(takes: str) -> None:
    script = f"ok() {{ bash /tests/$1.sh; code=$?; {takes}; }}\nif ok x{DECIDES}"
    assert told(script, x__sh="cmp -s /app/n /tests/expected/n\n") == set()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (f"{RUN}\nrc=$?\nif [ $rc -eq 0 ] || [ $rc -eq 124 ]{DECIDES}", 124),
        (f"{RUN}\nif [[ $? == 0 || $? == 5 ]]{DECIDES}", 5),
        (f"{RUN}; rc=$?\n(( rc == 5 || rc == 0 )) && echo 1 > {REWARD}\n", 5),
        # A reward that something else decides.
        (f"{RUN}\nrc=$?\nif [ $rc -eq 0 ] || [ $rc -eq 1 ]; then\n  bash /tests/s.sh\nfi\n", 0),
        (
            f"{RUN} || exit 1\n/app/run; c=$?\nif [ $c -eq 0 ] || [ $c -eq 3 ]{DECIDES}",
            0,
        ),
    ],
)
def test_another_exit_code_of_the_tests_that_is_rewarded(script: str, code: int) -> None:
    wanted = {f"crash-passes: gives the reward for exit code {code} as well"} if code else set()
    assert told(script, TESTS, s__sh=f"grep -qx 4 /app/n && echo 1 > {REWARD}\n") == wanted


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"{RUN}\nrc=$?\nif [ $rc -le 5 ]{DECIDES}", "gives the reward for any exit code up to 5"),
        (f"{RUN}\nif [ $? -lt 2 ]{DECIDES}", "gives the reward for any exit code below 2"),
        (f"{RUN}\nif [ $? -lt 1 ]{DECIDES}", ""),
        (f"{RUN} || exit 1\n/app/run; c=$?\nif [ $c -le 3 ]{DECIDES}", ""),
        (
            f"{RUN}\nc=$?\n[ $c -eq 5 ] && c=0\nif [ $c -eq 0 ]{DECIDES}",
            "takes exit code 5 for success",
        ),
        (
            f"{RUN}\nc=$?\nif [ $c -eq 124 ]; then c=0; fi\nif [ $c -eq 0 ]{DECIDES}",
            "takes exit code 124 for success",
        ),
        (f"{RUN} || exit 1\n/app/run; c=$?\n[ $c -eq 3 ] && c=0\nif [ $c -eq 0 ]{DECIDES}", ""),
    ],
)
def test_exit_codes_of_failure_that_count_as_success(script: str, message: str) -> None:
    assert told(script, TESTS) == ({f"crash-passes: {message}"} if message else set())
