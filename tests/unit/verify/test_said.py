"""What tests print about themselves: counts, the first that failed, and the line that says why."""

import pytest

from shellwright.verify.said import counted, first_failed, last_failure, missing

PYTEST = (
    "..F.\n=== short test summary info ===\n"
    "FAILED ../tests/test_outputs.py::TestOut::test_n - AssertionError: assert '4' == '5'\n"
    "ERROR ../tests/test_more.py::test_m[1]\n1 failed, 3 passed, 1 error, 2 warnings in 0.03s\n"
)
UNITTEST = (
    "F.\n====\nFAIL: test_n (__main__.Outputs.test_n)\n----\nAssertionError: '4' != '5'\n\n"
    "Ran 4 tests in 0.001s\n\nFAILED (failures=1, errors=2)\n"
)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (PYTEST, (3, 5)),
        ("====== 2 passed, 1 skipped in 1.20s =======\n", (2, 3)),
        ("1 passed in 0.01s\nmore\n3 passed, 1 deselected in 61.00s (0:01:01)\n", (3, 3)),
        ("no tests ran in 0.01s\n", None),
        (UNITTEST, (1, 4)),
        ("Ran 2 tests in 0.1s\n\nOK\n", (2, 2)),
        ("ok cmp\n", None),
        ("", None),
    ],
)
def test_counts_are_those_that_were_printed_last(text: str, counts: object) -> None:
    assert counted(text) == counts


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        (PYTEST, "TestOut::test_n", PYTEST.split("\n")[2]),
        (UNITTEST, "test_n", "FAILED (failures=1, errors=2)"),
        ("a\nnot ok cmp\n\n", None, "not ok cmp"),
        ("", None, "it printed nothing"),
    ],
)
def test_what_failed_first_is_named(text: str, name: str | None, line: str) -> None:
    assert first_failed(text) == name
    assert last_failure(text) == line


def test_what_the_summary_does_not_say_is_in_the_traceback() -> None:
    text = (
        "==== ERRORS ====\n    import numpy\nE   ModuleNotFoundError: No module named 'numpy'\n"
        "=== short test summary info ===\nERROR ../tests/test_outputs.py\n1 error in 0.06s\n"
    )
    assert last_failure(text) == (
        "ERROR ../tests/test_outputs.py - ModuleNotFoundError: No module named 'numpy'"
    )


TWO = "Ran 2 tests in 0.1s\n\nOK\n"


@pytest.mark.parametrize(
    ("text", "defined", "says"),
    [
        ("Ran 2 tests in 0.1s\n\nOK (expected failures=1)\n", 2, "1 of 2 passed"),
        ("Ran 2 tests in 0.1s\n\nOK (skipped=1)\n", 2, "1 of 2 passed"),
        ("2 passed, 1 skipped in 1.20s\n", 3, "2 of 3 passed"),
        (TWO, 3, "2 ran, and there are 3"),
        (TWO, 2, ""),
        (TWO + TWO, 4, ""),
        ("3 passed in 0.1s\n" + TWO, 5, ""),
        ("4 passed in 0.1s\n", 2, ""),
        ("ok\n", 2, ""),
    ],
)
def test_a_full_reward_is_held_against_the_counts(text: str, defined: int, says: str) -> None:
    told = missing(text, defined)
    assert told.startswith("tests-not-run: ") and says in told if says else told == ""
