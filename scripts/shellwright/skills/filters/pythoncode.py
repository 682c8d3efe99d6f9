"""What Python code imports. It is parsed, within limits, and never run."""

from __future__ import annotations

import ast
import re
import warnings

from shellwright.syntax import parse

_MAX_CODE = 60_000
_MAX_IMPORTS = 200
#: How deep strings are put together, how many of them are looked at, and how much of each.
_MAX_DEPTH = 40
_MAX_JOINED = 500
_MAX_STRING = 500
_JOINING = re.compile(r"[\"']\s{0,3}\+\s{0,3}[\"']|\.join\(\s{0,3}[(\[]|\bchr\(")
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
    return said & among if tree is None else among.intersection(imported(tree))


def joined(code: str) -> str:
    """The strings that code puts together from others that stand in it, one a line, quoted: a name
    that is cut into pieces is to be read whole."""
    if not _JOINING.search(code):
        return ""
    tree = parsed(code)
    if tree is None:
        return ""
    found: list[str] = []
    for node in ast.walk(tree):
        text = joined_string(node) if isinstance(node, (ast.BinOp, ast.Call)) else None
        if text:
            found.append(f"\n'{text[:_MAX_STRING]}'")
            if len(found) >= _MAX_JOINED:
                break
    return "".join(found)


def joined_string(node: ast.AST, depth: int = 0) -> str | None:
    """The string that an expression comes to, where it only joins others; else None."""
    if depth > _MAX_DEPTH:
        return None
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            parts = [joined_string(left, depth + 1), joined_string(right, depth + 1)]
            between = ""
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.List(elts=each) | ast.Tuple(elts=each)],
        ):
            parts = [joined_string(part, depth + 1) for part in each]
        case ast.Call(func=ast.Name(id="chr"), args=[ast.Constant(value=int(number))]):
            return chr(number) if 0 <= number < 0xD800 else None
        case _:
            return None
    texts = [part for part in parts if part is not None]
    return between.join(texts) if len(texts) == len(parts) else None


def parsed(code: str) -> ast.Module | None:
    """Code as Python reads it, or None where it cannot or is too long."""
    # The parser recurses into brackets: a long run of them is no program.
    if len(code) > _MAX_CODE or "((((((((((((((((((((" in code:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imported(tree: ast.AST) -> list[str]:
    """The packages that code imports, by their first names, with `urllib.request` and its like."""
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
