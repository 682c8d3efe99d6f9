"""What Python code needs from outside, or leaves to chance. It is parsed, and never run."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from shellwright.skills.filters.outside import CALLS_OUT, CHANCE, MOMENT, TABLES
from shellwright.skills.filters.programs import PYTHON_LOCAL, PYTHON_MODELS, PYTHON_NETWORK
from shellwright.skills.filters.pythoncode import imports, last_name, parsed

_PUBLIC = PYTHON_NETWORK | {"urllib.request", "http.client", "socket"}
_SEEDED = re.compile(r"\bseed\(|\bRandom\(\w")
_RUNNERS = frozenset({"run", "call", "check_output", "check_call", "Popen", "system", "popen"})
#: Calls that are answered otherwise each time.
_DRAWING = frozenset({"uuid1", "uuid4", "urandom", "token_hex", "token_urlsafe", "token_bytes"})
_OUTPUTS = frozenset({"print", "write", "write_text", "write_bytes", "dump", "dumps"})
_CLOCKS = frozenset({"now", "utcnow", "today"})
_TIMES = frozenset({"datetime", "date", "Timestamp"})
#: Why it is not known what code needs.
PACKAGES = "uses packages that may call out"
_UNREAD = "holds Python that cannot be read"


class Needs(NamedTuple):
    """What a piece of Python `needs`, a reason or nothing; the name that tells it; and why it is in
    `doubt`, where not all of it is known to be at hand."""

    needs: str
    name: str
    doubt: str


def python_needs(text: str, modules: frozenset[str]) -> Needs:
    """What Python code needs, by what it imports, calls and runs; `modules` are the skill's own."""
    for packages, reason in ((PYTHON_MODELS, "asks a model"), (_PUBLIC, CALLS_OUT)):
        used = sorted(imports(text, packages))
        if used:
            return Needs(reason, f"imports {used[0]}", "")
    tree = parsed(text)
    if tree is None:
        return Needs("", "", _UNREAD)
    unknown = ""
    named = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    seeded = _SEEDED.search(text) is not None
    for node in ast.walk(tree):
        for name in _imported(node):
            if name == "random" and not seeded:
                return Needs(CHANCE, "imports random", "")
            if not (name in sys.stdlib_module_names or name in PYTHON_LOCAL or name in modules):
                unknown = unknown or name
        if isinstance(node, ast.Call):
            program = _run_program(node, named)
            for table, reason in TABLES:
                if program in table:
                    return Needs(reason, f"runs {program}", "")
            reason, drawing = _put_out(node)
            if reason:
                return Needs(reason, f"puts out {drawing}()", "")
    return Needs("", f"imports {unknown}", PACKAGES) if unknown else Needs("", "", "")


def _imported(node: ast.AST) -> list[str]:
    """The packages that a statement imports, by their first names."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module.partition(".")[0]]
    return []


def _put_out(node: ast.Call) -> tuple[str, str]:
    """Why what a call puts out is another each time, and the function within it that makes it so;
    or nothing. What a program keeps, measures or only notes in passing is not looked at: most
    scripts know what time it is."""
    if last_name(node.func) in _OUTPUTS:
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Call) and (reason := _drawn(inner.func)):
                    return reason, last_name(inner.func)
    return "", ""


def _drawn(function: ast.expr) -> str:
    """Why a function gives another answer each time, or nothing."""
    name = last_name(function)
    if name in _DRAWING:
        return CHANCE
    clock = isinstance(function, ast.Attribute) and last_name(function.value) in _TIMES
    return MOMENT if clock and name in _CLOCKS else ""


def _run_program(node: ast.Call, named: Mapping[str, ast.expr]) -> str:
    """The program that a call of Python runs, where it is named, there or by way of a variable; or
    nothing."""
    if last_name(node.func) not in _RUNNERS or not node.args:
        return ""
    command = node.args[0]
    if isinstance(command, ast.Name):
        command = named.get(command.id, command)
    if isinstance(command, ast.List) and command.elts:
        command = command.elts[0]
    if isinstance(command, ast.JoinedStr) and command.values:
        command = command.values[0]
    if isinstance(command, ast.Constant) and isinstance(command.value, str):
        return (command.value.split() or [""])[0]
    return ""
