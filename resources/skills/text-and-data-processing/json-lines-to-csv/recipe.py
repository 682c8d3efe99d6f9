"""Convert JSON Lines to CSV."""

from __future__ import annotations

import shlex

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
from shellwright.recipe.tabular import backticked, differing


class JsonLinesToCsv(Recipe):
    """Each object becomes a row; the columns stand in the order that was asked for."""

    needs = (Pattern.of("table", format="jsonl", condition="clean"),)
    gives = (Pattern.of("table", format="csv", condition="clean"),)
    tools = ("mlr", "jq", "head", "wc", "sort", "uniq")
    packages = ("miller", "jq")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        amounts = [column.name for column in source.columns if column.role == "amount"]
        if not source.rows:
            raise Unsuitable("no rows to convert")
        stem = source.path.rpartition("/")[2].rpartition(".")[0]
        target = world.output(draw, [stem, f"{stem}_sheet", "for_the_spreadsheet"], ".csv")
        result = source.with_rows(source.rows, path=target, format="csv", noun=source.noun)
        here, there = shlex.quote(source.path), shlex.quote(target)
        header = ",".join(source.header)
        chain = f"cut -o -f {header}"
        if amounts:
            money = "; ".join(f'${{{name}}} = fmtnum(${{{name}}}, "%.2lf")' for name in amounts)
            chain += f" then put '{money}'"
        decimals = f" {backticked(amounts)} with exactly two decimals." if amounts else ""
        first = source.rows[0]
        figures = [n for n, column in enumerate(source.columns) if column.role in NUMERIC]
        sample = ", ".join(f"{source.header[n]} {first[n]}" for n in figures)
        short = [tuple(_bare(source, n, cell) for n, cell in enumerate(row)) for row in source.rows]
        names = sorted(range(len(source.columns)), key=lambda n: source.header[n])
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"For the spreadsheet people: `{source.path}` as a CSV file `{target}`, a row "
                    "for each object in the same order, with exactly this header: "
                    f"`{header}`.{decimals} Texts must arrive unchanged, quoted where CSV needs it."
                ),
                (
                    f"Make a CSV file `{target}` out of `{source.path}`. The header line is "
                    f"`{header}`, then comes one row per object, in the order of the "
                    f"file.{decimals} Nothing may be lost or altered in the texts; quote them the "
                    "way CSV demands."
                ),
            ],
            steps=[
                look(
                    f"head -n 2 {here}; jq -r 'keys_unsorted | join(\",\")' {here} | sort "
                    "| uniq -c",
                    f"{source.path} has to become CSV with a given order of columns.",
                    "Look at two objects, and whether all of them have the same keys.",
                ),
                do(
                    f"mlr --ijsonl --ocsv {chain} {here} > {there}",
                    "The objects are flat and have the same keys"
                    + (f"; numbers such as {sample} lose zeros in JSON." if sample else "."),
                    "Put the columns in order, format the amounts and write CSV.",
                ),
                look(
                    f"head -n 4 {there}; wc -l {here} {there}",
                    f"There should be {len(source.rows)} rows and a header.",
                    "Read the top and compare the number of lines.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("trailing zeros were dropped", result.with_rows(short)),
                        ("rows in reverse", result.with_rows(reversed(source.rows))),
                        (
                            "columns in alphabetical order",
                            result.with_rows(
                                (tuple(row[n] for n in names) for row in source.rows),
                                columns=tuple(source.columns[n] for n in names),
                            ),
                        ),
                    ],
                ),
                Wrong(
                    "the header is missing",
                    path=target,
                    content=result.content().split(b"\n", 1)[1],
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"head -n 3 {here} | jq -r '@csv' > {there}",
                    symptom=r"cannot be csv-formatted, only array",
                    diagnosis="@csv takes arrays, not objects, and it would not keep two decimals.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --ijsonl --ocsv order -f {header} {here} > {there}",
                    symptom=r"verb \"order\" not found",
                    diagnosis="Miller has reorder and cut -o, but no order.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _bare(table: Table, place: int, cell: str) -> str:
    """The cell as JSON writes it: amounts without trailing zeros."""
    return str(float(cell)) if table.columns[place].role == "amount" else cell
