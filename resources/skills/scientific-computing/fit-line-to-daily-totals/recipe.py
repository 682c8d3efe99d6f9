"""Fit a straight line to daily totals."""

from __future__ import annotations

import shlex
from datetime import date
from fractions import Fraction
from math import sqrt

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
)
from shellwright.recipe.tabular import grouped

Point = tuple[int, Fraction]


class FitLineToDailyTotals(Recipe):
    """A JSON report with the least-squares line through the totals of each day."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("mlr", "gnuplot", "jq", "rm", "head")
    packages = ("miller", "gnuplot-nox", "jq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(("amount", "count"))
        if not source.has("date", role):
            raise Unsuitable("no figures by day")
        d, v, form = source.index("date"), source.index(role), source.format
        day, value = source.header[d], source.header[v]
        try:
            dated = grouped(source.rows, lambda row: date.fromisoformat(row[d]).toordinal())
        except ValueError:
            raise Unsuitable("dates in another notation") from None
        points: list[Point] = [
            (at - min(dated), sum((Fraction(row[v]) for row in rows), Fraction(0)))
            for at, rows in sorted(dated.items())
        ]
        if len(points) < 8 or len({total for _, total in points}) < 3:
            raise Unsuitable("too few days")
        target = world.output(draw, ["trend", f"{value}_trend", "straight_line"], ".json")
        right = _line(points)
        result = Report(path=target, noun="trend", value=right, tolerance=1e-6)
        here, there = shlex.quote(source.path), shlex.quote(target)
        totals = (
            f"mlr --i{form} --otsv --headerless-csv-output stats1 -a sum -f {value} -g {day} "
            f"then sort -f {day} then put -S '${day} = "
            f'int(strptime(${day}, "%Y-%m-%d") / 86400)\' {here}'
        )
        first = min(dated) - date(1970, 1, 1).toordinal()
        names = ", ".join(f"`{name}`" for name in right)
        ranks = [(number, total) for number, (_, total) in enumerate(points)]
        single = [(at - min(dated), Fraction(r[v])) for at, rows in dated.items() for r in rows]
        wrong = [
            ("days counted without the gaps", _line(ranks)),
            ("every record is a point", _line(single)),
            ("the axes are swapped", _line([(int(y), Fraction(x)) for x, y in points])),
            ("the first day is day 1", _line([(x + 1, y) for x, y in points])),
        ]
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Does `{value}` go up or down over time in `{source.path}`? Add it up for "
                    f"each `{day}` that occurs, fit a straight line through these totals by least "
                    "squares (the first day that occurs is x = 0, x counts calendar days, days "
                    "without rows are no points), and save a JSON object with the keys "
                    f"{names} as `{target}`: the number of points, the line, and Pearson's r. "
                    "Four decimals."
                ),
                (
                    f"Describe the trend of `{value}` in `{source.path}` by a least-squares line. "
                    f"One point for each `{day}` with rows: x is the number of calendar days since "
                    f"the earliest `{day}` (which has 0), y the sum of `{value}` on it. "
                    f"`{target}` is to be a JSON object with {names}, where the first is the "
                    "number of points and the last Pearson's coefficient; round to four decimals."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; {totals} | head -n 4",
                    f"The points of the fit are totals by {day}; the days have to become numbers.",
                    "Add up by day and turn the dates into days since the epoch.",
                ),
                do(
                    f"{totals} > /tmp/points.tsv\n"
                    f"gnuplot <<'EOF'\nstats '/tmp/points.tsv' using ($1 - {first}):2 nooutput\n"
                    f"set print '{target}'\n"
                    'print sprintf(\'{"days": %d, "slope": %.4f, "intercept": %.4f, '
                    '"correlation": %.4f}\', STATS_records, STATS_slope, STATS_intercept, '
                    "STATS_correlation)\nEOF\nrm /tmp/points.tsv",
                    "The first day is so many days after the epoch, and that is what I subtract. "
                    "Only days with rows are points.",
                    "Let a statistics program fit the line and print the object.",
                ),
                look(
                    f"jq . {there}; mlr --i{form} --ojson stats1 -a sum -f {value} -g {day} then "
                    f"sort -f {day} then count then put '$points = $count' {here}",
                    "Does it count as many points as there are days with rows? And the file has "
                    "to be valid JSON.",
                    "Read it with a parser and count the days once more.",
                ),
            ],
            wrong=[
                Wrong(name, path=target, content=_text(answer))
                for name, answer in wrong
                if any(abs(answer[k] - right[k]) > 1e-5 * (1 + abs(right[k])) for k in right)
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"mlr --i{form} --otsv cut -f {value} {here} > /tmp/points.tsv; "
                    "gnuplot -e \"stats '/tmp/points.tsv' using 1:2 noutput\"",
                    symptom=r"Unrecognized stats option",
                    diagnosis="The option is nooutput; and the file does not have two columns yet.",
                    recovery="rm -f /tmp/points.tsv",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --ojson linear-fit -f {day},{value} {here}",
                    symptom=r"verb \"linear-fit\" not found",
                    diagnosis="There is no verb of that name; I leave the fit to gnuplot.",
                ),
            ],
        )


def _text(value: dict[str, float]) -> bytes:
    """The report with other figures."""
    return Report(path="/", noun="trend", value=value).text().encode()


def _line(points: list[Point]) -> dict[str, float]:
    """Number of points, slope, intercept and correlation, with exact sums."""
    n = len(points)
    mean_x = Fraction(sum(x for x, _ in points), n)
    mean_y = sum((y for _, y in points), Fraction(0)) / n
    xx = sum(((x - mean_x) ** 2 for x, _ in points), Fraction(0))
    yy = sum(((y - mean_y) ** 2 for _, y in points), Fraction(0))
    xy = sum(((x - mean_x) * (y - mean_y) for x, y in points), Fraction(0))
    if not xx or not yy:
        raise Unsuitable("all points on one level")
    slope = xy / xx
    return {
        "days": n,
        "slope": round(float(slope), 4),
        "intercept": round(float(mean_y - slope * mean_x), 4),
        "correlation": round(float(xy) / sqrt(float(xx * yy)), 4),
    }
