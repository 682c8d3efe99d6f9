"""Checks of files as such: presence, digest, mode, owner, links, whole trees."""

import grp
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any

from .reading import excerpt, expected_json, fail, kind_of, sha256_of

ENTRY_LIMIT = 100_000
#: Below this, Debian keeps the programs of a server by name and version.
SERVERS = "/usr/lib"


def present(path: str) -> None:
    """Something lies at the path; links are not followed."""
    __tracebackhide__ = True
    if not os.path.lexists(path):
        fail(f"{path}: does not exist")


def absent(path: str) -> None:
    """Nothing lies at the path, not even a dangling link."""
    __tracebackhide__ = True
    if os.path.lexists(path):
        fail(f"{path}: expected nothing here, found {kind_of(path)}")


def tool_exists(name: str) -> None:
    """A command of that name is on the PATH, or where a server keeps those of its version."""
    __tracebackhide__ = True
    versioned = Path(SERVERS).glob(f"*/*/bin/{name}")
    if shutil.which(name) is None and not any(os.access(path, os.X_OK) for path in versioned):
        fail(f"{name}: no such command on PATH {os.environ.get('PATH', '')}")


def sha256_is(path: str, sha256: str) -> None:
    """The regular file has this SHA-256."""
    __tracebackhide__ = True
    found = sha256_of(path)
    if found != sha256:
        fail(f"{path}: sha256 {found}, expected {sha256}")


def unchanged(path: str, sha256: str) -> None:
    """A file that was given still has the content it was given with."""
    __tracebackhide__ = True
    if sha256_of(path) != sha256:
        fail(f"{path}: this file was given and had to stay as it was, but its content changed")


def mode_is(path: str, mode: str) -> None:
    """The permission bits of what lies at the path, as octal text such as "0640"."""
    __tracebackhide__ = True
    found = stat.S_IMODE(status(path).st_mode)
    if found != int(mode, 8):
        fail(f"{path}: mode {found:04o}, expected {int(mode, 8):04o}")


def owner_is(path: str, user: str, group: str) -> None:
    """The owner and group, by name or by number in text."""
    __tracebackhide__ = True
    found = status(path)
    names = (user_name(found.st_uid), group_name(found.st_gid))
    numbers = (str(found.st_uid), str(found.st_gid))
    if user not in (names[0], numbers[0]) or group not in (names[1], numbers[1]):
        fail(f"{path}: owned by {names[0]}:{names[1]}, expected {user}:{group}")


def status(path: str) -> os.stat_result:
    """lstat of a path that must exist and must not be a symbolic link."""
    __tracebackhide__ = True
    try:
        found = os.lstat(path)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    if stat.S_ISLNK(found.st_mode):
        fail(f"{path}: is a symbolic link, expected the file or directory itself")
    return found


def user_name(uid: int) -> str:
    """The name of a user, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The name of a group, or its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def is_symlink_to(path: str, target: str, *, resolved: bool = False) -> None:
    """The path is a symbolic link with exactly this target.

    With resolved=True the link may be written in any way that leads to the same place.
    """
    __tracebackhide__ = True
    if not Path(path).is_symlink():
        fail(f"{path}: expected a symbolic link, found {kind_of(path)}")
    found = os.readlink(path)  # noqa: PTH115 (a Path would tidy the text of the link)
    same = os.path.realpath(path) == os.path.realpath(target) if resolved else found == target
    if not same:
        fail(f"{path}: links to {excerpt(found)}, expected {excerpt(target)}")


def tree_equals(root: str, expected: str, *, modes: bool = False) -> None:
    """The folder holds exactly the entries of expected/<expected>.json.

    That file maps a relative path to {"sha256": ...} for a file, {"link": target} for a symbolic
    link or {"dir": true} for a folder; each may have "mode": "0644", compared when modes is true.
    Folders that only hold listed entries need not be listed; anything else fails the check.
    """
    __tracebackhide__ = True
    wanted: dict[str, dict[str, Any]] = expected_json(expected)
    found = walk(root)
    parents = {parent for path in wanted for parent in ancestors(path)}
    missing = sorted(set(wanted) - set(found))
    extra = sorted(path for path in found if path not in wanted and path not in parents)
    if missing or extra:
        fail(f"{root}: missing {excerpt(missing)}, unexpected {excerpt(extra)}")
    for path, entry in sorted(wanted.items()):
        compare_entry(f"{root}/{path}", found[path], entry, modes)


def walk(root: str) -> dict[str, os.stat_result]:
    """Every entry under a folder by relative path; links are not followed."""
    __tracebackhide__ = True
    if not stat.S_ISDIR(status(root).st_mode):
        fail(f"{root}: expected a directory, found {kind_of(root)}")
    entries: dict[str, os.stat_result] = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(f"{root}/{folder}") as items:
            for item in items:
                path = f"{folder}/{item.name}" if folder else item.name
                entries[path] = item.stat(follow_symlinks=False)
                if len(entries) > ENTRY_LIMIT:
                    fail(f"{root}: more than {ENTRY_LIMIT} entries")
                if item.is_dir(follow_symlinks=False):
                    folders.append(path)
    return entries


def ancestors(path: str) -> list[str]:
    """The folders above a relative path, nearest first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in reversed(range(len(parts)))]


def compare_entry(path: str, found: os.stat_result, wanted: dict[str, Any], modes: bool) -> None:
    """Fail unless one entry of a tree is as described."""
    __tracebackhide__ = True
    if "link" in wanted:
        is_symlink_to(path, wanted["link"])
    elif "sha256" in wanted:
        if not stat.S_ISREG(found.st_mode):
            fail(f"{path}: expected a regular file, found {kind_of(path)}")
        sha256_is(path, wanted["sha256"])
    elif not stat.S_ISDIR(found.st_mode):
        fail(f"{path}: expected a directory, found {kind_of(path)}")
    if modes and "mode" in wanted:
        mode_is(path, wanted["mode"])
