"""Compressed archives as a stream of bytes that is counted while it is read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

import pyarrow

from shellwright.skills.sources.meter import Damaged, Meter

_CHUNK = 256 * 1024
#: Memory that an xz archive may ask for; `xz -9` asks for 65 MiB.
_XZ_MEMORY = 512 * 1024 * 1024
_BROKEN = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)


class _Part(Protocol):
    """bz2 and lzma have this in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Parts:
    """A file of one or more compressed parts, as bz2 and xz have them."""

    def __init__(self, file: BinaryIO, part: Callable[[], _Part]) -> None:
        self._file = file
        self._new = part
        self._part = part()
        self._rest = b""

    def read1(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. Raises EOFError where the file is cut off."""
        while True:
            if self._part.eof:
                # xz pads its parts with zeros.
                self._rest = (self._part.unused_data or self._file.read(_CHUNK)).lstrip(b"\0")
                if not self._rest:
                    return b""
                self._part = self._new()
            if self._part.needs_input and not self._rest:
                self._rest = self._file.read(_CHUNK)
                if not self._rest:
                    raise EOFError("it is cut off")
            data, self._rest = self._rest, b""
            unpacked = self._part.decompress(data, size)
            if unpacked:
                return unpacked


class _Counted(io.RawIOBase):
    """What `read1` gives, counted. A broken form becomes Damaged."""

    def __init__(self, file: BinaryIO, read1: Callable[[int], bytes], meter: Meter) -> None:
        self._file = file
        self._read1 = read1
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._read1(min(len(buffer), _CHUNK))
        except _BROKEN as error:
            raise Damaged(f"the archive is cut off or damaged: {error}") from None
        self._meter.read(len(data), self._file.tell())
        buffer[: len(data)] = data
        return len(data)


def unpacked(file: BinaryIO, meter: Meter) -> BinaryIO:
    """The content of a file that may be compressed, to be read from its beginning to its end.

    Reading it raises Damaged where the compressed form is broken, and LimitReached.
    """
    file.seek(0)
    head = file.read(6)
    file.seek(0)
    read1: Callable[[int], bytes]
    if head.startswith(b"\x1f\x8b"):
        read1 = gzip.GzipFile(fileobj=file).read1
    elif head.startswith(b"BZh"):
        read1 = _Parts(file, bz2.BZ2Decompressor).read1
    elif head.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        read1 = _Parts(file, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)).read1
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        read1 = pyarrow.CompressedInputStream(pyarrow.PythonFile(file, "r"), "zstd").read
    else:
        read1 = file.read
    return io.BufferedReader(_Counted(file, read1, meter), _CHUNK)
