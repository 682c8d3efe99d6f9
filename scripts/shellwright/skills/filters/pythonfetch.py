"""Python code that runs what it has fetched. It is parsed, within limits, and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shellwright.skills.filters.pythoncode import parsed

_RUNNERS = frozenset({"exec", "eval", "compile"})
_FETCHING = re.compile(
    r"(?:^|\.)(?:urlopen|urlretrieve)$"
    r"|^(?:requests|httpx|session|client|http|self\.session)\.(?:get|post|request)$"
)
_HINT = re.compile(r"\b(?:exec|eval|compile)\s{0,3}\(")


def runs_fetched(code: str) -> Iterator[str]:
    """The expressions, as they are written, that fetch what `exec` and its like then run; also by
    way of variables. Code that Python cannot parse has none."""
    tree = parsed(code) if _HINT.search(code) else None
    if tree is None:
        return
    nodes = list(ast.walk(tree))
    kept: dict[str, ast.expr] = {}
    # Names are followed in the order of the lines: what was fetched, and what is made from it.
    binding = [node for node in nodes if isinstance(node, (ast.Assign, ast.With))]
    for statement in sorted(binding, key=lambda statement: statement.lineno):
        for target, value in _bindings(statement):
            source = _fetch(value, kept)
            if source is not None:
                kept[target] = source
    for node in nodes:
        if isinstance(node, ast.Call) and _dotted(node.func) in _RUNNERS:
            for argument in node.args[:1]:
                source = _fetch(argument, kept)
                if source is not None:
                    yield ast.unparse(source)


def _bindings(node: ast.Assign | ast.With) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
        return
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, item.context_expr


def _fetch(value: ast.expr, kept: dict[str, ast.expr]) -> ast.expr | None:
    """The call within an expression that fetches, or the one that a name of it goes back to."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and _FETCHING.search(_dotted(node.func)):
            return node
        if isinstance(node, ast.Name) and node.id in kept:
            return kept[node.id]
    return None


def _dotted(node: ast.expr) -> str:
    """A name with dots, as far as it is one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))
