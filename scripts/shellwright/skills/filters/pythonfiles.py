"""What Python code does to files, told as the shell commands that do the same: what it downloads
and writes under names that can be told, and folders that it deletes. It is parsed, never run."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import islice

from shellwright.skills.filters.pythoncode import last_name, parsed, string_of
from shellwright.skills.filters.pythonfetch import fetch_in, fetched_names
from shellwright.skills.filters.pythonruns import UNKNOWN, strings

_MOST = 200
_LONGEST = 2000
_HINT = re.compile(r"\b(?:urlretrieve|rmtree|copyfileobj|write(?:_text|_bytes)?)\s{0,3}\(")


def file_commands(code: str) -> Iterator[str]:
    """The commands, at most _MOST. Code that Python cannot parse has none."""
    tree = parsed(code) if _HINT.search(code) else None
    return islice(_commands(list(ast.walk(tree))), _MOST) if tree is not None else iter(())


def _commands(nodes: list[ast.AST]) -> Iterator[str]:
    names = strings(nodes)
    fetched = fetched_names(nodes)
    files = _opened(nodes, names)
    for node in nodes:
        match node:
            case ast.Call(func=function, args=[address, path, *_]) if (
                last_name(function) == "urlretrieve"
            ):
                yield from _download(address, string_of(path, names), names)
            case ast.Call(func=function, args=[path, *_]) if last_name(function) == "rmtree":
                folder = string_of(_path(path), names)
                if folder:
                    yield f"rm -rf {shlex.quote(folder)}\n"
            case ast.Call(func=ast.Attribute(value=place, attr="write"), args=[given]):
                yield from _write(given, _file(place, files, names), names, fetched)
            case ast.Call(
                func=ast.Attribute(value=place, attr="write_text" | "write_bytes"),
                args=[given, *_],
            ):
                named = string_of(_path(place), names)
                yield from _write(given, (named or "", ">"), names, fetched)
            case ast.Call(func=function, args=[given, place, *_]) if (
                last_name(function) == "copyfileobj"
            ):
                yield from _write(given, _file(place, files, names), names, fetched)


def _opened(nodes: list[ast.AST], names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The files that names stand for, each with how the shell writes to it."""
    found: dict[str, tuple[str, str]] = {}
    for node in nodes:
        match node:
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                found[name] = _file(value, {}, names)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                if last_name(value.func) == "open":
                    found[name] = _file(value, {}, names)
    return found


def _file(
    node: ast.expr, files: Mapping[str, tuple[str, str]], names: Mapping[str, str]
) -> tuple[str, str]:
    """The path of an open file, empty where it cannot be told, and how the shell writes to it."""
    match node:
        case ast.Name(id=name):
            return files.get(name, ("", ">"))
        case ast.Call(func=function, args=args, keywords=keywords) if last_name(function) == "open":
            # A path opens itself; everything else is told what to open.
            own = isinstance(function, ast.Attribute) and not _is_module(function.value)
            given = [function.value, *args] if isinstance(function, ast.Attribute) and own else args
            named = [each.value for each in keywords if each.arg == "mode"]
            mode = string_of((*given[1:2], *named, ast.Constant("r"))[0], names) or ""
            path = string_of(_path(given[0]), names) if given else None
            writes = any(letter in mode for letter in "wxa+")
            return (path or "" if writes else "", ">>" if "a" in mode else ">")
    return "", ">"


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("io", "os", "codecs", "builtins", "gzip")


def _path(node: ast.expr) -> ast.expr:
    """What a path is made from."""
    match node:
        case ast.Call(func=function, args=[inner]) if last_name(function) in ("Path", "PosixPath"):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="expanduser" | "resolve"), args=[]):
            return _path(inner)
    return node


def _write(
    given: ast.expr,
    file: tuple[str, str],
    names: Mapping[str, str],
    fetched: Mapping[str, ast.expr],
) -> Iterator[str]:
    path, sign = file
    source = fetch_in(given, fetched)
    if isinstance(source, ast.Call) and source.args:
        yield from _download(source.args[0], path, names)
        return
    text = string_of(given, names, UNKNOWN)
    if path and text:
        yield f"echo {shlex.quote(text[:_LONGEST])} {sign} {shlex.quote(path)}\n"


def _download(address: ast.expr, path: str | None, names: Mapping[str, str]) -> Iterator[str]:
    if path:
        place = string_of(address, names, UNKNOWN) or UNKNOWN
        yield f"curl -o {shlex.quote(path)} {shlex.quote(place)}\n"
