"""Manifests: what a shard holds, as ``id, digest, status`` lines without times or hosts.

Rules take an upstream shard's manifest as their input and its table as ``ancient``, so that
staleness follows content.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from shellwright.digest import canonical, digest
from shellwright.errors import UserError
from shellwright.store.atomic import write_bytes
from shellwright.tables.types import stable_part


class Entry(NamedTuple):
    """One line of a manifest."""

    id: str
    digest: str
    status: str


def stable_digest(table: str, row: dict[str, Any]) -> str:
    """Return the digest of ``row`` without what is volatile in it (times, durations)."""
    return digest(stable_part(table, row))


def manifest_of(
    table: str, rows: Iterable[dict[str, Any]], status: str | None = None
) -> list[Entry]:
    """Return the manifest of ``rows``; ``status`` names the column that says how each one ended."""
    return [
        Entry(row["id"], stable_digest(table, row), "ok" if status is None else row[status])
        for row in rows
    ]


def write_manifest(path: str | os.PathLike[str], entries: Iterable[tuple[str, str, str]]) -> None:
    """Write ``(id, digest, status)`` entries to ``path``, sorted by id, atomically."""
    lines = [canonical(Entry(*entry)._asdict()) + b"\n" for entry in sorted(entries)]
    write_bytes(path, b"".join(lines))


def read_manifest(path: str | os.PathLike[str]) -> list[Entry]:
    """Return the entries of ``path``. Raises UserError, naming the line, when it is no manifest."""
    entries = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{path}:{number}: found {line[:80]!r}; expected id, digest and status."
                " Remove the file and build again."
            ) from error
    return entries
