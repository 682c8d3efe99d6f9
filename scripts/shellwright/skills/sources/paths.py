"""Paths inside a source: which ones are taken, and which files matter."""

from __future__ import annotations

import re

from shellwright.skills.languages import ENVIRONMENT, LANGUAGES, MAKEFILE

LONGEST = 1024
DEEPEST = 64
#: Every language that the filters judge: a script that is not read is a script that nobody saw.
_CODE = (*LANGUAGES, ".json", ".yaml", ".yml", ".toml")
SUFFIXES = (*_CODE, ".md", ".txt")
_LICENSE = re.compile(r"(?:un)?licen[cs]e|copying")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Unsafe(Exception):
    """A path that is not taken. The message says why."""


def safe_path(raw: bytes) -> str:
    """A path as it stands in a source, with `.` and empty parts taken out; empty for the root.

    Raises Unsafe for one that leads out of the source, is not UTF-8, or cannot be shown.
    """
    if len(raw) > LONGEST:
        raise Unsafe(f"its path is longer than {LONGEST} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Unsafe("its name is not valid UTF-8") from None
    if text.startswith("/"):
        raise Unsafe("its path is absolute")
    if "\\" in text:
        # Some Windows programs pack it for a slash; on Linux it would be part of a name.
        raise Unsafe("its path has backslashes, no slashes")
    if _CONTROL.search(text):
        raise Unsafe("its name holds control characters")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Unsafe("its path leads out of the source (..)")
    if len(parts) > DEEPEST:
        raise Unsafe(f"it lies more than {DEEPEST} folders deep")
    return "/".join(parts)


def parent(path: str) -> str:
    """The folder of a path; the root is the empty string."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    return path.rpartition("/")[2]


def below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, at any depth."""
    return not folder or path.startswith(folder + "/")


def is_text(path: str) -> bool:
    """Whether this is a skill's main text."""
    return name_of(path).lower() == "skill.md"


def is_license(path: str) -> bool:
    """Whether a file is called as licence texts are: LICENSE, LICENCE-MIT, COPYING.txt."""
    name = name_of(path).lower()
    return _LICENSE.match(name) is not None and not name.endswith(_CODE)


def is_relevant(path: str) -> bool:
    """Whether a file belongs to what is read of a skill. A name without a suffix may be a script's:
    its first line tells."""
    name = name_of(path)
    return (
        "." not in name
        or name.lower().endswith((*SUFFIXES, MAKEFILE, ENVIRONMENT))
        or is_license(path)
    )
