"""Spoiled outputs: graded together or one by one they fare the same, and all is put back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright.config import load
from shellwright.verify import spoiling
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.mutants import Answer
from shellwright.verify.settings import Settings
from shellwright.verify.spoiling import Change
from shellwright.verify.trial import Bench

pytestmark = pytest.mark.engine

CONFIG = load({})
SETTINGS = Settings.of_config(CONFIG["verify"])
NAMES, COUNT = "/app/out/names.txt", "/app/n"
CHANGES = [
    Change("empty", "empty", NAMES, b""),
    Change("same", "wrong", NAMES, tasks.SORTED),
    Change("count", "wrong", COUNT, b"5\n"),
    Change("input", "wrong", "/app/in/names.txt", b"zoe\n"),
    Change("spare", "wrong", "/app/spare", b"x"),
    Change("folder", "wrong", "/app/out", b"x"),
    Change("large", "wrong", NAMES, b"adam\n" * 100_000),
    Change("missing", "missing", NAMES, None),
    Change("never there", "missing", "/app/spare", None),
]
NOTICED = [True, False, True, True, False, None, True, True, None]
# What could change about a file that is spoiled and put back.
LOOK = "cd /app; ls -lAR --time-style=full-iso . ; find . | sort | getfacl - ; md5sum n out/* in/*"


@pytest.fixture(scope="module")
def bench(engine: docker.DockerClient, domain: dict[str, Any]) -> Iterator[Any]:
    with Boxes(engine, "test-verify-spoiling", SETTINGS.limits) as boxes:
        yield lambda case: Bench(boxes, domain["image"], case, 20.0)


def solved(bench: Any, case: Case) -> Bench:
    made: Bench = bench(case)
    made.fresh()
    made.solve()
    made.work("chmod 640 n; ln out/names.txt out/twin; touch -d 2020-02-03 out/names.txt")
    assert made.grade().reward == 1.0
    return made


def told(answers: Any) -> list[Answer | None]:
    """The answers to changes, and those without any."""
    assert answers is not None
    return [*answers[0], *answers[1]]


def noticed(answer: Answer | None) -> bool | None:
    return answer and answer.noticed


def by(answer: Answer | None) -> str | None:
    assert answer is not None
    return answer.by


def look(bench: Bench) -> str:
    return bench.box.run(["/bin/bash", "-c", LOOK], user="root").text


@pytest.mark.parametrize("user", ["agent", "root"])
def test_together_and_one_by_one_notice_the_same(bench: Any, user: Any) -> None:
    case = Case.of_row(tasks.row(tasks.variant("spoil", user=user)))
    first = solved(bench, case)
    before = look(first)
    at_once = told(spoiling.together(first, CHANGES, 20.0, repeats=2))
    assert look(first) == before
    single = [spoiling.one_by_one(case, first, change) for change in CHANGES]
    assert first.grade().reward == 1.0
    assert [noticed(each) for each in at_once] == [*NOTICED, False, False]
    assert [noticed(each) for each in single] == NOTICED
    # The guard is of a file that only one change spoils, so that both name the same check.
    assert by(at_once[0]) == by(single[0]) == "test_names_are_sorted"
    assert by(at_once[2]) == by(single[2]) == "test_lines_are_counted"
    assert by(at_once[3]) == by(single[3]) == "test_input_is_unchanged"
    assert by(at_once[1]) is by(single[1]) is None
    # These tests run no programs, so that a fork knows what test.sh would give.
    for fork, graded in zip(at_once, single, strict=False):
        assert (fork is None) == (graded is None)
        if fork and graded:
            assert fork.reward == pytest.approx(graded.reward)
            assert (fork.passed, fork.total) == (graded.passed, graded.total)
            assert fork.output == graded.output or not fork.noticed
            assert fork.exit_code == int(fork.noticed)
    assert at_once[0] is not None and at_once[0].reward == pytest.approx(1 / 3)
    assert all(each is None or 0 < each.seconds < 20 for each in [*at_once, *single])


@pytest.mark.parametrize("together", [True, False])
def test_what_python_has_compiled_of_a_file_is_no_part_of_it(bench: Any, together: bool) -> None:
    program = "import sys; sys.path.insert(0, '/app'); import tool; print(tool.X)"
    source = (
        "from checks import check, command_prints\n\n\n@check(weight=1)\ndef test_x() -> None:\n"
        f"    command_prints(argv=['/usr/bin/python3', '-c', {program!r}], text='41')\n"
    )
    case = Case.of_row(tasks.row(files={"tests/test_outputs.py": source}))
    made = bench(case)
    made.fresh()
    made.work("echo X = 41 > tool.py")
    assert made.grade().reward == 1.0
    changes = [Change(n, "altered", "/app/tool.py", n.encode()) for n in ("X = 42\n", "X = 41\n")]
    if together:
        answers = told(spoiling.together(made, changes, 20.0, repeats=1))
    else:
        answers = [spoiling.one_by_one(case, made, change) for change in changes]
    assert [noticed(each) for each in answers[:2]] == [True, False]
    assert made.grade().reward == 1.0


def test_tests_that_look_around_when_they_are_loaded_are_graded_one_by_one(bench: Any) -> None:
    source = (
        "from pathlib import Path\n\nCOUNT = Path('/app/n').read_text() if Path('/app/n').exists() "
        "else ''\n\n\ndef test_x() -> None:\n    assert COUNT == '4\\n'\n"
    )
    case = Case.of_row(tasks.row(files={"tests/test_outputs.py": source}))
    made = solved(bench, case)
    (only,), without = spoiling.try_spoiled(case, made, CHANGES[2:3], 20.0)
    assert (noticed(only), by(only)) == (True, "test_x")
    assert [each.reward for each in without] == [1.0] * spoiling.REPEATS


def test_a_spoiled_output_that_makes_the_tests_hang_costs_its_own_time_only(bench: Any) -> None:
    source = (
        "from checks import check, command_prints\n\n\n@check(weight=1)\ndef test_x() -> None:\n"
        "    command_prints(argv=['/bin/bash', '/app/n'], text='', timeout=100)\n"
    )
    case = Case.of_row(tasks.row(files={"tests/test_outputs.py": source}))
    made = bench(case)
    made.fresh()
    made.work("echo true > n")
    changes = [Change("hang", "wrong", COUNT, b"sleep 1000\n"), Change("no", "wrong", COUNT, b"(")]
    hang, no, without = told(spoiling.together(made, changes, 3.0, repeats=1))
    assert [noticed(each) for each in (hang, no, without)] == [True, True, False]
    assert by(hang) == by(no) == "test_x"
    assert hang is not None and hang.seconds >= 3 and no is not None and no.seconds < 3


def test_a_notice_ends_the_tests_and_those_of_the_spoiled_file_come_first(bench: Any) -> None:
    source = (
        "from checks import check, command_prints, text_equals\n\n\n@check(weight=1)\n"
        "def test_slow() -> None:\n"
        "    command_prints(argv=['/bin/bash', '-c', 'date >>/app/ran; sleep 2'], text='')\n\n\n"
        "@check(weight=1)\ndef test_n() -> None:\n"
        "    text_equals(path='/app/n', expected='n')\n"
    )
    case = Case.of_row(tasks.row(files={"tests/test_outputs.py": source}))
    made = bench(case)
    made.fresh()
    made.work("echo 4 > n")
    answers = told(spoiling.together(made, CHANGES[2:3] * 3, 20.0, repeats=1))
    assert [by(each) for each in answers] == ["test_n", "test_n", "test_n", None]
    made.work("test $(wc -l < ran) = 1 && echo 5 > n")
    assert by(spoiling.ask(case, made, 20.0)) == "test_n"
    assert made.box.run(["/usr/bin/wc", "-l", "ran"]).text == "1 ran\n"
    assert made.grade().reward == 0.5


def test_which_tests_may_be_loaded_once() -> None:
    pure = next(f for f in tasks.row()["files"] if f["path"] == "tests/test_outputs.py")
    text = pure["content"].decode()
    assert spoiling.only_defines_tests(text)
    for addition in (
        "\nimport os\n",
        "\nX = 1\n",
        "\n@pytest.fixture\ndef f():\n    pass\n",
        "\ndef test_f(f):\n    pass\n",
    ):
        assert not spoiling.only_defines_tests(text + addition)


def test_the_script_needs_nothing_of_this_package() -> None:
    text = Path(spoiling.SCRIPT).read_text("utf-8")
    assert "shellwright" not in text
