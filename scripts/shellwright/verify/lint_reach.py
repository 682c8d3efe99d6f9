"""What the functions show that tests call: of the same file, of helpers, and those of fixtures."""

import ast
from collections.abc import Sequence

from shellwright.verify.lint_asserts import Shown, named_in, shown_by
from shellwright.verify.lint_names import Names


def functions_in(tree: ast.Module, names: Names) -> dict[str, Shown]:
    """What the functions of a file show, those of its classes and its fixtures too, by name.

    Of which class a method is called is not followed, so those of one name count as one.
    """
    places: list[Sequence[ast.stmt]] = [tree.body]
    places += [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    found: dict[str, Shown] = {}
    for node in (node for place in places for node in place):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            of_fixture = [word for mark in node.decorator_list for word in fixture_names(mark)]
            shown = given_by(node, names) if of_fixture else shown_by(node, names)
            # A name that is given something else later may stand for what runs it.
            renamed = node in tree.body and node.name not in names.functions
            shown.deferred = defers(node) and not renamed
            for name in {node.name, *filter(None, of_fixture)}:
                found.setdefault(name, Shown(deferred=True)).add(shown)
    return found


def defers(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a call alone runs nothing of a function: a coroutine's or a generator's.

    A decorator may run it all the same.
    """
    if function.decorator_list:
        return False
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return isinstance(function, ast.AsyncFunctionDef)


def fixture_names(mark: ast.expr) -> list[str]:
    """The name that a fixture's mark gives it, "" for that of its function; none of other marks."""
    plain = mark.func if isinstance(mark, ast.Call) else mark
    if not ast.unparse(plain).rpartition(".")[2].endswith("fixture"):
        return []
    words = mark.keywords if isinstance(mark, ast.Call) else []
    named = [word.value for word in words if word.arg == "name"]
    return [str(value.value) for value in named if isinstance(value, ast.Constant)] or [""]


def given_by(fixture: ast.AST, names: Names) -> Shown:
    """What the functions show that a fixture gives to a test; its own set-up is no test."""
    shown = Shown()
    for node in ast.walk(fixture):
        if node is not fixture and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            shown.add(shown_by(node, names))
        elif isinstance(node, ast.Return | ast.Yield):
            shown.calls |= named_in(node, names)
    return shown
