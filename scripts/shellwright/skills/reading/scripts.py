"""The scripts beside a skill's text, those that a `package.json` holds among them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from shellwright.skills.document import Code
from shellwright.skills.found import SourceFile
from shellwright.skills.languages import script_language
from shellwright.skills.reading.shellcode import is_whole
from shellwright.skills.reading.text import MAX_TEXT, decode

_MAX_SCRIPTS = 50
#: Commands of a package: shell code that is run by the package manager, not part of the work.
PACKAGE = "npm"


def read_scripts(files: Iterable[SourceFile], folder: str) -> tuple[tuple[Code, ...], bool]:
    """The scripts among `files`, named by their paths in `folder`, and whether all of them are
    there in full: at most 50 are read, and of each what `decode` and the shell parser can take."""
    found: list[Code] = []
    whole = True
    for file in files:
        name = file.path.rpartition("/")[2].lower()
        package = name == "package.json"
        language = PACKAGE if package else script_language(name)
        if not language:
            continue
        if len(found) >= _MAX_SCRIPTS:
            return tuple(found), False
        text, _ = decode(file.content)
        if package:
            text = _package_scripts(text)
            if not text:
                continue
        whole = whole and file.whole and len(file.content) <= MAX_TEXT
        whole = whole and (language not in ("sh", PACKAGE) or is_whole(text))
        path = file.path.removeprefix(folder.rstrip("/") + "/")
        found.append(Code(language, text, path, script=True))
    return tuple(found), whole


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
