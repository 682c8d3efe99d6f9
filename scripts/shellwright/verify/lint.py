"""Gate 1: what can be seen without running anything."""

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_bundle import (
    lint_config,
    lint_dockerfile,
    lint_fixture,
    lint_instruction,
    lint_layout,
)
from shellwright.verify.lint_python import lint_python
from shellwright.verify.lint_shell import lint_solution, lint_test_script

__all__ = ["Finding", "lint"]

HARNESS_FOLDERS = ("tests/checks/", "tests/expected/")
HARNESS_FILES = ("tests/conftest.py", "tests/run_tests.py")


def lint(case: Case) -> tuple[list[Finding], int]:
    """All findings in a bundle, by file and line, and the number of tests that it defines."""
    findings = [
        *lint_layout(case),
        *lint_config("task.toml", case.text("task.toml")),
        *lint_dockerfile(case, "environment/Dockerfile"),
        *lint_fixture(case, "environment/fixture.tar"),
        *lint_instruction(case, "instruction.md"),
        *lint_solution("solution/solve.sh", case.text("solution/solve.sh")),
    ]
    if not case.own_harness:
        findings += lint_test_script("tests/test.sh", case.text("tests/test.sh"))
    tests = 0
    for path in case.below("tests"):
        if path.endswith(".py") and not (case.own_harness and of_harness(path)):
            found, count = lint_python(path, case.text(path))
            findings += found
            tests += 0 if path.endswith("test_initial_state.py") else count
    runs_python = case.own_harness or "py" in case.text("tests/test.sh")
    if not tests and runs_python and not any(f.rule == "test-syntax" for f in findings):
        findings.append(
            Finding(
                *("zero-tests", "tests", 1, "no test function is defined"),
                "Name test functions test_..., in files named test_...",
            )
        )
    return sorted(set(findings), key=lambda f: (f.file, f.line, f.rule, f.message)), tests


def of_harness(path: str) -> bool:
    """Whether a file belongs to the harness, which is the same in every bundle."""
    return path.startswith(HARNESS_FOLDERS) or path in HARNESS_FILES
