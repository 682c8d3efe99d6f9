"""What Python code imports. It is parsed, within limits, and never run."""

from __future__ import annotations

import ast
import base64
import binascii
import re
import warnings
from collections.abc import Callable, Mapping

from shellwright.syntax import parse

_MAX_CODE = 60_000
_MAX_IMPORTS = 200
#: How deep strings are put together, how many of them are looked at, and how much of each.
_MAX_DEPTH = 40
_MAX_JOINED = 500
_MAX_STRING = 500
_MAX_VALUE = 4000
_MAX_NEW = 100
_JOINING = re.compile(r"[\"']\s{0,3}\+\s{0,3}[\"']|\.join\(\s{0,3}[(\[]|\bchr\(")
_PERCENT = re.compile(r"%[sd]")
_BRACES = re.compile(r"\{\d?\}")
#: The clients of the standard library, which are below `urllib` and `http`.
_CLIENTS = frozenset({"urllib.request", "http.client"})
_IMPORT = re.compile(
    r"(?:^|[;:])[ \t]{0,12}(import|from)[ \t]+([A-Za-z_][\w., \t]{0,300})", re.MULTILINE
)


def imports(code: str, among: frozenset[str]) -> frozenset[str]:
    """Those of the packages `among` that a piece of code imports, by their first names; of the
    standard library also `urllib.request` and `http.client`.

    Code that Python cannot parse is read line by line.
    """
    said = _said(code[: 4 * _MAX_CODE])
    if not said & (among | {"urllib", "http"}):
        return frozenset()
    tree = parsed(code)
    return said & among if tree is None else among.intersection(imported(tree))


def _said(code: str) -> frozenset[str]:
    """The first names of the packages that the lines of code import, all of `import os, json`."""
    found: list[str] = []
    for word, names in _IMPORT.findall(code)[:_MAX_IMPORTS]:
        each = names.split(",") if word == "import" else [names]
        found += [re.split(r"[. \t]", name.strip(), maxsplit=1)[0] for name in each]
    return frozenset(found)


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


def joined_string(node: ast.AST) -> str | None:
    """The string that an expression comes to, where it only joins others; else None."""
    return string_of(node, {})


def string_of(
    node: ast.AST, names: Mapping[str, str], unknown: str | None = None, depth: int = 0
) -> str | None:
    """The string that an expression comes to, with the strings that `names` stand for, where it
    joins, fills in, turns round or decodes others; else None. `unknown` stands for the parts of it
    that cannot be told, if it is given."""
    if depth > _MAX_DEPTH:
        return unknown

    def inner(part: ast.AST) -> str | None:
        return string_of(part, names, unknown, depth + 1)

    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(raw)):
            return raw.decode("latin-1")
        case ast.Name(id=name):
            return names.get(name, unknown)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _together([inner(left), inner(right)])
        case ast.JoinedStr(values=values):
            return _together([inner(part) for part in values])
        case ast.FormattedValue(value=value):
            return inner(value)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(form)), right=right):
            given = right.elts if isinstance(right, ast.Tuple) else [right]
            return _filled(_PERCENT, form, [inner(part) for part in given], unknown)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.List(elts=each) | ast.Tuple(elts=each)],
        ):
            return _together([inner(part) for part in each], between)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(form)), attr="format")):
            return _filled(_BRACES, form, [inner(part) for part in node.args], unknown)
        case ast.Call(func=ast.Name(id="chr"), args=[ast.Constant(value=int(number))]):
            return chr(number) if 0 <= number < 0xD800 else unknown
        case ast.Subscript(
            value=value,
            slice=ast.Slice(
                lower=None,
                upper=None,
                step=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)),
            ),
        ):
            known = string_of(value, names, None, depth + 1)
            return unknown if known is None else known[::-1]
        case ast.Call(
            func=ast.Attribute(value=value, attr="replace"),
            args=[ast.Constant(value=str(old)), ast.Constant(value=str(new))],
        ) if old and len(new) <= _MAX_NEW:
            known = inner(value)
            return known if known is None else known.replace(old, new)[:_MAX_VALUE]
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            return _together([inner(left), inner(right)], "/")
        case (
            ast.Call(func=ast.Attribute(attr="expanduser"), args=[value])
            | ast.Call(
                func=ast.Attribute(value=ast.Name(id="shlex"), attr="split"), args=[value, *_]
            )
        ):
            return inner(value)
        case (
            ast.Call(func=ast.Attribute(attr="home"), args=[])
            | ast.Subscript(slice=ast.Constant(value="HOME"))
        ):
            return "~"
        case ast.Call(func=ast.Attribute(attr="get" | "getenv"), args=[ast.Constant("HOME"), *_]):
            return "~"
        case ast.Call(func=ast.Attribute(attr="join"), args=[value, *rest]) if rest:
            return _together([inner(part) for part in (value, *rest)], "/")
        case ast.Call(
            func=ast.Attribute(value=value, attr="decode" | "strip" | "split" | "format")
        ):
            return inner(value)
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            return inner(value)
        case ast.Call(func=ast.Attribute(attr="b64decode"), args=[value, *_]):
            known = string_of(value, names, None, depth + 1)
            return unknown if known is None else _decoded(base64.b64decode, known, unknown)
        case ast.Call(func=ast.Attribute(attr="fromhex" | "unhexlify"), args=[value]):
            known = string_of(value, names, None, depth + 1)
            return unknown if known is None else _decoded(bytes.fromhex, known, unknown)
    return unknown


def _together(parts: list[str | None], between: str = "") -> str | None:
    """Parts as one, or None where one of them cannot be told."""
    found: list[str] = []
    size = 0
    for part in parts:
        if part is None:
            return None
        found.append(part)
        size += len(part) + len(between)
        if size > _MAX_VALUE:
            break
    return between.join(found)[:_MAX_VALUE]


def _filled(
    blank: re.Pattern[str], form: str, parts: list[str | None], unknown: str | None
) -> str | None:
    """A form with its blanks filled in, in their order. Where that cannot be told: the form as it
    is with `unknown`, or else None."""
    pieces = blank.split(form)
    if None in parts or len(pieces) != len(parts) + 1:
        return None if unknown is None else form
    rest = (each for pair in zip(parts, pieces[1:], strict=True) for each in pair)
    return _together([pieces[0], *rest])


def _decoded(decode: Callable[[str], bytes], text: str, unknown: str | None) -> str | None:
    try:
        return decode(text[:_MAX_VALUE]).decode("latin-1")
    except (ValueError, binascii.Error):
        return unknown


def parsed(code: str) -> ast.Module | None:
    """Code as Python reads it, or None where it cannot or is too long."""
    # The parser recurses into brackets: a long run of them is no program.
    if len(code) > _MAX_CODE or "((((((((((((((((((((" in code:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse(code)
    except SyntaxError:
        return None


def last_name(function: ast.expr) -> str:
    """The last name of a function: `run` of `subprocess.run`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def imported(tree: ast.AST) -> list[str]:
    """The packages that code imports, by their first names, with `urllib.request` and its like."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [_package(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(_package(node.module))
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            names += [name for name in whole if name in _CLIENTS]
    if any(isinstance(node, ast.Attribute) and node.attr == "urlopen" for node in ast.walk(tree)):
        names.append("urllib.request")
    return names


def _package(module: str) -> str:
    return module if module in _CLIENTS else module.partition(".")[0]
