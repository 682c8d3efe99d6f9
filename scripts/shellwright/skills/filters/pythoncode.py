"""What Python code imports. It is parsed, within limits, and never run."""

from __future__ import annotations

import ast
import re
import warnings

_MAX_CODE = 60_000
_MAX_IMPORTS = 200
_IMPORT = re.compile(r"^[ \t]{0,12}(?:import|from)[ \t]+([A-Za-z_]\w{0,60})", re.MULTILINE)


def imports(code: str, among: frozenset[str]) -> frozenset[str]:
    """Those of the packages `among` that a piece of code imports, by their first names; of the
    standard library also `urllib.request` and `http.client`.

    Code that Python cannot parse is read line by line.
    """
    said = frozenset(_IMPORT.findall(code[: 4 * _MAX_CODE])[:_MAX_IMPORTS])
    if not said & (among | {"urllib", "http"}):
        return frozenset()
    tree = parsed(code)
    return said & among if tree is None else among.intersection(_imported(tree))


def parsed(code: str) -> ast.Module | None:
    """Code as Python reads it, or None where it cannot or is too long."""
    # The parser recurses into brackets: a long run of them is no program.
    if len(code) > _MAX_CODE or "((((((((((((((((((((" in code:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.AST) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            module = node.module
            # The standard library's own clients are below `urllib` and `http`.
            names.append(
                module if module in ("urllib.request", "http.client") else module.partition(".")[0]
            )
    if any(isinstance(node, ast.Attribute) and node.attr == "urlopen" for node in ast.walk(tree)):
        names.append("urllib.request")
    return names
