"""Programs of the tests that a script starts, whose names do not tell the language."""

import re
from collections.abc import Iterable, Iterator

from shellwright.verify.case import Case
from shellwright.verify.lint_commands import simple_commands
from shellwright.verify.lint_lines import Line, code_lines, expanded

NAME = re.compile(r"[\w.+-]+")
TOLD = (".py", ".sh")
PYTHON = re.compile(r"python[\d.]*")
SHELL = re.compile(r"(?:ba|da|k|z)?sh|source|\.")
#: Options of Python that are given a word of their own.
GIVEN = {"-W", "-X"}
MOST_OPTIONS = 20
#: What gives a part of a path, such as the script's own folder.
CAUGHT = re.compile(r"\$\([^()]*\)|\$\{[^{}]*\}")


def started(script: str, case: Case) -> dict[str, str]:
    """The files of the tests, but for those in .py and .sh, that a script starts as programs.

    Each has the suffix of its language, "" if that is another one: so says what it is started by,
    or its first line. A file that is only compared or copied is none of them.
    """
    found: dict[str, str] = {}
    words = set(NAME.findall(script))
    if not any(name in words for name in named_in(case)):
        return found  # which saves most of the time that this takes
    for _, path, language in starts(expanded([*code_lines(script)]), case):
        found.setdefault(path, language)
    return found


def starts(lines: Iterable[Line], case: Case) -> Iterator[tuple[int, str, str]]:
    """Where a script starts such a program: number of the line, file, and suffix."""
    named = named_in(case)
    for number, line in lines if named else ():
        if named.keys().isdisjoint(NAME.findall(line)):
            continue
        # What is started stands in one piece where such parts are left out, or else within one.
        whole = CAUGHT.sub(".", CAUGHT.sub(".", line))
        for command in (*simple_commands(whole), *simple_commands(line)):
            language, program = split(command)
            for path in named.get(program.rpartition("/")[2], ()):
                if may_be(program, path) and (language or "/" in program):
                    yield number, path, language or language_of(case.files[path][1])


def named_in(case: Case) -> dict[str, list[str]]:
    """The files of the tests, but for those in .py and .sh, by their names."""
    named: dict[str, list[str]] = {}
    for path in case.below("tests"):
        if not path.endswith(TOLD):
            named.setdefault(path.rpartition("/")[2], []).append(path)
    return named


def split(command: str) -> tuple[str, str]:
    """The suffix of the language that a command names, "" if it names none; and its program."""
    words = iter(word.strip("\"'") for word in command.split())
    first = next(words, "")
    name = first.rpartition("/")[2] or first
    if PYTHON.fullmatch(name):
        return ".py", after_options(words)
    if SHELL.fullmatch(name):
        return ".sh", after_options(words)
    return "", first


def after_options(words: Iterator[str]) -> str:
    """The first of some words that is no option, "" if there is none."""
    for _, word in zip(range(MOST_OPTIONS), words, strict=False):
        if word in GIVEN:
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def may_be(program: str, path: str) -> bool:
    """Whether what is started may be a file of the tests: not if it lies in another folder.

    What stands before its name may have been a variable, or a command.
    """
    return f"/{path}" == program or not program.startswith("/") or program.count("/") == 1


def language_of(content: bytes) -> str:
    """The suffix of the language of a program that is started directly, "" for another one.

    A shell takes a text that does not say what runs it for one of its own.
    """
    first = content[:200].partition(b"\n")[0].decode("utf-8", "replace")
    if not first.startswith("#!"):
        return "" if b"\0" in content else ".sh"
    names = [word.rpartition("/")[2] for word in first.removeprefix("#!").split()]
    if any(map(PYTHON.fullmatch, names)):
        return ".py"
    return ".sh" if any(map(SHELL.fullmatch, names)) else ""
