"""Lint of what the tests' Python asserts: whether a test can fail, and shows more than a name."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shellwright.verify.findings import Finding
from shellwright.verify.lint_calls import CHECKS
from shellwright.verify.lint_names import Names
from shellwright.verify.lint_near import accepts_any, constant
from shellwright.verify.lint_truth import EXISTENCE, asks_for, existence, holds, truth

IDLE = (
    *(ast.Pass, ast.Continue, ast.Break, ast.Return, ast.Expr),
    *(ast.Assign, ast.AugAssign, ast.AnnAssign),
)
#: What drops a failure that is under way.
ENDS = (ast.Return, ast.Break, ast.Continue)
#: Calls that tell of a failure and let it pass.
TELLS = re.compile(
    r"(^|\.)(print|str|repr|warn|debug|info|warning|error|exception|print_exc|append|format_exc|"
    r"std(err|out)\.(write|flush))$"
)
CAUGHT = {"AssertionError", "Exception", "BaseException"}
CHECKED_RUNS = {"subprocess.check_call", "subprocess.check_output"}
#: What fails at a file that is not of their form.
PARSERS = {
    *("json.load", "json.loads", "tomllib.load", "tomllib.loads", "yaml.safe_load", "ast.parse"),
    *("xml.etree.ElementTree.parse", "xml.etree.ElementTree.fromstring", "compile"),
}
LOOKS = {"cat", "file", "head", "ls", "sha256sum", "stat", "tail", "wc"}
TESTS_EXISTENCE = [["test", f"-{letter}"] for letter in "defrs"]
#: Kinds of what is shown that say nothing of what a file holds.
ANY = {"existence", "anything"}
ALWAYS_SUCCEEDS = {"echo", "mkdir", "printf", "sleep", "touch", "true"}
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

    tries: whether it has an assert at all, even one that cannot fail; parses: whether it reads
    something in a way that fails where its form is wrong. dropped: those of the calls whose results
    it drops each time; deferred: whether nothing of it runs when it is only called.
    """

    kinds: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    tries: bool = False
    parses: bool = False
    dropped: set[str] = field(default_factory=set)
    deferred: bool = False

    def add(self, other: "Shown") -> None:
        """Count another function of the same name as well."""
        used = (self.calls - self.dropped) | (other.calls - other.dropped)
        self.kinds |= other.kinds
        self.calls |= other.calls
        self.parses |= other.parses
        self.dropped = (self.dropped | other.dropped) - used
        self.deferred &= other.deferred


def lint_asserts(
    path: str, tests: Sequence[Test], names: Names, functions: Mapping[str, Shown]
) -> Findings:
    """Findings about tests that assert nothing, nothing that can fail, or mere existence.

    Beside a test of content one may ask for existence or form alone, but for a check of a weight:
    that would be a part of the reward for an empty file.
    functions: those of the file and of the other files of the tests, by name.
    """
    shown = [(test, shown_by(test.node, names)) for test in tests]
    beside = any(
        "content" in reached_kinds(own, functions) for test, own in shown if not test.guard
    )
    for test, own in shown:
        kinds = reached_kinds(own, functions)
        name, line = test.node.name, test.node.lineno
        if not kinds and not own.tries:
            if beside and parses(own, functions):
                continue
            remedy = "Assert what must hold, or remove the test."
            yield Finding("asserts-nothing", path, line, f"{name} asserts nothing", remedy)
        elif not kinds:
            yield Finding(
                *("vacuous-test", path, line, f"{name} passes whatever was done"),
                "Assert what may be wrong, and let the test fail when it is.",
            )
        elif kinds <= ANY and not test.guard:
            if beside and "anything" not in kinds and not earns(test, names):
                continue
            message = f"{name} only asserts that something exists"
            remedy = "Assert its content; an empty file exists too."
            if "anything" in kinds:
                message = f"{name} accepts any content, or any number"
                remedy = "Assert what the content must be."
            yield Finding("existence-only", path, line, message, remedy)


def parses(own: Shown, functions: Mapping[str, Shown]) -> bool:
    """Whether a function, or one that it calls, fails where the form of something is wrong."""
    return own.parses or any(functions[name].parses for name in reached(own, functions))


def earns(test: Test, names: Names) -> bool:
    """Whether a test is a check with a weight, which earns a part of the reward by itself."""
    marks = (mark for mark in test.node.decorator_list if isinstance(mark, ast.Call))
    return any(names.of(mark.func) in CHECKS for mark in marks)


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
    """The functions of the tests that a test calls so that they run, directly or not."""
    seen: set[str] = set()
    pending = [own]
    while pending:
        caller = pending.pop()
        for name in caller.calls - seen:
            if name in functions and not (name in caller.dropped and functions[name].deferred):
                seen.add(name)
                pending.append(functions[name])
    return seen


def shown_by(function: ast.AST, names: Names) -> Shown:
    """What a function asserts and calls.

    What stands where a failed assertion is swallowed cannot fail the test, and is left out.
    """
    shown = Shown(tries=any(tries(node, names) for node in ast.walk(function)))
    alone: set[int] = set()  # calls that are statements
    used: set[str] = set()
    pending = [function]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            alone.add(id(node.value))
        pending += unswallowed(node)
        shown.kinds.update(asserted(node, names))
        shown.parses |= isinstance(node, ast.Call) and names.of(node.func) in PARSERS
        named = named_in(node, names)
        shown.calls |= named
        if id(node) in alone and isinstance(node, ast.Call):
            called = names.of(node.func).rpartition(".")[2]
            shown.dropped.add(called)
            named -= {called}
        used |= named
    shown.dropped -= used
    return shown


def tries(node: ast.AST, names: Names) -> bool:
    """Whether a node is an assertion, even one that cannot fail."""
    called = isinstance(node, ast.Call) and ".assert" in names.of(node.func)
    return isinstance(node, ast.Assert) or called


def unswallowed(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that run, and whose failed assertions go beyond it."""
    if isinstance(node, ast.Try) and any(isinstance(part, ENDS) for part in node.finalbody):
        return [*node.finalbody]
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
    """Whether an expression is a written-down list, range or text of nothing."""
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "range":
        return len(value.args) == 1 and constant(value.args[0]) == 0
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
    """What a node asserts, if it does: "existence", "content", or "anything": any text will do."""
    if isinstance(node, ast.Assert):
        yield from shown_of(node.test, names)
    elif isinstance(node, ast.Raise):
        yield "content"
    elif isinstance(node, ast.Call):
        name = names.of(node.func)
        if name in ("pytest.fail", "pytest.raises"):
            yield "content"
        elif ".assert" in name:
            yield from shown_of(holds(node, name), names)
        elif name.startswith("checks.") and accepts_any(node, names):
            yield "anything"
        elif name.startswith("checks."):
            yield "existence" if EXISTENCE.search(name) else "content"
        elif must_succeed(node, name):
            yield from demanded(node, names)


def shown_of(test: ast.expr | None, names: Names) -> Iterator[str]:
    """What an asserted expression shows; None for one that is not known."""
    if test is None:
        yield "content"
    elif truth(test, names.functions) is not True:
        kind = "existence" if asks_for(test, names) else "anything"
        yield kind if existence(test, names) else "content"


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
