"""Percentiles of an amount by category, by the nearest-rank method."""

from __future__ import annotations

import math
import shlex
from decimal import Decimal

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    summary,
)
from shellwright.recipe.tabular import differing, grouped


class NearestRankPercentiles(Recipe):
    """One row a category: how many records, and four values out of theirs."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "csvcut",
        "csvstat",
        "gawk",
        "jq",
        "cut",
        "head",
        "tail",
        "tr",
        "sort",
        "cat",
        "nl",
        "grep",
    )
    packages = ("csvkit", "gawk", "jq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        c, a = source.index("category"), source.index("amount")
        group, amount = source.header[c], source.header[a]
        by_group = {
            name: sorted(Decimal(row[a]) for row in rows)
            for name, rows in sorted(grouped(source.rows, lambda row: row[c]).items())
        }
        if len(by_group) < 2 or any("," in name for name in by_group):
            raise Unsuitable("one category only, or one with a comma")
        high = draw.choice((75, 80, 90, 95))
        target = world.output(draw, ["percentiles", f"{amount}_spread", "distribution"], ".csv")
        columns = [
            Column(group, "category"),
            Column("records", "count"),
            *(Column(name, "amount") for name in ("lowest", "median", f"p{high}", "highest")),
        ]
        rows = [_row(name, values, high) for name, values in by_group.items()]
        result = summary(target, f"spread of {amount} by {group}", columns, rows)
        here, there = shlex.quote(source.path), shlex.quote(target)
        pairs = {
            "csv": f"csvcut -c '{group},{amount}' {here} | tail -n +2",
            "tsv": f"tail -n +2 {here} | cut -f {c + 1},{a + 1} | tr '\\t' ','",
            "jsonl": f'jq -r \'[.["{group}"], .["{amount}"]] | join(",")\' {here}',
        }[source.format]
        order = ("1", "2")
        if source.format == "tsv" and a < c:
            order = ("2", "1")
        header = ",".join(result.header)
        command = (
            f"{pairs} | LC_ALL=C sort -t, -k{order[0]},{order[0]} -k{order[1]},{order[1]}g "
            "| gawk -F, 'function at(p) { return v[int((p * n + 99) / 100)] }\n"
            'function flush() { if (n) printf "%s,%d,%.2f,%.2f,%.2f,%.2f\\n", '
            f"name, n, v[1], at(50), at({high}), v[n] }}\n"
            f'BEGIN {{ print "{header}" }}\n'
            f"${order[0]} != name {{ flush(); n = 0; name = ${order[0]} }}\n"
            f"{{ v[++n] = ${order[1]} }}\n"
            f"END {{ flush() }}' > {there}"
        )
        small = min(by_group, key=lambda name: (len(by_group[name]), name))
        average = [
            (row[0], row[1], row[2], f"{_mean(by_group[row[0]]):.2f}", *row[4:]) for row in rows
        ]
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Averages hide too much, so for each `{group}` in `{source.path}` I want the "
                    f"spread of `{amount}`: a CSV file `{target}` with the header `{header}`, "
                    f"sorted by `{group}`. `median` and `p{high}` (50th and {high}th percentile) "
                    "by nearest rank: of n values in ascending order, the one at position "
                    "ceil(p/100 * n). Amounts with two decimals."
                ),
                (
                    f"Make `{target}` from `{source.path}`, a CSV file with one row per `{group}` "
                    f"in alphabetical order and the header `{header}`: the number of "
                    f"{world.theme.records}, then figures of `{amount}` with two decimals. The "
                    f"`median` is the 50th and `p{high}` the {high}th percentile, each the value "
                    "at place ceil(p/100 * n) when the n values are sorted upwards, without any "
                    "interpolation."
                ),
            ],
            steps=[
                look(
                    (
                        f"csvstat -c {amount} {here}; {pairs} | head -n 3"
                        if source.format == "csv"
                        else f"head -n 2 {here}; {pairs} | head -n 3"
                    ),
                    f"I need {group} and {amount} of every row of {source.path}.",
                    "Try to extract just these two.",
                ),
                do(
                    command,
                    f"{len(rows)} groups. Ready-made percentile functions interpolate, so I pick "
                    "by position; in integers ceil(p * n / 100) is int((p * n + 99) / 100).",
                    "Sort by group and amount, collect the values of a group and pick from them.",
                ),
                look(
                    f"cat {there}; {pairs} | grep -F '{small}' | cut -d, -f{order[1]} | sort -g "
                    "| nl | head -n 30",
                    f"{small} has few enough values to be checked by eye.",
                    "Show the result and the numbered values of that group.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "median as the element after the middle",
                        result.with_rows(
                            _row(name, values, high, after=True)
                            for name, values in by_group.items()
                        ),
                    ),
                    ("average instead of median", result.with_rows(average)),
                    (
                        "sorted by the highest amount",
                        result.with_rows(sorted(rows, key=lambda row: -Decimal(row[5]))),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"{pairs} | datamash -t, -s -g {order[0]} nearest{high} {order[1]} "
                    f"> {there}",
                    symptom=r"datamash: invalid operation",
                    diagnosis="datamash has no such operation, and its perc interpolates.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"{pairs} | sort -t , -k{order[0]} -k{order[1]}:g > {there}",
                    symptom=r"sort: (stray character|invalid)",
                    diagnosis="A key is written -k2,2g; the colon is not part of it.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _row(name: str, values: list[Decimal], high: int, *, after: bool = False) -> Row:
    """The figures of a category; `after` takes the element that follows the nearest rank."""
    size = len(values)
    places = [
        min(size, p * size // 100 + 1) if after else max(1, math.ceil(p * size / 100))
        for p in (50, high)
    ]
    figures = (values[0], *(values[place - 1] for place in places), values[-1])
    return (name, str(size), *(f"{value:.2f}" for value in figures))


def _mean(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)
