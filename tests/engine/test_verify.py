"""The verdicts of hand-written tasks: a good one passes, every known defect is named."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Box
from shellwright.tasks.bundle import CheckCall, Fixture
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.report import Report
from shellwright.verify.trial import Bench

pytestmark = pytest.mark.engine

FOREIGN = "def test_x() -> None:\n    assert open('/app/out/names.txt').read()[:4] == 'adam'\n"
ONE_MUTANT: dict[str, Any] = {"wrong": tasks.WRONG[:1], "deliverables": [], "steps": []}
SPOILER = "(setsid nohup bash -c 'sleep 1; while :; do echo x >/app/n; done' >/dev/null 2>&1 &)"


@pytest.fixture(scope="module")
def image(domain: dict[str, Any]) -> str:
    """The image of the tasks, in place of the one that all domains build on."""
    return str(domain["image"])


def outcomes(report: Report) -> str:
    """The outcomes of the gates as letters: "pppfps"."""
    return "".join(gate.outcome[0] for gate in report.gates)


def failure(report: Report) -> str:
    """The short reason of the first gate that failed."""
    return report.failed.reason.partition(":")[0] if report.failed else ""


@pytest.mark.parametrize("user", ["agent", "root"])
def test_a_good_task_passes_every_gate(judge: Any, user: Any) -> None:
    report = judge(tasks.row(tasks.variant("good", user=user)))
    assert outcomes(report) == "pppppp", report.failed
    assert report.tier == "rl"
    assert report.oracle_rewards == [1.0, 1.0]
    assert report.noop_reward == 0.0
    assert report.tests_total == 3
    assert report.kill_rate == 1.0
    kinds = sorted(mutant.kind for mutant in report.mutants)
    assert (
        kinds
        == ["altered"] * 2
        + ["dropped_step"] * 3
        + ["empty"] * 2
        + ["missing"] * 2
        + ["permuted", "truncated"]
        + ["wrong"] * 2
    )


def weak() -> dict[str, Any]:
    call = CheckCall(
        "lines_equal",
        {"path": "/app/out/names.txt", "expected": "names", "ordered": False},
        "names",
        "The names are there.",
        expected={"names": tasks.SORTED},
    )
    return tasks.row(tasks.variant("weak", calls=[call, tasks.GOOD.calls[1]]))


def already_there() -> dict[str, Any]:
    given = [*tasks.GOOD.fixture, Fixture("/app/n", content=b"4\n")]
    return tasks.row(tasks.variant("there", fixture=given, absent=[]))


def guard_at_start() -> dict[str, Any]:
    guard = replace(tasks.GOOD.calls[2], kwargs={"path": "/app/in/names.txt", "sha256": "0" * 64})
    return tasks.row(tasks.variant("guard", calls=[*tasks.GOOD.calls[:2], guard]))


def commands(name: str, *lines: str, **options: Any) -> dict[str, Any]:
    return tasks.row(tasks.variant(name, commands=[*tasks.GOOD.commands, *lines]), **options)


def by_host(user: str) -> dict[str, Any]:
    """A task whose oracle succeeds under one host name only."""
    lines = [*tasks.GOOD.commands, "test $(hostname) = task || rm n"]
    return tasks.row(tasks.variant("host", commands=lines, user=user))


def imported() -> dict[str, Any]:
    """A task whose tests import what the agent wrote."""
    steps = ["echo 'def f(x): return x * x' > square.py"]
    source = (
        "import sys\n\nsys.path.insert(0, '/app')\n\n\ndef test_x() -> None:\n"
        "    import square\n\n    assert [square.f(x) for x in range(3)] == [0, 1, 4]\n"
    )
    files: dict[str, str | None] = {
        "instruction.md": "Write a module.",
        "solution/solve.sh": f"#!/bin/bash\ncd /app\n{steps[0]}\n",
    }
    options: dict[str, Any] = {"deliverables": ["/app/square.py"], "steps": steps, "wrong": []}
    return tasks.foreign("imported", source, grade=CLEARING, files=files, **options)


LONG = b"".join(b"name-%02d\n" % number for number in range(30))


def with_copy(name: str, content: bytes) -> dict[str, Any]:
    """A task of another project whose input has a file beside what is to be sorted."""
    given = b"".join(reversed(LONG.splitlines(keepends=True)))
    spec = tasks.variant(
        "copied",
        fixture=[
            Fixture("/app/in/names.txt", content=given),
            Fixture(f"/srv/cache/{name}", content=content),
        ],
    )
    source = (
        "from pathlib import Path\n\n\ndef test_x() -> None:\n"
        "    wanted = ''.join(f'name-{number:02d}\\n' for number in range(30))\n"
        "    assert Path('/app/out/names.txt').read_text() == wanted\n"
    )
    files: dict[str, str | None] = {
        "tests/test.sh": CLEARING,
        "tests/test_outputs.py": source,
        "tests/conftest.py": None,
        "tests/run_tests.py": None,
        "tests/test_initial_state.py": None,
    }
    options: dict[str, Any] = {"deliverables": ["/app/out/names.txt"], "wrong": [], "steps": []}
    return tasks.row(spec, files=files, **options)


HIDDEN_SKIP = (
    "import pytest\n\n\ndef test_x():\n"
    "    getattr(pytest, 'sk' + 'ip')('')\n    assert open('/app/n')\n"
)
BY_ORACLE = (
    "import os\n\n\ndef test_x() -> None:\n    assert os.listdir(os.path.join('/', 'solution'))\n"
    "    assert open('/app/n').read() == '4\\n'\n"
)
PLANTED = (
    "#!/bin/bash\nmkdir -p /logs/verifier; cd /\n[ -e /logs/verifier/reward.txt ] && exit\n"
    "if python3 -I -m pytest -q /tests/test_outputs.py; then v=1; else v=0; fi\n"
    "echo $v > /logs/verifier/reward.txt\n"
)
NEAR = (
    "def test_x() -> None:\n    assert open('/app/n').read().strip()\n\n\n"
    "def test_y() -> None:\n    assert open('/app/out/names.txt').read() == 'adam\\nmia\\nzoe\\n'\n"
)
RIGHT = "def test_n() -> None:\n    assert open('/app/n').read() == '4\\n'\n"
# Only `missing` tells: whoever does not write n is not asked for it.
IF_THERE = (
    "from pathlib import Path\n\n\ndef test_n() -> None:\n    n = Path('/app/n')\n"
    "    if not n.exists():\n        return\n    assert n.read_text() == '4\\n'\n\n\n"
    "def test_names() -> None:\n"
    "    assert Path('/app/out/names.txt').read_text() == 'adam\\nmia\\nzoe\\n'\n"
)
CLEARING = (
    "#!/bin/bash\nrm -rf /logs/verifier; mkdir -p /logs/verifier; cd /\n"
    "if python3 -I -m pytest -p no:cacheprovider -q /tests/test_outputs.py; then\n"
    "    echo 1 > /logs/verifier/reward.txt\nelse\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
)
ONCE = (
    "from pathlib import Path\n\n\ndef test_x() -> None:\n"
    "    assert Path('/app/out/names.txt').read_text() == 'adam\\nmia\\nzoe\\n'\n"
    "    mark = Path('/var/tmp/mark')\n    count = len(mark.read_text()) if mark.exists() else 0\n"
    "    mark.write_text('x' * (count + 1))\n    assert count < 2\n"
)


@pytest.mark.parametrize(
    ("row", "gates", "reason"),
    [
        (tasks.foreign("vacuous", "def test_x() -> None:\n    assert True\n"), "fsssss", "vacuous"),
        (tasks.foreign("skip", "import pytest\npytest.skip('x')\n" + FOREIGN), "fsssss", "skip-"),
        (tasks.foreign("syntax", "def test_x(:\n"), "fsssss", "test-syntax"),
        (
            tasks.foreign("pipe", FOREIGN, grade="#!/bin/bash\npytest | cat\necho $? >reward\n"),
            "fsssss",
            "masked-pipe",
        ),
        (tasks.row(files={"solution/solve.sh": None}), "fsssss", "missing-file"),
        (tasks.row(files={"solution/solve.sh": "#!/bin/bash\n"}), "fsssss", "empty-solution"),
        (
            tasks.row(tasks.variant("absent", absent=["/app/in/names.txt"])),
            "pfssss",
            "initial-state",
        ),
        (
            tasks.row(tasks.variant("etc", fixture=[Fixture("/etc/motd", content=b"hi")])),
            "pfssss",
            "bad-fixture",
        ),
        (already_there(), "ppfsss", "noop-passes"),
        (guard_at_start(), "ppfsss", "guard-fails-at-start"),
        (
            tasks.foreign("input", "def test_x():\n    assert open('/app/in/names.txt').read()\n"),
            "ppfsss",
            "noop-passes",
        ),
        (tasks.foreign("exit", "import os\nos._exit(0)\n" + FOREIGN), "ppfsss", "noop-passes"),
        (tasks.row(files={"tests/test_outputs.py": HIDDEN_SKIP}), "pppfss", "oracle-fails"),
        (tasks.foreign("by-oracle", BY_ORACLE), "pppfss", "oracle-fails"),
        (tasks.foreign("by-oracle", BY_ORACLE, user="root"), "pppfss", "oracle-fails"),
        (commands("exit", "false", "echo more"), "pppfss", "oracle-exit"),
        (commands("undo", "rm n"), "pppfss", "oracle-fails"),
        (by_host("agent"), "pppfss", "depends-on-host"),
        (by_host("root"), "pppfss", "depends-on-host"),
        (commands("by-user", "[ ${USER:-} = agent ] || rm n"), "pppfss", "depends-on-user"),
        (
            tasks.foreign("tests-by-user", f"import os\n{RIGHT}    assert os.environ['USER']\n"),
            "pppfss",
            "depends-on-user",
        ),
        (weak(), "ppppfp", "mutant-survives"),
        (commands("idle", "echo unneeded > spare"), "ppppfp", "mutant-survives"),
        (tasks.row(files={"tests/test_outputs.py": ONCE}), "ppppfp", "not-repeatable"),
        (tasks.row(files={"tests/test_outputs.py": NEAR}), "ppppfp", "mutant-survives"),
        (
            tasks.foreign("near", NEAR, grade=CLEARING, wrong=[], deliverables=["/app/n"]),
            "ppppfp",
            "shape-only",
        ),
        (tasks.foreign("fooled", FOREIGN), "ppppff", "shape-only"),
        (imported(), "ppppff", "mutant-survives"),
        (with_copy("old.txt", LONG), "pppfss", "answer-in-image"),
        (with_copy("old.txt", LONG[:-1]), "pppfss", "answer-in-image"),
        (with_copy("names.txt", LONG), "pppfss", "answer-in-image"),  # by the output's name
        (
            tasks.foreign("unlooked", IF_THERE, grade=CLEARING, wrong=[], steps=[]),
            "ppppfp",
            "mutant-survives",
        ),
        (
            tasks.foreign("cwd", FOREIGN, **ONE_MUTANT),
            "pppppf",
            "planted-program-ran",
        ),
        (commands("survivor", SPOILER, steps=tasks.GOOD.commands), "pppppp", ""),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_each_defect_has_its_verdict(judge: Any, row: Any, gates: str, reason: str) -> None:
    report = judge(row)
    assert outcomes(report) == gates, [gate for gate in report.gates if gate.outcome == "fail"]
    assert failure(report).startswith(reason)
    needed_failed = "f" in gates[:4]
    assert report.tier == ("rejected" if needed_failed else "rl" if reason == "" else "sft")


def test_a_planted_reward_that_the_tests_leave_is_noticed(judge: Any) -> None:
    row = tasks.foreign("planted", FOREIGN, grade=PLANTED, wrong=[])
    none = {"corrupted_outputs": False, "wrong_answers": False, "dropped_steps": False}
    report = judge(row, **none)
    assert outcomes(report) == "pppppf"
    assert failure(report) == "planted-reward"


def test_root_cannot_become_what_grades(judge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = tasks.row(tasks.variant("root", user="root"))
    evidence = judge(row).gates[-1].evidence
    assert evidence["replaced"]["problem"].startswith("root changed what grades: /bin/bash, ")
    monkeypatch.setattr(Box, "distrust", lambda box: "")
    report = judge(row)
    assert outcomes(report) == "pppppf"
    assert failure(report) == "replaced-programs"


def test_an_oracle_of_root_that_replaces_what_grades_has_no_grade(judge: Any) -> None:
    lines = [*tasks.GOOD.commands, "echo >/etc/ld.so.preload"]
    report = judge(tasks.row(tasks.variant("preload", commands=lines, user="root")))
    assert outcomes(report) == "pppfss"
    assert failure(report) == "oracle-no-grade"
    assert "/etc/ld.so.preload" in report.failed.reason


def test_an_oracle_that_never_ends_is_stopped(judge: Any) -> None:
    report = judge(commands("slow", "sleep 600"), wall_seconds=2.0)
    assert failure(report) == "oracle-timeout"
    assert report.seconds < 25  # three runs and one that tells its commands, of two seconds each


def test_an_oracle_that_eats_all_memory_breaks_nothing(judge: Any) -> None:
    report = judge(commands("hog", "tail /dev/zero"), wall_seconds=10.0)
    assert outcomes(report) == "pppfss"
    assert judge(tasks.row()).tier == "rl"


@pytest.mark.parametrize("user", ["agent", "root"])
@pytest.mark.parametrize(
    "work", ["", "true", "bash /solution/solve.sh", "mkdir n out", "ln -s / n"]
)
def test_test_sh_and_the_fork_give_the_same_grade(
    boxes: Boxes, image: str, user: Any, work: str, tmp_path: Path
) -> None:
    case = Case.of_row(tasks.row(tasks.variant("same", user=user)))
    bench = Bench(boxes, image, case, 20.0)
    reports = []
    for real in (True, False):
        bench.fresh()
        bench.box.put(case.solution_tar)
        bench.work(f"export PYTHONPATH=/app PYTEST_ADDOPTS=-x; umask 077; {work}")
        graded = bench.grade(real=real)
        files = [bench.box.read(f"/logs/verifier/{name}") for name in FILES]
        reports.append((graded.reward, graded.failures, files))
    assert reports[0] == reports[1]


NEVER = "\n\ndef test_never() -> None:\n    {}\n"
ANSWER = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n"
MODIFY = (
    "def pytest_collection_modifyitems(items):\n"
    "    items[:] = [item for item in items if item.name != 'test_never']\n"
)
FAILS = NEVER.format("assert open('/app/n').read() == '5\\n'")
LATER = (
    "import pytest\n" + ANSWER + NEVER.format("getattr(pytest, 'sk' + 'ip')('')\n    assert 1 / 0")
)


@pytest.mark.parametrize(
    ("outputs", "files", "option", "reason"),
    [
        (ANSWER, {}, "", ""),
        (LATER, {}, "", "tests-not-run"),
        (ANSWER + FAILS, {}, "-k 'not never'", "tests-not-run"),
        (ANSWER + FAILS, {"tests/conftest.py": MODIFY}, "", "tests-not-run"),
        (
            ANSWER + FAILS,
            {"tests/pytest.ini": "[pytest]\npython_functions = test_x\n"},
            "",
            "tests-not-run",
        ),
        (ANSWER, {"tests/test_more.py": FAILS}, "", "tests-not-run"),
        (ANSWER + FAILS, {}, "|| test -e /app/n", "failures-ignored"),
    ],
    ids=["control", "hidden skip", "option", "hook", "setting", "other file", "masked"],
)
@pytest.mark.parametrize("user", ["agent", "root"])
def test_tests_that_never_run_are_noticed(
    judge: Any,
    monkeypatch: pytest.MonkeyPatch,
    user: Any,
    outputs: str,
    files: Any,
    option: str,
    reason: str,
) -> None:
    # What lint says of some of them is a matter of its own.
    monkeypatch.setattr("shellwright.verify.gates.lint", lambda case, limits: ([], 1))
    grade = CLEARING.replace("test_outputs.py;", f"test_outputs.py {option};")
    options: dict[str, Any] = {"grade": grade, "wrong": [], "steps": [], "user": user}
    row = tasks.foreign("never", outputs, files=files, deliverables=["/app/n"], **options)
    report = judge(row)
    assert (report.tier == "rejected") == bool(reason), report.failed
    assert failure(report) == reason or not reason
    assert reason or report.gates[3].evidence["runs_of_pytest_seen"] == 1


FILES = ("reward.txt", "reward.json", "report.json")


def test_a_new_trial_finds_nothing_of_the_one_before(boxes: Boxes, image: str) -> None:
    case = Case.of_row(tasks.row())
    bench = Bench(boxes, image, case, 20.0)
    bench.fresh()
    assert bench.solve().exit_code == 0
    assert bench.grade().reward == 1.0
    bench.fresh()
    assert bench.grade().reward == 0.0
    assert bench.solve().exit_code == 0
