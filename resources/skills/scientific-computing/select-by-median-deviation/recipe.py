"""Select the records that lie far from the median of their category."""

from __future__ import annotations

import shlex
from decimal import Decimal
from statistics import fmean, median, pstdev

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
from shellwright.recipe.tabular import differing, grouped, other_extents


class SelectByMedianDeviation(Recipe):
    """The records beyond so many median absolute deviations of their category, in order."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("selected")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="selected"),)
    tools = ("mlr", "datamash", "tee", "rm", "wc", "head")
    packages = ("miller", "datamash")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "amount"):
            raise Unsuitable("no amounts by category")
        c, a, form = source.index("category"), source.index("amount"), source.format
        group, amount = source.header[c], source.header[a]
        if any("\t" in row[c] for row in source.rows) or len({*source.header}) < len(source.header):
            raise Unsuitable("a category with a tab")
        factor = draw.choice((Decimal("1.25"), Decimal("1.5"), Decimal("1.75")))
        by_group = {
            name: [Decimal(row[a]) for row in rows]
            for name, rows in grouped(source.rows, lambda row: row[c]).items()
        }
        limits = {name: _middle(values) for name, values in by_group.items()}
        distance = [abs(Decimal(row[a]) - limits[row[c]][0]) for row in source.rows]
        bound = [factor * limits[row[c]][1] for row in source.rows]
        if any(d and abs(d - b) < Decimal("0.0001") for d, b in zip(distance, bound, strict=True)):
            raise Unsuitable("an amount exactly on the limit")
        rows = [r for r, d, b in zip(source.rows, distance, bound, strict=True) if d > b]
        if not 0 < len(rows) < len(source.rows):
            raise Unsuitable("all or no records are far off")
        target = world.output(draw, ["far_off", f"unusual_{amount}", "outliers"], f".{form}")
        result = source.with_rows(
            rows, path=target, extent="selected", noun=f"{world.theme.records} far from the median"
        )
        everything = _middle([Decimal(row[a]) for row in source.rows])
        mean = {n: (fmean(map(float, v)), pstdev(map(float, v))) for n, v in by_group.items()}
        here, there = shlex.quote(source.path), shlex.quote(target)
        pairs = f"mlr --i{form} --otsv --headerless-csv-output cut -o -f {group},{amount} {here}"
        columns = ",".join(source.header)
        command = (
            f"{{ echo '{group}\tmid_\tmad_'; {pairs} | datamash -s -g 1 median 2 madraw 2; }} "
            f"| tee /tmp/limits.tsv | wc -l\n"
            f"mlr --i{form} --o{form} join -i tsv -j {group} -f /tmp/limits.tsv then "
            f"filter 'abs(${{{amount}}} - $mid_) > {factor} * $mad_' then "
            f"cut -o -f {columns} {here} > {there}\nrm /tmp/limits.tsv"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Which {world.theme.records} in `{source.path}` are far from what is usual? "
                    f"For each `{group}` take the median of `{amount}` and the median of the "
                    "absolute distances from it (for an even number of values, the mean of the "
                    f"middle two). Rows whose distance is more than `{factor}` times that second "
                    f"median go to `{target}`: same format and columns, in the order they have now."
                ),
                (
                    f"Put the odd ones of `{source.path}` into `{target}`, in the same format, "
                    "unchanged and in their order. A row is odd when its "
                    f"`{amount}` differs from the median of its `{group}` by more than `{factor}` "
                    "median absolute deviations, the deviation being the unscaled median distance "
                    "from that median within the group. Medians of an even number of values are "
                    "the mean of the two in the middle."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; {pairs} | datamash -s -g 1 count 2 median 2 madraw 2",
                    f"{source.path} has to be judged group by group, so I need the median and the "
                    f"median absolute deviation of {amount} for each {group}.",
                    "Look at the columns and compute both, with the number of rows.",
                ),
                do(
                    command,
                    "The raw deviation is what is asked for, without the factor that makes it an "
                    "estimate of the standard deviation. Each group has limits of its own.",
                    f"Join the limits to the rows, keep those beyond {factor} deviations and drop "
                    "the two helper columns again.",
                ),
                look(
                    f"mlr --i{form} --opprint count -g {group} {there}; head -n 3 {there}",
                    "Only the unusual rows should be left, with the old columns.",
                    "Count what was selected by group.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "limits of the whole file",
                        result.with_rows(
                            row
                            for row in source.rows
                            if abs(Decimal(row[a]) - everything[0]) > factor * everything[1]
                        ),
                    ),
                    (
                        "mean and standard deviation",
                        result.with_rows(
                            row
                            for row in source.rows
                            if abs(float(row[a]) - mean[row[c]][0])
                            > float(factor) * mean[row[c]][1]
                        ),
                    ),
                    (
                        "only those above",
                        result.with_rows(r for r in rows if Decimal(r[a]) > limits[r[c]][0]),
                    ),
                    ("the usual ones", result.with_rows(r for r in source.rows if r not in rows)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"{pairs} | datamash -s -g 1 median 2 rawmad 2",
                    symptom=r"datamash: invalid operation .rawmad",
                    diagnosis="The operation is spelled madraw; mad alone is the scaled one.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"mlr --i{form} --otsv cut -o -f {group},{amount} {here} "
                    "| datamash -s -g 1 median 2 madraw 2",
                    symptom=r"invalid numeric value in line \d+ field 2",
                    diagnosis="The header line is read as a number; it has to be left out.",
                ),
            ],
        )


def _middle(values: list[Decimal]) -> tuple[Decimal, Decimal]:
    """The median and the median absolute deviation."""
    middle = median(values)
    return middle, median(abs(value - middle) for value in values)
