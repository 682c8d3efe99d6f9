"""Shell code, read with a real parser: which programs a script calls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise, takewhile

import tree_sitter_bash
from tree_sitter import Language, Node, Parser, Tree

#: Commands that bash itself carries out.
BUILTINS = frozenset(
    """. : [ alias bg bind break builtin caller case cd command compgen complete continue declare
    dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for
    function getopts hash help history if in jobs kill let local logout mapfile popd printf
    pushd pwd read readarray readonly return select set shift shopt source suspend test then
    time times trap true type typeset ulimit umask unalias unset until wait while""".split()  # noqa: SIM905
)
#: Programs that run another one, given after their own options; the value names those options
#: that take a separate argument.
WRAPPERS = {
    "env": frozenset({"-u", "-C", "-S"}),
    "fakeroot": frozenset({"-b", "-i", "-l", "-s"}),
    "faketime": frozenset[str](),
    "nice": frozenset({"-n"}),
    "nohup": frozenset[str](),
    "proot": frozenset({"-b", "-r", "-w"}),
    "setsid": frozenset[str](),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "sudo": frozenset({"-u", "-g"}),
    "timeout": frozenset({"-k", "-s"}),
    "xargs": frozenset({"-I", "-n", "-P", "-d", "-L", "-s", "-a", "-E"}),
}


#: How often a script is parsed again with line ends that had been missed.
_MOST_REPAIRS = 8
#: Bytes of characters beyond ASCII, each as a letter.
_ASCII = bytes(range(0x80)) + b"x" * 0x80


def parse(source: bytes) -> Tree:
    """The syntax tree of a bash script in UTF-8; places in it are places in the source.

    Characters beyond ASCII are letters to the parser: its scanner hands them to functions of C that
    look them up in a table of 256, and far ones crash the process. Each call has a parser of its
    own, as a parser serves one thread.
    """
    # From bytes, as a whole: nodes of a source that is read through a callback have crashed the
    # interpreter (py-tree-sitter issue 435).
    text = bytearray(source.translate(_ASCII))
    tree = Parser(_language()).parse(bytes(text))
    for _ in range(_MOST_REPAIRS):
        ends = _swallowed(tree.root_node, text)
        if not ends:
            break
        for place in ends:
            text[place : place + 1] = b";"
        tree = Parser(_language()).parse(bytes(text))
    return tree


def _swallowed(root: Node, text: bytearray) -> list[int]:
    """The places of line ends that stand between the words of one command: the grammar misses the
    one behind a pipe of three programs where a redirection follows in the next line."""
    if not (b"|" in text and b"\n" in text):
        return []
    found: list[int] = []
    for node in _walk(root):
        if node.type != "command":
            continue
        for word, following in pairwise(node.named_children):
            gap = text[word.end_byte : following.start_byte]
            if following.type == "comment":
                # What is behind a comment is no word of the command before it.
                found.append(word.end_byte)
                break
            between = gap.replace(b"\r\n", b"\n").replace(b"\\\n", b"")
            if _is_word(word) and _is_word(following) and b"\n" in between:
                found.append(word.end_byte + _line_end(gap))
    return found


def _line_end(gap: bytearray) -> int:
    """Where the first line ends that does not go on behind a backslash."""
    place = gap.index(b"\n")
    while gap[:place].removesuffix(b"\r").endswith(b"\\"):
        place = gap.index(b"\n", place + 1)
    return place


@cache
def _language() -> Language:
    return Language(tree_sitter_bash.language())


def programs(script: str) -> list[str]:
    """The programs that a bash script calls, in order of appearance, without built-in commands.

    Those behind `xargs`, `env`, `timeout` and their like count, and those in `find -exec`. A name
    that is only known at run time (`$tool`) does not. A script inside a string (`bash -c '...'`)
    is read as well.
    """
    functions: set[str] = set()
    found: list[str] = []
    source = script.encode("utf-8", "replace")
    for node in _walk(parse(source).root_node):
        if node.type == "function_definition":
            name = node.child_by_field_name("name")
            functions.add(_text(name, source) if name is not None else "")
        elif node.type == "command":
            words = [_text(child, source) for child in node.named_children if _is_word(child)]
            found += _called(words)
    names = (name.rpartition("/")[2] for name in found)
    return [name for name in names if name and name not in BUILTINS and name not in functions]


def _walk(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def _is_word(node: Node) -> bool:
    return node.type not in {
        "variable_assignment",
        "file_redirect",
        "heredoc_redirect",
        "herestring_redirect",
    }


def _text(node: Node, source: bytes) -> str:
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _called(words: list[str]) -> list[str]:
    """The programs that one simple command calls: its own, and those it runs in turn."""
    if not words or words[0].startswith(("$", "`")):
        return []
    name = words[0].rpartition("/")[2]
    if name in ("bash", "sh"):
        # What follows the script's name is the script's own.
        options = list(takewhile(lambda word: word.startswith("-"), words[1:]))
        if "-c" in options and len(words) > len(options) + 1:
            return [name, *programs(words[len(options) + 1])]
    if name == "command" and len(words) > 1 and not words[1].startswith("-"):
        return _called(words[1:])
    if name == "find":
        inner = [
            words[place + 1 :]
            for place, word in enumerate(words)
            if word in ("-exec", "-execdir", "-ok")
        ]
        return [name, *(program for rest in inner for program in _called(rest))]
    if name in WRAPPERS:
        return [name, *_called(_wrapped(name, words[1:]))]
    return [name]


def _wrapped(name: str, words: list[str]) -> list[str]:
    """The command that a wrapper runs: what is left without its options and assignments."""
    rest = list(words)
    while rest and (rest[0].startswith("-") or (name == "env" and "=" in rest[0])):
        option = rest.pop(0)
        if option in WRAPPERS[name] and rest:
            rest.pop(0)
    if name in ("faketime", "timeout") and rest:
        rest.pop(0)
    return rest
