"""Lint of how a test.sh makes a reward of its tests: which it runs, and what decides."""

import ast
import re
from collections.abc import Iterable, Iterator, Set

from shellwright.syntax import parse
from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_lines import Line, bodies

RUNS_TESTS = re.compile(r"\b(pytest|py\.test|unittest|run_tests\.py|test_outputs\.py)\b")
FILE = re.compile(r"(?<![\w.-])[\w-]+\.(?:py|sh)(?![\w.-])")
WORD = re.compile(r"(?<![\w./-])[\w-]+(?![\w./(-])")
MOST_DEEP = 4  # functions that call functions
MOST_TARGETS = 20
PYTEST = re.compile(r"\b(?:pytest|py\.test)\b")
SELECTS = re.compile(
    r"(?<![^\s'\"=\[])(-[a-zA-Z]{0,20}[km](?=[\s'\"=])|"
    r"--(?:deselect|ignore(?:-glob)?|collect-only|co|lf|last-failed)\b)"
)
# What unittest runs when it is told some: a test by its dotted name, or a pattern.
UNITTEST = re.compile(r"\bunittest\b(?!\.)")
SELECTS_CASES = re.compile(r"(?<=\s)(-k(?=[\s'\"=])|(?:\w+\.)+[A-Z]\w*\.\w+(?=\s|$))")
OPTIONS = re.compile(r"\bPYTEST_(ADDOPTS|PLUGINS)=")
SETTINGS = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")
ADDED = re.compile(r"\s*addopts\s*=(.*)")
HOOKS = {"pytest_ignore_collect", "collect_ignore", "collect_ignore_glob"}
MODIFIES = "pytest_collection_modifyitems"
WRITES = re.compile(r"(?:&>>?|(?<![<>])\d?>>?|\btee\s(?:\s*-a\s)?)\s*([^\s;&|()<>]+)")
REPORTS = re.compile(r"--[\w-]*(?:xml|json|ctrf|log|report|html)[\w-]*[=\s]([^\s;&|]+)")
CAUGHT = re.compile(r"\b(\w+)=[\"']?(?:\$\(|`)")
SEARCH = re.compile(r"\b(?:[ef]?grep|rg|awk|sed|perl|case|python3?\s{1,9}-c)\b|\[\[")
IS_WORD = re.compile(r"(?:\[|\btest)\s[^\]\n]{0,200}?(?:==?|!=)\s*[\"']?[A-Za-z]")
#: Programs that pass a text on, and the names that `read` gives its words.
PASSES = re.compile(r"\b(?:tail|head|cat|cut|tr|sort|tee|read\s+(?:-\w+\s+)*([\w ]+))(?=\s|$|<)")
FULL_REWARD = re.compile(r"\b(echo|printf)\s+['\"]?1(\.0)?(\\n)?['\"]?\s*>\s*\S*reward")
PIPE = re.compile(r"(?<![|>])\|(?![|&])")
DECIDES = re.compile(r"(^|[;\s])(if|elif|while|until|!|case)\s|&&|\|\||=\"?\$\(|=`|\[\[")


def runners(lines: Iterable[Line], files: Set[str] = frozenset()) -> set[str]:
    """What runs the tests besides pytest: these files, and the script's own functions that do."""
    inside = bodies(lines)
    names = set(files)
    for _ in range(MOST_DEEP):
        known = frozenset(names)
        names |= {n for n, body in inside.items() if any(run_in(line, known) for line in body)}
    return names


def run_in(line: str, names: Set[str]) -> re.Match[str] | None:
    """Where a line runs the tests, by a program or by one of these functions."""
    own = (found for words in (WORD, FILE) for found in words.finditer(line) if found[0] in names)
    return RUNS_TESTS.search(line) or next(own, None)


def lint_output(path: str, lines: list[Line], names: Set[str]) -> Iterator[Finding]:
    """Findings about a reward that depends on words in what the tests print."""
    targets: set[str] = set()
    for place, (number, line) in enumerate(lines):
        after = lines[place + 1][1] if place + 1 < len(lines) else ""
        decides = DECIDES.search(line) is not None or "$?" in after
        found = run_in(line, names)
        piped = PIPE.search(line, found.end()) if found else None
        if decides and (
            any(searches(line, target) or has_word(line, target) for target in targets)
            or (piped and SEARCH.search(line, piped.end()))
        ):
            yield from_words(path, number)
        if found and len(targets) < MOST_TARGETS:
            targets.update(t.strip("'\"") for t in (*WRITES.findall(line), *REPORTS.findall(line)))
            targets.update(f"${name}" for name in CAUGHT.findall(line[: found.start()]))
        elif any(target in line for target in targets) and len(targets) < MOST_TARGETS:
            targets |= passed_on(line)
        targets -= {"", "/dev/null", "&1", "&2"}


