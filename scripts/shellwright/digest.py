"""Content digests: the same thing always gives the same 64 hex characters.

Item keys, manifests and Snakemake's ``params`` are made of these digests, so they depend on content
alone: never on time stamps, on the folder that the project lies in, or on the order in which a file
system lists its entries.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BYTES_KEY = "$b64"
_CACHE_FOLDERS = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_CACHE_SUFFIXES = frozenset({".pyc", ".pyo"})


def _encode(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {BYTES_KEY: base64.b64encode(value).decode("ascii")}
    raise TypeError(f"cannot write {type(value).__name__} as canonical JSON")


def canonical(obj: Any) -> bytes:
    """Return ``obj`` as canonical JSON: sorted keys, no spaces, UTF-8, bytes as ``{"$b64": "…"}``.

    Raises TypeError for values that JSON has no form for, and ValueError for NaN and infinities.
    """
    text = json.dumps(
        obj,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_encode,
    )
    # A lone surrogate (from a file name that is not UTF-8) must not stop a build.
    return text.encode("utf-8", "surrogatepass")


def digest(obj: Any) -> str:
    """Return the SHA-256 of ``canonical(obj)`` as 64 hex characters."""
    return hashlib.sha256(canonical(obj)).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield every file and symbolic link below ``folder``, without the caches of tools."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _CACHE_FOLDERS]
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in [*names, *links]:
            path = Path(parent) / name
            if path.suffix not in _CACHE_SUFFIXES:
                yield path


def _entry(path: Path, name: str) -> tuple[str, str, str]:
    """Return (name, kind, content digest) of one file; a link counts as its target's text."""
    if path.is_symlink():
        return name, "link", hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    kind = "program" if os.access(path, os.X_OK) else "file"
    return name, kind, hashlib.sha256(path.read_bytes()).hexdigest()


def tree_digest(folder: str | os.PathLike[str]) -> str:
    """Return a digest over every file of ``folder``: relative path, executable bit and bytes.

    Time stamps, owners and the folder's own place and name do not count. Raises FileNotFoundError
    when there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"no such folder: {root}")
    return digest(sorted(_entry(path, path.relative_to(root).as_posix()) for path in _files(root)))


def stat_digest(path: str | os.PathLike[str]) -> str | None:
    """Return a digest of the names, sizes and times of a file or of everything below a folder.

    It tells cheaply that something may have changed. None where nothing lies there.
    """
    root = Path(path)
    if not root.exists():
        return None
    files = sorted(_files(root)) if root.is_dir() else [root]
    stats = [(os.fspath(file.relative_to(root)), file.lstat()) for file in files]
    return digest([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])


def code_digest(*paths: str | os.PathLike[str]) -> str:
    """Return a digest over source files and package folders, each under its own name.

    A folder counts with every file in it (a template or a C kernel makes results as much as a
    module does), but without byte code. Raises FileNotFoundError for a path that does not exist.
    """
    entries: list[tuple[str, str]] = []
    for path in map(Path, paths):
        content = (
            tree_digest(path) if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        )
        entries.append((path.name, content))
    return digest(sorted(entries))
