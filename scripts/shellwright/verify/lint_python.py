"""Lint of the tests' Python, by its syntax tree alone: nothing is imported or run."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from shellwright.syntax import parse
from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import Shown, Test, lint_asserts
from shellwright.verify.lint_calls import lint_calls
from shellwright.verify.lint_idle import lint_idle
from shellwright.verify.lint_masks import lint_masks
from shellwright.verify.lint_names import MOST_TEXTS, Names, given
from shellwright.verify.lint_reach import functions_in
from shellwright.verify.lint_script import grades, lint_script
from shellwright.verify.lint_uncalled import uncalled_in_python

MOST_NESTED = 200
MOST_ABOVE = 50  # classes that one derives from
MOST_TESTS = 10_000  # of a file: each class has those above it anew
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class PythonFile:
    """A file of the tests, to be read before its findings are asked for.

    functions: what its functions show, by name. A file that cannot be read has none, and no tests.
    """

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text = path, text
        self._tree = ast.Module([], [])  # also of a file that cannot be read
        self._names = Names(self._tree)
        self._tests: list[Test] = []
        self.functions: dict[str, Shown] = {}

    @property
    def tests(self) -> int:
        """How many tests the file defines, those that a class has from another one again."""
        return len(self._tests)

    def read(self) -> Iterator[Finding]:
        """What keeps the file from being read."""
        try:
            tree = parse(self._text)
        except SyntaxError as error:
            yield self._unread(error.lineno or 1, f"not valid Python: {error}")
            return
        if line := too_deep(tree):
            yield self._unread(line, f"nested more than {MOST_NESTED} deep")
            return
        names = Names(tree)
        self.functions = functions_in(tree, names)
        self._tests = list(islice(tests_in(tree), MOST_TESTS))
        self._tree, self._names = tree, names

    def findings(self, others: Mapping[str, Shown]) -> Iterator[Finding]:
        """Findings in the file. others: the functions of all files of the tests."""
        yield from self._hidden(self._tests)
        yield from self._nested(self._tree)
        yield from self._loaded(self._tree)
        yield from lint_calls(self._path, self._tree, self._names)
        yield from lint_masks(self._path, self._tree, self._names)
        if self._names.spent > MOST_TEXTS:
            message, remedy = "names texts too often to follow", "Write commands out."
            yield Finding("too-large", self._path, 1, message, remedy)
        if not self._path.endswith("test_initial_state.py"):
            functions = {**others, **self.functions}
            yield from lint_asserts(self._path, self._each_once(), self._names, functions)

    def idle_findings(self, case: Case, others: Mapping[str, Shown]) -> Iterator[Finding]:
        """Findings about assertions that never run, by what the bundle brings."""
        own, functions = self._each_once(), {**others, **self.functions}
        yield from lint_idle(case, self._path, self._tree, own, self._names, functions)

    def _each_once(self) -> list[Test]:
        """The tests without those that a class has from another one."""
        return [*{id(test.node): test for test in self._tests}.values()]

    def grades(self) -> bool:
        """Whether the file, run as a script, makes something depend on what was done."""
        return grades(self._tree, self._names)

    def script_findings(self, *, imported: bool) -> Iterator[Finding]:
        """Findings about what the file asserts when it is run as a script.

        imported: others may import it, and call its functions.
        """
        yield from lint_script(self._path, self._tree, self._names)
        if not imported:
            yield from uncalled_in_python(self._path, self._tree, self._names)

    def _hidden(self, tests: Sequence[Test]) -> Iterator[Finding]:
        """Findings about tests that another one of the same name takes the place of."""
        last = {(test.above, test.node.name): test for test in tests}
        for test in tests:
            if last[test.above, test.node.name] is not test:
                message = f"{test.node.name} is defined again below, and only that one runs"
                remedy = "Give each test a name of its own."
                yield Finding("tests-left-out", self._path, test.node.lineno, message, remedy)

    def _loaded(self, tree: ast.Module) -> Iterator[Finding]:
        """Findings about a function by which unittest is told what it runs."""
        for node in tree.body:
            if isinstance(node, FUNCTION) and node.name == "load_tests":
                message = "load_tests decides which tests unittest runs"
                remedy = "Leave it out, and unittest runs every test."
                yield Finding("tests-left-out", self._path, node.lineno, message, remedy)

    def _nested(self, tree: ast.Module) -> Iterator[Finding]:
        """Findings about tests where pytest does not look: in functions that do not call them, and
        under a condition that never holds."""
        remedy = "Define each test at the top of the file, or in a class of tests."
        for node in ast.walk(tree):
            if isinstance(node, FUNCTION):
                inside = [inner for inner in ast.walk(node) if inner is not node]
                named = {inner.id for inner in inside if isinstance(inner, ast.Name)}
                where = f"{node.name}, which does not call it"
            elif isinstance(node, ast.If) and isinstance(node.test, ast.Constant):
                inside = [] if node.test.value else list(node.body)
                named, where = set(), f"`if {ast.unparse(node.test)}`"
            else:
                continue
            for inner in inside:
                if not isinstance(inner, FUNCTION):
                    continue
                if inner.name.startswith("test") and inner.name not in named:
                    message = f"{inner.name} lies in {where}"
                    yield Finding("tests-left-out", self._path, inner.lineno, message, remedy)

    def _unread(self, line: int, message: str) -> Finding:
        remedy = "Correct it; a file that cannot be collected grades nothing."
        return Finding("test-syntax", self._path, line, message, remedy)


def too_deep(tree: ast.Module) -> int:
    """The first line at which a tree is nested deeper than the rules follow it; 0 if nowhere.

    A sum of many texts is such a tree: each `+` holds all that stands before it.
    """
    pending: list[tuple[ast.AST, int, int]] = [(tree, 0, 1)]
    while pending:
        node, depth, above = pending.pop()
        line = getattr(node, "lineno", above)
        if depth > MOST_NESTED:
            return int(line)
        pending += [(child, depth + 1, line) for child in ast.iter_child_nodes(node)]
    return 0


def tests_in(tree: ast.Module) -> Iterator[Test]:
    """The tests that pytest would collect: test functions, and those of classes.

    A class is named Test..., or is one of unittest's cases, whatever its name; it has the tests of
    the classes of the file that it derives from. One with `__test__ = False` has none itself.
    """
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    lines = {name: [*islice(lineage(name, classes), MOST_ABOVE)] for name in classes}
    derived_from = {above.name for line in lines.values() for above in line[1:]}
    for node in tree.body:
        if isinstance(node, FUNCTION):
            if node.name.startswith("test"):
                yield Test(node, is_guard(node))
        elif isinstance(node, ast.ClassDef) and classes[node.name] is node:
            line = lines[node.name]
            case = any(base.endswith("TestCase") for above in line for base in bases_of(above))
            # One that nothing derives from leaves its tests out, which is for others to tell.
            base_only = node.name in derived_from and set_aside(line)
            if (case or node.name.startswith("Test")) and not base_only:
                yield from tests_of(line)


def lineage(name: str, classes: Mapping[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """A class of a file, and those of the same file that it derives from, the nearest first."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        name = pending.pop(0)
        if name in classes and name not in seen:
            seen.add(name)
            yield classes[name]
            pending = bases_of(classes[name]) + pending


def bases_of(node: ast.ClassDef) -> list[str]:
    """The names of the classes that one derives from, without those of the modules."""
    return [ast.unparse(base).rpartition(".")[2] for base in node.bases[:MOST_ABOVE]]


def set_aside(line: Sequence[ast.ClassDef]) -> bool:
    """Whether a class, or the nearest above it that says so, has `__test__ = False`."""
    for statement in (part for node in line for part in reversed(node.body)):
        for name, value in given(statement):
            if name == "__test__":
                return isinstance(value, ast.Constant) and value.value is False
    return False


def tests_of(line: Sequence[ast.ClassDef]) -> Iterator[Test]:
    """The tests of a class: its own, and those above that it does not replace."""
    replaced: set[str] = set()
    for node in line:
        own = [part for part in node.body if isinstance(part, FUNCTION)]
        for inner in own:
            if inner.name.startswith("test") and inner.name not in replaced:
                yield Test(inner, is_guard(inner), line[0].name)
        replaced |= {inner.name for inner in own}


def is_guard(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a test carries the harness's guard mark."""
    return any(ast.unparse(d).split(".")[-1] == "guard" for d in node.decorator_list)
