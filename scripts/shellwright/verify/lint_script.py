"""Lint of tests without test functions: a Python file that test.sh runs, or test.sh itself."""

import ast
import re
from collections.abc import Iterable, Iterator

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import ANY, shown_by
from shellwright.verify.lint_grading import FILE, RUNS_TESTS
from shellwright.verify.lint_lines import code_lines
from shellwright.verify.lint_names import Names, code_texts

TELLS = {"sys.exit", "exit", "quit", "os._exit", "print", "sys.stdout.write"}
DEPENDS = (ast.Compare, ast.If, ast.IfExp, ast.Try)
COMPARES = re.compile(r"(?<![\w./-])(?:cmp|diff|[ef]?grep|test|assert)\s|\[\[?\s|[=!]=")

#: What runs the tests of other languages.
RUNS_OTHERS = re.compile(
    r"(?<![\w./-])(?:node|deno|bun|npm|jest|mocha|go|cargo|ruby|rspec|perl|prove|php|phpunit|java|mvn|"
    r"gradle|ctest|bats|make|julia|Rscript|lua)\s"
)


def grades(tree: ast.Module, names: Names) -> bool:
    """Whether a script asserts, or by a condition prints, ends or writes a reward."""
    if shown_by(tree, names).kinds:
        return True
    calls = {names.of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    tells = bool(calls & TELLS) or any("reward" in text for text in code_texts(tree))
    return tells and any(isinstance(node, DEPENDS) for node in ast.walk(tree))


def lint_script(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about a script that decides by nothing but whether something exists."""
    kinds = shown_by(tree, names).kinds
    if kinds and kinds <= ANY and not any("reward" in text for text in code_texts(tree)):
        message = "it only asserts that something exists"
        remedy = "Assert its content; an empty file exists too."
        yield Finding("existence-only", path, 1, message, remedy)


def run_by(script: str, case: Case) -> set[str]:
    """The Python and shell files of the tests that a script names."""
    named = set(FILE.findall(script))
    return {path for path in case.below("tests") if path.rpartition("/")[2] in named}


def compares_itself(case: Case) -> bool:
    """Whether a test.sh, or a script that it names, grades without any Python of the tests."""
    script = case.text("tests/test.sh")
    called = run_by(script, case)
    if any(path.endswith(".py") for path in called):
        return False
    return compares([script, *map(case.text, sorted(called - {"tests/test.sh"}))])


def compares(scripts: Iterable[str]) -> bool:
    """Whether shell scripts grade by their own commands, and run no tests in Python."""
    lines = [line for text in scripts for _, line in code_lines(text)]
    if any(RUNS_TESTS.search(line) for line in lines):
        return False
    return any(COMPARES.search(line) or RUNS_OTHERS.search(line) for line in lines)
