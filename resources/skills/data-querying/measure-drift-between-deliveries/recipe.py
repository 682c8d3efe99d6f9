"""Compare two deliveries column by column and say what drifted."""

from __future__ import annotations

import gzip
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import log, sqrt

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
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
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing, rounded

SCRIPT = """now <- read.csv("/tmp/drift/now.csv")
before <- read.csv("/tmp/drift/before.csv")
psi <- function(x, y) {{
  values <- union(x, y)
  share <- function(z) (table(factor(z, values)) + 0.5) / (length(z) + 0.5 * length(values))
  sum((share(y) - share(x)) * log(share(y) / share(x)))
}}
edge <- 1.358 * sqrt((nrow(now) + nrow(before)) / (nrow(now) * nrow(before)))
cat("column,measure,value,limit,drifted\\n")
for (name in names(now)) {{
  numbers <- is.numeric(now[[name]])
  value <- if (numbers) suppressWarnings(ks.test(now[[name]], before[[name]])$statistic) else
    psi(before[[name]], now[[name]])
  limit <- if (numbers) edge else {limit}
  cat(sprintf("%s,%s,%.4f,%.4f,%s\\n", name, if (numbers) "ks" else "psi", value, limit,
              if (value > limit) "yes" else "no"))
}}
"""
COLUMNS = (
    Column("column", "column"),
    Column("measure", "measure"),
    Column("value", "score"),
    Column("limit", "score"),
    Column("drifted", "answer"),
)


