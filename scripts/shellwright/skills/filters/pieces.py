"""The pieces of a skill's work: its calls, its scripts, its blocks of code; and what each needs.

Everything is parsed, within limits, and never run.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.outside import CALLS_OUT, CHANCE, MOMENT, TABLES, outside
from shellwright.skills.filters.programs import (
    LOCAL,
    PLATFORM,
    PYTHON_LOCAL,
    PYTHON_MODELS,
    PYTHON_NETWORK,
    is_work,
)
from shellwright.skills.filters.pythoncode import imported, imports, parsed
from shellwright.skills.reading.document import calls_of
from shellwright.skills.reading.shellcode import calls

_PUBLIC_PYTHON = PYTHON_NETWORK | {"urllib.request", "http.client", "socket"}
_SEED = re.compile(r"\bseed\(|\bRandom\(\w")
_SCRIPTED = frozenset({"javascript", "typescript", "tsx", "jsx"})
#: What Node.js has that stays at hand.
_BUILTINS = frozenset(
    """assert buffer child_process crypto events fs fs/promises module os path perf_hooks process
    readline readline/promises stream string_decoder url util vm worker_threads zlib
    """.split()  # noqa: SIM905
)
_REQUEST = re.compile(
    r"\b(?:fetch|axios(?:\.\w+)?)\(|\bWebSocket\(|['\"](?:node:)?(?:https?|net|tls|dgram)['\"]"
)
_MODULE = re.compile(r"(?:\brequire\(|\bfrom\s|\bimport\s)\s{0,3}['\"]([^'\"\n]{1,80})['\"]")
_MAX_CODE = 60_000
#: The share of a shell script's calls that makes it tell of the moment, and the one that may be
#: of programs that nobody knows.
_MUCH = 0.5
_LITTLE = 0.2
#: Programs that say nothing of what the script does that they run.
_INTERPRETERS = frozenset({"python", "python3", "node", "bash", "sh", "ruby", "perl", "php", "zsh"})
_RUNNERS = frozenset({"run", "call", "check_output", "check_call", "Popen", "system", "popen"})
#: Languages in which the work itself is written.
_PROGRAMS = frozenset({"python", "sql", "go", "rust", "perl", "ruby", "awk", *_SCRIPTED})


@dataclass(frozen=True)
class Piece:
    """A call, a script beside the text or a block of code, and what it `needs`: a reason, or
    nothing. `settled` tells that everything which it uses is known to be at hand."""

    kind: Literal["call", "script", "block"]
    needs: str
    settled: bool
    quote: str


def pieces(material: Material) -> list[Piece]:
    """All the work of a skill, each call once. What calls or imports a script of the skill's own
    needs what that script needs."""
    document = material.document
    codes = {code.heading: code for code in material.script_codes}
    scripts = _scripts(codes)
    names = {_name(path): piece for path, piece in scripts.items()}
    found: dict[tuple[str, ...], Piece] = {}
    shown = tuple(code for code in document.code if not code.script)
    for call in calls_of(shown):
        if is_work(call) and call.program not in PLATFORM:
            found.setdefault((call.program, *call.arguments), _call(call, names))
    modules = frozenset(_module(path) for path in codes)
    blocks = (_code(code, modules) for code in shown)
    return [*found.values(), *scripts.values(), *(piece for piece in blocks if piece is not None)]


def shares(found: Sequence[Piece]) -> tuple[float, float]:
    """The shares of the pieces that need something, and of those that are settled."""
    count = max(len(found), 1)
    return (
        sum(bool(piece.needs) for piece in found) / count,
        sum(piece.settled for piece in found) / count,
    )


def _scripts(codes: Mapping[str, Code]) -> dict[str, Piece]:
    """The scripts of a skill, by path."""
    names = {_name(path): path for path in codes}
    modules = {_module(path): path for path in codes}
    found: dict[str, Piece] = {}
    users: dict[str, list[str]] = defaultdict(list)
    for path, code in codes.items():
        if code.language == "sh":
            own: set[str] = set()
            parts = []
            for call in calls(code.text):
                used = {_name(word) for word in (call.program, *call.arguments)} & names.keys()
                own |= used
                if not used and is_work(call):
                    parts.append(_call(call, {}))
            found[path] = _shell(path, parts)
            uses = {names[name] for name in own}
        else:
            piece = _code(code, frozenset(modules))
            if piece is None:
                continue
            found[path] = piece
            tree = parsed(code.text) if code.language == "python" else None
            uses = {modules[name] for name in imported(tree) if name in modules} if tree else set()
        for other in uses - {path}:
            users[other].append(path)
    waiting = [path for path, piece in found.items() if not piece.settled]
    while waiting:
        used_one = waiting.pop()
        needs = found[used_one].needs
        for user in users[used_one]:
            if found[user].settled or (needs and not found[user].needs):
                found[user] = replace(found[user], needs=needs, settled=False)
                waiting.append(user)
    return found


def _shell(path: str, parts: Sequence[Piece]) -> Piece:
    """A shell script, by its calls. What does the work decides, not the date in a file's name."""
    outside_share, settled = shares(parts)
    needs = next((part.needs for part in parts if part.needs not in ("", MOMENT, CHANCE)), "")
    if not needs and outside_share >= _MUCH:
        needs = next(part.needs for part in parts if part.needs)
    unknown = 1 - settled - outside_share
    return Piece("script", needs, not needs and unknown <= _LITTLE, path)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _module(path: str) -> str:
    return _name(path).partition(".")[0]


