"""Lint of what the tests' Python asserts: whether a test can fail, and shows more than a name."""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.verify.findings import Finding
from shellwright.verify.lint_names import MOST_LINKS, Names

EXISTENCE = re.compile(r"(^|\.)(exists|lexists|isfile|isdir|is_file|is_dir|present)$")
LISTS = re.compile(r"(^|\.)(i?glob|rglob|listdir|scandir|iterdir)$")
#: What passes on whether there is anything in what it is given.
PASSES_ON = {"bool", "any", "list", "sorted", "set", "tuple", "len"}
READS = re.compile(r"(^|[\w)]\.|^pathlib\.)(open|Path|read|read_text|read_bytes|strip|splitlines)$")
WHOLE = {"str", "bytes"}  # what reading a file gives, whatever it holds
SIZE = re.compile(r"(^|\.)(len\(\)|st_size|getsize\(\))$")
IDLE = (
    *(ast.Pass, ast.Continue, ast.Break, ast.Return, ast.Expr),
    *(ast.Assign, ast.AugAssign, ast.AnnAssign),
)
#: Calls that tell of a failure and let it pass.
TELLS = re.compile(
    r"(^|\.)(print|str|repr|warn|debug|info|warning|error|exception|print_exc|append)$"
)
CAUGHT = {"AssertionError", "Exception", "BaseException"}
CHECKED_RUNS = {"subprocess.check_call", "subprocess.check_output"}
LOOKS = {"cat", "file", "head", "ls", "sha256sum", "stat", "tail", "wc"}
TESTS_EXISTENCE = [["test", f"-{letter}"] for letter in "defrs"]
ALWAYS_SUCCEEDS = {"echo", "mkdir", "printf", "sleep", "touch", "true"}
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.NotEq: ast.NotEq,
}
Findings = Iterator[Finding]


@dataclass(frozen=True)
class Test:
    """A test function: its syntax tree, whether it is marked as a guard, and its class if any."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    guard: bool
    above: str = ""


@dataclass
class Shown:
    """What a function asserts by itself, and the names of the functions that it calls.

    tries: whether it has an assert at all, even one that cannot fail.
    """

    kinds: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    tries: bool = False

    def add(self, other: "Shown") -> None:
        """Count another function of the same name as well."""
        self.kinds |= other.kinds
        self.calls |= other.calls


def lint_asserts(
    path: str, tests: Sequence[Test], names: Names, functions: Mapping[str, Shown]
) -> Findings:
    """Findings about tests that assert nothing, nothing that can fail, or mere existence.

    functions: those of the file and of the other files of the tests, by name.
    """
    for test in tests:
        own = shown_by(test.node, names)
        kinds = reached_kinds(own, functions)
        name, line = test.node.name, test.node.lineno
        if not kinds and not own.tries:
            remedy = "Assert what must hold, or remove the test."
            yield Finding("asserts-nothing", path, line, f"{name} asserts nothing", remedy)
        elif not kinds:
            yield Finding(
                *("vacuous-test", path, line, f"{name} passes whatever was done"),
                "Assert what may be wrong, and let the test fail when it is.",
            )
        elif kinds == {"existence"} and not test.guard:
            yield Finding(
                *("existence-only", path, line, f"{name} only asserts that something exists"),
                "Assert its content; an empty file exists too.",
            )


def reached_kinds(own: Shown, functions: Mapping[str, Shown]) -> set[str]:
    """What is asserted by a function and by those that it calls."""
    return own.kinds.union(*(functions[name].kinds for name in reached(own, functions)))


def named_in(node: ast.AST, names: Names) -> set[str]:
    """The last parts of what a node calls, or hands on for others to call."""
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Call):
        parts = [node.func, *node.args, *(word.value for word in node.keywords)]
    elif isinstance(node, ast.Return | ast.Yield | ast.Assign):
        parts = [node.value]
    elif isinstance(node, ast.List | ast.Tuple):
        parts = [*node.elts]
    whole = (names.of(part) for part in parts if isinstance(part, ast.Name | ast.Attribute))
    return {name.rpartition(".")[2] for name in whole}


def reached(own: Shown, functions: Mapping[str, Shown]) -> set[str]:
    """The functions of the tests that a test calls, directly or not."""
    seen: set[str] = set()
    pending = set(own.calls)
    while pending:
        name = pending.pop()
        if name in functions and name not in seen:
            seen.add(name)
            pending |= functions[name].calls - seen
    return seen


def shown_by(function: ast.AST, names: Names) -> Shown:
    """What a function asserts and calls.

    What stands where a failed assertion is swallowed cannot fail the test, and is left out.
    """
    shown = Shown(tries=any(isinstance(node, ast.Assert) for node in ast.walk(function)))
    pending = [function]
    while pending:
        node = pending.pop()
        pending += unswallowed(node)
        shown.kinds.update(asserted(node, names))
        shown.calls |= named_in(node, names)
    return shown


def unswallowed(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that run, and whose failed assertions go beyond it."""
    if isinstance(node, ast.Try) and any(swallows(handler) for handler in node.handlers):
        return [*node.handlers, *node.orelse, *node.finalbody]
    if isinstance(node, ast.With) and suppresses(node):
        return []
    if isinstance(node, ast.If | ast.While) and truth(node.test) is False:
        return [*node.orelse]
    if isinstance(node, ast.For) and is_empty(node.iter):
        return [*node.orelse]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*before_return(node.body)]
    return list(ast.iter_child_nodes(node))


