"""Shell code of unknown origin, read with a real parser: what it calls, with which words.

Placeholders (`<file>`, `{{file}}`, `{baseDir}`) are no shell syntax, but skills are full of them.
They are hidden from the parser behind plain words of the same length, so that places in what it
returns are places in the text as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tree_sitter import Node, Tree

from shellwright.shell import BUILTINS, WRAPPERS, parse
from shellwright.skills.document import Call
from shellwright.skills.reading.functions import Step, is_certain, without_functions

MAX_SCRIPT = 256 * 1024
MAX_CALLS = 2000
#: While the parser recovers from errors its time and memory grow with the square of the text:
#: longer scripts than this are read in pieces.
_WHOLE = 16 * 1024
_PIECE = 8 * 1024
#: The parser's time or memory grows with the square of the number of here-documents, of arrays, of
#: the stages of a pipe, and of the redirections of a command.
_MAX_OPENED = 500
_MAX_PIPES = 5000
_MAX_IN_A_ROW = 1000
#: Scripts within scripts (`bash -c`) and commands within commands (`find -exec`).
_MAX_NESTING = 6
#: Built-in commands that change what the rest of a script does.
_KEPT_BUILTINS = frozenset({".", "source", "eval", "export"})
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "su"})
#: Programs that only run another one; the value names the options with a separate argument.
_WRAPPERS = {
    **WRAPPERS,
    "builtin": frozenset[str](),
    "chronic": frozenset[str](),
    "command": frozenset[str](),
    "doas": frozenset({"-u", "-C"}),
    "exec": frozenset({"-a"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "sudo": frozenset({"-u", "-g", "-p", "-C", "-h", "-r", "-t", "-U"}),
    "time": frozenset({"-f", "-o"}),
}
_PLACEHOLDER = re.compile(
    rb"(?<![<>$&|])<[A-Za-z][A-Za-z0-9_ ./:|-]{0,60}>(?![A-Za-z0-9_&])"
    rb"|\{\{[^{}\n]{1,200}\}\}"
    rb"|(?<![$\\])\{[A-Za-z_][A-Za-z0-9_.-]{0,60}\}"
)
_PROGRAM = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.][A-Za-z0-9_.+@-]{0,99}")
_SYSTEM_FOLDER = re.compile(r"(?:.*/)?s?bin/")
_COMMAND_OPTION = re.compile(r"-[a-z]{0,6}c")
_REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution", "function_definition"})
#: What hands its standard input on to the commands within.
_GROUPS = frozenset({"redirected_statement", "subshell", "compound_statement", "negated_command"})


@dataclass(frozen=True)
class _Around:
    """What a command inherits from the statements around it. `arguments` are words of its own
    that stand behind a redirection (`sort < in -r`), `function` the one whose body this is."""

    arguments: tuple[str, ...] = ()
    piped_from: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    root: bool = False
    function: str = ""


def calls(script: str) -> tuple[Call, ...]:
    """What a shell script calls, in order of appearance; at most MAX_CALLS of its first MAX_SCRIPT
    bytes. A script that takes the parser too long has none.

    `sudo`, `env`, `timeout`, `xargs` and their like are looked through; `find` and `bash -c` stand
    before what they run. Built-in commands are left out except `.`, `source`, `eval` and `export`,
    and so are functions of the script that are defined by then, and names that are only known when
    it runs (`$tool`).
    A program in a `bin` folder goes by its name alone, any other by its path as it is written.
    """
    steps: list[Step] = []
    count = 0
    for step in _calls(script, _Around(), 0):
        if count >= MAX_CALLS:
            break
        count += step.call is not None
        steps.append(step)
    return tuple(
        call
        for call in without_functions(steps)
        if call.program not in BUILTINS or call.program in _KEPT_BUILTINS
    )


def parses(script: str) -> bool:
    """Whether the parser finds no error in `script`."""
    return not any(tree.root_node.has_error for _, tree in _pieces(script))


def is_whole(script: str) -> bool:
    """Whether the parser can take all of a script."""
    return len(_bounded(script)) == len(script.encode("utf-8", "replace"))


def is_program_name(word: str) -> bool:
    """Whether `word` can be the name of a program, or a path to one."""
    return len(word) <= 300 and _PROGRAM.fullmatch(word.rpartition("/")[2]) is not None


def _bounded(script: str) -> bytes:
    """As much of a script as the parser can take."""
    source = script.encode("utf-8", "replace")[:MAX_SCRIPT]
    heredocs = arrays = pipes = in_a_row = end = 0
    for line in source.splitlines(keepends=True):
        count = line.count(b"|")
        # A pipe goes on over empty lines and comments.
        if count == 0 and line.strip() and not line.lstrip().startswith(b"#"):
            in_a_row = 0
        in_a_row += count
        pipes += count
        heredocs += line.count(b"<<")
        arrays += line.count(b"=(")
        if (
            max(in_a_row, line.count(b">")) > _MAX_IN_A_ROW
            or max(heredocs, arrays) > _MAX_OPENED
            or pipes > _MAX_PIPES
        ):
            break
        end += len(line)
    return source[:end]


def _hidden(source: bytes) -> bytes:
    return _PLACEHOLDER.sub(lambda match: b"_" * len(match[0]), source)


def _pieces(script: str) -> Iterator[tuple[bytes, Tree]]:
    """A script, parsed as a whole, or where it is long in pieces that end with a line."""
    source = _bounded(script)
    size = _WHOLE if len(source) <= _WHOLE else _PIECE
    start = 0
    while start < len(source):
        end = start + size
        if end < len(source):
            end = source.rfind(b"\n", start, end) + 1 or end
        yield source[start:end], parse(_hidden(source[start:end]))
        start = end


def _calls(script: str, around: _Around, depth: int) -> Iterator[Step]:
    """All calls of a script, those of built-in commands and of its own functions among them."""
    if depth > _MAX_NESTING:
        return
    within = replace(around, reads=(), writes=())
    for source, tree in _pieces(script):
        yield from _calls_of(tree.root_node, source, within, depth)


def _calls_of(root: Node, source: bytes, around: _Around, depth: int) -> Iterator[Step]:
    stack = [(root, around)]
    while stack:
        node, around = stack.pop()
        start = _Around(root=around.root, function=around.function)
        if node.type == "command":
            yield from _command(node, source, around, depth)
            stack += _inside(node, source, start)
        elif node.type in ("declaration_command", "unset_command"):
            words = tuple(_text(child, source) for child in node.children)
            yield Step(Call(words[0], words[1:], root=around.root), within=around.function)
            stack += [(child, start) for child in reversed(node.children)]
        else:
            if node.type == "function_definition":
                name = node.child_by_field_name("name")
                function = "" if name is None else _text(name, source)
                # One in a condition, a subshell or an inner script may never come to be.
                if depth == 0 and is_certain(node):
                    yield Step(defines=function, within=around.function)
                start = replace(start, function=function)
            stack += reversed(list(_parts(node, source, around, start)))


def _parts(
    node: Node, source: bytes, around: _Around, start: _Around
) -> Iterator[tuple[Node, _Around]]:
    """The parts of a statement, each with what it inherits."""
    children = node.named_children
    around = replace(around, arguments=())
    if node.type in _SUBSTITUTIONS:
        around = start
    elif node.type == "pipeline":
        before = around.piped_from
        children = [child for child in children if child.type != "comment"]
        for place, child in enumerate(children):
            inherited = replace(around, piped_from=before)
            if place > 0:
                inherited = replace(inherited, reads=())
            if place < len(children) - 1:
                inherited = replace(inherited, writes=())
            yield child, inherited
            before = _program(child, source)
        return
    elif node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        within = _redirected(around, node.children_by_field_name("redirect"), source)
        for child in children:
            if child == body:
                yield child, within
            elif child.type == "heredoc_redirect":
                # `cat <<END | next`: the rest of the pipe stands within the redirection.
                before = _program(body, source) if body is not None else ""
                for part in child.named_children:
                    piped = part.type in ("pipeline", "command", "redirected_statement")
                    yield part, replace(start, piped_from=before) if piped else start
            else:
                yield child, start
        return
    elif node.type == "list" and len(children) > 1:
        # `a && b > f` is read as one statement with a redirection, but it is `b` that writes.
        yield from ((child, start) for child in children[:-1])
        yield children[-1], replace(around, piped_from="")
        return
    elif node.type not in _GROUPS:
        around = replace(around, piped_from="")
    for child in children:
        yield child, around


def _inside(command: Node, source: bytes, start: _Around) -> Iterator[tuple[Node, _Around]]:
    """The parts of a simple command that may hold commands of their own: substitutions."""
    words = [child for child in command.named_children if child.type not in _REDIRECTS]
    script = _script([_text(word, source) for word in words])
    for child in reversed(command.named_children):
        # What the inner shell runs has been read already.
        if script is None or child.type != "string":
            yield child, start


def _command(node: Node, source: bytes, around: _Around, depth: int) -> Iterator[Step]:
    """The calls of one simple command: its own, and those it makes in turn."""
    children = node.named_children
    around = _redirected(around, children, source)
    words = [_text(child, source) for child in children if _is_word(child)]
    yield from _run([*words, *around.arguments], around, depth)


def _run(given: list[str], around: _Around, depth: int) -> Iterator[Step]:
    """The calls of a command given as words."""
    words, root = _unwrapped(given)
    if not words or depth > _MAX_NESTING:
        return
    around = replace(around, root=around.root or root)
    name = _name(words[0])
    if name is None:
        return
    call = Call(
        program=name,
        arguments=tuple(words[1:]),
        reads=around.reads,
        writes=around.writes,
        piped_from=around.piped_from,
        root=around.root,
    )
    # Behind a wrapper or by its path it is the program, and so it is for `find` or an inner shell.
    direct = depth == 0 and len(words) == len(given) and name == words[0].lstrip("\\")
    yield Step(call, within=around.function, direct=direct)
    script = _script(words)
    if script is not None:
        inner = replace(around, root=around.root or name == "su")
        yield from _calls(script, inner, depth + 1)
    elif name == "find":
        for inner_words in _executed(words):
            begun = _Around(root=around.root, function=around.function)
            yield from _run(inner_words, begun, depth + 1)


def _unwrapped(words: list[str]) -> tuple[list[str], bool]:
    """The command behind `sudo`, `env`, `xargs` and their like, and whether root runs it.

    A wrapper that runs nothing stands for itself.
    """
    root = False
    start = 0
    while start < len(words):
        name = words[start].rpartition("/")[2]
        root = root or name in ("sudo", "doas")
        place = start + 1
        if name not in _WRAPPERS or (name == "command" and words[place : place + 1] == ["-v"]):
            break
        while place < len(words) and (
            words[place].startswith("-") or (name in ("env", "sudo") and "=" in words[place])
        ):
            place += 2 if words[place] in _WRAPPERS[name] else 1
        place += name == "timeout"
        if place >= len(words):
            break
        start = place
    return words[start:], root


def _name(word: str) -> str | None:
    """A program's name as it is reported, or None where `word` cannot be one."""
    if word in (".", "["):
        return word
    word = word.removeprefix("\\")  # which only says that it is no alias
    folder, slash, last = word.rpartition("/")
    if not is_program_name(word) or (not slash and last.startswith(".")):
        return None
    return last if _SYSTEM_FOLDER.fullmatch(folder + slash) else word


