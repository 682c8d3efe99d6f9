"""Convert a delimited table to JSON Lines with typed values."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
)
from shellwright.recipe.kinds.table import NUMERIC
from shellwright.recipe.tabular import backticked

EMPTY = ("", "na", "n/a", "none", "null", ".")


class TableToJsonLines(Recipe):
    """Each row becomes a JSON object a line; figures are numbers, the rest is text."""

    needs = (
        Pattern.of("table", format=("csv", "tsv"), condition="clean", shape=("records", "summary")),
    )
    gives = (Pattern.of("table", format="jsonl", condition="clean"),)
    tools = ("csvjson", "jq", "head", "wc", "sort", "uniq")
    packages = ("csvkit", "jq")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        numeric = [column.name for column in source.columns if column.role in NUMERIC]
        if not numeric or not source.rows:
            raise Unsuitable("no figures to convert")
        stem = source.path.rpartition("/")[2].rpartition(".")[0]
        target = world.output(draw, [stem, f"{stem}_typed", "feed"], ".jsonl")
        result = source.with_rows(source.rows, path=target, format="jsonl", noun=source.noun)
        here, there = shlex.quote(source.path), shlex.quote(target)
        typed = " | ".join(f'.["{name}"] |= tonumber' for name in numeric)
        if source.format == "csv":
            convert = f"csvjson --stream --no-inference --blanks {here} | jq -c '{typed}' > {there}"
        else:
            convert = (
                'jq -cRn \'[inputs / "\\t"] | .[0] as $names | .[1:][] '
                "| [$names, .] | transpose | map({key: .[0], value: .[1]}) | from_entries "
                f"| {typed}' {here} > {there}"
            )
        types = "jq -c 'map_values(type)' " + there + " | sort | uniq -c"
        objects = [result.as_object(row) for row in source.rows]
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"The loader wants `{source.path}` as JSON Lines: one object a line in "
                    f"`{target}`, in the order of the rows, with the column names as keys. "
                    f"{backticked(numeric)} must be JSON numbers; every other value "
                    "is a string, word for word as in the table, also where it looks like nothing "
                    "or like a number."
                ),
                (
                    f"Turn `{source.path}` into `{target}`, a JSON object per row and line, rows "
                    "in the same order, keys as in the header. Numbers are the values of "
                    f"{backticked(numeric)} and no others: all the rest are strings with exactly "
                    "the text of the cell, never null."
                ),
                (
                    f"I need every row of `{source.path}` as a JSON object of its own, a line for "
                    f"each in `{target}`, and in the same sequence. Keys come from the header. To "
                    f"be written as numbers: {backticked(numeric)}. Nothing else is a number, "
                    "even if a text consists of digits, and an empty cell becomes an empty "
                    "string rather than null."
                ),
                (
                    f"Can `{target}` be made fit for a loader that is strict about types? It "
                    "takes JSON Lines, one record per line, keyed by column name. Numeric in it: "
                    f"{backticked(numeric)}. Text, character by character what the cell of "
                    f"`{source.path}` says: all other columns, whether a cell is blank, a date or "
                    "a run of digits. Records keep their order."
                ),
            ],
            steps=[
                look(
                    f"head -n 4 {here}; wc -l {here}",
                    f"{source.path} is to become JSON Lines; I need to know its columns.",
                    "Read the header and some rows, and count the lines.",
                ),
                do(
                    convert,
                    f"Only {', '.join(numeric)} may become numbers. Guessing has to be off for "
                    "everything else, or texts that look like a number or like nothing are lost.",
                    "Convert every cell as text, then turn the figures into numbers.",
                ),
                look(
                    f"{types}; head -n 2 {there}",
                    "Every row should be an object, and all of them should have the same types.",
                    "Count the combinations of types that occur.",
                ),
            ],
            wrong=[
                _wrong(
                    "figures are strings",
                    target,
                    [dict(zip(source.header, row, strict=True)) for row in source.rows],
                ),
                _wrong("one array instead of a line each", target, [objects]),
                *_blanked(target, objects),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"jq -c '{typed}' {here} > {there}",
                    symptom=r"jq: error|parse error",
                    diagnosis="jq reads JSON, and this is a delimited table. It has to be parsed "
                    "as such first.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"csvjson --ndjson --types auto {here} > {there}",
                    symptom=r"csvjson: error: unrecognized arguments|error: ",
                    diagnosis="csvjson has no such options; one object a line is --stream.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _wrong(name: str, path: str, values: Sequence[object]) -> Wrong:
    content = "".join(json.dumps(value) + "\n" for value in values)
    return Wrong(name, path=path, content=content.encode())


def _blanked(path: str, objects: list[dict[str, str | int | float]]) -> list[Wrong]:
    """The objects with null for texts that some tools take for nothing, where there are any."""
    changed: list[object] = [
        {k: None if isinstance(v, str) and v.lower() in EMPTY else v for k, v in each.items()}
        for each in objects
    ]
    return [] if changed == objects else [_wrong("texts like none became null", path, changed)]
