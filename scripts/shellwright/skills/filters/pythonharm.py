"""Python code that deletes a home or hides what it runs. It is parsed, and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shellwright.skills.filters.pythoncode import joined_string, parsed

_DELETERS = frozenset({"rmtree", "unlink", "remove", "rmdir", "removedirs"})
_LISTERS = frozenset({"iterdir", "rglob", "glob", "walk", "listdir", "scandir"})
#: Patterns that take everything, and questions that hardly anything answers with no.
_ALL = frozenset({"*", "**", "**/*"})
_MILD = frozenset({"is_file", "is_dir", "isfile", "isdir", "exists", "lexists"})
_HOMES = frozenset({"~", "~/", "/"})
_DELETES = re.compile(r"\b(?:rmtree|unlink|remove|rmdir|removedirs)\s{0,3}\(")
#: Names of what runs code or commands, which nobody has a reason to put together from pieces.
_RUNNERS = frozenset(
    "exec eval compile __import__ system popen run call check_output Popen".split()  # noqa: SIM905
)
_LOOKED_UP = re.compile(r"\b(?:getattr\s{0,3}\(|__builtins__|globals\(\)|vars\()")
_BUILTINS = frozenset({"builtins", "__builtins__"})


def deletes_home(code: str) -> Iterator[str]:
    """The statements, as they are written, that delete a home or all that is in it."""
    tree = parsed(code) if _DELETES.search(code) else None
    if tree is None:
        return
    nodes = list(ast.walk(tree))
    named = {
        node.targets[0].id
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and _is_home(node.value, frozenset())
    }
    homes = frozenset(named)
    for node in nodes:
        if isinstance(node, ast.Call) and _last(node.func) == "rmtree":
            if node.args and _is_home(node.args[0], homes):
                yield ast.unparse(node)
        elif (
            isinstance(node, ast.For)
            and isinstance(node.target, ast.Name)
            and _lists_home(node.iter, homes)
            and _deletes_each(node.body, node.target.id)
        ):
            yield ast.unparse(node)


def hides_runner(code: str) -> Iterator[str]:
    """The expressions that look up what runs code under a name that is put together, or among the
    built-in functions, where it could have been called."""
    tree = parsed(code) if _LOOKED_UP.search(code) else None
    if tree is None:
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[place, name, *_]):
                pass
            case ast.Subscript(value=place, slice=name):
                pass
            case _:
                continue
        text = joined_string(name)
        built_in = isinstance(place, ast.Name) and place.id in _BUILTINS
        if text in _RUNNERS and (built_in or not isinstance(name, ast.Constant)):
            yield ast.unparse(node)


def _is_home(node: ast.expr, homes: frozenset[str]) -> bool:
    """Whether an expression is a home itself, or the root."""
    match node:
        case ast.Name(id=name):
            return name in homes
        case ast.Constant(value=str(text)):
            return text == "/"
        case ast.Call(func=ast.Attribute(attr="home")):
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="expanduser" | "resolve"), args=[]):
            return _is_path(inner) or _is_home(inner, homes)
        case ast.Call(func=ast.Attribute(attr="expanduser"), args=[ast.Constant(value=text)]):
            return text in _HOMES
        case ast.Subscript(slice=ast.Constant(value="HOME")):
            return True
        case ast.Call(func=function, args=[inner]) if _last(function) in ("Path", "str", "fspath"):
            return _is_home(inner, homes)
        case ast.Call(func=function, args=[ast.Constant(value="HOME"), *_]):
            return _last(function) in ("getenv", "get")
    return False


def _is_path(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=text)]):
            return _last(function) == "Path" and text in _HOMES
    return False


def _lists_home(node: ast.expr, homes: frozenset[str]) -> bool:
    """Whether an expression lists all that is in a home."""
    match node:
        case ast.Call(func=ast.Name(id="list" | "sorted" | "reversed"), args=[inner, *_]):
            return _lists_home(inner, homes)
        case ast.Call(func=ast.Attribute(value=place, attr=name), args=args) if name in _LISTERS:
            taken = all(not isinstance(arg, ast.Constant) or arg.value in _ALL for arg in args)
            return taken and (
                _is_home(place, homes) or any(_is_home(arg, homes) for arg in args[:1])
            )
    return False


def _deletes_each(body: list[ast.stmt], name: str) -> bool:
    """Whether statements delete what a name stands for without choosing among them."""
    for statement in body:
        if isinstance(statement, ast.If):
            if _is_mild(statement.test) and _deletes_each(
                [*statement.body, *statement.orelse], name
            ):
                return True
            continue
        if isinstance(statement, ast.Try):
            if _deletes_each(statement.body, name):
                return True
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            call = statement.value
            about = (*call.args[:1], call.func)
            if _last(call.func) in _DELETERS and any(
                isinstance(node, ast.Name) and node.id == name
                for each in about
                for node in ast.walk(each)
            ):
                return True
        if any(isinstance(node, (ast.Continue, ast.Break)) for node in ast.walk(statement)):
            return False
    return False


def _is_mild(test: ast.expr) -> bool:
    """Whether a question does not choose among files: only what kind of file each is."""
    return isinstance(test, ast.Call) and _last(test.func) in _MILD


def _last(function: ast.expr) -> str:
    """The last name of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
