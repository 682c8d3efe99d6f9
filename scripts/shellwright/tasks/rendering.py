"""Python source of the tests: one readable function for each check."""

import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.tasks.fixture import BundleError

WIDTH = 100
INDENT = "    "


@dataclass(frozen=True)
class CheckCall:
    """One test: a call of a helper of tests/checks, with what it is worth.

    function names the helper, kwargs are its arguments as literals, name becomes `test_<name>`,
    doc its docstring (one sentence on what must hold). A guard holds at the start too and carries
    no weight. expected maps a name to the content of tests/expected/<name>. after: names of other
    calls that must hold for this one to count.
    """

    function: str
    kwargs: Mapping[str, Any]
    name: str
    doc: str
    weight: float = 1.0
    guard: bool = False
    expected: Mapping[str, bytes] = field(default_factory=dict)
    after: tuple[str, ...] = ()


def render_tests(calls: Sequence[CheckCall], title: str = "What must hold.") -> dict[str, bytes]:
    """tests/test_outputs.py and the expected files of the calls, by path in the bundle.

    Raises BundleError when a name is no identifier or repeats, when no call is a check, when a
    weight is not positive, or when two calls give one expected file different contents.
    """
    check_calls(calls)
    names = sorted({call.function for call in calls} | {mark_of(call) for call in calls})
    blocks = [f'"""{one_line(title)}"""', import_line("checks", names)]
    source = "\n\n".join(blocks) + "\n"
    for call in calls:
        source += "\n\n" + render_call(call)
    files = {"tests/test_outputs.py": source.encode()}
    for call in calls:
        for name, content in call.expected.items():
            path = f"tests/expected/{name}"
            if files.setdefault(path, content) != content:
                raise BundleError(
                    f"expected/{name}: two checks want different contents; rename one"
                )
    return files


def check_calls(calls: Sequence[CheckCall]) -> None:
    """Raise BundleError when the calls cannot become one test file."""
    seen: set[str] = set()
    for call in calls:
        if not re.fullmatch(r"[a-z0-9_]+", call.name):
            raise BundleError(f"check {call.name!r}: a name has a-z, 0-9 and _ only")
        if call.name in seen:
            raise BundleError(f"check {call.name!r}: the name is used twice")
        if not call.guard and not call.weight > 0:
            raise BundleError(f"check {call.name!r}: weight {call.weight} is not positive")
        if not call.function.isidentifier() or keyword.iskeyword(call.function):
            raise BundleError(f"check {call.name!r}: {call.function!r} is no function name")
        seen.add(call.name)
    for call in calls:
        if missing := [name for name in call.after if name not in seen or name == call.name]:
            raise BundleError(f"check {call.name!r}: it comes after {missing[0]!r}, which is none")
    if all(call.guard for call in calls):
        raise BundleError("a task needs at least one check that is not a guard")


def mark_of(call: CheckCall) -> str:
    """The decorator that a call is marked with."""
    return "guard" if call.guard else "check"


def render_call(call: CheckCall) -> str:
    """One test function."""
    mark = "@guard" if call.guard else f"@check(weight={call.weight:g})"
    arguments = [(name, value) for name, value in call.kwargs.items()]
    before = "".join(f"{INDENT}test_{name}()\n" for name in call.after)
    if before:
        before = f"{INDENT}# What it is made from has to be right as well.\n{before}"
    body = before + INDENT + call_source(call.function, arguments)
    return f"{mark}\ndef test_{call.name}() -> None:\n{docstring(call.doc)}\n{body}\n"


