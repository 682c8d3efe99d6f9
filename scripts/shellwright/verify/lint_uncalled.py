"""Lint of checks that nobody calls: functions of shell scripts, and of Python without tests."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import shown_by
from shellwright.verify.lint_grading import RUNS_TESTS, left_out
from shellwright.verify.lint_lines import FUNCTION, MOST_LINE, bodies, code_lines, without_documents
from shellwright.verify.lint_names import Names
from shellwright.verify.lint_script import COMPARES

#: A function that takes arguments is a tool for others.
TAKES = re.compile(r"\$\{?(?:[1-9@*#])|\bshift\b")
#: What calls a function by a name that is put together, or looked up.
LOOKS_UP = re.compile(r"\b(?:declare|typeset)\s+-\w*[fF]|\bcompgen\b|\beval\b|\bset\s*\|")
#: Libraries that look for the functions of a script that are tests.
LIBRARIES = re.compile(r"\b(?:bats|shunit2)\b")
READS_ITSELF = re.compile(r"\b(?:[ef]?grep|sed|awk)\b.*(?:\$\{?0\b|BASH_SOURCE)")
PREFIX = re.compile(r"(?<![\w-])([\w-]+)[\"']?[${%]")
SUFFIX = re.compile(r"(?:\}|\$\w+[\"'])[\"']?([\w-]+)")
#: What a function is called that is a check; beside test.sh, others may be tools that lie unused.
CHECK = re.compile(r"check|test|verify|assert", re.IGNORECASE)
CODE = (".py", ".sh")
WORD = re.compile(r"[\w-]+")
LOOKS_UP_NAMES = {"__dict__", "globals", "locals", "vars", "dir", "getattr", "eval", "exec"}


def uncalled(case: Case, path: str) -> Iterator[Finding]:
    """Findings about functions of a shell script that compare something, and never run.

    Their names stand nowhere else in the tests, neither whole nor as a part that is put together.
    """
    lines = [each for each in code_lines(without_documents(case.text(path))) if fits(each[1])]
    heads = [(n, found[1] or found[2]) for n, line in lines if (found := FUNCTION.match(line))]
    if not heads:
        return
    shells = [case.text(file) for file in case.own_tests if file.endswith(".sh")]
    code = [line for text in shells for _, line in code_lines(text) if fits(line)]
    if any(kind.search(line) for kind in (LOOKS_UP, LIBRARIES, READS_ITSELF) for line in code):
        return
    scripts = [case.text(file) for file in case.own_tests if file.endswith(CODE)]
    every = (line for text in scripts for _, line in code_lines(text))
    words = Counter(word for line in every for word in WORD.findall(line))
    data = [held for file, held in case.own_tests.items() if not file.endswith(CODE)]
    prefixes = tuple({part for line in code for part in PREFIX.findall(line)})
    suffixes = tuple({part for line in code for part in SUFFIX.findall(line)})
    inside = bodies(lines)
    for number, name in heads:
        if words[name] > 1 or not (path == "tests/test.sh" or CHECK.match(name)):
            continue
        if name.startswith(prefixes) or name.endswith(suffixes):
            continue
        body = inside[name]
        checks = any(COMPARES.search(line) or RUNS_TESTS.search(line) for line in body)
        taken = any(map(TAKES.search, body))
        if checks and not taken and not any(name.encode() in content for content in data):
            yield left_out(path, number, f"{name} is called nowhere")


def fits(line: str) -> bool:
    """Whether a line is looked at; that it is too long is a finding of its own."""
    return len(line) <= MOST_LINE


def uncalled_in_python(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about functions of a script that assert something, and that nothing names."""
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            named.add(node.id)
        elif isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named |= set(WORD.findall(node.value))
    if named & LOOKS_UP_NAMES or "inspect" in names.known.values():
        return
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or node.args.args:
            continue
        if node.name not in named and shown_by(node, names).kinds:
            yield left_out(path, node.lineno, f"{node.name} is called nowhere")
