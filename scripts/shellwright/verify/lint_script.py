"""Lint of tests without test functions: a Python file that test.sh runs, or test.sh itself."""

import ast
import re
from collections.abc import Iterator

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import shown_by
from shellwright.verify.lint_grading import FILE, RUNS_TESTS, Line
from shellwright.verify.lint_names import Names, code_texts

EXITS = {"sys.exit", "exit", "quit", "os._exit"}
DEPENDS = (ast.Compare, ast.If, ast.IfExp, ast.Try)
COMPARES = re.compile(r"(?<![\w./-])(?:cmp|diff|[ef]?grep|test|assert)\s|\[\[?\s|[=!]=")


def grades(tree: ast.Module, names: Names) -> bool:
    """Whether a script asserts, or writes a reward or ends by a condition."""
    if shown_by(tree, names).kinds:
        return True
    calls = (names.of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    tells = any("reward" in text for text in code_texts(tree)) or any(
        map(EXITS.__contains__, calls)
    )
    return tells and any(isinstance(node, DEPENDS) for node in ast.walk(tree))


def lint_script(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about a script that decides by nothing but whether something exists."""
    if shown_by(tree, names).kinds == {"existence"} and not any(
        "reward" in text for text in code_texts(tree)
    ):
        message = "it only asserts that something exists"
        remedy = "Assert its content; an empty file exists too."
        yield Finding("existence-only", path, 1, message, remedy)


def run_by(script: str, case: Case) -> set[str]:
    """The Python and shell files of the tests that a script names."""
    named = set(FILE.findall(script))
    return {path for path in case.below("tests") if path.rpartition("/")[2] in named}


def compares_itself(lines: list[Line]) -> bool:
    """Whether a test.sh runs no tests, and compares what was done by its own commands."""
    return not any(RUNS_TESTS.search(line) for _, line in lines) and any(
        COMPARES.search(line) for _, line in lines
    )
