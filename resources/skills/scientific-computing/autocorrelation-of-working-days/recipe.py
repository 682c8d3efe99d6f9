"""Report the autocorrelation of daily totals over working days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt

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
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing, rounded

COLUMNS = (Column("lag", "lag"), Column("r", "score"), Column("beyond_chance", "answer"))
SCRIPT = """x <- read.table("/tmp/series.txt")[[2]]
r <- acf(x, lag.max = {most}, plot = FALSE)$acf[-1]
band <- 1.96 / sqrt(length(x))
cat("lag,r,beyond_chance\\n")
cat(sprintf("%d,%.4f,%s\\n", seq_along(r), r, ifelse(abs(r) > band, "yes", "no")), sep = "")
"""


class AutocorrelationOfWorkingDays(Recipe):
    """One row a lag: the autocorrelation of the daily totals, and whether chance explains it."""

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
    tools = ("Rscript", "awk", "cat", "cut", "dateutils.dconv", "dateutils.dround",
             "dateutils.dseq", "datamash", "head", "mlr", "ncal", "paste", "sort", "tail",
             "wc")  # fmt: skip
    packages = ("datamash", "dateutils", "miller", "ncal", "r-base-core")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("date", "count"):
            raise Unsuitable("no counts by day")
        day, count, form = source.name("date"), source.name("count"), source.format
        try:
            dated = [
                (date.fromisoformat(when), int(value))
                for when, value in zip(source.values("date"), source.values("count"), strict=True)
            ]
        except ValueError:
            raise Unsuitable("dates in another notation") from None
        most = draw.choice((5, 6, 8, 10))
        target = world.output(draw, ["autocorrelation", "rhythm", "correlogram"], ".csv")
        series = _series([(_monday(when), value) for when, value in dated])
        if len(series) < 40 or len(dated) < 25:
            raise Unsuitable("too few days")

        def made(values: Sequence[Fraction | int], band: float) -> Table:
            rows: list[Row] = [
                (
                    str(lag),
                    _text(_acf(values, lag)),
                    "yes" if abs(_acf(values, lag)) > band else "no",
                )
                for lag in range(1, most + 1)
            ]
            return summary(target, "autocorrelation", COLUMNS, rows)

        band = 1.96 / sqrt(len(series))
        if any(abs(abs(_acf(series, lag)) - band) < 1e-4 for lag in range(1, most + 1)):
            raise Unsuitable("a value at the band of chance")
        result = made(series, band)
        totals: dict[date, int] = {}
        for when, value in dated:
            totals[when] = totals.get(when, 0) + value
        present = [value for _, value in sorted(totals.items())]
        every = _series(dated, weekends=True)
        kept = _series([(when, value) for when, value in dated if when.weekday() < 5])
        here, there = quoted(source.path), quoted(target)
        first = min(when for when, _ in dated)
        head = ",".join(result.header)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Is there a rhythm in `{count}` from one working day to the next? Add it up by "
                f"`{day}` in `{source.path}`, where the rows of a Saturday or Sunday count for the "
                "Monday after. The series runs over all days from Monday to Friday between the "
                "first and the last that have anything then, with `0` for days without rows. "
                f"Write its autocorrelation at the lags `1` to `{most}` to `{target}`, CSV with "
                f"the header `{head}`: four decimals, and `yes` where the absolute value is above "
                "`1.96` divided by the square root of the number of days, else `no`. Use the usual "
                "estimate (deviations from the overall mean, the sum of products over the sum of "
                "squares of the whole series).",
                f"We suspect that `{count}` in `{source.path}` swings in a regular way. Make a "
                f"series of its daily sums over working days, Monday to Friday: what has a `{day}` "
                "on a weekend belongs to the following Monday, and working days without any row, "
                "from the first to the last day so obtained, have `0`. Of this "
                f"series I need the sample autocorrelation for each lag from `1` to `{most}`, with "
                "the mean and the sum of squared deviations of the whole series at every lag. "
                f"`{target}` is CSV with the header `{head}`: the lag, the value with four "
                "decimals, and `yes` or `no` for whether it exceeds, in absolute terms, `1.96` "
                "over the root of the length of the series.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint stats1 -a count,min,max -f {count} {here}; "
                    f"mlr --i{form} --onidx cut -f {day} {here} | sort | head -n 1; "
                    f"mlr --i{form} --onidx cut -f {day} {here} | dateutils.dconv -f %a | sort | "
                    f"datamash -g 1 count 1; ncal {first.month} {first.year}",
                    "Where does the series begin, and on which weekdays are there records?",
                    "Look at the range, the weekdays and the first month.",
                ),
                do(
                    f"mlr --i{form} --otsv --headerless-csv-output cut -o -f {day},{count} {here} "
                    "> /tmp/rows.tsv\n"
                    "paste <(cut -f 1 /tmp/rows.tsv | dateutils.dconv -f %a) "
                    "<(cut -f 1 /tmp/rows.tsv | dateutils.dround Mon) /tmp/rows.tsv |\n"
                    "  awk -v OFS='\\t' '{ print $1 ~ /^S/ ? $2 : $3, $4 }' |\n"
                    "  datamash -s -g 1 sum 2 > /tmp/totals.tsv\n"
                    "dateutils.dseq --skip sat --skip sun $(head -n 1 /tmp/totals.tsv | cut -f 1) "
                    "$(tail -n 1 /tmp/totals.tsv | cut -f 1) |\n"
                    "  awk 'NR == FNR { total[$1] = $2; next } { print $1, total[$1] + 0 }' "
                    "/tmp/totals.tsv - > /tmp/series.txt\nwc -l /tmp/series.txt",
                    "Some rows lie on weekends; rounding their dates up to a Monday moves them. "
                    "Then every working day needs a value.",
                    "Move the weekends, add up by day and fill the working days in between.",
                    0.6,
                ),
                do(
                    f"cat > /tmp/acf.R <<'EOF'\n{SCRIPT.format(most=most)}EOF\n"
                    f"Rscript /tmp/acf.R > {there}",
                    "The series has a value for each working day, nothing at all included. R's "
                    "acf uses the estimate that is asked for.",
                    "Compute the autocorrelation and mark what chance does not explain.",
                    1.2,
                ),
                look(
                    f"cat {there}; datamash -t ' ' count 2 sum 2 mean 2 < /tmp/series.txt",
                    "The series has to add up to what the records do.",
                    "Read the result and check the series.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("days without rows left out", made(present, 1.96 / sqrt(len(present)))),
                    ("weekends as days of their own", made(every, 1.96 / sqrt(len(every)))),
                    ("weekend rows dropped", made(kept, 1.96 / sqrt(len(kept)))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="dateutils.dseq 2026-01-01 2026-01-09 --omit sat",
                    symptom=r"unrecognized option",
                    diagnosis="Days of the week are left out with --skip.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="Rscript -e 'autocorrelation(c(1, 3, 2, 5))'",
                    symptom=r"could not find function",
                    diagnosis="The function is called acf in R, and it draws unless told not to.",
                ),
            ],
        )


def _monday(when: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return when + timedelta(days=max(0, 7 - when.weekday()) if when.weekday() >= 5 else 0)


def _series(dated: Sequence[tuple[date, int]], *, weekends: bool = False) -> list[int]:
    """The total of each working day from the first to the last, or of each day."""
    totals: dict[date, int] = {}
    for when, value in dated:
        totals[when] = totals.get(when, 0) + value
    first, last = min(totals), max(totals)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [totals.get(when, 0) for when in days if weekends or when.weekday() < 5]


def _acf(values: Sequence[Fraction | int], lag: int) -> Fraction:
    """The sample autocorrelation at a lag."""
    mean = Fraction(sum(values), len(values))
    off = [value - mean for value in values]
    whole = sum((x * x for x in off), Fraction(0))
    if not whole:
        raise Unsuitable("all days are alike")
    pairs = zip(off, off[lag:], strict=False)
    return sum((a * b for a, b in pairs), Fraction(0)) / whole


def _text(value: Fraction) -> str:
    """Four decimals."""
    text = rounded(Decimal(value.numerator) / Decimal(value.denominator), 4)
    if Decimal(text) == 0:
        raise Unsuitable("zero, of which tools do not agree on the sign")
    return text
