"""Tables: records or summaries in a delimited or JSON Lines file."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from shellwright.recipe.checks import Check, csv_equals, jsonl_equals
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.themes import PEOPLE, Theme

Row = tuple[str, ...]

DELIMITERS = {"csv": ",", "tsv": "\t"}
FORMAT_NAMES = {
    "csv": "comma-separated with a header row",
    "tsv": "tab-separated with a header row",
    "jsonl": "one JSON object a line",
}
NUMERIC = ("count", "amount")
#: Columns whose numbers cannot be added up, in any case of letters.
ORDINALS = ("depth", "line", "line_number", "mode", "pid", "place", "port", "position", "rank",
            "wave")  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its name in the header, and the role that its values play.

    Roles are id, date, category, person, status, count (whole number), amount (two decimals)
    and note; a column that a skill adds may have any other role.
    """

    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Table(Resource):
    """Rows of text cells under named columns.

    Every cell is held as the text that stands in the file. `condition` says what is the matter
    with the content: `clean`; `repeated` (some rows stand there twice, to the letter);
    `revised` (some ids occur in several versions with different dates); `padded` (white space
    around cells, categories in any case, blank lines); `mixed_dates` (dates in three notations);
    `legacy` (Windows-1252 with CRLF line ends); `commented` (comment lines and a total line
    between the rows). `shape` is `records` (all eight roles present), `summary` (a key column and
    figures) or `listing` (a row for each thing, without figures). `extent` says what a skill has
    done to the rows: `full` (nothing), `selected` (some rows left out), `enriched` (columns
    added), `masked` (cells replaced or columns left out), `compared` (rows of two versions),
    `ranked` (the first ones of each group, in order), `merged` (another delivery worked in).
    `ordered` says whether the order of rows matters.
    """

    kind: ClassVar[str] = "table"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "format": ("csv", "tsv", "jsonl"),
        "condition": (
            "clean",
            "repeated",
            "revised",
            "padded",
            "mixed_dates",
            "legacy",
            "commented",
        ),
        "shape": ("records", "summary", "listing"),
        "extent": ("full", "selected", "enriched", "masked", "compared", "ranked", "merged"),
    }

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    format: str = "csv"
    condition: str = "clean"
    shape: str = "records"
    extent: str = "full"
    ordered: bool = True
    mode: int = 0o644

    def state(self) -> dict[str, str]:
        return {
            "format": self.format,
            "condition": self.condition,
            "shape": self.shape,
            "extent": self.extent,
        }

    # -- reading ---------------------------------------------------------------------------

    @property
    def header(self) -> Row:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def index(self, role: str) -> int:
        """The position of the first column with that role. Raises KeyError where none has."""
        for position, column in enumerate(self.columns):
            if column.role == role:
                return position
        raise KeyError(f"no column with the role {role} in {self.header}")

    def name(self, role: str) -> str:
        """The name of the first column with that role."""
        return self.columns[self.index(role)].name

    def has(self, *roles: str) -> bool:
        """Whether every role is there."""
        return set(roles) <= {column.role for column in self.columns}

    def values(self, role: str) -> list[str]:
        """The cells of the first column with that role, in row order."""
        position = self.index(role)
        return [row[position] for row in self.rows]

    # -- deriving --------------------------------------------------------------------------

    def with_rows(self, rows: Iterable[Row], **changes: object) -> Self:
        """This table with other rows (and other fields, by name)."""
        return dataclasses.replace(self, rows=tuple(rows), **changes)  # type: ignore[arg-type]

    def map_cells(self, role: str, change: Callable[[str], str]) -> tuple[Row, ...]:
        """The rows with each cell of a role replaced."""
        position = self.index(role)
        return tuple(
            (*row[:position], change(row[position]), *row[position + 1 :]) for row in self.rows
        )

    # -- writing ---------------------------------------------------------------------------

    def text(self) -> str:
        """The content of the file, before encoding."""
        if self.format == "jsonl":
            return "".join(json.dumps(self.as_object(row)) + "\n" for row in self.rows)
        if self.format == "tsv":
            return "".join("\t".join(row) + "\n" for row in (self.header, *self.rows))
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return buffer.getvalue()

    def as_object(self, row: Row) -> dict[str, str | int | float]:
        """A row as the JSON object that stands for it: counts and amounts are numbers."""
        result: dict[str, str | int | float] = {}
        for column, cell in zip(self.columns, row, strict=True):
            if column.role == "count":
                result[column.name] = int(cell)
            elif column.role == "amount":
                result[column.name] = float(cell)
            else:
                result[column.name] = cell
        return result

    def content(self) -> bytes:
        """The bytes of the file."""
        text = self.text()
        if self.condition == "legacy":
            return text.replace("\n", "\r\n").encode("cp1252")
        if self.condition == "padded":
            lines = text.splitlines(keepends=True)
            return "".join(
                line + ("\n" if number % 17 == 5 else "") for number, line in enumerate(lines)
            ).encode()
        if self.condition == "commented":
            return self._commented(text).encode()
        return text.encode()

    def _commented(self, text: str) -> str:
        """The text with the marks of an export tool: comments, blank lines, a final total."""
        head, *lines = text.splitlines(keepends=True)
        out = [f"# export of {self.noun}, {len(lines)} rows\n", "#\n", head]
        for number, line in enumerate(lines):
            if number % 25 == 24:
                out += ["\n", f"# page {number // 25 + 1}\n"]
            out.append(line)
        delimiter = DELIMITERS.get(self.format, ",")
        out.append(delimiter.join(["TOTAL", str(len(lines)), *[""] * (len(self.columns) - 2)]))
        return "".join(out) + "\n"

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.content(), mode=self.mode)]

    def checks(self) -> list[Check]:
        if self.format == "jsonl":
            return [jsonl_equals(self.path, self.text(), ordered=self.ordered)]
        return [
            csv_equals(
                self.path,
                self.text(),
                delimiter=DELIMITERS[self.format],
                ordered=self.ordered,
            )
        ]

    def situation(self) -> str:
        base = f"`{self.path}` holds the {self.noun}, {FORMAT_NAMES[self.format]}"
        return {
            "clean": f"{base}.",
            "repeated": f"{base}. The export ran more than once, so some rows are there twice.",
            "revised": f"{base}. A record that was changed later is in there in every version.",
            "padded": f"{base}, typed in by hand and not very tidily.",
            "mixed_dates": f"{base}. Three offices filled it in, each with dates of its own style.",
            "legacy": f"{base}. An old Windows program wrote it: Windows-1252, CRLF line ends.",
            "commented": f"{base}. The export tool left comments, page breaks and a total in it.",
        }[self.condition]

    def spoiled(self, draw: Draw) -> list[Wrong]:
        if len(self.rows) < 2:
            return []
        wrong = [*self.with_rows(self.rows[:-1]).as_wrong("the last row is missing")]
        swapped = list(self.rows)
        first = draw.integer(0, len(swapped) - 2)
        swapped[first], swapped[first + 1] = swapped[first + 1], swapped[first]
        if self.ordered and swapped != list(self.rows):
            wrong += self.with_rows(swapped).as_wrong("two neighbouring rows are swapped")
        altered = [list(row) for row in self.rows]
        victim = draw.integer(0, len(altered) - 1)
        column = len(self.columns) - 1
        altered[victim][column] = _other_value(self.columns[column].role, altered[victim][column])
        return wrong + self.with_rows(tuple(row) for row in altered).as_wrong("one cell differs")