def _call(call: Call, scripts: Mapping[str, Piece]) -> Piece:
    """A call; `scripts` are the skill's own, by name."""
    needs = outside(call)
    words = (call.program, *call.arguments)
    own = next((scripts[_name(word)] for word in words[:3] if _name(word) in scripts), None)
    if own is not None:
        return Piece("call", needs or own.needs, own.settled and not needs, " ".join(words))
    name = _name(call.program)
    known = name in LOCAL and name not in _INTERPRETERS
    return Piece("call", needs, known and not needs, " ".join(words))


def _code(code: Code, modules: frozenset[str]) -> Piece | None:
    """A script or block in a language of programs; shell code counts by its calls."""
    kind: Literal["script", "block"] = "script" if code.script else "block"
    quote = code.heading if code.script else code.text
    if code.language in ("http", "graphql", "solidity"):
        return Piece(kind, CALLS_OUT, False, code.text)
    if code.language not in _PROGRAMS:
        return None
    needs, settled = "", True
    if code.language == "python":
        needs, used, settled = _python(code.text, modules)
        quote = f"{code.heading} {used}" if used else quote
    elif code.language in _SCRIPTED:
        match = _REQUEST.search(code.text[:_MAX_CODE])
        needs = CALLS_OUT if match else ""
        names = (each.removeprefix("node:") for each in _MODULE.findall(code.text[:_MAX_CODE]))
        settled = all(name.startswith(".") or name in _BUILTINS for name in names)
        quote = match[0] if match else quote
    return Piece(kind, needs, settled and not needs, quote)


def _python(text: str, modules: frozenset[str]) -> tuple[str, str, bool]:
    """What Python code needs, by what it imports and runs; the name; and whether all is known."""
    for packages, reason in ((PYTHON_MODELS, "asks a model"), (_PUBLIC_PYTHON, CALLS_OUT)):
        used = sorted(imports(text, packages))
        if used:
            return reason, f"imports {used[0]}", False
    tree = parsed(text)
    if tree is None:
        return "", "", False
    unknown = False
    named = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    seeded = re.search(r"\bseed\(|\bRandom\(\w", text) is not None
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module.partition(".")[0]]
        for name in names:
            if name == "random" and not seeded:
                return CHANCE, "imports random", False
            known = name in sys.stdlib_module_names or name in PYTHON_LOCAL or name in modules
            unknown = unknown or not known
        if isinstance(node, ast.Call):
            program = _run_program(node, named)
            for table, reason in TABLES:
                if program in table:
                    return reason, f"runs {program}", False
    return "", "", not unknown


def _run_program(node: ast.Call, named: Mapping[str, ast.expr]) -> str:
    """The program that a call of Python runs, where it is named, there or by way of a variable; or
    nothing."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in _RUNNERS or not node.args:
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
