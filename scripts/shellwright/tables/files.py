"""Reading and writing tables. Code that writes a table cannot write another one than its schema
says.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from shellwright import schema
from shellwright.errors import UserError
from shellwright.store.atomic import replacing
from shellwright.tables.types import polars_schema

Row = dict[str, Any]

# Small enough that a reader which streams row groups of whole trajectories stays within tens of
# megabytes.
_ROW_GROUP = 1024
_SHOWN_PROBLEMS = 3


def write_table(path: str | os.PathLike[str], table: str, rows: Iterable[Row]) -> None:
    """Check every row, sort them by id and write them to ``path`` as zstd parquet, atomically.

    The same rows give the same bytes, in whatever order they come. No rows give an empty table with
    its columns. Raises ValueError, naming the row's id and the column, when a row does not fit
    ``schemas/<table>.schema.yaml`` or an id comes twice.
    """
    ordered = sorted(_checked(table, rows), key=lambda row: str(row["id"]))
    for before, after in pairwise(ordered):
        if before["id"] == after["id"]:
            raise ValueError(f"{path}: two {table} rows have the id {after['id']}")
    columns = polars_schema(table)
    frame = pl.DataFrame(
        [
            pl.Series(name, [row[name] for row in ordered], dtype=kind)
            for name, kind in columns.items()
        ]
    )
    with replacing(path) as temporary:
        frame.write_parquet(
            temporary, compression="zstd", row_group_size=_ROW_GROUP, statistics=True
        )


def _checked(table: str, rows: Iterable[Row]) -> Iterable[Row]:
    check = schema.checker(table)
    for row in rows:
        problems = check(row)
        if problems:
            name = row.get("id") if isinstance(row, dict) else None
            listed = " ".join(map(str, problems[:_SHOWN_PROBLEMS]))
            raise ValueError(f"schemas/{table}.schema.yaml: {table} row {name!r}: {listed}")
        yield row


def read_table(
    path: str | os.PathLike[str], table: str, columns: Sequence[str] | None = None
) -> list[Row]:
    """Return the rows of ``path``, in the order of their ids, with all ``columns`` or the given
    ones.

    Raises UserError when there is no such file, or when its columns are not those of
    ``schemas/<table>.schema.yaml``.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; expected the {table} table. Build it: snakemake {path}"
        )
    expected = polars_schema(table)
    try:
        found = pl.read_parquet_schema(path)
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"{path}: not a parquet file ({error}); expected the {table} table. Remove it and build"
            " again."
        ) from error
    for name in columns if columns is not None else expected:
        if found.get(name) != expected[name]:
            raise UserError(
                f"{path}: column {name} is {found.get(name, 'missing')}; expected {expected[name]}:"
                f" see schemas/{table}.schema.yaml. Another version wrote the file: remove it and"
                " build again."
            )
    names = list(expected) if columns is None else list(columns)
    rows: list[Row] = pl.read_parquet(path, columns=names).select(names).to_dicts()
    return rows
