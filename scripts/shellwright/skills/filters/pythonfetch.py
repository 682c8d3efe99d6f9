"""Python code that runs what it has fetched. It is parsed, within limits, and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from shellwright.skills.filters.pythoncode import parsed

#: What runs code, or may while it reads what it is given.
_RUNNERS = frozenset({"exec", "eval", "compile", "pickle.loads", "pickle.load", "marshal.loads"})
_FETCHING = re.compile(
    r"(?:^|\.)(?:urlopen|urlretrieve)$"
    r"|^(?:requests|httpx|session|client|http|self\.session)\.(?:get|post|request)$"
)
#: What runs a command, and what only reads a text that it is given.
_COMMANDING = re.compile(
    r"^(?:os\.(?:system|popen)|(?:subprocess\.)?(?:run|call|check_output|check_call|Popen"
    r"|getoutput|getstatusoutput))$"
)
_READING = re.compile(r"^(?:json\.loads?|yaml\.\w+|shlex\.split|str|bytes|list)$")
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash"})
_HINT = re.compile(
    r"\b(?:exec|eval|compile|system|popen|run|call|check_output|check_call|Popen|getoutput"
    r"|getstatusoutput|loads?)\s{0,3}\("
)
_MOST_BINDINGS = 2000


def runs_fetched(code: str) -> Iterator[str]:
    """The expressions, as they are written, that fetch what `exec` and its like then run, or a
    shell; also by way of variables. Code that Python cannot parse has none."""
    tree = parsed(code) if _HINT.search(code) else None
    if tree is None:
        return
    nodes = list(ast.walk(tree))
    kept = fetched_names(nodes)
    for node in nodes:
        if isinstance(node, ast.Call) and _dotted(node.func) in _RUNNERS:
            for argument in node.args[:1]:
                source = fetch_in(argument, kept)
                if source is not None:
                    yield ast.unparse(source)
    yield from _commands(nodes)


def fetched_names(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """The names that stand for what was fetched or is made from it, each with what fetches it."""
    kept: dict[str, ast.expr] = {}
    # Names are followed in the order of the lines.
    binding = [node for node in nodes if isinstance(node, (ast.Assign, ast.With))]
    for statement in sorted(binding, key=lambda statement: statement.lineno):
        for target, value in _bindings(statement):
            source = fetch_in(value, kept)
            if source is not None:
                kept[target] = source
    return kept


def fetch_in(value: ast.expr, kept: Mapping[str, ast.expr]) -> ast.expr | None:
    """The call within an expression that fetches, or the one that a name of it goes back to."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and _FETCHING.search(_dotted(node.func)):
            return node
        if isinstance(node, ast.Name) and node.id in kept:
            return kept[node.id]
    return None


def _commands(nodes: list[ast.AST]) -> Iterator[str]:
    """The expressions that fetch what is then run as a command. What is fetched has to be all of
    the command: it may well be a word of one."""
    whole: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            for inner in node.body:
                source = _whole(inner.value, whole) if isinstance(inner, ast.Return) else None
                if source is not None:
                    whole[f"{node.name}()"] = source
    binding = [node for node in nodes if isinstance(node, (ast.Assign, ast.With, ast.For))]
    for statement in sorted(binding, key=lambda statement: statement.lineno)[:_MOST_BINDINGS]:
        if isinstance(statement, ast.For):
            target = statement.target
            pairs = [(target.id, statement.iter)] if isinstance(target, ast.Name) else []
        else:
            pairs = list(_bindings(statement))
        for name, value in pairs:
            source = _whole(value, whole)
            if source is not None:
                whole[name] = source
    for node in nodes:
        if isinstance(node, ast.Call) and node.args and _COMMANDING.search(_dotted(node.func)):
            source = _whole(_command(node.args[0]), whole)
            if source is not None:
                yield ast.unparse(source)


def _command(argument: ast.expr) -> ast.expr:
    """What a command is told by: itself, or the script that a shell is given in a list."""
    match argument:
        case ast.List(elts=[ast.Constant(value=shell), ast.Constant(value="-c"), script, *_]):
            return script if shell in _SHELLS else argument
    return argument


def _whole(value: ast.expr | None, whole: dict[str, ast.expr]) -> ast.expr | None:
    """The call that fetches what a value is, or a part of, and nothing else with it."""
    while value is not None:
        match value:
            case ast.Name(id=name):
                return whole.get(name)
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
                value = inner
            case ast.Call(func=function, args=args):
                if _FETCHING.search(_dotted(function)):
                    return value
                if isinstance(function, ast.Name) and f"{function.id}()" in whole:
                    return whole[f"{function.id}()"]
                if args and _READING.search(_dotted(function)):
                    value = args[0]
                else:
                    value = function.value if isinstance(function, ast.Attribute) else None
            case _:
                return None
    return None


def _bindings(node: ast.Assign | ast.With) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
        return
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, item.context_expr


def _dotted(node: ast.expr) -> str:
    """A name with dots, as far as it is one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))
