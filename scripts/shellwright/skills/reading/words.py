"""What the words of a command tell: the program behind `sudo` and its like, a script within."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from shellwright.shell import WRAPPERS

SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "su"})
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
_PROGRAM = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.][A-Za-z0-9_.+@-]{0,99}")
_SYSTEM_FOLDER = re.compile(r"(?:.*/)?s?bin/")
_COMMAND_OPTION = re.compile(r"-[a-z]{0,6}c")


def is_program_name(word: str) -> bool:
    """Whether `word` can be the name of a program, or a path to one."""
    return len(word) <= 300 and _PROGRAM.fullmatch(word.rpartition("/")[2]) is not None


def unwrapped(words: list[str]) -> tuple[list[str], bool]:
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


def program_name(word: str) -> str | None:
    """A program's name as it is reported, or None where `word` cannot be one."""
    if word in (".", "[", ":"):
        return word
    word = word.removeprefix("\\")  # which only says that it is no alias
    folder, slash, last = word.rpartition("/")
    if not is_program_name(word) or (not slash and last.startswith(".")):
        return None
    return last if _SYSTEM_FOLDER.fullmatch(folder + slash) else word


def inner_script(words: list[str]) -> str | None:
    """The script in `bash -c '…'`, or None. The words may stand behind a wrapper."""
    words, _ = unwrapped(words)
    if not words or words[0].rpartition("/")[2] not in SHELLS:
        return None
    for option, script in pairwise(words):
        if _COMMAND_OPTION.fullmatch(option):
            return script.replace('\\"', '"').replace("\\$", "$")
    return None


def executed(words: list[str]) -> Iterator[list[str]]:
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
