"""Which tests of a bundle with a harness of its own count, by what pytest tells of its runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.collected import accounts, defined, problem

TESTS = """
import pytest

def test_a(): pass
@pytest.mark.parametrize("n", [1, 2])
def test_b(n):
    if n == 2: {second}
class TestC:
    def test_d(self): pass
def helper(): pass
"""
CASES = """
from unittest import TestCase
class First(TestCase):
    def test_f(self): pass
class Second(First):
    async def test_s(self): pass
class Third:
    def test_t(self): pass
"""
NAMES = [("test_x", "test_a"), ("test_x", "test_b"), ("test_x", "TestC", "test_d")]


def run(folder: Path, second: str = "pass", *options: str, of: str = "tests") -> bytes:
    """What pytest tells of the tests; `second` is what the one with the parameter 2 does."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "test_x.py").write_text(TESTS.format(second=second))
    told = folder / "told.xml"
    settings = ["-p", "no:cacheprovider", "-c", "/dev/null", f"--rootdir={folder}", "-q"]
    argv = [*settings, f"--junitxml={told}", *options, str(folder / of)]
    subprocess.run([sys.executable, "-I", "-m", "pytest", *argv], check=False, cwd=folder)
    return told.read_bytes()


def test_the_tests_of_a_bundle_are_those_that_its_files_define() -> None:
    row = tasks.foreign(
        "defined",
        TESTS,
        files={
            "tests/test_initial_state.py": "def test_i(): pass\n",
            "tests/expected/test_data.py": "def test_e(): pass\n",
            "tests/more_test.py": "def test_m(): pass\n",
            "tests/test_broken.py": "def test_(",
            "tests/helper.py": "def test_h(): pass\n",
            "tests/test_cases.py": CASES,
        },
    )
    wanted = [tuple(name) for name in NAMES]
    assert defined(Case.of_row(row)) == [
        ("more_test", "test_m"),
        ("test_cases", "First", "test_f"),
        ("test_cases", "Second", "test_s"),
        ("test_cases", "Second", "test_f"),
        *[("test_outputs", *name[1:]) for name in wanted],
    ]


@pytest.mark.parametrize(
    ("command", "inner"),
    [
        ("python3 -m pytest -q /tests/test_outputs.py", False),
        ("pytest /tests/test_outputs.py::test_a", False),
        ('pytest "/tests/test_outputs.py" -rA', False),
        ("if pytest /tests/test_outputs.py; then", False),
        ("(pytest /tests/test_outputs.py)", False),
        ("pytest /tests", True),
        ("pytest /tests/sub/", True),
        ("pytest /tests/test_outputs.py && pytest /tests/sub", True),
        ("cd /tests && pytest -q", True),
        ("pytest /tests/test_outputs.py\ncd /tests/sub\npytest -q", True),
        ("pytest $PLACE", True),
        ("bash /tests/run.sh", True),
    ],
)
def test_files_in_folders_count_where_pytest_is_given_them(command: str, inner: bool) -> None:
    files: dict[str, str | None] = {
        "tests/sub/test_inner.py": "def test_i(): pass\n",
        "tests/test_beside.py": "def test_s(): pass\n",
    }
    row = tasks.foreign("given", "def test_a(): pass\n", grade=command, files=files)
    found = {name[-1] for name in defined(Case.of_row(row))}
    assert found == {"test_a", "test_s", *(["test_i"] if inner else [])}


INHERITED = """
import unittest
class TestBase:
    __test__ = False
    def test_a(self): pass
    def test_b(self): pass
class TestOne(TestBase):
    __test__ = True
class TestTwo(TestBase):
    __test__ = True
    def test_b(self): pass
    def test_c(self): pass
class TestNone(TestBase):
    pass
class TestLast(TestNone):
    __test__ = True
class Mixin:
    def test_m(self): pass
class Case(Mixin, unittest.TestCase):
    pass
class TestCircle(TestCircle):
    pass
"""