def passed_on(line: str) -> set[str]:
    """The files and variables that get a text which a line passes on."""
    found = PASSES.search(line)
    if not found:
        return set()
    files = {target.strip("'\"") for target in WRITES.findall(line[found.end() :])}
    names = [*CAUGHT.findall(line[: found.start()]), *(found[1] or "").split()]
    return files | {f"${name}" for name in names}


def searches(line: str, target: str) -> bool:
    """Whether a line searches a file, or the value of a variable."""
    braced = f"${{{target[1:]}}}" if target.startswith("$") else target
    return SEARCH.search(line) is not None and (target in line or braced in line)


def has_word(line: str, target: str) -> bool:
    """Whether a line compares the value of a variable with a word."""
    if not target.startswith("$"):
        return False
    name = re.escape(target[1:])
    return any(
        re.search(rf"\$(?:{name}\b|\{{{name}\}})", found[0]) for found in IS_WORD.finditer(line)
    )


def from_words(path: str, number: int) -> Finding:
    """A finding about a decision by words."""
    message = "decides by words that the tests print"
    remedy = "Let the exit code of the tests decide: a crash prints other words than a failure."
    return Finding("output-decides", path, number, message, remedy)


def lint_selection(path: str, lines: Iterable[Line]) -> Iterator[Finding]:
    """Findings about options in a script by which tests are left out."""
    for number, line in lines:
        for command in re.split(r"[;&|]", line):
            runs = PYTEST.search(command)
            if runs and (found := SELECTS.search(command, runs.end())):
                yield left_out(path, number, f"runs pytest with {found[1]}")
            elif (runs := UNITTEST.search(command)) and (
                found := SELECTS_CASES.search(command, runs.end())
            ):
                yield left_out(path, number, f"runs unittest with {found[1]}")
            elif found := OPTIONS.search(command):
                yield left_out(path, number, f"sets {found[0]}")


def lint_settings(case: Case) -> Iterator[Finding]:
    """Findings about settings and hooks beside the tests by which some are left out."""
    for path in case.below("tests"):
        name, text = path.rpartition("/")[2], case.text(path)
        if name in SETTINGS:
            yield from lint_options(path, text)
        elif name == "conftest.py":
            yield from lint_hooks(path, text)


def lint_options(path: str, text: str) -> Iterator[Finding]:
    """Findings about options that a file of settings adds, on one line or on indented ones."""
    added = False
    for number, line in enumerate(text.split("\n"), start=1):
        start = ADDED.match(line)
        added = start is not None or (added and line[:1] in (" ", "\t"))
        if added and (found := SELECTS.search(start[1] if start else line)):
            yield left_out(path, number, f"adds {found[1]} to pytest's options")


def lint_hooks(path: str, text: str) -> Iterator[Finding]:
    """Findings about a conftest.py that leaves tests out; one that does not parse has others."""
    try:
        tree = parse(text)
    except SyntaxError:
        return
    for node in tree.body:
        names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if found := sorted(HOOKS & names):
            yield left_out(path, node.lineno, f"has {found[0]}")
        elif MODIFIES in names and not only_sorts(node):
            yield left_out(path, node.lineno, f"has {MODIFIES}")


def only_sorts(node: ast.stmt) -> bool:
    """Whether a hook that may change the list of tests only puts them in another order."""
    calls = [ast.unparse(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    assigns = (ast.Assign, ast.AugAssign, ast.Delete, ast.For, ast.While)
    sorts = any(call.endswith(".sort") for call in calls)
    return sorts and not any(isinstance(inner, assigns) for inner in ast.walk(node))


def left_out(path: str, line: int, message: str) -> Finding:
    """A finding about tests that do not run."""
    remedy = "Run every test: one that does not run has shown nothing."
    return Finding("tests-left-out", path, line, message, remedy)
