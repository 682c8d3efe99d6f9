"""Which tests of a bundle with a harness of its own have run, and how they ended.

What its test.sh runs is its own affair: options, settings and hooks may leave tests out, and a test
may leave itself out. So pytest is asked for an account of what it ran, in JUnit's XML, and that is
held against the test functions that the files define.
"""

import ast
import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from xml.etree import ElementTree

from shellwright.syntax import parse
from shellwright.verify.case import Case
from shellwright.verify.lint_grading import RUNS_TESTS
from shellwright.verify.lint_lines import code_lines
from shellwright.verify.lint_python import MOST_TESTS, tests_in

#: The file's name, the class if there is one, and the function.
Name = tuple[str, ...]
#: How each test ended, by its name with parameters.
Ended = dict[Name, dict[str, set[str]]]
BEGINNING = b"<?xml"
RAN = {"passed", "failed"}
MOST_NAMED = 5
WORD = re.compile(r"[^\s'\";&|()<>]+")
RUN_ALL = "; let test.sh run every test and none skip itself, or take it out"
COUNT_ALL = "; give the reward for exit code 0 of all tests alone, and take out those that may fail"


def defined(case: Case) -> list[Name]:
    """The tests that pytest is to run, by the names of the files: those that parse."""
    found = [
        (PurePosixPath(path).stem, *name) for path, tree in trees(case) for name in names_in(tree)
    ]
    return list(dict.fromkeys(found))


def files(case: Case) -> list[str]:
    """The files in which those tests are, by their paths in the bundle."""
    return [path for path, tree in trees(case) if any(names_in(tree))]


def trees(case: Case) -> Iterator[tuple[str, ast.Module]]:
    """The files that pytest is to look into.

    All in the folder of the tests itself but those of the initial state and of data; of folders in
    it what lies below the places that test.sh gives pytest, where it gives any: the rest may be
    data, or tests that a test runs.
    """
    places = given_places(case)
    for path in case.below("tests"):
        place = PurePosixPath(path)
        aside = place.name == "test_initial_state.py" or "expected" in place.parts
        elsewhere = len(place.parts) > 2 and not any(map(place.is_relative_to, places))
        if aside or elsewhere or not is_looked_into(path):
            continue
        with contextlib.suppress(SyntaxError):
            yield path, parse(case.text(path))


def given_places(case: Case) -> list[str]:
    """Which files and folders of the tests test.sh gives pytest: all, where a line names none."""
    below = case.below("tests")
    known = {*below, *(str(above) for path in below for above in PurePosixPath(path).parents)}
    found: list[str] = []
    for _, line in code_lines(case.text("tests/test.sh")):
        if RUNS_TESTS.search(line):
            words = (word.partition("::")[0].removeprefix("/") for word in WORD.findall(line))
            named = [str(PurePosixPath(word)) for word in words]
            places = [word for word in named if word in known and word != "."]
            found += places or ["tests"]
    return found or ["tests"]


def is_looked_into(path: str) -> bool:
    """Whether pytest looks for tests in a file, by its name."""
    place = PurePosixPath(path)
    return place.match("test_*.py") or place.match("*_test.py")


def names_in(tree: ast.Module) -> Iterator[Name]:
    """The tests of a file: the class, if there is one, and the function."""
    for test in islice(tests_in(tree), MOST_TESTS):
        yield (*filter(None, [test.above]), test.node.name)


def accounts(written: bytes) -> list[ElementTree.Element]:
    """The accounts that pytest wrote, one for each of its runs; what is none is left out."""
    found = []
    for document in written.split(BEGINNING)[1:]:
        if b"<!" in document.replace(b"<![CDATA[", b""):  # it declares what pytest never does
            continue
        with contextlib.suppress(ElementTree.ParseError):
            found.append(ElementTree.fromstring(BEGINNING + document))
    return found


def outcomes(account: ElementTree.Element) -> Iterator[tuple[Name, str]]:
    """The tests of a run, each "passed", "failed" or "skipped".

    Their names begin with the file's path, "" for a file outside of pytest's root folder, and end
    with the parameters if there are any.
    """
    for test in account.iter("testcase"):
        inside = {child.tag for child in test}
        ended = "skipped" if "skipped" in inside else "passed"
        ended = "failed" if inside & {"failure", "error"} else ended
        yield (*test.get("classname", "").split("."), test.get("name", "")), ended


def problem(tests: Sequence[Name], runs: Sequence[ElementTree.Element]) -> str:
    """What is wrong with a full reward, by pytest's accounts of how it came to be, or "".

    Nothing is said where there are none: then nothing is known.
    """
    if not runs:
        return ""
    ended: Ended = {}
    every: dict[Name, set[str]] = {}
    nameless: Counter[Name] = Counter()
    for (*above, name), how in (outcome for run in runs for outcome in outcomes(run)):
        plain = name.partition("[")[0]
        for test in {(*above[-length:], plain) for length in (1, 2)}:
            ended.setdefault(test, {}).setdefault(name, set()).add(how)
            nameless[test] += test[0] == ""
        every.setdefault((*above[-1:], name), set()).add(how)
    for inner, files in Counter(test[1:] for test in tests).items():
        # As many as there are files with it: which is whose does not matter then.
        if nameless["", *inner] >= files:
            for test in (test for test in tests if test[1:] == inner):
                ended.setdefault(test, ended["", *inner])
    idle = [test for test in tests if not all(map(RAN.intersection, told(ended, test)))]
    # Whatever else pytest found, such as what a plugin made of a file.
    found = {test[-1] for test in idle}
    others = [name for name, how in every.items() if not RAN & how]
    idle += [name for name in others if name[-1].partition("[")[0] not in found]
    if idle:
        return f"tests-not-run: {listed(idle)} did not run on the solved task{RUN_ALL}"
    failed = [test for test in tests if not all("passed" in how for how in told(ended, test))]
    if failed:
        return f"failures-ignored: {listed(failed)} failed, and the reward is 1{COUNT_ALL}"
    return ""


def told(ended: Ended, test: Name) -> list[set[str]]:
    """How a test ended in the runs of pytest, with each of its parameters."""
    return list(ended.get(test, {"": set[str]()}).values())


def listed(tests: list[Name]) -> str:
    """The functions' names; of many the first ones."""
    names = [test[-1] for test in tests[:MOST_NAMED]]
    return ", ".join([*names, "..."] if len(tests) > MOST_NAMED else names)
