"""Tests of other projects that look at the form of outputs, grade by chance, or out of time."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

pytestmark = pytest.mark.engine

GRADE = (
    "#!/bin/bash\nrm -rf /logs/verifier; mkdir -p /logs/verifier; cd /\n"
    "if python3 -I -m pytest -p no:cacheprovider -q /tests/test_outputs.py; then\n"
    "    echo 1 > /logs/verifier/reward.txt\nelse\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
)
TOML = next(f for f in tasks.row()["files"] if f["path"] == "task.toml")["content"].decode()
COUNTS = "sort in/names.txt | uniq -c | awk '{print $2\",\"$1}'"


def made(name: str, told: str, solve: str, path: str, tests: str, **files: str) -> dict[str, Any]:
    """A task of another project with one output and no author's record of steps and answers.

    files: others, with `__` for `.`.
    """
    given = {file.replace("__", "."): text for file, text in files.items()}
    all_files = {
        "instruction.md": f"{told}\n",
        "solution/solve.sh": f"#!/bin/bash\nset -e\ncd /app\nmkdir -p out\n{solve}\n",
        **given,
    }
    options: dict[str, Any] = {"files": all_files, "wrong": [], "steps": []}
    row = tasks.foreign(name, tests, grade=GRADE, deliverables=[path], **options)
    return {**row, "id": name}


def table(name: str, *asserts: str) -> dict[str, Any]:
    """A task whose output is a table with a header and three rows."""
    tests = (
        "import csv\n\n\ndef test_x():\n    rows = list(csv.reader(open('/app/out/report.csv')))\n"
    ) + "".join(f"    assert {each}\n" for each in asserts)
    told = "Count the names of /app/in/names.txt into /app/out/report.csv (name,times), in order."
    solve = f"(echo name,times; {COUNTS}) > out/report.csv"
    return made(name, told, solve, "/app/out/report.csv", tests)


def record(name: str, *asserts: str) -> dict[str, Any]:
    """A task whose output is a JSON object."""
    tests = (
        "import json\n\n\ndef test_x():\n    d = json.load(open('/app/out/report.json'))\n"
    ) + "".join(f"    assert {each}\n" for each in asserts)
    told = "Write count (of lines) and first (the first name) of /app/in/names.txt to report.json."
    solve = 'printf \'{"count": %d, "first": "%s"}\\n\' 4 adam > out/report.json'
    return made(name, told, solve, "/app/out/report.json", tests)


def names(
    name: str, *asserts: str, more: str = "", before: str = "", **files: str
) -> dict[str, Any]:
    """A task whose output are three names, a line each; more of what it asks, and of its tests."""
    tests = f"{before}def test_x():\n    t = open('/app/out/names.txt').read()\n" + "".join(
        f"    assert {each}\n" for each in asserts
    )
    told = f"Put the distinct names of /app/in/names.txt in order into /app/out/names.txt{more}."
    solve = "sort -u in/names.txt > out/names.txt"
    return made(name, told, solve, "/app/out/names.txt", tests, **files)


def graded(name: str, grade: str) -> dict[str, Any]:
    """The names, whose test.sh makes its reward in its own way of what pytest ends with.

    grade: commands in /logs/verifier after that; `code` is set.
    """
    row = names(name, WANTED)
    script = (
        "#!/bin/bash\nrm -rf /logs/verifier; mkdir -p /logs/verifier; cd /logs/verifier\n"
        f"python3 -I -m pytest -p no:cacheprovider -q /tests/test_outputs.py\ncode=$?\n{grade}\n"
    )
    next(f for f in row["files"] if f["path"] == "tests/test.sh")["content"] = script.encode()
    return row


# How often the tests have run in this box; the second time is for the account of pytest.
COUNTED = (
    "from pathlib import Path\n\n\ndef counted():\n    mark = Path('/var/tmp/mark')\n"
    "    count = len(mark.read_text()) + 1 if mark.exists() else 1\n"
    "    mark.write_text('x' * count)\n    return count\n\n\n"
)
WANTED = "t.split() == ['adam', 'mia', 'zoe']"
ROWS = "rows[1:] == [['adam', '2'], ['mia', '1'], ['zoe', '1']]"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (table("header", "rows[0] == ['name', 'times']", "len(rows) == 4"), "shape-only"),
        (
            table("digits", "rows[0][0] == 'name'", "all(r[1].isdigit() for r in rows[1:])"),
            "shape",
        ),
        (record("keys", "set(d) == {'count', 'first'}"), "shape-only"),
        (record("kinds", "type(d['count']) is int", "type(d['first']) is str"), "shape-only"),
        (names("lines", "len(t.splitlines()) == 3"), "shape-only"),
        (names("in-order", "t.split() == sorted(set(t.split()))", "len(t.split()) == 3"), "shape"),
        (names("size", "len(t) == 13", "t.islower()"), "shape-only"),
        (names("part", "t.split()", "set(t.split()) <= {'adam', 'mia', 'zoe'}"), "mutant-survives"),
        (names("any-order", "sorted(t.split()) == ['adam', 'mia', 'zoe']"), "mutant-survives"),
        (names("first", "t.splitlines()[0] == 'adam'", "len(t.split()) == 3"), "shape-only"),
        (
            names("more", "'adam' in t and 'mia' in t", "'zoe' in t", more=", and nothing else"),
            "mutant-survives",
        ),
        (names("second-time", WANTED, "counted() != 2", before=COUNTED), "not-repeatable: test_x"),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_the_form_of_an_output_is_not_enough(judge: Any, row: Any, reason: str) -> None:
    report = judge(row)
    assert report.tier != "rl"
    assert (report.reason or "").startswith(reason), report.reason


@pytest.mark.parametrize(
    "row",
    [
        table("rows", ROWS),
        table("unordered", "sorted(rows[1:]) == " + ROWS.partition("== ")[2]),
        record("values", "d == {'count': 4, 'first': 'adam'}"),
        names("lines", WANTED),
        names("twice", "[n for n in t.split('\\n') if n] == ['adam', 'mia', 'zoe']"),
    ],
    ids=lambda value: value["id"],
)
def test_values_that_are_compared_are_enough(judge: Any, row: Any) -> None:
    report = judge(row)
    if row["id"] == "unordered":  # though an order was asked for
        assert report.reason.startswith("mutant-survives: 1 of "), report.reason
        return
    assert report.tier == "rl", report.reason
    again = next(gate for gate in report.gates if gate.gate == "mutants").evidence["graded_again"]
    assert again == 7


def test_limits_of_task_toml_are_held_against_what_it_takes(judge: Any) -> None:
    quick = {"task__toml": TOML.replace("timeout_sec = 900.0", "timeout_sec = 1.0")}
    slow = names("slow", WANTED, **quick)
    assert judge(slow).tier == "rl"
    for file in slow["files"]:
        if file["path"] == "solution/solve.sh":
            file["content"] += b"sleep 2\n"
    report = judge(slow)
    assert report.tier == "rejected"
    assert report.reason.startswith("over-time-limit: the oracle takes 2."), report.reason


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ('{"reward": 1.0, "speed": 3}', ""),
        ('{"reward": 0.5}', "two-rewards: reward.json: 1, reward.txt: 0.5"),
        (
            "passed",
            "two-rewards: reward.json: 1, reward.txt: holds no reward: 'passed\\n'",
        ),
    ],
)
def test_two_files_that_tell_different_rewards_are_refused(
    judge: Any, other: str, reason: str
) -> None:
    grade = (
        f"if [ $code -eq 0 ]; then\n    echo '{{\"reward\": 1}}' >reward.json\n"
        f"    echo '{other}' >reward.txt\nelse\n    echo 0 | tee reward.txt >reward.json\nfi"
    )
    report = judge(graded("two", grade))
    assert (report.tier, report.reason) == (("rejected", reason) if reason else ("rl", ""))


@pytest.mark.parametrize(
    ("passes", "reason"),
    [
        ("[ $code -eq 0 ]", ""),
        (
            "case $code in 1) false ;; *) true ;; esac",
            "crash-passes: the reward is 1 when the tests are a syntax error",
        ),
        (
            "[ $code -eq 0 ] || [ $code -eq 5 ]",
            "crash-passes: the reward is 1 when pytest finds no test",
        ),
    ],
)
def test_tests_that_break_earn_nothing(judge: Any, passes: str, reason: str) -> None:
    grade = f"if {passes}; then reward=1; else reward=0; fi\necho $reward > reward.txt"
    report = judge(graded("broken", grade))
    assert report.tier == ("rejected" if reason else "rl"), report.reason
    assert report.reason.startswith(reason)
    oracle = next(gate for gate in report.gates if gate.gate == "oracle")
    broken = oracle.evidence["tests_broken"]
    assert broken["unreadable"]["reward"] == ("syntax" in reason)
    if "syntax" not in reason:
        assert broken["empty"]["pytest_found_nothing"]
        assert broken["empty"]["reward"] == bool(reason)


def test_a_foreign_oracle_that_fails_is_told_by_what_the_tests_print(judge: Any) -> None:
    report = judge(names("wrong", "t == 'x'"))
    assert report.tier == "rejected"
    assert "FAILED" in report.reason and "test_x" in report.reason, report.reason
    run = next(gate for gate in report.gates if gate.gate == "oracle").evidence["runs"][0]
    assert (run["passed"], run["total"]) == (0, 1)
