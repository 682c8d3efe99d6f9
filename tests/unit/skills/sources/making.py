"""Makes sources, and gathers them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shellwright.skills.found import FoundSkill, Refusal
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits

TEXT = b"---\nname: sort-lines\n---\nSort the lines:\n\n    sort in.txt > out.txt\n"


def gathered(
    tmp_path: Path, limits: Limits | None = None, **source: Any
) -> tuple[list[FoundSkill], list[Refusal]]:
    """All that a source holds, and all that is refused."""
    found = gather({"name": "wild", **source}, tmp_path, tmp_path / "cache", limits or Limits())
    return list(found.skills), found.refusals


def reasons(refusals: Iterable[Refusal]) -> dict[str, str]:
    return {refusal.path: refusal.reason for refusal in refusals}


def member(name: str, content: bytes = TEXT, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar(
    path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz", **more: Any
) -> Path:
    with tarfile.open(path, mode, **more) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path
