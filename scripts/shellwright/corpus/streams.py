"""Parquet files larger than memory, read and written a few rows at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow.parquet as pq

_READ_ROWS = 64
_READ_BUFFER = 1 << 16
_COMPRESSION_LEVEL = 3


def frames(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of ``path`` in order, a few at a time."""
    # Without pre-buffering, pages are read as they are needed: many files can be open at once.
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BUFFER) as file:
        for batch in file.iter_batches(batch_size=_READ_ROWS, columns=list(columns)):
            yield pl.DataFrame(batch)


class Ordered:
    """A file whose rows are in the order of their ids, read once."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._frames = frames(path, ["id", *columns])
        self._rest = pl.DataFrame()

    def take(self, ids: Sequence[str]) -> pl.DataFrame:
        """Return the rows ``ids``, which are in order and come after those taken before.

        Raises StopIteration when the file does not hold one of them.
        """
        taken: list[pl.DataFrame] = []
        missing = len(ids)
        while missing:
            if self._rest.is_empty():
                self._rest = next(self._frames)
            found = self._rest.filter(pl.col("id").is_in(list(ids)))
            missing -= found.height
            taken.append(found)
            self._rest = (
                self._rest.clear() if missing else self._rest.filter(pl.col("id") > ids[-1])
            )
        return pl.concat(taken)


class Writer(Protocol):
    """What ``writing`` yields."""

    def __call__(self, frame: pl.DataFrame) -> None:
        """Append ``frame`` as one row group."""


@contextmanager
def writing(path: Path, schema: pl.Schema) -> Iterator[Writer]:
    """Yield a function that appends frames of ``schema`` to a new zstd parquet file."""
    arrow = pl.DataFrame(schema=schema).to_arrow().schema
    with pq.ParquetWriter(
        path, arrow, compression="zstd", compression_level=_COMPRESSION_LEVEL
    ) as writer:
        yield lambda frame: writer.write_table(
            frame.select(list(schema)).cast(dict(schema)).to_arrow()
        )