def is_empty(value: ast.expr) -> bool:
    """Whether an expression is a written-down list or text of nothing."""
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    return isinstance(value, ast.Constant) and value.value in ("", b"")


def before_return(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function up to the first that ends it."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.Return):
            return


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches a failed assertion, and only goes on or ends without one.

    What it notes down another assertion may ask for, which counts by itself.
    """
    idle = all(isinstance(part, IDLE) for part in handler.body)
    calls = (node for part in handler.body for node in ast.walk(part) if isinstance(node, ast.Call))
    only_tells = all(TELLS.search(ast.unparse(call.func)) for call in calls)
    return idle and only_tells and (handler.type is None or catches(handler.type))


def suppresses(block: ast.With) -> bool:
    """Whether a block is below contextlib's `suppress` of failed assertions.

    Or an assertion in it below pytest's `raises`: a test that a program fails has none in there.
    """
    around = any(isinstance(part, ast.Assert) for part in ast.walk(block))
    for item in block.items:
        if isinstance(item.context_expr, ast.Call):
            name = ast.unparse(item.context_expr.func).rpartition(".")[2]
            takes = name == "suppress" or (name == "raises" and around)
            if takes and any(catches(kind) for kind in item.context_expr.args):
                return True
    return False


def catches(kind: ast.expr) -> bool:
    """Whether an exception class, or one of several, is that of a failed assertion or above it."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(one, ast.Name) and one.id in CAUGHT for one in kinds)


def asserted(node: ast.AST, names: Names) -> Iterator[str]:
    """What a node asserts: "existence", "content", or nothing."""
    if isinstance(node, ast.Assert):
        if truth(node.test) is not True:
            yield "existence" if existence(node.test, names) else "content"
    elif isinstance(node, ast.Raise):
        yield "content"
    elif isinstance(node, ast.Call):
        name = names.of(node.func)
        if name in ("pytest.fail", "pytest.raises") or ".assert" in name:
            yield "content"
        elif name.startswith("checks."):
            yield "existence" if EXISTENCE.search(name) else "content"
        elif must_succeed(node, name):
            yield from demanded(node, names)


def must_succeed(call: ast.Call, name: str) -> bool:
    """Whether a call runs a program and raises where it fails."""
    if name.endswith(".check_returncode") or name in CHECKED_RUNS:
        return True
    checks = (word.value for word in call.keywords if word.arg == "check")
    return name == "subprocess.run" and any(truth(value) is True for value in checks)


def demanded(call: ast.Call, names: Names) -> Iterator[str]:
    """What the success of a program shows: of one that works on any file that it is there."""
    words = names.text(call.args[0]).split() if call.args else []
    program = words[0].rpartition("/")[2] if words else ""
    if program in LOOKS or words[:2] in TESTS_EXISTENCE:
        yield "existence"
    elif program not in ALWAYS_SUCCEEDS:
        yield "content"


def existence(test: ast.expr, names: Names, links: int = MOST_LINKS) -> bool:
    """Whether an asserted expression only asks whether something exists."""
    if isinstance(test, ast.BoolOp):
        return all(existence(value, names, links) for value in test.values)
    if isinstance(test, ast.Name) and test.id in names.values and links:
        return existence(names.values[test.id], names, links - 1)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, how, right = test.left, test.ops[0], test.comparators[0]
        if isinstance(how, ast.In):
            return existence(right, names, links)
        return at_least_one(how, right) and existence(left, names, links)
    if not isinstance(test, ast.Call):
        return False
    name = names.of(test.func)
    if name == "isinstance" and len(test.args) == 2:
        kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else test.args[1:]
        return all(isinstance(kind, ast.Name) and kind.id in WHOLE for kind in kinds)
    if name in PASSES_ON and len(test.args) == 1:
        return existence(test.args[0], names, links)
    return bool(EXISTENCE.search(name) or LISTS.search(name))


def at_least_one(how: ast.cmpop, right: ast.expr) -> bool:
    """Whether a comparison only says of a truth that it holds, or of a number that it is not 0."""
    value = constant(right)
    if isinstance(how, ast.Eq | ast.Is):
        return value is True
    if isinstance(how, ast.NotEq | ast.IsNot):
        return value is False or value is None or value == 0
    return (isinstance(how, ast.Gt) and value == 0) or (isinstance(how, ast.GtE) and value == 1)


def truth(test: ast.expr) -> bool | None:
    """Whether an expression is true whatever was done, or never; None where that depends."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple | ast.List | ast.Set):
        return bool(test.elts)  # such as `assert (x == 1, "message")`
    if isinstance(test, ast.Lambda | ast.GeneratorExp):
        return True  # which nobody calls, and nobody goes through
    if isinstance(test, ast.JoinedStr):
        words = any(isinstance(part, ast.Constant) and part.value for part in test.values)
        return True if words else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        held = truth(test.operand)
        return None if held is None else not held
    if isinstance(test, ast.BoolOp):
        parts = {truth(value) for value in test.values}
        decides = isinstance(test.op, ast.Or)
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return compared(test.left, test.ops[0], test.comparators[0])
    return None


def compared(left: ast.expr, how: ast.cmpop, right: ast.expr) -> bool | None:
    """Whether a comparison of constants, or of something with itself, holds."""
    if is_value(left) and ast.dump(left) == ast.dump(right):
        return True if isinstance(how, ast.Eq | ast.Is | ast.LtE | ast.GtE) else None
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and type(how) in COMPARED:
        try:
            return bool(COMPARED[type(how)](left.value, right.value))
        except TypeError:
            return None
    if never_negative(left) and isinstance(how, ast.GtE | ast.Gt | ast.NotEq):
        limit = constant(right)
        negative = isinstance(limit, int | float) and limit < 0
        return True if negative or (isinstance(how, ast.GtE) and limit == 0) else None
    if never_negative(right) and type(how) in MIRRORED:
        return compared(right, MIRRORED[type(how)](), left)
    return None


def is_value(node: ast.expr) -> bool:
    """Whether an expression is a name, or what a file holds: the same whenever it is asked for."""
    calls = (ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call))
    return not isinstance(node, ast.Constant) and all(map(READS.search, calls))


def never_negative(value: ast.expr) -> bool:
    """Whether an expression is the length or the size of something."""
    plain = ast.unparse(value.func) + "()" if isinstance(value, ast.Call) else ast.unparse(value)
    return SIZE.search(plain) is not None


def constant(value: ast.expr) -> Any:
    """The value of a constant or of one with a sign; an object equal to nothing for all else."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        number = constant(value.operand)
        return -number if isinstance(number, int | float) else number
    return value.value if isinstance(value, ast.Constant) else object()
