"""Gate 1: what can be seen without running anything."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from shellwright.sandbox.limits import Limits
from shellwright.verify.case import Case
from shellwright.verify.collected import is_looked_into
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import FIXTURE
from shellwright.verify.lint_asserts import Shown
from shellwright.verify.lint_bundle import lint_dockerfile, lint_layout
from shellwright.verify.lint_codes import lint_skips
from shellwright.verify.lint_compose import lint_compose
from shellwright.verify.lint_config import lint_config
from shellwright.verify.lint_grading import SETTINGS, lint_settings
from shellwright.verify.lint_leaks import lint_context, lint_fixture, lint_instruction
from shellwright.verify.lint_limits import COMPOSE, lint_limits
from shellwright.verify.lint_oracle import lint_clock
from shellwright.verify.lint_python import PythonFile
from shellwright.verify.lint_script import compares_itself, run_by
from shellwright.verify.lint_shell import (
    lint_helper,
    lint_solution,
    lint_test_script,
)
from shellwright.verify.lint_started import started
from shellwright.verify.lint_uncalled import uncalled

__all__ = ["Finding", "lint"]

EXPECTED = "tests/expected/"
IMPORT = re.compile(r"^[ \t]*(?:import|from)\b.*$", re.MULTILINE)
#: Files of tests that a script names by a pattern, or by what pytest takes for one.
OTHER_NAMES = re.compile(r"\*\w*\.py|python_files|unittest")
UNREAD = ("test-syntax", "unreadable")


def lint(case: Case, limits: Limits | None = None) -> tuple[list[Finding], int]:
    """All findings in a bundle, by file and line, and the number of tests that it defines.

    It never raises, whatever the bundle holds; limits: those of the boxes that it is to run in.
    """
    found = [*told(".", lambda: lint_limits(case, limits or Limits()))]
    tests = 0
    if not found:
        found += bundle_findings(case)
        in_tests, tests = tests_findings(case)
        found += in_tests
    plain = {finding.plain() for finding in found}
    return sorted(plain, key=lambda f: (f.file, f.line, f.rule, f.message)), tests


def told(file: str, findings: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Findings of a rule; where the rule itself fails at what a file holds, that is one more."""
    try:
        yield from findings()
    except Exception as error:
        message = f"the bundle cannot be read: {type(error).__name__}: {error}"
        yield Finding("unreadable", file, 1, message, "Write the file as others do.")


def bundle_findings(case: Case) -> Iterator[Finding]:
    """Findings in all but the tests."""
    yield from told(".", lambda: lint_layout(case))
    rules: list[tuple[str, Callable[[Case, str], Iterable[Finding]]]] = [
        ("task.toml", lint_config),
        (COMPOSE, lint_compose),
        ("environment/Dockerfile", lint_dockerfile),
        (FIXTURE, lint_fixture),
        ("environment", lint_context),
        ("instruction.md", lint_instruction),
        ("solution/solve.sh", lint_solution),
        ("solution/solve.sh", lint_clock),
    ]
    for path, rule in rules:
        yield from told(path, partial(rule, case, path))


def tests_findings(case: Case) -> tuple[list[Finding], int]:
    """Findings in the tests that the task brings, and the number of test functions.

    A file that test.sh runs and that grades without such functions counts as one, and so does a
    test.sh that compares by its own commands.
    """
    modules = imported(case)
    found = [*scripts_findings(case, modules)]
    codes = {path: PythonFile(path, case.text(path)) for path in own_code(case, modules, ".py")}
    for path, file in codes.items():
        found += told(path, file.read)
    functions = functions_of(codes.values())
    script = case.text("tests/test.sh")
    run = set() if case.project_harness else run_by(script, case)
    tests = 0
    for path, file in codes.items():
        found += told(path, partial(file.findings, functions))
        if not path.endswith("test_initial_state.py"):
            found += told(path, partial(file.idle_findings, case, functions))
        if file.tests and not may_run(case, path, modules):
            message = "it has tests, and pytest does not look there"
            remedy = "Name the file test_..., or name it in tests/test.sh."
            found.append(Finding("tests-left-out", path, 1, message, remedy))
        elif file.tests:
            tests += 0 if path.endswith("test_initial_state.py") else file.tests
        elif path in run and file.grades():
            known = PurePosixPath(path).stem in modules
            found += told(path, partial(file.script_findings, imported=known))
            tests += 1
    if not tests and not case.project_harness and compares_itself(case):
        tests = 1
    runs_python = case.project_harness or "py" in script
    if not tests and runs_python and not any(f.rule in UNREAD for f in found):
        found.append(
            Finding(
                *("zero-tests", "tests", 1, "no test function is defined"),
                "Name test functions test_..., in files named test_...",
            )
        )
    return found, tests


def scripts_findings(case: Case, modules: set[str]) -> Iterator[Finding]:
    """Findings in the tests' shell scripts, and in settings beside a test.sh of the task's own."""
    if not case.project_harness:
        yield from told("tests/test.sh", lambda: lint_test_script(case, "tests/test.sh"))
        yield from told("tests", lambda: lint_settings(case))
    for path in own_code(case, modules, ".sh"):
        yield from told(path, partial(uncalled, case, path))
        yield from told(path, partial(lint_skips, path, case.text(path)))
        if path != "tests/test.sh":
            yield from told(path, partial(lint_helper, case, path))


def own_code(case: Case, modules: set[str], suffix: str) -> Iterator[str]:
    """The files of code in one language that the task brings, but for expected data."""
    programs = {} if case.project_harness else started(case.text("tests/test.sh"), case)
    for path in case.own_tests:
        is_data = path.startswith(EXPECTED) and PurePosixPath(path).stem not in modules
        if (path.endswith(suffix) or programs.get(path) == suffix) and not is_data:
            yield path


def functions_of(files: Iterable[PythonFile]) -> dict[str, Shown]:
    """What the functions of several files show, by name; those of one name count as one."""
    found: dict[str, Shown] = {}
    for file in files:
        for name, shown in file.functions.items():
            found.setdefault(name, Shown(deferred=True)).add(shown)
    return found


def may_run(case: Case, path: str, modules: set[str]) -> bool:
    """Whether the functions of a file may run: by its name, or because others name the file."""
    name, script = PurePosixPath(path), case.text("tests/test.sh")
    named = name.stem in modules or name.name in script or OTHER_NAMES.search(script)
    settings = (case.text(f"tests/{file}") for file in SETTINGS)
    return bool(is_looked_into(path) or named or any("python_files" in text for text in settings))


def imported(case: Case) -> set[str]:
    """The names that the code of the tests imports, from anywhere."""
    codes = (path for path in case.below("tests") if path.endswith(".py"))
    lines = (line for path in codes for line in IMPORT.findall(case.text(path)))
    return {name for line in lines for name in re.findall(r"\w+", line)}
