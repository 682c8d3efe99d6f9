"""The commands that Python code gives a shell or runs. It is parsed, within limits, never run."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import islice

from shellwright.skills.filters.pythoncode import last_name, parsed, string_of

_MOST = 200
_LONGEST = 4000
_MOST_NAMES = 2000
_MAX_DEPTH = 40
#: What runs a command, whatever it is an attribute of, and what does so of `subprocess` alone.
_ALWAYS = frozenset(
    """system popen getoutput getstatusoutput check_output check_call Popen create_subprocess_shell
    create_subprocess_exec""".split()  # noqa: SIM905
)
_OF_SUBPROCESS = frozenset({"run", "call"})
#: What puts another program in the place of this one, or beside it, with its words one by one.
_WORD_BY_WORD = re.compile(r"exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|create_subprocess_exec")
_HINT = re.compile(
    r"\b(?:subprocess|system|popen|getoutput|getstatusoutput|create_subprocess_\w+|spawn"
    r"|(?:exec|spawn)[lv]\w{0,2}|posix_spawnp?)\b"
)
#: What stands in a command for what is only known when it runs, as a placeholder of shell code.
UNKNOWN = "{unknown}"


def commands(code: str) -> Iterator[str]:
    """The commands as shell code, at most _MOST; also those that are put together from strings,
    or kept in variables. Code that Python cannot parse has none."""
    tree = parsed(code) if _HINT.search(code) else None
    return islice(_commands(tree), _MOST) if tree is not None else iter(())


def _commands(tree: ast.Module) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    aliases = _aliases(nodes)
    names = strings(nodes)
    for node in nodes:
        if isinstance(node, ast.Call) and _runs(node.func, aliases):
            command = _command(node, names)
            if command.replace(UNKNOWN, "").strip():
                yield command[:_LONGEST] + "\n"


def _aliases(nodes: list[ast.AST]) -> Mapping[str, str]:
    """What names that are imported stand for."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update({each.asname or each.name: each.name for each in node.names})
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            found.update(dict.fromkeys(names, node.value.attr))
    return found


def _runs(function: ast.expr, aliases: Mapping[str, str]) -> bool:
    match function:
        case ast.Attribute(value=ast.Name(id=place), attr=name) if name in _OF_SUBPROCESS:
            return aliases.get(place, place) == "subprocess"
        case ast.Attribute(value=ast.Call(args=[ast.Constant(value="subprocess")]), attr=name):
            return name in _OF_SUBPROCESS or name in _ALWAYS
        case ast.Attribute(attr=name):
            return name in _ALWAYS or _WORD_BY_WORD.fullmatch(name) is not None
        case ast.Name(id=name):
            known = aliases.get(name, name if "*" in aliases else "")
            return known in _ALWAYS | _OF_SUBPROCESS or _WORD_BY_WORD.fullmatch(known) is not None
    return False


def strings(nodes: list[ast.AST]) -> dict[str, str]:
    """The strings that names stand for, where each is given one, or goes on being put together."""
    given = [
        node
        for node in nodes
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and node.value is not None
    ]
    found: dict[str, str] = {}
    for node in sorted(given, key=lambda node: node.lineno)[:_MOST_NAMES]:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or node.value is None:
            continue
        words = _words(node.value)
        if words is not None:
            found[target.id] = _joined(words, found)
            continue
        text = string_of(node.value, found, UNKNOWN)
        if not text or not text.replace(UNKNOWN, "").strip():
            found.pop(target.id, None)
        elif isinstance(node, ast.AugAssign):
            found[target.id] = (found.get(target.id, UNKNOWN) + text)[:_LONGEST]
        else:
            found[target.id] = text[:_LONGEST]
    return found


def _command(node: ast.Call, names: Mapping[str, str]) -> str:
    """The command of a call as shell code."""
    named = [each.value for each in node.keywords if each.arg in ("args", "cmd", "command")]
    given = [*node.args, *named]
    if not given:
        return ""
    lists = (words for words in map(_words, given) if words is not None)
    words = next(lists, None)
    if words is not None:
        return _joined(words, names)
    name = last_name(node.func)
    if name == "create_subprocess_exec":
        return _joined(given, names)
    if _WORD_BY_WORD.fullmatch(name):
        # The program is named twice: as what is run, and as what it is told that it is.
        return _joined(given[1 + name.startswith("spawn") :], names)
    return string_of(given[0], names, UNKNOWN) or ""


def _words(node: ast.expr, depth: int = 0) -> list[ast.expr] | None:
    """The words of a command that is a list, or lists put together; None where it is none."""
    if depth > _MAX_DEPTH:
        return None
    match node:
        case ast.List(elts=words) | ast.Tuple(elts=words):
            return words
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            first, second = _words(left, depth + 1), _words(right, depth + 1)
            if first is not None or second is not None:
                return [*(first or [left]), *(second or [right])]
    return None


def _joined(words: list[ast.expr], names: Mapping[str, str]) -> str:
    """The words of a command, each quoted where it has to be."""
    found: list[str] = []
    for word in words:
        text = string_of(word, names, UNKNOWN) or UNKNOWN
        found.append(text if UNKNOWN in text and " " not in text else shlex.quote(text))
    return " ".join(found)
