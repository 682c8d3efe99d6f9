"""Writing the files of a bundle into a folder, whoever wrote the bundle."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shellwright.tasks.fixture import BundleError

FILE_LIMIT = 10_000
SIZE_LIMIT = 512 * 1024 * 1024
NAME_LIMIT = 255


def unpack(files: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Write {path, mode, content} entries below a folder that is new or empty.

    Every path is checked before anything is written. Raises BundleError for a path that is not
    relative and tidy, repeats, or is both file and folder, for too many or too large files, and
    for a folder that holds something already (through which a link could lead elsewhere).
    """
    entries = list(files)
    check_paths([str(entry["path"]) for entry in entries])
    size = sum(len(entry["content"]) for entry in entries)
    if size > SIZE_LIMIT:
        raise BundleError(f"bundle: {size} bytes, at most {SIZE_LIMIT} are unpacked")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BundleError(f"{folder}: not empty; unpack a bundle into a new or empty folder")
    for entry in entries:
        path = folder / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(entry["content"])
            # Never set-uid, set-gid or sticky, whatever the bundle says.
            os.fchmod(file.fileno(), int(entry["mode"]) & 0o777)


def check_paths(paths: list[str]) -> None:
    """Raise BundleError unless the paths are confined, tidy and form a tree."""
    if len(paths) > FILE_LIMIT:
        raise BundleError(f"bundle: {len(paths)} files, at most {FILE_LIMIT} are unpacked")
    for path in paths:
        problem = path_problem(path)
        if problem:
            raise BundleError(f"bundle: path {path!r} {problem}")
    folders = {"/".join(p.split("/")[:n]) for p in paths for n in range(1, len(p.split("/")))}
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            raise BundleError(f"bundle: path {path!r} is listed twice")
        if path in folders:
            raise BundleError(f"bundle: path {path!r} is both a file and a folder")
        seen.add(path)


def path_problem(path: str) -> str:
    """What is wrong with a path of a bundle, or an empty text."""
    parts = path.split("/")
    if path.startswith("/"):
        return "is absolute; give it relative to the bundle"
    if any(part in ("", ".", "..") for part in parts):
        return "has an empty, '.' or '..' part; give the plain path inside the bundle"
    if any(ord(character) < 32 or character in "\\\x7f" for character in path):
        return "has a control character or a backslash"
    try:
        too_long = any(len(part.encode()) > NAME_LIMIT for part in parts)
    except UnicodeEncodeError:
        return "is not UTF-8"
    return f"has a part longer than {NAME_LIMIT} bytes" if too_long else ""
