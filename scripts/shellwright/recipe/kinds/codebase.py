"""Codebases: a folder of sources that a skill builds or mends, known by how its program behaves.

No task starts from one: a recipe brings a faulty codebase for the table that it works on, and
leaves the mended one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check, custom, slug
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.table import Row, Table, record_columns, record_rows
from shellwright.recipe.resource import Entry, Resource, unchanged
from shellwright.recipe.shell import quoted
from shellwright.recipe.themes import Theme

CSV_HEADER = """#ifndef CSV_H
#define CSV_H
#include <stdio.h>
#define LINE_LENGTH 8192
#define MAX_CELLS 64
int csv_split(char *line, char **cells, int most);
int csv_find(char **cells, int count, const char *name);
void csv_put(FILE *out, const char *cell);
#endif
"""
CSV_READ = """#include "csv.h"
#include <string.h>

/* Splits a line in place and returns the number of cells; quotes around a cell are taken off. */
int csv_split(char *line, char **cells, int most)
{
    int count = 0;
    char *in = line;
    while (count < most) {
        char *out = in;
        int quoted = 0;
        cells[count++] = out;
        for (; *in && (quoted || (*in != ',' && *in != '\\n' && *in != '\\r')); in++) {
            if (*in != '"')
                *out++ = *in;
            else if (quoted && in[1] == '"')
                *out++ = *++in;
            else
                quoted = !quoted;
        }
        char end = *in++;
        *out = '\\0';
        if (end != ',')
            break;
    }
    return count;
}

/* The position of a column, or -1. */
int csv_find(char **cells, int count, const char *name)
{
    for (int at = 0; at < count; at++)
        if (strcmp(cells[at], name) == 0)
            return at;
    return -1;
}
"""
CSV_WRITE = """#include "csv.h"
#include <string.h>

/* Writes a cell, in quotes where it needs them. */
void csv_put(FILE *out, const char *cell)
{
    if (!strpbrk(cell, ",\\"\\n")) {
        fputs(cell, out);
        return;
    }
    fputc('"', out);
    for (; *cell; cell++) {
        if (*cell == '"')
            fputc('"', out);
        fputc(*cell, out);
    }
    fputc('"', out);
}
"""
#: Leftovers of a build must not make a trial succeed: binaries and build folders go.
CLEAN = (
    "rm -rf build dist *.egg-info\n"
    "find . -type f -size +0 -print0 | { xargs -0 -r grep -LIZ . || true; } | xargs -0 -r rm -f\n"
)


@dataclass(frozen=True)
class Trial:
    """A script that runs in a cleaned copy of the codebase and prints a text.

    Records that are not in the world lie in `$at/hidden.csv`; `seconds` is its time limit. What
    `holds` is so before the work begins, too, and must stay so.
    """

    script: str
    prints: str
    key: str
    about: str
    seconds: float = 30
    holds: bool = False


@dataclass(frozen=True, kw_only=True)
class Codebase(Resource):
    """A folder with the sources of a program.

    `files` maps names to texts; a text that begins with `#!` is executable. `trials` say how the
    program behaves, `hidden` is what it is tried on, and `editable` are the names of files that
    may be other than they are in Python.
    """

    kind: ClassVar[str] = "codebase"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"language": ("c", "python")}

    files: Mapping[str, str]
    trials: tuple[Trial, ...] = ()
    hidden: Table | None = None
    editable: tuple[str, ...] = ()
    language: str = "c"

    def state(self) -> dict[str, str]:
        return {"language": self.language}

    def entries(self) -> list[Entry]:
        return [
            Entry(f"{self.path}/{name}", text.encode(), 0o755 if text.startswith("#!") else 0o644)
            for name, text in sorted(self.files.items())
        ]

    def checks(self) -> list[Check]:
        free = {f"{self.path}/{name}" for name in self.editable}
        kept = [unchanged(entry) for entry in self.entries() if entry.path not in free]
        return [*(self._tried(trial) for trial in self.trials), *kept]

    def _tried(self, trial: Trial) -> Check:
        name = f"{slug(self.path)}.{trial.key}.txt"
        script = (
            "set -euo pipefail\nexport LC_ALL=C\nat=$(mktemp -d)\n"
            f'cp -r {quoted(self.path)} "$at/copy"\ncd "$at/copy"\n{CLEAN}'
        )
        if self.hidden is not None:
            script += f"cat > \"$at/hidden.csv\" <<'ROWS'\n{self.hidden.text()}ROWS\n"
        return custom(
            "command_prints",
            about=trial.about,
            paths=[self.path],
            weight=2.0,
            guard=trial.holds,
            files={name: trial.prints.encode()},
            argv=["bash", "-c", script + trial.script],
            expected=name,
            cwd="/",
            timeout=trial.seconds,
        )

    def situation(self) -> str:
        return f"`{self.path}` holds the sources of the {self.noun}."


def patch_between(before: Codebase, after: Codebase) -> str:
    """A command that turns the files of the one into those of the other."""
    lines: list[str] = []
    for name in sorted({*before.files, *after.files}):
        old, new = before.files.get(name, ""), after.files.get(name, "")
        if old != new:
            lines += difflib.unified_diff(
                old.splitlines(keepends=True),
                new.splitlines(keepends=True),
                f"a/{name}" if name in before.files else "/dev/null",
                f"b/{name}" if name in after.files else "/dev/null",
                n=2,
            )
    return f"patch -s -p1 -d {quoted(before.path)} <<'PATCH'\n{''.join(lines)}PATCH"


def unseen(table: Table, theme: Theme, draw: Draw, count: int = 40) -> Table:
    """Other records under the same columns, for trying a program on."""
    places = {column.role: place for place, column in enumerate(record_columns(theme))}
    rows: list[Row] = [
        tuple(row[places[c.role]] if c.role in places else "-" for c in table.columns)
        for row in record_rows(theme, draw, count)
    ]
    return Table(path="/", noun=table.noun, columns=table.columns, rows=tuple(rows))


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Codebase:
    """The reader of records that other codebases are built around."""
    files = {"include/csv.h": CSV_HEADER, "src/csv_read.c": CSV_READ, "src/csv_write.c": CSV_WRITE}
    return Codebase(path=path, noun=f"{theme.record} reader", files=files)


KIND = Kind(Codebase, (), generate, lambda state, theme: f"{theme.key}-code")
