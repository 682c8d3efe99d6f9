"""The pieces of a skill's work: its calls, its scripts, its blocks of code; and what each needs.

Everything is parsed, within limits, and never run.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.chance import Drawn, by_chance, drawn, says
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.outside import CALLS_OUT, CHANCE, MOMENT, outside
from shellwright.skills.filters.places import lacking_call
from shellwright.skills.filters.programs import LOCAL, PLATFORM, is_work, only_tells
from shellwright.skills.filters.pythoncode import imported, parsed
from shellwright.skills.filters.pythonneeds import PACKAGES, python_needs
from shellwright.skills.filters.verdicts import as_written, named
from shellwright.skills.reading.shellcode import MAX_CALLS, calls

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
_DRAWN = re.compile(r"\bMath\.random\(|\brandom(?:UUID|Bytes|Int)\(")
_MODULE = re.compile(r"(?:\brequire\(|\bfrom\s|\bimport\s)\s{0,3}['\"]([^'\"\n]{1,80})['\"]")
_MAX_CODE = 60_000
#: The share of a shell script's calls that makes it tell of the moment, and the one that may be
#: of programs that nobody knows.
_MUCH = 0.5
_LITTLE = 0.2
#: Programs that say nothing of what the script does that they run.
_PYTHONS = frozenset({"python", "python3"})
_INTERPRETERS = _PYTHONS | {"node", "bash", "sh", "ruby", "perl", "php", "zsh"}
#: Languages in which the work itself is written.
_PROGRAMS = frozenset({"python", "sql", "go", "rust", "perl", "ruby", "awk", *_SCRIPTED})


#: Why it is not known what a call needs.
_ABSENT = "runs a program that is not among its files"
_UNREAD = "runs code that is not looked at"
_INLINE = "runs code that stands in a command"
_EMPTY = "has scripts that call no program"
_UNKNOWN = "rests on programs that are not known to work on files alone"


@dataclass(frozen=True)
class Piece:
    """A call, a script beside the text or a block of code, and what it `needs`: a reason, or
    nothing. `doubt` says why it is not known whether all that it uses is at hand, or nothing.
    `leaves` are the files that a call writes."""

    kind: Literal["call", "script", "block"]
    needs: str
    doubt: str
    quote: str
    leaves: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether everything that it uses is known to be at hand."""
        return not (self.needs or self.doubt)


def pieces(material: Material) -> list[Piece]:
    """All the work of a skill, each call once. What calls or imports a script of the skill's own
    needs what that script needs."""
    document = material.document
    codes = {code.heading: code for code in material.script_codes}
    scripts = _scripts(codes)
    names = {_name(path): piece for path, piece in scripts.items()}
    found: dict[tuple[str, ...], Piece] = {}
    shown = tuple(code for code in document.code if not code.script)
    for code in shown:
        if code.language == "sh" and len(found) < MAX_CALLS:
            variables = drawn(code.text)
            for call in _beyond_platform(calls(code.text, said=True)):
                if _is_work(call, variables):
                    key = (call.program, *call.arguments)
                    if key not in found:
                        found[key] = _call(call, names, variables)
    modules = frozenset(_module(path) for path in codes)
    blocks = (_code(code, modules) for code in shown)
    return [*found.values(), *scripts.values(), *(piece for piece in blocks if piece is not None)]


def _beyond_platform(found: Iterable[Call]) -> Iterator[Call]:
    """The calls that are none of the agent's platform, and work on nothing that it tells."""
    platform = False
    for call in found:
        platform = call.program in PLATFORM or (platform and bool(call.piped_from))
        if not platform:
            yield call


def _is_work(call: Call, variables: Drawn) -> bool:
    """Whether a call is work and no look at what a program is, or says something that is left to
    chance."""
    if says(call):
        return by_chance(call, variables)
    return is_work(call) and not only_tells(call)


def shares(found: Sequence[Piece]) -> tuple[float, float]:
    """The shares of the pieces that need something, and of those that are settled."""
    count = max(len(found), 1)
    return (
        sum(bool(piece.needs) for piece in found) / count,
        sum(piece.settled for piece in found) / count,
    )


