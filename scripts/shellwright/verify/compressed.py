"""What compressed files hold, within bounds."""

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

MOST = 1 << 20  # bytes that are read of what a file holds
MOST_OF_CASE = 16 << 20  # bytes that are read of what the files of a case hold
MEMORY = 64 << 20
MOST_FILES = 200  # of a zip archive
ZIP = b"PK\x03\x04"


class Reader(Protocol):
    """What gives the first bytes of a compressed text."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most that many of them."""


READERS: Mapping[bytes, Callable[[], Reader]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(memlimit=MEMORY),
}


@dataclass
class Budget:
    """How many bytes more are unpacked of the files of a case."""

    left: int = MOST_OF_CASE


def unpacked(content: bytes, budget: Budget) -> bytes:
    """What a file compressed by gzip, bzip2, xz or zip holds, up to MOST bytes; any other itself.

    The files of a zip archive follow one another. A damaged file is taken as it is, and so is
    every file when the budget is used up.
    """
    if budget.left <= 0 or not content.startswith((ZIP, *READERS)):
        return content
    found = _unpacked(content)
    # What a damaged file has cost is not known, and reading a long list of empty files costs, too.
    budget.left -= MOST if found is None else max(len(content), len(found))
    return content if found is None else found


def _unpacked(content: bytes) -> bytes | None:
    """What a compressed file holds; None if it is damaged."""
    try:
        if content.startswith(ZIP):
            return b"\n".join(_of_zip(content))
        for magic, reader in READERS.items():
            if content.startswith(magic):
                return reader().decompress(content, MOST)
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError):
        pass
    except (zlib.error, lzma.LZMAError, zipfile.BadZipFile):
        pass
    return None


def _of_zip(content: bytes) -> list[bytes]:
    """The contents of a zip archive's files, MOST bytes in all."""
    found: list[bytes] = []
    left = MOST
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist()[:MOST_FILES]:
            with archive.open(member) as file:
                found.append(file.read(left))
            left -= len(found[-1])
            if left <= 0:
                break
    return found