def test_classes_have_the_tests_of_those_that_they_derive_from(tmp_path: Path) -> None:
    files: dict[str, str | None] = {"tests/test_outputs.py": INHERITED}
    found = defined(Case.of_row(tasks.foreign("inherited", "", files=files)))
    plain = {(name[1], name[2]) for name in found}
    assert plain == {
        *(("TestOne", "test_a"), ("TestOne", "test_b"), ("TestTwo", "test_a")),
        *(("TestTwo", "test_b"), ("TestTwo", "test_c"), ("TestLast", "test_a")),
        *(("TestLast", "test_b"), ("Case", "test_m")),
    }
    # As pytest sees it.
    (tmp_path / "test_x.py").write_text(INHERITED.replace("(TestCircle)", ""))
    argv = ["-q", "--collect-only", "-p", "no:cacheprovider", "-c", "/dev/null", str(tmp_path)]
    run = [sys.executable, "-I", "-m", "pytest", *argv]
    told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    names = [tuple(line.split("::")[1:]) for line in told.splitlines() if "::" in line]
    assert plain == set(names)


def test_a_class_set_aside_that_nothing_derives_from_leaves_its_tests_out() -> None:
    source = "class TestX:\n    __test__ = False\n    def test_a(self): pass\n"
    assert defined(Case.of_row(tasks.foreign("aside", source))) == [
        ("test_outputs", "TestX", "test_a")
    ]


@pytest.mark.parametrize(
    ("second", "options", "reason"),
    [
        ("pass", [], ""),
        ("pytest.skip('')", [], "tests-not-run: test_b did"),
        ("pytest.xfail('')", [], "tests-not-run: test_b did"),
        ("pass", ["-k", "not d"], "tests-not-run: test_d did"),
        ("pass", ["--collect-only"], "tests-not-run: test_a, test_b, test_d did"),
        ("assert False", [], "failures-ignored: test_b failed"),
    ],
)
def test_a_test_counts_when_it_has_run(
    tmp_path: Path, second: str, options: list[str], reason: str
) -> None:
    assert problem(NAMES, accounts(run(tmp_path, second, *options))).startswith(reason)


def test_pytest_does_not_tell_the_file_where_it_lies_outside_its_root_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "app").mkdir()
    away, of = f"--rootdir={tmp_path}/app", "tests/test_x.py"
    told = accounts(run(tmp_path, "pass", away, of=of))
    assert {test.get("classname") for test in told[0].iter("testcase")} == {"", ".TestC"}
    assert problem(NAMES, told) == ""
    skipped = accounts(run(tmp_path, "pytest.skip('')", away, of=of))
    assert problem(NAMES, skipped).startswith("tests-not-run: test_b did")
    # It ran once, and two files have it.
    more = [*NAMES, ("test_y", "TestC", "test_d")]
    assert problem(more, told).startswith("tests-not-run: test_d, test_d did")


def test_a_test_that_no_file_of_the_bundle_defines_must_run_too(tmp_path: Path) -> None:
    written = accounts(run(tmp_path, "pytest.skip('')"))
    others = [name for name in NAMES if name[-1] != "test_b"]
    assert problem(others, written).startswith("tests-not-run: test_b[2] did")


def test_several_runs_of_pytest_may_share_the_tests(tmp_path: Path) -> None:
    first, second = (
        run(tmp_path, "pass", "-k", "test_a or test_b"),
        run(tmp_path, "pass", "-k", "TestC"),
    )
    assert problem(NAMES, accounts(first)).startswith("tests-not-run: test_d ")
    assert problem(NAMES, accounts(first + second)) == ""


def test_many_names_are_not_all_told(tmp_path: Path) -> None:
    more = [("test_x", f"test_{n}") for n in range(9)]
    assert "test_0, test_1, test_2, test_3, test_4, ... did" in problem(
        more, accounts(run(tmp_path))
    )


@given(st.binary(), st.integers(0, 400))
def test_what_is_no_account_tells_of_nothing(noise: bytes, end: int) -> None:
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "e">]><x><testcase name="&e;"/></x>'
    assert accounts(noise + declared[:end]) == []
    assert problem(NAMES, []) == ""


def test_the_reasons_say_what_to_do(tmp_path: Path) -> None:
    skipped, failed = (accounts(run(tmp_path, body)) for body in ("pytest.skip('')", "assert 0"))
    assert "let test.sh run every test" in problem(NAMES, skipped)
    assert "give the reward for exit code 0" in problem(NAMES, failed)
