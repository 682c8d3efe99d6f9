"""Whether tests that crash, or that are not there, earn the full reward.

A script that takes any exit code but that of a failure for success, or looks for words of a
failure, rewards everybody whose files make the tests break. How it decides may be written in too
many ways to be read. So in the solved box the test files of a bundle with a harness of its own are
replaced, once by what Python cannot read and once by empty ones, and its script is run.
"""

import re
from typing import Any
from xml.etree import ElementTree

from shellwright.verify import collected
from shellwright.verify.case import Case
from shellwright.verify.trial import Bench, Graded

#: No test file has this size, so nothing that Python has compiled of one is taken for it.
UNREADABLE = b"def broken(:\n"
STARTS_TESTS = re.compile(r"\b(?:pytest|py\.test|unittest)\b")
NONE_RAN = re.compile(r"^(?:=+ )?no tests ran in ", re.MULTILINE)
REMEDY = "give the reward for exit code 0 of the tests and for nothing else"


def crash_passes(case: Case, bench: Bench, evidence: dict[str, Any]) -> str:
    """Why tests that broke have earned the full reward in a solved box, or "".

    An empty file is no crash where it is run as a program, and unittest calls it a success in older
    versions of Python: only where pytest tells that it found nothing, the reward says anything.
    """
    files = collected.files(case)
    if not files or not starts(case, files):
        return ""
    graded, _ = bench.grade_with(dict.fromkeys(files, UNREADABLE))
    tried: dict[str, Any] = {"unreadable": graded.evidence()}
    evidence["tests_broken"] = tried
    if graded.reward >= 1:
        return f"crash-passes: the reward is 1 when the tests are a syntax error; {REMEDY}"
    graded, written = bench.grade_with(dict.fromkeys(files, b""))
    nothing_ran = none_ran(graded, collected.accounts(written))
    tried["empty"] = {**graded.evidence(), "pytest_found_nothing": nothing_ran}
    if graded.reward >= 1 and nothing_ran:
        return f"crash-passes: the reward is 1 when pytest finds no test; {REMEDY}"
    bench.grade_with({})  # later gates find the reward of the true tests, as without these trials
    return ""


def starts(case: Case, files: list[str]) -> bool:
    """Whether what lies beside the test files starts them: else they may be data."""
    others = [case.text(path) for path in case.below("tests") if path not in files]
    names = [path.rpartition("/")[2].removesuffix(".py") for path in files]
    return any(STARTS_TESTS.search(text) or any(name in text for name in names) for text in others)


def none_ran(graded: Graded, runs: list[ElementTree.Element]) -> bool:
    """Whether pytest tells, in its accounts or else in what it printed, that it found no test."""
    if runs:
        return not any(True for run in runs for _ in run.iter("testcase"))
    return NONE_RAN.search(graded.tail) is not None