def most_doubted(found: Sequence[Piece]) -> str:
    """The doubt that most of the pieces are in which need nothing; empty where none is."""
    doubts = Counter(piece.doubt for piece in found if piece.doubt and not piece.needs)
    return next((doubt for doubt, _ in doubts.most_common(1)), "")


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
            variables = drawn(code.text)
            for call in calls(code.text, said=True):
                words = () if says(call) else (call.program, *call.arguments)
                used = {_name(word) for word in words} & names.keys()
                own |= used
                if not used and _is_work(call, variables):
                    parts.append(_call(call, {}, variables))
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
        needs, doubt = found[used_one].needs, found[used_one].doubt
        for user in users[used_one]:
            if found[user].settled or (needs and not found[user].needs):
                found[user] = replace(found[user], needs=needs, doubt=doubt)
                waiting.append(user)
    return found


def _shell(path: str, parts: Sequence[Piece]) -> Piece:
    """A shell script, by its calls. What does the work decides, not the date in a file's name."""
    outside_share, settled = shares(parts)
    needs = next((part.needs for part in parts if part.needs not in ("", MOMENT, CHANCE)), "")
    if not needs and outside_share >= _MUCH:
        needs = next(part.needs for part in parts if part.needs)
    unknown = 1 - settled - outside_share
    doubt = (most_doubted(parts) or _EMPTY) if not needs and unknown > _LITTLE else ""
    return Piece("script", needs, doubt, path)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _module(path: str) -> str:
    return _name(path).partition(".")[0]


def _call(call: Call, scripts: Mapping[str, Piece], variables: Drawn) -> Piece:
    """A call; `scripts` are the skill's own, by name."""
    needs = outside(call, variables)
    quote = as_written(call)
    words = (call.program, *call.arguments)[:3]
    own = next((scripts[_name(word)] for word in words if _name(word) in scripts), None)
    if own is not None:
        return Piece("call", needs or own.needs, own.doubt, quote)
    inline = _inline(call)
    if inline:
        found = python_needs(inline, frozenset())
        return Piece("call", needs or found.needs, found.doubt or _INLINE, quote)
    return Piece("call", needs, _doubt(call), quote, call.writes)


def _inline(call: Call) -> str:
    """The Python that a call is given on its command line or in a here-document, or nothing."""
    if call.program not in _PYTHONS:
        return ""
    if call.arguments[:1] == ("-c",):
        return "".join(call.arguments[1:2])
    return "\n".join(call.fed) if call.arguments in ((), ("-",)) else ""


def _doubt(call: Call) -> str:
    """Why it is not known whether a call works on what is at hand alone, or nothing."""
    name = _name(call.program)
    if name not in _INTERPRETERS:
        known = name in LOCAL or says(call)
        if known:
            return ""
        return _ABSENT if _is_file(call.program) else lacking_call(call) or _UNKNOWN
    script = next((word for word in call.arguments if not word.startswith("-")), "")
    return _ABSENT if _is_file(script) else _UNREAD


def _is_file(word: str) -> bool:
    """Whether a word names a program by its place, and not one that is installed."""
    return "/" in word or word.endswith((".sh", ".py", ".js", ".mjs", ".ts", ".rb", ".pl"))


def _code(code: Code, modules: frozenset[str]) -> Piece | None:
    """A script or block in a language of programs; shell code counts by its calls."""
    kind: Literal["script", "block"] = "script" if code.script else "block"
    quote = named(code)
    if code.language in ("http", "graphql", "solidity"):
        return Piece(kind, CALLS_OUT, "", code.text)
    if code.language not in _PROGRAMS:
        return None
    needs = doubt = ""
    if code.language == "python":
        needs, used, doubt = python_needs(code.text, modules)
        quote = f"{code.heading} {used}" if used else quote
    elif code.language in _SCRIPTED:
        match = _REQUEST.search(code.text[:_MAX_CODE])
        needs = CALLS_OUT if match else ""
        names = (each.removeprefix("node:") for each in _MODULE.findall(code.text[:_MAX_CODE]))
        if not all(name.startswith(".") or name in _BUILTINS for name in names):
            doubt = PACKAGES
        if not needs and (match := _DRAWN.search(code.text[:_MAX_CODE])):
            needs = CHANCE
        quote = match[0] if match else quote
    return Piece(kind, needs, doubt, quote)