def _script(words: list[str]) -> str | None:
    """The script in `bash -c '…'`, or None. The words may stand behind a wrapper."""
    words, _ = _unwrapped(words)
    if not words or words[0].rpartition("/")[2] not in _SHELLS:
        return None
    for option, script in pairwise(words):
        if _COMMAND_OPTION.fullmatch(option):
            return script.replace('\\"', '"').replace("\\$", "$")
    return None


def _executed(words: list[str]) -> Iterator[list[str]]:
    """The commands that `find` runs for the files that it finds."""
    place = 0
    while place < len(words):
        if words[place] in ("-exec", "-execdir", "-ok", "-okdir"):
            end = place + 1
            while end < len(words) and words[end] not in (";", "\\;", "+"):
                end += 1
            yield words[place + 1 : end]
            place = end
        place += 1


def _program(statement: Node, source: bytes) -> str:
    """The program that a stage of a pipe ends with, built-in or not, or nothing."""
    node = statement
    while node.type != "command":
        children = [child for child in node.named_children if child.type not in _REDIRECTS]
        if not children or node.type not in _GROUPS | {"pipeline", "list"}:
            return ""
        node = children[-1]
    words = _unwrapped([_text(part, source) for part in node.named_children if _is_word(part)])[0]
    return (_name(words[0]) or "") if words else ""