def _other_value(role: str, cell: str) -> str:
    """A value of the same type that is not this one."""
    if role == "count":
        return str(int(cell) + 1)
    if role == "amount":
        return f"{Decimal(cell) + Decimal('0.10'):.2f}"
    return cell + "x"


def record_columns(theme: Theme) -> tuple[Column, ...]:
    """The eight columns of a theme's records, in order."""
    return (
        Column(theme.id_column, "id"),
        Column(theme.date_column, "date"),
        Column(theme.category_column, "category"),
        Column(theme.person_column, "person"),
        Column(theme.status_column, "status"),
        Column(theme.count_column, "count"),
        Column(theme.amount_column, "amount"),
        Column(theme.note_column, "note"),
    )


def record_rows(theme: Theme, draw: Draw, count: int) -> list[Row]:
    """`count` clean records of a theme with unique ids, in no particular order."""
    people = draw.sample(PEOPLE, 9)
    number = draw.integer(100, 4000)
    rows: list[Row] = []
    for _ in range(count):
        number += draw.integer(1, 7)
        cents = draw.integer(150, 480_000)
        rows.append(
            (
                f"{theme.id_prefix}-{number:05d}",
                draw.day(date(2025, 9, 1), date(2026, 2, 20)).isoformat(),
                draw.choice(theme.categories),
                draw.choice(people),
                draw.choice(theme.statuses),
                str(draw.integer(1, 60)),
                f"{cents / 100:.2f}",
                draw.choice(theme.notes),
            )
        )
    return draw.shuffled(rows)


