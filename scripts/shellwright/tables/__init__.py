"""Tables: parquet files whose columns are given by ``schemas/<table>.schema.yaml``, and their
manifests.
"""

from shellwright.tables.files import read_table, write_table
from shellwright.tables.manifest import (
    Entry,
    manifest_of,
    read_manifest,
    stable_digest,
    write_manifest,
)
from shellwright.tables.types import column_names, polars_schema

__all__ = [
    "Entry",
    "column_names",
    "manifest_of",
    "polars_schema",
    "read_manifest",
    "read_table",
    "stable_digest",
    "write_manifest",
    "write_table",
]
