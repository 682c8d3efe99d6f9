"""Lint of tests without test functions: a Python file that test.sh runs, or test.sh itself."""

import ast
import re
from collections.abc import Iterable, Iterator

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import ANY, shown_by
from shellwright.verify.lint_commands import SYSTEM
from shellwright.verify.lint_grading import FILE, RUNS_TESTS
from shellwright.verify.lint_lines import code_lines
from shellwright.verify.lint_names import Names, code_texts
from shellwright.verify.lint_started import started

TELLS = {"sys.exit", "exit", "quit", "os._exit", "print", "sys.stdout.write"}
DEPENDS = (ast.Compare, ast.If, ast.IfExp, ast.Try)
COMPARES = re.compile(
    rf"(?<![\w./-]){SYSTEM}(?:(?:cmp|diff|[efz]?grep|test|assert)\s|"
    r"(?:sha\d+|md5|b2|ck)sum\s(?:[^|&;\n]{0,200}\s)?(?:-\w*c|--check)(?![\w-]))|"
    r"\[\[?\s|[=!]="
)
#: What goes by the content of something, and fails at none.
CHOOSES = re.compile(r"(?:^|[;\s])case\s.*\sin(?:\s|$)")

#: What runs the tests of other languages.
RUNS_OTHERS = re.compile(
    rf"(?<![\w./-]){SYSTEM}(?:node|deno|bun|npm|jest|mocha|go|cargo|ruby|rspec|perl|prove|php|"
    r"phpunit|java|mvn|gradle|ctest|bats|make|julia|Rscript|lua)\s"
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
    """The Python and shell files of the tests that a script names, and others that it starts."""
    named = set(FILE.findall(script))
    found = {path for path in case.below("tests") if path.rpartition("/")[2] in named}
    return found | {*started(script, case)}


def compares_itself(case: Case) -> bool:
    """Whether a test.sh grades without any Python of the tests.

    It, or a script that it names, may do so by commands, or it starts a program of the tests.
    """
    script = case.text("tests/test.sh")
    called, programs = run_by(script, case), started(script, case)
    if any(path.endswith(".py") or programs.get(path) == ".py" for path in called):
        return False
    texts = [case.text(path) for path in sorted(called) if programs.get(path, ".sh") == ".sh"]
    return "" in programs.values() or compares([script, *texts])


def compares(scripts: Iterable[str]) -> bool:
    """Whether shell scripts grade by their own commands, and run no tests in Python."""
    lines = [line for text in scripts for _, line in code_lines(text)]
    if any(RUNS_TESTS.search(line) for line in lines):
        return False
    kinds = (COMPARES, CHOOSES, RUNS_OTHERS)
    return any(kind.search(line) for line in lines for kind in kinds)
