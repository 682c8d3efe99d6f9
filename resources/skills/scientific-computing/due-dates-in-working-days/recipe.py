"""Add due dates that are counted in working days."""

from __future__ import annotations

import shlex
from datetime import date, timedelta

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
)
from shellwright.recipe.tabular import differing, other_extents, unused_name

PROGRAM = """FNR == NR { day[++n] = $1; next }
  { low = 1; high = n
    while (low < high) {
      middle = int((low + high) / 2)
      if (day[middle] > $1) high = middle; else low = middle + 1 }
    print $1, $2, day[low + $3 - 1] }"""


class DueDatesInWorkingDays(Recipe):
    """The records with a column of due dates, by the term of their category."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("enriched")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="enriched"),)
    tools = ("cat", "dateutils.dseq", "gawk", "grep", "head", "mlr", "rm", "sort", "tail", "wc")
    packages = ("dateutils", "gawk", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("date", "category") or not source.rows:
            raise Unsuitable("no dates by category")
        d, c, form = source.index("date"), source.index("category"), source.format
        day, group = source.header[d], source.header[c]
        try:
            dates = {row[d]: date.fromisoformat(row[d]) for row in source.rows}
        except ValueError:
            raise Unsuitable("dates in another notation") from None
        groups = sorted({row[c] for row in source.rows})
        if len(groups) < 2 or any({*name} & {*',\t"'} for name in groups):
            raise Unsuitable("a category that is hard to write down")
        terms = dict(zip(groups, draw.sample(range(3, 26), len(groups)), strict=True))
        first, last = min(dates.values()), max(dates.values()) + timedelta(days=60)
        holidays = _holidays(draw, first, last)
        terms_path = world.input(draw, ["terms", "service_terms", "time_limits"], ".csv")
        holidays_path = world.input(draw, ["holidays", "days_off", "closed_days"], ".txt")
        target = world.output(draw, ["with_due_dates", "deadlines", "due"], f".{form}")
        added = unused_name(source, "due_on", "due_date")

        def table(off: set[date], *, inclusive: bool = False, weekends: bool = False) -> list[Row]:
            return [
                (
                    *row,
                    _due(dates[row[d]], terms[row[c]] - inclusive, off, weekends).isoformat(),
                )
                for row in source.rows
            ]

        off = {*holidays}
        result = source.with_rows(
            table(off),
            path=target,
            columns=(*source.columns, Column(added, "due")),
            extent="enriched",
            noun=f"{world.theme.records} with due dates",
        )
        if result.rows == tuple(table(set())):
            raise Unsuitable("no holiday matters")
        listed = draw.shuffled([*terms.items(), ("Annex", 10)])
        lines = "".join(f"{name},{term}\n" for name, term in listed)
        here, there = shlex.quote(source.path), shlex.quote(target)
        given, free = shlex.quote(terms_path), shlex.quote(holidays_path)
        calendar = (
            f"dateutils.dseq {first} {last} --skip sat,sun | grep -vxFf {free} > /tmp/open_days.txt"
        )
        pairs = (
            f"mlr --i{form} --otsv --headerless-csv-output join -i csv -j {group} -f {given} "
            f"then cut -o -f {day},{group},working_days {here} | sort -u"
        )
        columns = ",".join(result.header)
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(terms_path, f"{group},working_days\n{lines}".encode()),
                Entry(holidays_path, "".join(f"{h}\n" for h in holidays).encode()),
            ],
            request=[
                (
                    f"When is each row of `{source.path}` due? The term is in `{terms_path}`, in "
                    f"working days by `{group}`, counted from `{day}`: the next working day after "
                    "it is the first. Saturdays, Sundays and the days listed in "
                    f"`{holidays_path}` are no working days. Write `{target}`, same format, "
                    f"columns and order, with a last column `{added}` in the form `YYYY-MM-DD`."
                ),
                (
                    f"Please add the due dates to `{source.path}` and save that as `{target}`, "
                    f"format and order unchanged, the new column `{added}` last (`YYYY-MM-DD`). "
                    f"A row is due on the n-th working day after its `{day}`, where n is what "
                    f"`{terms_path}` has for its `{group}`. Monday to Friday are working days "
                    f"except for the dates in `{holidays_path}`; the `{day}` itself never counts."
                ),
            ],
            steps=[
                look(
                    f"cat {given}; wc -l {free}; head -n 5 {free}; "
                    f"mlr --i{form} --opprint stats1 -a min,max -f {day} {here}",
                    f"Terms come from {terms_path}, closed days from {holidays_path}; how far do "
                    "the dates reach?",
                    "Read both inputs and the range of the dates.",
                ),
                do(
                    f"{calendar}\nwc -l /tmp/open_days.txt\n"
                    f"{{ printf '{day}\\t{group}\\t{added}\\n'\n  {pairs} |\n"
                    f"    gawk -F '\\t' -v OFS='\\t' '{PROGRAM}' /tmp/open_days.txt -\n"
                    "} > /tmp/due.tsv\n"
                    f"mlr --i{form} --o{form} join -i tsv -j {day},{group} -f /tmp/due.tsv "
                    f"then cut -o -f {columns} {here} > {there}\n"
                    "rm /tmp/due.tsv /tmp/open_days.txt",
                    f"The dates run from {first} to {max(dates.values())}, the longest term is "
                    f"{max(terms.values())} working days: a calendar to {last} is long enough.",
                    "List the working days, look up each pair of date and category in the list "
                    "and join the answers to the rows.",
                ),
                look(
                    f"wc -l {there}; tail -n 3 {there}; "
                    f"mlr --i{form} --opprint head -n 1 -g {group} then "
                    f"cut -o -f {day},{group},{added} {there} | head -n 12",
                    "Every record should have a date now. Do some of them stand up to counting "
                    "by hand?",
                    "Count the rows and show a date of each term.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("holidays forgotten", result.with_rows(table(set()))),
                    ("the day itself is day 1", result.with_rows(table(off, inclusive=True))),
                    ("calendar days", result.with_rows(table(set(), weekends=True))),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"dadd {first} +{max(terms.values())}b",
                    symptom=r"dadd: command not found",
                    diagnosis="Debian installs these tools under names with the prefix dateutils.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"dateutils.dseq {first} {last} --weekdays | wc -l",
                    symptom=r"unrecognized option",
                    diagnosis="Days are left out with --skip and their names.",
                ),
            ],
        )


def _holidays(draw: Draw, first: date, last: date) -> list[date]:
    """A good dozen of days off in that time, some of them at a weekend."""
    span = (last - first).days
    wanted = max(4, min(14, span // 12))
    days = draw.sample(range(1, span), wanted)
    return [first + timedelta(days=offset) for offset in sorted(days)]


def _due(start: date, term: int, off: set[date], weekends: bool) -> date:
    """The term-th working day after the start."""
    at = start
    while term > 0:
        at += timedelta(days=1)
        if (weekends or at.weekday() < 5) and at not in off:
            term -= 1
    return at
