"""How much of a source is read: the section `skills.limits` of the config."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Limits:
    """Bounds of one file, one skill and one source.

    A file is cut at `file_kb` KiB. A skill has at most `skill_files` files of `skill_kb` KiB
    together. Of a source at most `total_mb` MiB are unpacked or read, `entries` entries looked at
    and `skills` skills taken. Listing it and reading it may take `seconds` each. An archive may
    unpack to `ratio` times its size.
    """

    file_kb: int = 256
    skill_files: int = 64
    skill_kb: int = 1024
    total_mb: int = 2048
    entries: int = 1_000_000
    skills: int = 200_000
    seconds: float = 900
    ratio: int = 200

    @property
    def file_bytes(self) -> int:
        return self.file_kb * KIB

    @property
    def skill_bytes(self) -> int:
        return self.skill_kb * KIB

    @property
    def total_bytes(self) -> int:
        return self.total_mb * MIB
