"""Keep the rows of a summary that lie above the average."""

from __future__ import annotations

import shlex
from decimal import Decimal

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import differing, figure, label, other_extents


class SelectAboveAverage(Recipe):
    """The rows whose figure is above the average of all rows, in their order."""

    needs = (
        Pattern.of("table", condition="clean", shape="summary", extent=other_extents("selected")),
    )
    gives = (Pattern.of("table", condition="clean", shape="summary", extent="selected"),)
    tools = ("sqlite3", "jq", "cat")
    packages = ("sqlite3", "jq")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, form = figure(source), source.format
        value, name = source.header[place], source.header[label(source)]
        values = [Decimal(row[place]) for row in source.rows]
        mean = sum(values, Decimal(0)) / max(1, len(values))
        rows = [row for row in source.rows if Decimal(row[place]) > mean]
        if len(rows) < 2 or any(abs(number - mean) < Decimal("0.0001") for number in values):
            raise Unsuitable("too few rows above average, or one that equals it")
        target = world.output(draw, ["above_average", "heavy", "main_ones"], f".{form}")
        result = source.with_rows(
            rows, path=target, extent="selected", noun=f"{source.noun}, those above average"
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        number = f'CAST("{value}" AS REAL)'
        mode = "-csv" if form == "csv" else "-tabs"
        if form == "jsonl":
            command = (
                f'jq -cs \'(map(.["{value}"]) | add / length) as $mean | .[] '
                f'| select(.["{value}"] > $mean)\' {here} > {there}'
            )
            average = f"jq -s 'map(.[\"{value}\"]) | length, add / length' {here}"
        else:
            shell = f"sqlite3 -header {mode} :memory: '.import {source.path} t'"
            command = (
                f"{shell} 'SELECT * FROM t WHERE {number} > (SELECT avg({number}) FROM t) "
                f"ORDER BY rowid' > {there}"
            )
            average = f"{shell} 'SELECT count(*), avg({number}) FROM t'"
        ordered = sorted(values)
        median = ordered[len(ordered) // 2]
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Only what stands out is of interest here. Take from `{source.path}` the "
                    f"rows whose `{value}` is above the average `{value}` of all rows of that file "
                    f"and put them into `{target}`: same format, same columns, same order."
                ),
                (
                    f"`{target}` should hold the rows of `{source.path}` with an above-average "
                    f"`{value}`, where the average is the plain mean of `{value}` over all rows "
                    "of the file and equal to it is not above. Format, columns and order stay as "
                    "they are."
                ),
                (
                    f"Which rows of `{source.path}` exceed the mean? Add up `{value}` over the "
                    f"whole file, divide by the number of rows, and keep in `{target}` those with "
                    f"a `{value}` strictly greater. Neither format nor columns nor sequence "
                    "change."
                ),
                (
                    f"I need a shorter list, `{target}`: the part of `{source.path}` that is "
                    f"larger than average in `{value}`. Reckon with the arithmetic mean of the "
                    "entire file and do not round it. The rows that remain look and follow one "
                    "another as in the original, with every column and in the format that it "
                    "has."
                ),
                (
                    f"Condition for a row of `{source.path}` to get into `{target}`: its "
                    f"`{value}` beats the exact average of the complete file; a tie with it is "
                    "not enough. Rows that pass are written unaltered, in the given format and "
                    "one after the other as they came."
                ),
            ],
            steps=[
                look(
                    f"cat {here}; {average}",
                    f"I need the average of {value} over the rows of {source.path}.",
                    "Print the table, the number of rows and the average.",
                ),
                do(
                    command,
                    "What is just above the average counts, so the figures have to be compared "
                    "as numbers and with all of its digits.",
                    "Keep the rows above it, in their order.",
                ),
                look(
                    f"cat {there}",
                    f"Which of the {len(source.rows)} rows are left, and are they all above it?",
                    "Read the result.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "above the median instead",
                        source.with_rows(
                            (row for row in source.rows if Decimal(row[place]) > median),
                            path=target,
                        ),
                    ),
                    (
                        "below the average",
                        result.with_rows(row for row in source.rows if row not in rows),
                    ),
                    (
                        "figures compared as text",
                        result.with_rows(row for row in source.rows if row[place] > str(mean)),
                    ),
                    (
                        "sorted by size",
                        result.with_rows(sorted(rows, key=lambda row: -Decimal(row[place]))),
                    ),
                    ("every row", result.with_rows(source.rows)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="sqlite3 :memory: 'CREATE TABLE t (x); "
                    f'SELECT "{name}" FROM t WHERE x > avg(x)\'',
                    symptom=r"misuse of aggregate",
                    diagnosis="An aggregate cannot stand in WHERE; the average takes a subquery.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"jq --csv 'select(.{value} > mean)' {here}",
                    symptom=r"Unknown option --csv",
                    diagnosis="jq reads neither CSV nor knows a mean; that is not the way.",
                ),
            ],
        )
