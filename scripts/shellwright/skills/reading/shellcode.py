"""Shell code of unknown origin, read with a real parser: what it calls, with which words.

Placeholders (`<file>`, `{{file}}`, `{baseDir}`) are no shell syntax, but skills are full of them.
They are hidden from the parser behind plain words of the same length, so that places in what it
returns are places in the text as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node, Tree

from shellwright.shell import BUILTINS, parse
from shellwright.skills.document import Call
from shellwright.skills.reading.functions import Step, is_certain, without_functions
from shellwright.skills.reading.words import SHELLS, executed, inner_script, program_name, unwrapped

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
#: Values of variables that are kept, and how much of each.
_MAX_VALUES = 1000
_MAX_VALUE = 2000
#: Scripts within scripts (`bash -c`) and commands within commands (`find -exec`).
_MAX_NESTING = 6
#: Built-in commands that change what the rest of a script does.
_KEPT_BUILTINS = frozenset({".", "source", "eval", "export"})
_SAYING = frozenset({"echo", "printf"})
#: Built-in commands that say something, go somewhere, or leave nothing of what there was.
_TOLD = _SAYING | {"cd", ":", "true", "kill", "history"}
#: A command of which only a variable tells what it is.
_HELD = re.compile(r"\"?\$(?:\w{1,80}|\{\w{1,80}\})\"?")
_PLACEHOLDER = re.compile(
    rb"(?<![<>$&|])<[A-Za-z][A-Za-z0-9_ ./:|-]{0,60}>(?![A-Za-z0-9_&])"
    rb"|\{\{[^{}\n]{1,200}\}\}"
    rb"|(?<![$\\])\{[A-Za-z_][A-Za-z0-9_.-]{0,60}\}"
)
_HEREDOC_MARKS = frozenset({"heredoc_start", "heredoc_end", "file_redirect", "pipeline", "command"})
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
    fed: tuple[str, ...] = ()


def calls(script: str, *, said: bool = False, asked: bool = False) -> tuple[Call, ...]:
    """What a shell script calls, in order of appearance; at most MAX_CALLS of its first MAX_SCRIPT
    bytes. A script that takes the parser too long has none.

    `sudo`, `env`, `timeout`, `xargs` and their like are looked through; `find` and `bash -c` stand
    before what they run. Built-in commands are left out except `.`, `source`, `eval` and `export`,
    and so are functions of the script that are defined by then, and names that are only known when
    it runs (`$tool`).
    A program in a `bin` folder goes by its name alone, any other by its path as it is written.
    With `said`, what `echo` and `printf` say is there, too, and so are `cd`, `kill`, `history`, a
    redirection without a command, as one of `:`, and a command that a variable holds (`$tool`), as
    what `eval` is given. With `asked`, what `read` asks for is.
    """
    kept = _KEPT_BUILTINS | (_TOLD if said else set()) | ({"read"} if asked else set())
    steps: list[Step] = []
    count = 0
    for step in _calls(script, _Around(), 0):
        if count >= MAX_CALLS:
            break
        if step.held and not said:
            continue
        count += step.call is not None
        steps.append(step)
    return tuple(
        call
        for call in without_functions(steps)
        if call.program not in BUILTINS or call.program in kept
    )


def assigned(script: str) -> dict[str, tuple[str, ...]]:
    """What a shell script gives its variables, those of loops among them, as it is written: each
    value once, in order."""
    found: dict[str, dict[str, None]] = {}
    count = 0
    for source, tree in _pieces(script):
        stack = [tree.root_node]
        while stack and count < _MAX_VALUES:
            node = stack.pop()
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if node.type == "variable_assignment" and name is not None and value is not None:
                count += 1
                values = found.setdefault(_text(name, source), {})
                values[_text(value, source)[:_MAX_VALUE]] = None
            elif node.type == "for_statement":
                variable = node.child_by_field_name("variable")
                if variable is not None:
                    values = found.setdefault(_text(variable, source), {})
                    for each in node.children_by_field_name("value"):
                        count += 1
                        values[_text(each, source)[:_MAX_VALUE]] = None
            stack += reversed(node.named_children)
    return {name: tuple(values) for name, values in found.items()}


def parses(script: str) -> bool:
    """Whether the parser finds no error in `script`."""
    return not any(tree.root_node.has_error for _, tree in _pieces(script))


def is_whole(script: str) -> bool:
    """Whether the parser can take all of a script."""
    return len(_bounded(script)) == len(script.encode("utf-8", "replace"))


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
    within = replace(around, reads=(), writes=(), fed=())
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
            if node.type == "redirected_statement" and not node.child_by_field_name("body"):
                writes = _redirected(start, node.named_children, source).writes
                if writes:
                    yield Step(Call(":", writes=writes, root=start.root), within=start.function)
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
    # Of the many parts of a long script hardly any inherits something.
    if around.arguments:
        around = replace(around, arguments=())
    if node.type in _SUBSTITUTIONS:
        around = start
    elif node.type == "pipeline":
        before = around.piped_from
        children = [child for child in children if child.type != "comment"]
        for place, child in enumerate(children):
            inherited = replace(around, piped_from=before)
            if place > 0:
                inherited = replace(inherited, reads=(), fed=())
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
    elif node.type not in _GROUPS and around.piped_from:
        around = replace(around, piped_from="")
    for child in children:
        yield child, around


def _inside(command: Node, source: bytes, start: _Around) -> Iterator[tuple[Node, _Around]]:
    """The parts of a simple command that may hold commands of their own: substitutions."""
    words = [child for child in command.named_children if child.type not in _REDIRECTS]
    script = inner_script([_text(word, source) for word in words])
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
    words, root = unwrapped(given)
    if not words or depth > _MAX_NESTING:
        return
    around = replace(around, root=around.root or root)
    name = program_name(words[0])
    if name is None:
        if _HELD.fullmatch(words[0]):
            held = Call("eval", (words[0],), piped_from=around.piped_from, root=around.root)
            yield Step(held, within=around.function, held=True)
        return
    call = Call(
        program=name,
        arguments=tuple(words[1:]),
        reads=around.reads,
        writes=around.writes,
        piped_from=around.piped_from,
        root=around.root,
        fed=around.fed,
    )
    # Behind a wrapper or by its path it is the program, and so it is for `find` or an inner shell.
    direct = depth == 0 and len(words) == len(given) and name == words[0].lstrip("\\")
    yield Step(call, within=around.function, direct=direct)
    script = inner_script(words)
    if script is not None:
        inner = replace(around, root=around.root or name == "su")
        yield from _calls(script, inner, depth + 1)
    elif name in SHELLS and len(words) == 1:
        for script in around.fed:
            if not script.startswith("<("):
                begun = _Around(root=around.root, function=around.function)
                yield from _calls(script, begun, depth + 1)
    elif name == "find":
        for inner_words in executed(words):
            begun = _Around(root=around.root, function=around.function)
            yield from _run(inner_words, begun, depth + 1)


def _program(statement: Node, source: bytes) -> str:
    """The program that a stage of a pipe ends with, built-in or not, or nothing."""
    node = statement
    while node.type != "command":
        if node.type == "declaration_command":
            return _text(node.children[0], source)
        children = [child for child in node.named_children if child.type not in _REDIRECTS]
        if not children or node.type not in _GROUPS | {"pipeline", "list"}:
            return ""
        node = children[-1]
    words = unwrapped([_text(part, source) for part in node.named_children if _is_word(part)])[0]
    return (program_name(words[0]) or "") if words else ""


def _is_word(node: Node) -> bool:
    return node.type not in _REDIRECTS and node.type != "variable_assignment"


def _redirected(around: _Around, nodes: Iterable[Node], source: bytes) -> _Around:
    """`around` with what the redirections among `nodes` read and write."""
    nodes = list(nodes)
    reads, writes = list(around.reads), list(around.writes)
    arguments, fed = list(around.arguments), list(around.fed)
    for node in nodes:
        if node.type in ("herestring_redirect", "heredoc_redirect"):
            given = (part for part in node.named_children if part.type not in _HEREDOC_MARKS)
            fed += [_text(part, source) for part in given]
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
        if operator == "<" and targets[0].type == "process_substitution":
            fed.append(target)
        is_stream = operator.endswith("&") and (target.isdigit() or target == "-")
        if is_stream or target == "/dev/null" or targets[0].type == "process_substitution":
            continue
        (reads if operator.startswith("<") else writes).append(target)
    return replace(
        around,
        reads=tuple(reads),
        writes=tuple(writes),
        arguments=tuple(arguments),
        fed=tuple(fed),
    )


def _text(node: Node, source: bytes) -> str:
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    while node.type == "command_name" and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type in ("string", "raw_string") and len(text) >= 2 and text[0] == text[-1]:
        return text[1:-1]
    return text
