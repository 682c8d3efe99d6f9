"""Databases: SQLite files whose tables and rows are known."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from typing import ClassVar, Self

from shellwright.recipe.checks import Check, custom, slug
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.table import Column, Row, record_columns, record_rows
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.themes import Theme

SQL_TYPES = {"count": "INTEGER", "amount": "REAL"}


@dataclass(frozen=True)
class Relation:
    """One table of a database: cells as text, typed by the role of their column."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def values(self) -> list[tuple[str | int | float, ...]]:
        """The rows with counts and amounts as numbers."""
        return [
            tuple(_typed(column.role, cell) for column, cell in zip(self.columns, row, strict=True))
            for row in self.rows
        ]

    def create(self) -> str:
        """The CREATE TABLE statement."""
        inner = ", ".join(f"{c.name} {SQL_TYPES.get(c.role, 'TEXT')}" for c in self.columns)
        return f"CREATE TABLE {self.name} ({inner})"


def _typed(role: str, cell: str) -> str | int | float:
    if role == "count":
        return int(cell)
    return float(cell) if role == "amount" else cell


@dataclass(frozen=True, kw_only=True)
class Database(Resource):
    """A SQLite file.

    `shape` is `records` (one relation of records) or `related` (records that refer to a second
    relation, `categories`, by a numeric key). `content` is `original` or, after a skill has changed
    rows, `corrected`.
    """

    kind: ClassVar[str] = "database"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "shape": ("records", "related"),
        "content": ("original", "corrected"),
    }

    relations: tuple[Relation, ...]
    shape: str = "records"
    content: str = "original"

    def state(self) -> dict[str, str]:
        return {"shape": self.shape, "content": self.content}

    def relation(self, name: str = "") -> Relation:
        """The relation of that name; the first one where no name is given."""
        return next(r for r in self.relations if not name or r.name == name)

    def with_relation(self, changed: Relation) -> Self:
        """This database with one relation replaced by its name."""
        relations = tuple(changed if r.name == changed.name else r for r in self.relations)
        return dataclasses.replace(self, relations=relations)

    def file_bytes(self) -> bytes:
        """The bytes of the database file."""
        connection = sqlite3.connect(":memory:")
        with connection:
            for relation in self.relations:
                connection.execute(relation.create())
                marks = ", ".join("?" * len(relation.columns))
                connection.executemany(
                    f"INSERT INTO {relation.name} VALUES ({marks})", relation.values()
                )
        return connection.serialize()

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.file_bytes())]

    def checks(self) -> list[Check]:
        return [_rows_check(self.path, relation) for relation in self.relations]

    def situation(self) -> str:
        tables = " and ".join(f"`{relation.name}`" for relation in self.relations)
        many = "tables" if len(self.relations) > 1 else "table"
        return f"`{self.path}` is the SQLite database with the {self.noun}, {many} {tables}."

    def spoiled(self, draw: Draw) -> list[Wrong]:
        relation = self.relations[0]
        shorter = dataclasses.replace(relation, rows=relation.rows[:-1])
        return self.with_relation(shorter).as_wrong("one record is missing")


def _rows_check(path: str, relation: Relation) -> Check:
    name = f"{slug(path)}.{relation.name}.json"
    names = ", ".join(column.name for column in relation.columns)
    return custom(
        "sqlite_rows",
        about=f"The table {relation.name} in {path} holds the expected rows.",
        paths=[path],
        weight=2.0,
        files={name: (json.dumps(relation.values()) + "\n").encode()},
        path=path,
        sql=f"SELECT {names} FROM {relation.name}",
        expected=name,
        ordered=False,
    )


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Database:
    """A database with 60 to 160 records, in one relation or in two."""
    columns = record_columns(theme)
    rows = record_rows(theme, draw, draw.integer(60, 160))
    name = theme.records
    if state["shape"] == "records":
        relations: tuple[Relation, ...] = (Relation(name, columns, tuple(rows)),)
    else:
        keys = {category: str(number) for number, category in enumerate(theme.categories, 1)}
        key = Column(f"{columns[2].name}_id", "count")
        relations = (
            Relation(
                name,
                (*columns[:2], key, *columns[3:]),
                tuple((*row[:2], keys[row[2]], *row[3:]) for row in rows),
            ),
            Relation(
                "categories",
                (Column("id", "count"), Column("name", "category")),
                tuple((number, category) for category, number in keys.items()),
            ),
        )
    return Database(
        path=path, noun=f"{theme.record} records", relations=relations, shape=state["shape"]
    )


KIND = Kind(
    Database,
    tuple({"shape": shape, "content": "original"} for shape in Database.domain["shape"]),
    generate,
    lambda state, theme: f"{theme.key}.db",
)
