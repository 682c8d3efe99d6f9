"""Tests that only call checks run nothing as root; all others may."""

import pytest
from tests.support import verify_tasks as tasks

from shellwright.tasks.bundle import CheckCall
from shellwright.verify.case import Case
from shellwright.verify.only_checks import checks, only_calls_checks

PRINTS = CheckCall("command_prints", {"argv": ["/app/x"], "text": "1\n"}, "x", "It runs.")
HEAD = '"""What must hold."""\n\nfrom checks import check, guard, command_prints, present\n\n\n'
GOOD = (
    HEAD + '@check(weight=2)\ndef test_x() -> None:\n    """It is."""\n    present(path="/app/n")\n'
)


def outputs(text: str) -> bool:
    return only_calls_checks(Case.of_row(tasks.row(files={"tests/test_outputs.py": text})))


def test_what_the_teacher_writes_only_calls_checks() -> None:
    after = CheckCall("present", {"path": "/app/y"}, "y", "It is.", after=("x",))
    for spec in (tasks.GOOD, tasks.variant("more", calls=[*tasks.GOOD.calls, PRINTS, after])):
        assert only_calls_checks(Case.of_row(tasks.row(spec)))
    assert outputs(GOOD)
    assert "command_prints" in checks() and "run" not in checks()


@pytest.mark.parametrize(
    "text",
    [
        GOOD + "    import os\n    os.system('/app/x')\n",
        GOOD + "    open('/app/x')\n",
        GOOD + "    present(path=open('/app/x').read())\n",
        GOOD + "    present(**{'path': '/app/x'})\n",
        GOOD + "    present(path=f'{command_prints}')\n",
        GOOD + '    command_prints(argv=["/app/x"], user="root")\n',
        GOOD + '    command_prints(argv=["/app/x"], user="ro" + "ot")\n',
        GOOD + "    assert present\n",
        GOOD + "\n\nimport os\n",
        GOOD + "\n\nX = 1\n",
        GOOD + "\n\ndef present(path):\n    open(path)\n",
        GOOD.replace("test_x()", "test_x(x=1)"),
        GOOD.replace("@check(weight=2)", "@check(weight=len('a'))"),
        GOOD.replace("@check(weight=2)", "@__import__('os').system"),
        GOOD.replace("-> None", "-> __import__('os').system('/app/x')"),
        GOOD.replace("present\n", "present, extra\n"),
        GOOD.replace("present\n", "present, os\n"),
        GOOD.replace("from checks", "from checks.running"),
        GOOD.replace("from checks", "from .checks"),
        GOOD.replace("present\n", "present as test_y\n"),
        "def test_x(:\n",
    ],
)
def test_whatever_else_they_do_is_looked_into(text: str) -> None:
    assert text != GOOD
    assert not outputs(text)


@pytest.mark.parametrize("path", ["tests/checks/extra.py", "tests/json.py", "tests/x.sh"])
def test_files_beside_them_count(path: str) -> None:
    assert not only_calls_checks(Case.of_row(tasks.row(files={path: "x = 1\n"})))
    assert only_calls_checks(Case.of_row(tasks.row(files={"tests/expected/y.py": "x = 1\n"})))
    assert not only_calls_checks(Case.of_row(tasks.row(files={"tests/conftest.py": "x = 1\n"})))