def render_initial_state(
    files: Mapping[str, str | None], absent_paths: Iterable[str], tools: Iterable[str]
) -> bytes:
    """tests/test_initial_state.py: what must hold before anybody works on the task.

    files maps a path to the SHA-256 of its content, or to None where it only has to be there;
    nothing may lie at absent_paths; every tool must be on the PATH.
    """
    given = {path: digest for path, digest in sorted(files.items()) if digest is not None}
    there = sorted(path for path, digest in files.items() if digest is None)
    missing, commands = sorted(set(absent_paths)), sorted(set(tools))
    parts = [
        (given, "GIVEN", "unchanged", "given_files_have_their_content", "path, sha256"),
        (there, "PRESENT", "present", "given_folders_and_links_are_there", "path"),
        (missing, "ABSENT", "absent", "what_is_asked_for_does_not_exist_yet", "path"),
        (commands, "TOOLS", "tool_exists", "needed_commands_are_installed", "name"),
    ]
    used = [part for part in parts if part[0]]
    if not used:
        raise BundleError("initial state: nothing to test; give files, absent paths or tools")
    source = '"""What holds before anybody works on the task."""\n\n'
    source += import_line("checks", sorted(part[2] for part in used)) + "\n"
    for value, constant, *_ in used:
        source += f"\n{constant} = {literal(value, 0, len(constant) + 3)}"
    source += "\n"
    for value, constant, function, name, variables in used:
        values = f"{constant}.items()" if isinstance(value, dict) else constant
        source += (
            f"\n\ndef test_{name}() -> None:\n"
            f"{docstring(name.replace('_', ' ').capitalize() + '.')}\n"
            f"{INDENT}for {variables} in {values}:\n{INDENT * 2}{function}({variables})\n"
        )
    return source.encode()


def import_line(module: str, names: Sequence[str]) -> str:
    """A sorted import, over several lines where it is long."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"{INDENT}{name},\n" for name in names) + ")"


def call_source(function: str, arguments: Sequence[tuple[str, Any]]) -> str:
    """A call inside a function body, without its first indentation."""
    line = f"{function}({', '.join(f'{name}={source(value)}' for name, value in arguments)})"
    if len(INDENT + line) <= WIDTH:
        return line
    lines = [f"{function}("]
    for name, value in arguments:
        lines.append(f"{INDENT * 2}{name}={literal(value, 2, len(name) + 1)},")
    return "\n".join([*lines, f"{INDENT})"])


def literal(value: Any, level: int, used: int) -> str:
    """A literal that fits the line: `level` indents deep, `used` columns already taken."""
    short = source(value)
    if len(INDENT) * level + used + len(short) + 1 <= WIDTH:
        return short
    inner, outer = INDENT * (level + 1), INDENT * level
    if isinstance(value, dict) and value:
        rows = [
            f"{inner}{source(key)}: {literal(item, level + 1, len(source(key)) + 2)},\n"
            for key, item in value.items()
        ]
        return "{\n" + "".join(rows) + outer + "}"
    if isinstance(value, list | tuple) and value:
        rows = [f"{inner}{literal(item, level + 1, 0)},\n" for item in value]
        return "[\n" + "".join(rows) + outer + "]"
    if isinstance(value, str) and value:
        pieces = split_text(value, WIDTH - len(inner) - 2)
        return "(\n" + "".join(f"{inner}{piece}\n" for piece in pieces) + outer + ")"
    return short


def source(value: Any) -> str:
    """A literal on one line; texts in double quotes, tuples as lists. Raises BundleError else."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool | int | float | bytes) or value is None:
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(source(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
    raise BundleError(f"a check's argument {value!r} is no literal")


def quoted(text: str) -> str:
    """A text literal, in double quotes unless single ones need fewer escapes."""
    plain = repr(text)
    if plain[0] == '"' or text.count('"') > text.count("'"):
        return plain
    body = plain[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{body}"'


def split_text(text: str, width: int) -> list[str]:
    """Literals that together are the text, none wider than the width if that can be."""
    pieces: list[str] = []
    rest = text
    while rest:
        length = min(len(rest), width)
        while length > 1 and len(quoted(rest[:length])) > width:
            length -= 1
        space = rest.rfind(" ", 0, length) + 1 if length < len(rest) else 0
        end = space if space > width // 2 else length
        pieces.append(quoted(rest[:end]))
        rest = rest[end:]
    return pieces


def docstring(text: str) -> str:
    """An indented docstring, wrapped."""
    clean = one_line(text)
    if len(clean) + len(INDENT) + 6 <= WIDTH:
        return f'{INDENT}"""{clean}"""'
    lines = textwrap.wrap('"""' + clean, WIDTH - len(INDENT), break_on_hyphens=False)
    return textwrap.indent("\n".join([*lines, '"""']), INDENT)


def one_line(text: str) -> str:
    """A text that can stand between triple quotes."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    clean = " ".join(plain.split()).replace("\\", "\\\\").replace('"""', "'''")
    return clean[:-1] + "'" if clean.endswith('"') else clean
