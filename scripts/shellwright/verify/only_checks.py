"""Whether tests do nothing but call checks of this project's harness, which run nothing as root."""

import ast
from functools import cache

from shellwright.syntax import parse
from shellwright.tasks.bundle import harness_files
from shellwright.verify.case import Case

OUTPUTS = "tests/test_outputs.py"
# What is in expected/ are data as long as nothing imports them, and the initial state is tested
# before anybody has worked.
NO_CODE = ("tests/expected/",)
BEFORE = {"tests/test_initial_state.py"}
AGENT = "agent"


def only_calls_checks(case: Case) -> bool:
    """Whether a task has this project's harness, and tests that only call its checks.

    Each argument must be written down, and no program run as somebody else than the agent.
    """
    harness = harness_files()
    own = {OUTPUTS, *BEFORE, *harness}
    if not case.project_harness or any(
        path not in own and not path.startswith(NO_CODE) for path in case.below("tests")
    ):
        return False
    try:
        body = parse(case.text(OUTPUTS)).body
    except SyntaxError:
        return False
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    tests = [node for node in body if isinstance(node, ast.FunctionDef)]
    names = {alias.name for node in imports for alias in node.names}
    return (
        len(imports) + len(tests) == len(without_docstring(body))
        and all(node.module == "checks" and not node.level for node in imports)
        and not any(alias.asname for node in imports for alias in node.names)
        and names <= checks()
        and all(is_test(node, names | {test.name for test in tests}) for node in tests)
    )


@cache
def checks() -> frozenset[str]:
    """What the harness's checks offer."""
    tree = parse(harness_files()["tests/checks/__init__.py"].decode())
    given = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return frozenset(alias.name for node in given for alias in node.names)


def is_test(node: ast.FunctionDef, names: set[str]) -> bool:
    """Whether a function only calls what has these names, and is marked by them."""
    given = node.args
    marks = [mark if isinstance(mark, ast.Call) else None for mark in node.decorator_list]
    bare = [mark for mark in node.decorator_list if not isinstance(mark, ast.Call)]
    return (
        node.name.startswith("test_")
        and node.name not in checks()
        and not (given.args or given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg)
        and all(isinstance(mark, ast.Name) and mark.id in names for mark in bare)
        and all(is_call(mark, names) for mark in marks if mark)
        and (node.returns is None or isinstance(node.returns, ast.Constant))
        and all(
            isinstance(line, ast.Expr) and is_call(line.value, names)
            for line in without_docstring(node.body)
        )
    )


def is_call(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression calls one of these names, with arguments that are written down."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    words = {word.arg: word.value for word in node.keywords}
    if node.func.id not in names or None in words:
        return False
    try:
        for value in (*node.args, *words.values()):
            ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    user = words.get("user")
    return user is None or (isinstance(user, ast.Constant) and user.value == AGENT)


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a module or a function but for what describes it."""
    first = body[0] if body else None
    described = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if described else body
