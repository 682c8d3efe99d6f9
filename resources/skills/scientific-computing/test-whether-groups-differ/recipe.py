"""Test whether a figure differs between groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import exp, lgamma, log
from statistics import median
from typing import Any

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import grouped

SCRIPT = """d <- read.csv("/tmp/groups.csv", colClasses = c("character", "numeric"))
names(d) <- c("group", "value")
d <- d[d$group %in% names(which(table(d$group) >= {least})), ]
test <- kruskal.test(d$value, factor(d$group))
middle <- tapply(d$value, d$group, median)
cat(sprintf('{{"n": %d, "h": %.4f, "df": %d, "p": %.4f, "differ": %s,\\n "medians": {{%s}}}}\\n',
            nrow(d), test$statistic, test$parameter, test$p.value,
            if (test$p.value < {alpha}) "true" else "false",
            paste(sprintf('"%s": %.1f', names(middle), middle), collapse = ", ")))
"""


class TestWhetherGroupsDiffer(Recipe):
    """A JSON report with the Kruskal-Wallis test of a figure by group."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "jsonl"),
            condition="clean",
            shape="records",
            extent=("full", "merged", "selected"),
        ),
    )
    gives = (Pattern.of("report", format="json"),)
    tools = ("Rscript", "cat", "jq", "mlr")
    packages = ("jq", "miller", "r-base-core")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(("category", "person"))
        if not source.has(role, "status", "count"):
            raise Unsuitable("no counts by group")
        group, status, count = (source.name(name) for name in (role, "status", "count"))
        form = source.format
        out_of = draw.choice(sorted({*source.values("status")}))
        kept = [
            (name, int(value))
            for name, state, value in zip(
                source.values(role), source.values("status"), source.values("count"), strict=True
            )
            if state != out_of
        ]
        least, alpha = draw.choice((4, 5, 6)), draw.choice(("0.05", "0.10"))
        every = {name: [v for _, v in rows] for name, rows in grouped(kept, lambda r: r[0]).items()}
        groups = {name: values for name, values in every.items() if len(values) >= least}
        if len(groups) < 3 or any({*name} & {*"\"\\'%"} for name in (*groups, out_of)):
            raise Unsuitable("too few groups of that size, or names that are hard to write")
        right = _tested(groups, float(alpha))
        if abs(right["p"] - float(alpha)) < 1e-3:
            raise Unsuitable("a p-value at the level")
        target = world.output(draw, ["group_test", "do_they_differ", "significance"], ".json")
        result = Report(path=target, noun="test of the groups", value=right, tolerance=1.5e-4)
        whole: dict[str, list[int]] = {}
        for name, value in zip(source.values(role), source.values("count"), strict=True):
            whole.setdefault(name, []).append(int(value))
        wrong = [
            ("without regard to ties", _tested(groups, float(alpha), ties=False)),
            ("small groups too", _tested(every, float(alpha))),
            (f"the {out_of} rows too",
             _tested({n: v for n, v in whole.items() if len(v) >= least}, float(alpha))),
        ]  # fmt: skip
        here, there = quoted(source.path), quoted(target)
        keys = "`n`, `h`, `df`, `p`, `differ` and `medians`"
        pick = f"filter '${{{status}}} != \"{out_of}\"'"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Does `{count}` really differ from one `{group}` to another in `{source.path}`, "
                f"or is it chance? Leave out the rows whose `{status}` is `{out_of}` and then each "
                f"`{group}` with fewer than `{least}` rows, and do a Kruskal-Wallis test with the "
                f"correction for ties. `{target}` is a JSON object with {keys}: the rows used, the "
                "corrected statistic, the degrees of freedom, the p-value from the chi-squared "
                f"distribution, whether it is below `{alpha}` (true or false), and an object with "
                f"the median `{count}` of each `{group}` in the test. Four decimals for statistic "
                "and p-value.",
                f"Please test whether the `{group}`s in `{source.path}` have different `{count}`, "
                "by the rank test of Kruskal and Wallis, corrected for ties. Rows with the "
                f"`{status}` `{out_of}` do not belong in it, and after that a `{group}` needs "
                f"at least `{least}` rows to take part. Save a JSON object with {keys} as "
                f"`{target}`. These are the number of rows in the test, the statistic after the "
                "correction and its degrees of freedom, the p-value (chi-squared approximation), "
                f"true or false for a p-value below `{alpha}`, and the median `{count}` by "
                f"`{group}`, as an object. Round the statistic and the p-value to four decimals.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint {pick} then stats1 -a count,median,min,max -f "
                    f"{count} "
                    f"-g {group} then sort -f {group} {here}",
                    f"How many rows has each {group} without {out_of}, and where do they lie?",
                    "Summarise the groups.",
                ),
                do(
                    f"mlr --i{form} --ocsv {pick} then cut -o -f {group},{count} {here} "
                    "> /tmp/groups.csv\n"
                    f"cat > /tmp/groups.R <<'EOF'\n{SCRIPT.format(least=least, alpha=alpha)}EOF\n"
                    f"Rscript /tmp/groups.R > {there}",
                    f"Only groups with {least} rows or more take part. Counts have ties; R's test "
                    "corrects for them.",
                    "Extract the two columns and let R do the test.",
                    1.2,
                ),
                look(
                    f"jq -c . {there}",
                    "The degrees of freedom must be one less than there are groups.",
                    "Read the report with a parser.",
                ),
            ],
            wrong=[
                Wrong(name, path=target, content=_text(value))
                for name, value in wrong
                if any(
                    abs(value[key] - right[key]) > 1e-3 * max(1, right[key])
                    for key in ("n", "h", "df", "p")
                )
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command="Rscript -e 'kruskal(c(1, 2, 3, 4), c(1, 1, 2, 2))'",
                    symptom=r"could not find function",
                    diagnosis="The function is kruskal.test.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command="Rscript -e 'kruskal.test(c(1, 2, 3, 4), c(1, 1, 2))'",
                    symptom=r"must have the same length",
                    diagnosis="Every value needs its group; both come from the same rows.",
                ),
            ],
        )


def _tested(
    groups: Mapping[str, Sequence[int]], alpha: float, *, ties: bool = True
) -> dict[str, Any]:
    """The report on these groups."""
    values = sorted(value for found in groups.values() for value in found)
    n, count = len(values), Counter(values)
    rank = {v: Fraction(2 * values.index(v) + count[v] + 1, 2) for v in count}
    sums = {name: sum((rank[v] for v in found), Fraction(0)) for name, found in groups.items()}
    h = Fraction(12, n * (n + 1)) * sum(
        (sums[name] ** 2 / len(found) for name, found in groups.items()), Fraction(0)
    ) - 3 * (n + 1)
    if ties:
        h /= 1 - Fraction(sum(t**3 - t for t in count.values()), n**3 - n)
    df = len(groups) - 1
    p = _above(float(h), df)
    return {
        "n": n,
        "h": round(float(h), 4),
        "df": df,
        "p": round(p, 4),
        "differ": p < alpha,
        "medians": {name: float(median(groups[name])) for name in sorted(groups)},
    }


def _above(x: float, df: int) -> float:
    """The probability of a larger value under the chi-squared distribution."""
    a, half = df / 2, x / 2
    if half <= 0:
        return 1.0
    term = total = 1 / a
    for n in range(1, 400):
        term *= half / (a + n)
        total += term
    return 1 - total * exp(a * log(half) - half - lgamma(a))


def _text(value: Mapping[str, Any]) -> bytes:
    """Another report."""
    return Report(path="/", noun="", value=dict(value)).text().encode()