def _is_word(node: Node) -> bool:
    return node.type not in _REDIRECTS and node.type != "variable_assignment"


def _redirected(around: _Around, nodes: Iterable[Node], source: bytes) -> _Around:
    """`around` with what the redirections among `nodes` read and write."""
    reads, writes = list(around.reads), list(around.writes)
    arguments = list(around.arguments)
    files = [
        inner
        for node in nodes
        for inner in (
            node.children_by_field_name("redirect") if node.type == "heredoc_redirect" else [node]
        )
        if inner.type == "file_redirect"
    ]
    for node in files:
        targets = node.children_by_field_name("destination")
        if not targets:
            continue
        operator = next((child.type for child in node.children if not child.is_named), "")
        target = _text(targets[0], source)
        # The parser takes all words behind a redirection for targets.
        arguments += [_text(child, source) for child in targets[1:]]
        is_stream = operator.endswith("&") and (target.isdigit() or target == "-")
        if is_stream or target == "/dev/null" or targets[0].type == "process_substitution":
            continue
        (reads if operator.startswith("<") else writes).append(target)
    return replace(around, reads=tuple(reads), writes=tuple(writes), arguments=tuple(arguments))


def _text(node: Node, source: bytes) -> str:
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    while node.type == "command_name" and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type in ("string", "raw_string") and len(text) >= 2 and text[0] == text[-1]:
        return text[1:-1]
    return text