class MeasureDriftBetweenDeliveries(Recipe):
    """A row for each compared column: its measure, the value, the limit, and whether it drifted."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "selected", "merged"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("Rscript", "cat", "head", "mkdir", "mlr", "numaverage", "sort", "uniq", "wc", "zcat")
    packages = ("miller", "num-utils", "r-base-core")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "status", "count", "amount") or len(source.rows) < 25:
            raise Unsuitable("too few records, or columns are missing")
        names = tuple(source.name(role) for role in ("category", "status", "count", "amount"))
        category, status, count, amount = names
        form = source.format
        earlier = _earlier(draw, source)
        given = world.input(draw, ["training_delivery", "last_year", "reference"], ".csv.gz")
        target = world.output(draw, ["drift", "stability", "drift_check"], ".csv")
        limit = draw.choice(("0.10", "0.20", "0.25"))
        now = [source.values(role) for role in ("category", "status", "count", "amount")]
        before = [list(column) for column in zip(*earlier, strict=True)]
        right = _compared(names, before, now, float(limit), Fraction(1, 2))
        result = summary(target, "drift figures", COLUMNS, right)
        if len({row[-1] for row in right}) < 2:
            raise Unsuitable("all drifted, or nothing did")
        text = ",".join(("row", *names)) + "\n"
        text += "".join(f"{n},{','.join(row)}\n" for n, row in enumerate(earlier, 1))
        here, there, at = quoted(source.path), quoted(target), quoted(given)
        listed, work = ",".join(names), "/tmp/drift"
        head = ",".join(result.header)
        narrow = [(*row[:-1], "yes" if float(row[2]) > float(limit) else "no") for row in right]
        means = [
            (*row[:2], _mean_shift(x, y), *row[3:]) if row[1] == "ks" else row
            for row, x, y in zip(right, before, now, strict=True)
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, gzip.compress(text.encode(), mtime=0))],
            request=[
                f"Can the model that was trained on `{given}` (gzipped CSV) still be used for "
                f"`{source.path}`? Compare the columns `{category}`, `{status}`, `{count}` and "
                f"`{amount}`, which both have. For the first two use the population stability "
                "index with the natural logarithm over all values that occur in either file, "
                "where `0.5` is added to each value's count in each file before the shares are "
                f"taken (they add up to one again); the limit is `{limit}`. For the numbers use "
                "the two-sample Kolmogorov-Smirnov distance, with the limit `1.358` times the "
                "square root of (n + m) / (n m) for n and m rows. Write "
                f"`{target}`, CSV with the header `{head}`: one row a column in the order in "
                "which I named them, the measure as `psi` or `ks`, value and limit with four "
                "decimals, and `yes` where the value is above the limit, else `no`.",
                f"Check `{source.path}` for drift against `{given}`, the gzipped CSV from which "
                f"our model learned, and save the outcome as CSV with the header `{head}` in "
                f"`{target}`. One row each for `{category}`, `{status}`, `{count}` and `{amount}`, "
                "in this order. The two columns of words are measured by `psi`: population "
                "stability index, natural logarithm, all values of both files, shares from counts "
                f"to each of which `0.5` was added on either side so that they still sum to one, "
                f"limit `{limit}`. The two columns of numbers are measured by `ks`, the largest "
                "distance between the two empirical distribution functions, with `1.358` * "
                "sqrt((n + m) / (n * m)) as limit, n and m being the numbers of rows. Four "
                "decimals for value and limit; the last column is `yes` for a value above its "
                "limit and `no` otherwise.",
            ],
            steps=[
                look(
                    f"zcat {at} | head -n 3; zcat {at} | wc -l\n"
                    f"for column in {count} {amount}; do\n"
                    f"  mlr --i{form} --onidx cut -f $column {here} | numaverage\n"
                    f"  mlr --icsv --onidx --gzin cut -f $column {at} | numaverage\ndone",
                    "What is in the old delivery, and are the means of the numbers comparable?",
                    "Read its first rows and compare the means of both.",
                ),
                look(
                    f"mlr --icsv --gzin --opprint count-distinct -f {category} then sort -f "
                    f"{category} {at}; mlr --i{form} --onidx cut -f {category} {here} | sort | "
                    "uniq -c",
                    "Equal means prove little. Are the values of the columns of words the same?",
                    f"Count each {category} in both deliveries.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --ocsv cut -o -f {listed} {here} > {work}/now.csv\n"
                    f"mlr --icsv --gzin --ocsv cut -o -f {listed} {at} > {work}/before.csv\n"
                    f"cat > {work}/drift.R <<'EOF'\n{SCRIPT.format(limit=limit)}EOF\n"
                    f"Rscript {work}/drift.R > {there}",
                    "Values can be new or gone, which is why something is added to the counts.",
                    "Bring both to the same four columns and compute the measures in R.",
                    1.5,
                ),
                look(
                    f"mlr --icsv --opprint cat {there}",
                    "I expect some of the four columns above their limit, not all of them.",
                    "Read the result.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "whole occurrences added",
                        result.with_rows(
                            _compared(names, before, now, float(limit), Fraction(1), strict=False)
                        ),
                    ),
                    ("one limit for all", result.with_rows(narrow)),
                    ("shift of the means instead of a distance", result.with_rows(means)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command="Rscript -e 'psi(c(1, 2, 3), c(2, 2, 3))'",
                    symptom=r"could not find function",
                    diagnosis="R does not come with it; the index is a sum over shares.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"mlr --icsv --gzin --opprint stats1 -a mean,p50 -f {amount} -g",
                    symptom=r"missing argument",
                    diagnosis="After -g there has to be a column, and then the file.",
                ),
            ],
        )


def _earlier(draw: Draw, table: Table) -> list[Row]:
    """Rows of category, status, count and amount like those of the table, some shifted."""
    groups, states = sorted({*table.values("category")}), sorted({*table.values("status")})
    weighted = [one for n, one in enumerate(draw.shuffled(groups)[:-1]) for _ in range(1 + n % 3)]
    weighted += [weighted[0].lower() + " (old)"]
    states += states[:1] * draw.choice((0, 0, 4))
    counts, amounts = table.values("count"), table.values("amount")
    shift, factor = draw.choice((0, 0, 9, 15)), Decimal(draw.choice((100, 100, 72, 135))) / 100
    return [
        (
            draw.choice(weighted),
            draw.choice(states),
            str(int(draw.choice(counts)) + shift),
            f"{Decimal(draw.choice(amounts)) * factor:.2f}",
        )
        for _ in range(draw.integer(70, 140))
    ]


def _compared(
    names: Sequence[str],
    before: Sequence[Sequence[str]],
    now: Sequence[Sequence[str]],
    limit: float,
    added: Fraction,
    *,
    strict: bool = True,
) -> list[Row]:
    """The rows of the result; `strict` refuses values that are too near to a limit."""
    n, m = len(before[0]), len(now[0])
    edge = 1.358 * sqrt((n + m) / (n * m))
    rows: list[Row] = []
    for place, name in enumerate(names):
        numbers = place > 1
        value = (
            _distance(before[place], now[place])
            if numbers
            else _psi(before[place], now[place], float(added))
        )
        most = edge if numbers else limit
        if strict and abs(value - most) < 2e-4:
            raise Unsuitable("a value at its limit")
        text = rounded(Decimal(repr(value)), 4)
        rows.append(
            (
                name,
                "ks" if numbers else "psi",
                text,
                f"{most:.4f}",
                "yes" if value > most else "no",
            )
        )
    return rows


def _psi(before: Sequence[str], now: Sequence[str], added: float) -> float:
    """The population stability index with something added to each count."""
    old, new = Counter(before), Counter(now)
    values = sorted({*old, *new})
    total = 0.0
    for value in values:
        a = (old[value] + added) / (len(before) + added * len(values))
        b = (new[value] + added) / (len(now) + added * len(values))
        total += (b - a) * log(b / a)
    return total


def _distance(before: Sequence[str], now: Sequence[str]) -> float:
    """The largest distance of the two empirical distribution functions."""
    old, new = sorted(map(Decimal, before)), sorted(map(Decimal, now))
    return max(
        float(
            abs(
                Fraction(bisect_right(old, value), len(old))
                - Fraction(bisect_right(new, value), len(new))
            )
        )
        for value in (*old, *new)
    )


def _mean_shift(before: Sequence[str], now: Sequence[str]) -> str:
    """How far the mean moved, as a share of the old one."""
    old = sum(map(Decimal, before)) / len(before)
    new = sum(map(Decimal, now)) / len(now)
    return f"{abs(new - old) / old:.4f}"
