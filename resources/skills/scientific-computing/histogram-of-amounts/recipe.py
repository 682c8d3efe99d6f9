"""Count amounts in classes of equal width."""

from __future__ import annotations

import shlex
from collections.abc import Callable
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

COLUMNS = (
    Column("from", "bound"),
    Column("to", "bound"),
    Column("records", "count"),
    Column("cumulative", "count"),
)


class HistogramOfAmounts(Recipe):
    """One row a class: its bounds, how many amounts are in it, and how many up to it."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "gsl-histogram", "mlr", "tail")
    packages = ("gsl-bin", "miller")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("status", "amount"):
            raise Unsuitable("no amounts by status")
        s, a, form = source.index("status"), source.index("amount"), source.format
        status, amount = source.header[s], source.header[a]
        by_status = grouped(source.rows, lambda row: row[s])
        name = draw.choice([*sorted(by_status)])
        values = [Decimal(row[a]) for row in source.rows if row[s] != name]
        every = [Decimal(row[a]) for row in source.rows]
        if len(values) < 8 or {*name} & {*"'\"\\"}:
            raise Unsuitable("too few amounts, or a name that is hard to write")
        number = draw.choice([6, 8, 10, 12])
        width = max(1, int(max(values) * draw.integer(75, 92) / 100 / number))
        low = draw.choice([0, max(1, width // 4)])
        high = low + number * width
        target = world.output(draw, ["histogram", "distribution", "classes"], ".csv")

        def rows(found: list[Decimal], inside: Callable[[Decimal, int], bool]) -> list[Row]:
            made: list[Row] = []
            running = 0
            for start in range(low, high, width):
                hits = sum(inside(value, start) for value in found)
                running += hits
                made.append((str(start), str(start + width), str(hits), str(running)))
            return made

        def usual(value: Decimal, start: int) -> bool:
            return start <= value < start + width

        right = rows(values, usual)
        result = summary(target, f"histogram of {amount}", COLUMNS, right)
        counted = int(right[-1][3])
        if counted == len(values) or len({row[2] for row in right}) < 2:
            raise Unsuitable("nothing lies outside, or all classes are alike")
        below = sum(value < low for value in values)
        here, there, head = shlex.quote(source.path), shlex.quote(target), ",".join(result.header)
        pick = (
            f"mlr --i{form} --onidx filter '${{{status}}} != \"{name}\"' then cut -f {amount} "
            + here
        )
        classes = f"gsl-histogram {low} {high} {number}"
        total = "awk '{ s += $3 } END { print s }'"
        last = [*right[:-1]]
        last.append((*right[-1][:2], str(len(values) - counted - below + int(right[-1][2])), ""))
        last[-1] = (*last[-1][:3], str(len(values) - below))
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"How is `{amount}` distributed in `{source.path}`? Leave out the rows whose "
                    f"`{status}` is `{name}` and count the others in `{number}` classes of equal "
                    f"width from `{low}` to `{high}`. A class includes its lower bound but not its "
                    f"upper one; what lies outside is not counted. `{target}` is CSV with the "
                    f"header `{head}`: the bounds as whole numbers, the rows in the class, and "
                    "those in it and all classes before it. Empty classes stay."
                ),
                (
                    f"Make a histogram of `{amount}` from `{source.path}` without the rows that "
                    f"have `{name}` as `{status}`: `{number}` equally wide classes between `{low}` "
                    f"and `{high}`, lower bounds included, upper bounds excluded, values outside "
                    f"ignored. Save it as `{target}`, CSV with the header `{head}`, one row a "
                    "class in ascending order, also for empty ones. Bounds are whole numbers; the "
                    "last column is the running total of the one before."
                ),
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint filter '${{{status}}} != \"{name}\"' "
                    f"then stats1 -a count,min,max -f {amount} {here}",
                    f"Without {name}: how many rows are left, and where do they lie?",
                    "Count them with their range.",
                ),
                do(
                    f"{{ echo {head}\n  {pick} | {classes} |\n"
                    "    awk '{ sum += $3; printf \"%d,%d,%d,%d\\n\", $1, $2, $3, sum }'\n"
                    f"}} > {there}",
                    f"{number} classes from {low} to {high} are equally wide; rows that lie "
                    "outside do not count.",
                    "Pick the amounts, count them by class and add the running total.",
                ),
                look(
                    f"cat {there}; {pick} | {classes} | {total}; tail -n 1 {there}",
                    "The running total has to end with the rows inside of the classes.",
                    "Read the histogram and compare its sum.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("all rows", result.with_rows(rows(every, usual))),
                    ("what lies above is in the last class", result.with_rows(last)),
                    (
                        "without empty classes",
                        result.with_rows(row for row in right if row[2] != "0"),
                    ),
                    (
                        "counts from the top",
                        result.with_rows(
                            (*row[:3], str(counted - int(row[3]) + int(row[2]))) for row in right
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{pick} | gsl-histogram {number}",
                    symptom=r"Usage: gsl-histogram",
                    diagnosis="Both bounds have to be given before the number of classes.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --opprint histogram -f {amount} --lo {low} --hi {high} "
                    f"--bins {number} {here}",
                    symptom=r"option .--bins. not recognized|mlr histogram",
                    diagnosis="That verb calls it --nbins; and it would need the filter too.",
                ),
            ],
        )