def _revise(theme: Theme, draw: Draw, rows: list[Row]) -> list[Row]:
    """Add later versions of a fifth of the records."""
    revised = list(rows)
    for row in draw.sample(rows, max(3, len(rows) // 5)):
        others = [status for status in theme.statuses if status != row[4]]
        day = draw.day(date(2026, 2, 21), date(2026, 3, 1)).isoformat()
        changed = (row[0], day, *row[2:4], draw.choice(others), *row[5:])
        revised.insert(draw.integer(0, len(revised)), changed)
    return revised


def _pad(draw: Draw, rows: list[Row]) -> list[Row]:
    """White space around cells and categories in any case."""
    result = []
    for row in rows:
        cells = list(row)
        cells[2] = draw.choice([cells[2], cells[2].upper(), cells[2].lower()])
        for position in draw.sample([0, 2, 3, 4, 7], 2):
            cells[position] = (
                draw.choice([" ", "  ", ""]) + cells[position] + draw.choice([" ", "  "])
            )
        result.append(tuple(cells))
    return result


def _mix_dates(draw: Draw, rows: list[Row]) -> list[Row]:
    """ISO, DD/MM/YYYY and `4 Mar 2026` side by side."""
    result = []
    for row in rows:
        day = date.fromisoformat(row[1])
        month = day.strftime("%b")
        text = draw.choice([row[1], f"{day:%d/%m/%Y}", f"{day.day} {month} {day.year}"])
        result.append((row[0], text, *row[2:]))
    return result


def _accented(draw: Draw, rows: list[Row]) -> list[Row]:
    """Notes with letters that Windows-1252 and UTF-8 write differently."""
    extras = ("café côté cour", "Größe geprüft", "señal débil", "paid 20 €", "naïve façade")
    return [
        (*row[:7], f"{row[7]} ({draw.choice(extras)})" if draw.chance(0.4) else row[7])
        for row in rows
    ]


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Table:
    """A table of a theme's records in the given state (`shape` must be `records`)."""
    rows = record_rows(theme, draw, draw.integer(45, 160))
    condition = state["condition"]
    if condition == "repeated":
        rows += draw.sample(rows, max(3, len(rows) // 6))
        rows = draw.shuffled(rows)
    elif condition == "revised":
        rows = _revise(theme, draw, rows)
    elif condition == "padded":
        rows = _pad(draw, rows)
    elif condition == "mixed_dates":
        rows = _mix_dates(draw, rows)
    elif condition == "legacy":
        rows = _accented(draw, rows)
    return Table(
        path=path,
        noun=f"{theme.record} records",
        columns=record_columns(theme),
        rows=tuple(rows),
        format=state["format"],
        condition=condition,
    )


def summary(
    path: str, noun: str, columns: Sequence[Column], rows: Iterable[Row], format: str = "csv"
) -> Table:
    """A table of figures by key, or a listing where no column has figures."""
    return Table(
        path=path,
        noun=noun,
        columns=tuple(columns),
        rows=tuple(rows),
        format=format,
        shape="summary" if any(map(has_figures, columns)) else "listing",
    )


def has_figures(column: Column) -> bool:
    """Whether the numbers of a column can be compared and added up."""
    return column.role in NUMERIC and column.name.lower() not in ORDINALS


def _starts() -> tuple[dict[str, str], ...]:
    """The states a table can be generated in: JSON Lines knows no comments or padding."""
    plain = ("clean", "repeated", "revised", "mixed_dates")
    states = [
        {"format": form, "condition": condition, "shape": "records", "extent": "full"}
        for form in Table.domain["format"]
        for condition in Table.domain["condition"]
        if form != "jsonl" or condition in plain
    ]
    return tuple(states)


def _path(state: dict[str, str], theme: Theme) -> str:
    return f"{theme.records}.{state['format']}"


KIND = Kind(Table, _starts(), generate, _path)
