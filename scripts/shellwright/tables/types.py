"""From a table's JSON Schema to its polars columns."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from shellwright import schema
from shellwright.schema import Schema, SchemaError

_PLAIN: dict[str, type[pl.DataType]] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
}


@cache
def _columns(table: str) -> dict[str, Schema]:
    described: dict[str, Schema] = schema.load(table)["properties"]
    return described


def column_names(table: str, *, volatile: bool = True) -> list[str]:
    """Return the table's columns in order; ``volatile=False`` leaves out times and durations."""
    columns = _columns(table).items()
    return [name for name, column in columns if volatile or not column.get("x-volatile", False)]


def stable_part(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``row`` without what is volatile (times, durations), also inside of its columns."""
    return _stable(_columns(table), row)


def _stable(fields: Mapping[str, Schema], value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: field for name, field in fields.items() if not field.get("x-volatile", False)}
    return {name: _stable_value(field, value[name]) for name, field in kept.items()}


def _stable_value(field: Schema, value: Any) -> Any:
    if isinstance(value, Mapping) and "properties" in field:
        return _stable(field["properties"], value)
    if isinstance(value, list) and "properties" in field.get("items", {}):
        return [_stable(field["items"]["properties"], each) for each in value]
    return value


@cache
def polars_schema(table: str) -> pl.Schema:
    """Return the polars schema of ``table`` (``"task"``, ``"verdict"``, …).

    Raises SchemaError when a column has no column type, and FileNotFoundError for an unknown table.
    """
    return pl.Schema({name: _dtype(column, table) for name, column in _columns(table).items()})


def _dtype(column: Schema, table: str) -> pl.DataType:
    kinds = schema.types_of(column)
    if len(kinds) != 1:
        raise SchemaError(f"schemas/{table}.schema.yaml: a column needs one type, not {kinds}")
    kind = kinds[0]
    if column.get("contentEncoding") == "base64":
        return pl.Binary()
    if kind == "array":
        return pl.List(_dtype(column["items"], table))
    if kind == "object":
        fields = column["properties"].items()
        return pl.Struct({name: _dtype(field, table) for name, field in fields})
    return _PLAIN[kind]()
