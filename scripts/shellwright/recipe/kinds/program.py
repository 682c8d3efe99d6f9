"""Programs: a small script that turns a table into a summary, working or with a known fault."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check, custom, slug
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.table import Column, Row, Table, record_columns, record_rows, summary
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.themes import Theme

HEAD = '''#!/usr/bin/env python3
"""Adds up {count} of the {records} for each {category}.

usage: {name} INPUT.csv OUTPUT.csv
"""
import csv
import sys


def read(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


'''
BODY = """def number(text):
    try:
        return int(text)
    except ValueError:
        return 0


def totals(rows):
    found = {{}}
    for row in rows:
        key = row["{category}"].strip()
        found[key] = found.get(key, 0) + number(row["{count}"])
    return found


def main():
    source, target = sys.argv[1:3]
    rows = read(source)
    with open(target, "w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream, lineterminator="\\n")
        out.writerow(["{category}", "{count}"])
        for key, value in sorted(totals(rows).items()):
            out.writerow([key, value])


main()
"""


@dataclass(frozen=True)
class Fault:
    """A line (or lines) of the working program, and what stands there instead.

    `condition` is what the program does with the fault, `symptom` what a person sees of it.
    """

    name: str
    condition: str
    right: str
    wrong: str
    symptom: str


FAULTS = (
    Fault(
        "no guard against empty cells",
        "crashing",
        "    try:\n        return int(text)\n    except ValueError:\n        return 0\n",
        "    return int(text)\n",
        "ValueError",
    ),
    Fault(
        "column named as it was last year",
        "crashing",
        'number(row["{count}"])',
        'number(row["{count}_total"])',
        "KeyError",
    ),
    Fault(
        "dictionary read before it is filled",
        "crashing",
        "found[key] = found.get(key, 0) + ",
        "found[key] = found[key] + ",
        "KeyError",
    ),
    Fault(
        "last row dropped",
        "miscounting",
        "    for row in rows:\n",
        "    for row in rows[:-1]:\n",
        "the sums are a little too low",
    ),
    Fault(
        "first row dropped",
        "miscounting",
        "        return list(csv.DictReader(stream))\n",
        "        return list(csv.DictReader(stream))[1:]\n",
        "the sums are a little too low",
    ),
    Fault(
        "sum replaced by the last value",
        "miscounting",
        "found[key] = found.get(key, 0) + number",
        "found[key] = number",
        "the sums are far too low",
    ),
    Fault(
        "white space not stripped",
        "miscounting",
        'row["{category}"].strip()',
        'row["{category}"]',
        "some groups are listed twice",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Program(Resource):
    """A Python script at `path` that adds up the counts of a table by category.

    `source` is its text, `given` the table that it is run on. `condition` is `crashing` (it
    stops with a traceback on that table), `miscounting` (it runs and its figures are wrong) or
    `working`. Cells of the count column may be empty or `n/a`, and categories may have white
    space around them: the working program counts such cells as 0 and strips the categories.
    """

    kind: ClassVar[str] = "program"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "language": ("python",),
        "condition": ("crashing", "miscounting", "working"),
    }

    source: str
    given: Table
    hidden: Table
    fault: str = ""
    condition: str = "working"

    def state(self) -> dict[str, str]:
        return {"language": "python", "condition": self.condition}

    def result(self, path: str) -> Table:
        """The table that the working program writes about the given one, at `path`."""
        return self._totals(self.given, path)

    def _totals(self, table: Table, path: str) -> Table:
        found: dict[str, int] = {}
        counts, categories = table.index("count"), table.index("category")
        for row in table.rows:
            cell = row[counts].strip()
            value = int(cell) if cell.lstrip("-").isdigit() else 0
            key = row[categories].strip()
            found[key] = found.get(key, 0) + value
        columns = [
            Column(table.name("category"), "category"),
            Column(table.name("count"), "count"),
        ]
        rows: list[Row] = [(key, str(value)) for key, value in sorted(found.items())]
        return summary(path, f"{table.name('count')} by {table.name('category')}", columns, rows)

    def entries(self) -> list[Entry]:
        return [
            Entry(self.path, self.source.encode(), mode=0o755),
            *self.given.entries(),
        ]

    def checks(self) -> list[Check]:
        """It gives the right sums for a table that the agent has not seen, and kept its input."""
        name = slug(self.path) + ".totals.csv"
        run = f"python3 -I {shlex.quote(self.path)} $at/in $at/out"
        return [
            custom(
                "command_prints",
                about=f"{self.path} gives the right sums for other data, too.",
                paths=[self.path],
                weight=2.0,
                files={name: self._totals(self.hidden, "/").text().encode()},
                argv=["bash", "-c", f"set -e; at=$(mktemp -d); cat > $at/in; {run}; cat $at/out"],
                stdin=self.hidden.text(),
                expected=name,
            ),
            *self.given.guards(),
        ]

    def situation(self) -> str:
        use = f"`{self.path}` adds up figures, and `{self.given.path}` is its input"
        return {
            "crashing": f"{use}. It stops with a traceback.",
            "miscounting": f"{use}. It runs, but nobody believes its figures.",
            "working": f"{use}.",
        }[self.condition]

    def spoiled(self, draw: Draw) -> list[Wrong]:
        swallowed = self.source.replace(
            "\nmain()\n", "\ntry:\n    main()\nexcept Exception:\n    pass\n"
        )
        broken = swallowed.replace("+ number(", "+ 1 + 0 * number(")
        return [Wrong("counts rows and hides errors", path=self.path, content=broken.encode())]


def program_text(theme: Theme, name: str, fault: Fault | None) -> str:
    """The text of the script, with one fault in it or without."""
    words = {
        "records": theme.records,
        "category": theme.category_column,
        "count": theme.count_column,
        "name": name,
    }
    text = (HEAD + BODY).format(**words)
    if fault is None:
        return text
    right, wrong = (
        part.replace("{category}", words["category"]).replace("{count}", words["count"])
        for part in (fault.right, fault.wrong)
    )
    if right not in text:
        raise ValueError(f"the fault {fault.name!r} does not fit the program")
    return text.replace(right, wrong)


def _input(theme: Theme, draw: Draw, path: str, count: int) -> Table:
    """Records in which some counts are missing and some categories have white space around them."""
    rows = [list(row) for row in record_rows(theme, draw, count)]
    for number in draw.sample(range(2, count - 2), max(4, count // 12)):
        rows[number][5] = draw.choice(["", "n/a"])
    for number in draw.sample(range(2, count - 2), max(4, count // 10)):
        rows[number][2] = f" {rows[number][2]} "
    rows[0][5] = str(int(rows[0][5]) + 3)
    rows[-1][5] = str(int(rows[-1][5]) + 2)
    return Table(
        path=path,
        noun=f"{theme.record} records",
        columns=record_columns(theme),
        rows=tuple(tuple(row) for row in rows),
    )


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Program:
    """A script beside its input, with a fault of the given condition."""
    condition = state["condition"]
    faults = [fault for fault in FAULTS if fault.condition == condition]
    fault = draw.choice(faults) if faults else None
    folder = path.rpartition("/")[0]
    given = _input(theme, draw, f"{folder}/{theme.records}.csv", draw.integer(50, 120))
    hidden = _input(theme, draw.child("hidden"), "/", 40)
    return Program(
        path=path,
        noun=f"totals of the {theme.records}",
        source=program_text(theme, path.rpartition("/")[2], fault),
        given=given,
        hidden=hidden,
        fault=fault.name if fault else "",
        condition=condition,
    )


KIND = Kind(
    Program,
    tuple({"language": "python", "condition": c} for c in Program.domain["condition"]),
    generate,
    lambda state, theme: f"{theme.count_column}_by_{theme.category_column}.py",
)
