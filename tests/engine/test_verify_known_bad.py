"""Defects that only reading finds: tasks that pass every other gate today, or seem to."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.limits import SMALL_MB
from shellwright.tasks.bundle import Fixture

pytestmark = pytest.mark.engine

RIGHT = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n"
GRADE = (
    "#!/bin/bash\nrm -rf /logs/verifier; mkdir -p /logs/verifier\ncd /\n{}\n"
    "if python3 -I -m pytest -p no:cacheprovider -q /tests/test_outputs.py; then\n"
    "    echo 1 > /logs/verifier/reward.txt\nelse\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
)
SOLUTION = next(f for f in tasks.row()["files"] if f["path"] == "solution/solve.sh")["content"]
SEVENTEEN = "x" * ((SMALL_MB + 1) << 20)


def foreign(name: str, more: str, first: str = "") -> dict[str, Any]:
    """A task with a script of its own whose test is right, but for what is added."""
    options: dict[str, Any] = {"wrong": [], "deliverables": ["/app/n"], "steps": []}
    return tasks.foreign(name, first + RIGHT + more, grade=GRADE.format(""), **options)


def own(name: str, **files: str) -> dict[str, Any]:
    """The good task with other files, whose names are given with `__` for `/`."""
    changed: dict[str, str | None] = {path.replace("__", "/"): text for path, text in files.items()}
    return tasks.row(tasks.variant(name), files=changed)


def in_fixture() -> dict[str, Any]:
    given = [*tasks.GOOD.fixture, Fixture("/app/.cache/old", content=SOLUTION)]
    return tasks.row(tasks.variant("leak", fixture=given))


def by_day() -> dict[str, Any]:
    commands = [*tasks.GOOD.commands, "test $(date +%s) -lt 9000000000 || rm n"]
    return tasks.row(tasks.variant("by-day", commands=commands), steps=tasks.GOOD.commands)


def late_helper() -> dict[str, Any]:
    """A module beside the harness's own, in their folder."""
    outputs = next(f for f in tasks.row()["files"] if f["path"] == "tests/test_outputs.py")
    late = "\n\ndef test_late() -> None:\n    from checks import extra\n\n    extra.late()\n"
    return tasks.row(
        tasks.variant("late-helper"),
        files={
            "tests/checks/extra.py": "import time\n\n\ndef late():\n    assert time.time() < 9e9\n",
            "tests/test_outputs.py": outputs["content"].decode() + late,
        },
    )


def test_what_the_defects_are_added_to_is_accepted(judge: Any) -> None:
    assert judge(foreign("control", "")).tier != "rejected"
    assert judge(own("control")).tier == "rl"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            foreign(
                "subprocess",
                "    assert subprocess.check_output(['date', '+%s']) < b'9'\n",
                "import subprocess\n\n\n",
            ),
            "wall-clock",
        ),
        (
            foreign("gettime", "    assert time.clock_gettime(0) < 9e9\n", "import time\n\n\n"),
            "wall-clock",
        ),
        (
            foreign("alias", "    assert now() < 9e9\n", "import time\n\nnow = time.time\n\n\n"),
            "wall-clock",
        ),
        (
            foreign("proc", "    assert os.stat('/proc/self').st_mtime < 9e9\n", "import os\n\n\n"),
            "wall-clock",
        ),
        (
            tasks.foreign(
                "printf",
                RIGHT,
                grade=GRADE.format("printf -v y '%(%Y)T' -1; [ $y -lt 9999 ] || exit 1"),
            ),
            "wall-clock",
        ),
        (late_helper(), "wall-clock"),
        (by_day(), "clock-in-solution"),
        (
            foreign(
                "getent",
                "    assert subprocess.run(['getent', 'hosts', 'example.org']).returncode\n",
                "import subprocess\n\n\n",
            ),
            "network-in-tests",
        ),
        (
            foreign(
                "socket",
                "    with socket.socket() as s:\n        s.settimeout(1)\n"
                "        assert s.connect_ex(('192.0.2.1', 80))\n",
                "# localhost\nimport socket\n\n\n",
            ),
            "network-in-tests",
        ),
        (in_fixture(), "solution-in-image"),
        (own("context", environment__notes=SOLUTION.decode()), "solution-in-image"),
        (own("told", **{"instruction.md": "Write\nadam\nmia\nzoe"}), "answer-in-instruction"),
        (own("missing", **{"instruction.md": "Sort /app/in/people.csv."}), "missing-input"),
        (tasks.foreign("tautology", "def test_x():\n    assert 1 == 1\n"), "vacuous-test"),
        (
            tasks.foreign("or", "def test_x():\n    assert open('/app/n').read() or True\n"),
            "vacuous-test",
        ),
        (
            tasks.foreign(
                "swallowed",
                "def test_x():\n    try:\n        assert open('/app/n').read() == '4'\n"
                "    except Exception:\n        pass\n",
            ),
            "vacuous-test",
        ),
        (own("heavy-tests", tests__expected__blob=SEVENTEEN), "too-large"),
        (own("heavy-solution", solution__blob=SEVENTEEN), "too-large"),
        (own("both", tests__a="x", tests__a__b="x"), "path-escapes"),
        (own("long", **{"tests/" + "/".join(["a" * 200] * 25): "x"}), "path-escapes"),
        (own("copy", **{"environment/Dockerfile": "FROM x\nCOPY [ab]*.txt /x[y]\n"}), "missing-"),
        (foreign("sum", "X = (" + "\n+ ".join(["'a'"] * 330) + ")\n"), "test-syntax"),
        (own("toml", **{"task.toml": "x = " + "[" * 3000 + "]" * 3000}), "task-config"),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_each_defect_is_named(judge: Any, row: Any, reason: str) -> None:
    report = judge(row)
    assert report.tier == "rejected"
    assert [gate.outcome for gate in report.gates] == ["fail", *["skip"] * 5]
    assert report.failed.reason.startswith(reason)
