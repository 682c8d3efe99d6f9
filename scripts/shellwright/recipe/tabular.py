"""Helpers for recipes that work on tables: free names, figures, exact rounding, wrong answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from shellwright.recipe.kinds.table import NUMERIC, Column, Row, Table, has_figures, summary
from shellwright.recipe.move import Unsuitable
from shellwright.recipe.resource import Wrong

K = TypeVar("K")


def other_extents(extent: str) -> tuple[str, ...]:
    """Every extent but the given one: what a skill accepts that leaves a table in that extent."""
    return tuple(value for value in Table.domain["extent"] if value != extent)


def unused_name(table: Table, *names: str) -> str:
    """The first of the names that no column has; the last one with a number where all are used."""
    for name in names:
        if name not in table.header:
            return name
    number = 2
    while f"{names[-1]}_{number}" in table.header:
        number += 1
    return f"{names[-1]}_{number}"


def figure(table: Table) -> int:
    """The position of the figure of a summary whose rows are parts of a whole.

    That is an amount that is called a sum or total, or else the last count, or else the first
    amount; numbers that only say where something stands are none. Raises Unsuitable where the
    table has no figures.
    """
    places = [(n, c) for n, c in enumerate(table.columns) if has_figures(c)]
    sums = [
        n for n, c in places if c.role == "amount" and c.name.lower().startswith(("sum", "total"))
    ]
    counts = [n for n, c in places if c.role == "count"]
    amounts = [n for n, c in places if c.role == "amount"]
    for found in (sums, counts[::-1], amounts):
        if found:
            return found[0]
    raise Unsuitable(f"no column with figures in {table.header}")


def label(table: Table) -> int:
    """The position of the column that names a row of a summary, whose values are all different.

    Raises Unsuitable where no column does.
    """
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        if column.role not in NUMERIC and len(set(cells)) == len(cells):
            return place
    raise Unsuitable(f"no column of {table.header} names each row")


def grouped(rows: Iterable[Row], key: Callable[[Row], K]) -> dict[K, list[Row]]:
    """The rows by key, groups and rows in order of appearance."""
    found: dict[K, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def counts_by(table: Table, role: str) -> dict[str, list[int]]:
    """The counts of the records that have each value of a column, sorted by value."""
    found: dict[str, list[int]] = {}
    for name, cell in zip(table.values(role), table.values("count"), strict=True):
        found.setdefault(name, []).append(int(cell))
    return dict(sorted(found.items()))


def tally(
    table: Table,
    role: str,
    path: str,
    noun: str,
    of: Callable[[list[int]], int] = sum,
    prefix: str = "",
) -> Table:
    """For each value of a column the number of records, and one of all their counts.

    prefix: what comes before the name of the counts in that column's name.
    """
    count = table.name("count")
    columns = [
        Column(table.name(role), role),
        Column("records", "count"),
        Column(f"{prefix}{count}", "count"),
    ]
    rows: list[Row] = [
        (name, str(len(counts)), str(of(counts))) for name, counts in counts_by(table, role).items()
    ]
    return summary(path, noun, columns, rows)


def by_size(table: Table, place: int) -> list[Row]:
    """The rows with the largest figure at that place first, equal ones by their label."""
    name = label(table)
    return sorted(table.rows, key=lambda row: (-Decimal(row[place]), row[name]))


def rounded(value: Decimal, digits: int = 2) -> str:
    """The value with that many decimals.

    Raises Unsuitable for a value half-way between two results: tools round those differently.
    """
    step = Decimal(1).scaleb(-digits)
    off = (value / step) % 1 if value >= 0 else (-value / step) % 1
    if abs(off - Decimal("0.5")) < Decimal("1e-7"):
        raise Unsuitable(f"{value} lies half-way between two values with {digits} decimals")
    return str(value.quantize(step, ROUND_HALF_UP))


def slug(text: str) -> str:
    """The text in lower case with one hyphen for each run of other characters than a-z and 0-9."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def backticked(words: Iterable[str], last: str = "and") -> str:
    """The words in backticks as a person lists them: `a`, `b` and `c`."""
    *most, final = [f"`{word}`" for word in words]
    return f"{', '.join(most)} {last} {final}" if most else final


def differing(right: Table, answers: Sequence[tuple[str, Table]]) -> list[Wrong]:
    """The named tables as wrong answers, without those that happen to be right."""
    found: list[Wrong] = []
    for name, table in answers:
        same = table.header == right.header and (
            table.rows == right.rows if right.ordered else sorted(table.rows) == sorted(right.rows)
        )
        if not same:
            found += table.as_wrong(name)
    return found
