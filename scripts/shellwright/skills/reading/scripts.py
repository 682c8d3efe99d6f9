"""The scripts beside a skill's text, those that a `package.json`, a
makefile or a Dockerfile holds among them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from shellwright.skills.document import Code
from shellwright.skills.found import SourceFile
from shellwright.skills.languages import (
    DOCKER,
    MAKE,
    PACKAGE,
    SHELL_CODE,
    first_line_language,
    script_language,
)
from shellwright.skills.reading.shellcode import is_whole
from shellwright.skills.reading.text import MAX_TEXT, decode

_MAX_SCRIPTS = 50
#: What a makefile sets a variable to, and what a shell does for it.
_SETTING = re.compile(r"(?:export[ \t]{1,4})?(\w{1,60})[ \t]{0,20}[:?+]{0,2}=[ \t]{0,20}(.*)")
_REFERENCE = re.compile(r"\$[({](\w{1,60})[)}]")
_BUILT = re.compile(r"(?i)[ \t]*(?:onbuild[ \t]+)?run[ \t]+(?:--\w[^ \t]*[ \t]+)*(.+)")
_RUN = re.compile(r"\$\(shell[ \t]")


def read_scripts(files: Iterable[SourceFile], folder: str) -> tuple[tuple[Code, ...], str]:
    """The scripts among `files`, named by their paths in `folder`, and the first one that is not
    there in full, or nothing: at most 50 are read, and of each what `decode` and the shell parser
    can take."""
    found: list[Code] = []
    cut = ""
    for file in files:
        path = file.path.removeprefix(folder.rstrip("/") + "/")
        language = _language(path, file.content)
        if not language:
            continue
        if len(found) >= _MAX_SCRIPTS:
            return tuple(found), cut or path
        text, _ = decode(file.content)
        if language in _COMMANDS:
            text = _COMMANDS[language](text)
            if not text:
                continue
        whole = file.whole and len(file.content) <= MAX_TEXT
        if not whole or (language in SHELL_CODE and not is_whole(text)):
            cut = cut or path
        found.append(Code(language, text, path, script=True))
    return tuple(found), cut


def _language(path: str, content: bytes) -> str:
    named = script_language(path)
    return named or ("" if "." in path.rpartition("/")[2] else first_line_language(content))


def _made(text: str) -> str:
    """The recipes of a makefile as shell code, with the variables that it sets."""
    lines: list[str] = []
    for line in text.replace("\\\n", " ").split("\n"):
        words = line.strip()
        setting = _SETTING.fullmatch(words)
        # A justfile indents by blanks, too.
        if line.startswith(("\t", "    ")):
            lines.append(words.lstrip("@-+"))
        elif setting is not None:
            value = setting[2].replace('"', '\\"')
            lines.append(f'{setting[1]}="{value}"')
        elif "$(shell" in line and not words.startswith("#"):
            lines.append(words)
    text = _RUN.sub("$(", "".join(f"{line}\n" for line in lines))
    return _REFERENCE.sub(r"${\1}", text).replace("$$", "$")


def _built(text: str) -> str:
    """What a Dockerfile runs while an image is built, as shell code."""
    lines = re.sub(r"\\[ \t]*\n(?:[ \t]*#[^\n]*\n)*", " ", text).split("\n")
    found = (_BUILT.match(line) for line in lines)
    return "".join(f"{match[1]}\n" for match in found if match is not None)


def _package_scripts(text: str) -> str:
    """The commands under `scripts`, one a line; the whole file where it cannot be read."""
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        return text
    commands = package.get("scripts") if isinstance(package, dict) else None
    if not isinstance(commands, dict):
        return ""
    return "".join(f"{command}\n" for command in commands.values() if isinstance(command, str))


_COMMANDS: Mapping[str, Callable[[str], str]] = {
    PACKAGE: _package_scripts,
    MAKE: _made,
    DOCKER: _built,
}
