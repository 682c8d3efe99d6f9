"""Weekly figures of one category, without gaps."""

from __future__ import annotations

import re
import shlex
from datetime import date, timedelta
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


class WeeklyFigures(Recipe):
    """How many records a week, and what their amounts add up to, zeros included."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="summary"),)
    tools = ("gawk", "csvgrep", "csvcut", "datamash", "join", "seq", "date", "sed", "sort", "head",
             "tail", "cut", "numfmt", "wc")  # fmt: skip
    packages = ("gawk", "csvkit", "datamash")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        c, d, a = (source.index(role) for role in ("category", "date", "amount"))
        group, day, amount = (source.header[n] for n in (c, d, a))
        first, last = min(source.values("date")), max(source.values("date"))
        weeks = _weeks(monday(first), monday(last))
        options = [
            name
            for name, rows in sorted(grouped(source.rows, lambda row: row[c]).items())
            if re.fullmatch(r"[\w -]+", name)
            and len(rows) >= 3
            and {monday(row[d]) for row in rows} < set(weeks)
        ]
        if not options:
            raise Unsuitable("no category with a week that has no records")
        chosen = draw.choice(options)
        mine = [row for row in source.rows if row[c] == chosen]
        form = source.format
        total = f"total_{amount}"
        target = world.output(draw, ["weekly", "by_week", "weeks"], f".{form}")
        found = dict(grouped(mine, lambda row: monday(row[d])).items())
        rows = [_figures(week, found.get(week, []), a) for week in weeks]
        columns = [Column("week", "category"), Column("records", "count"), Column(total, "amount")]
        result = summary(target, f"weekly figures of {chosen}", columns, rows, form)
        here, there = shlex.quote(source.path), shlex.quote(target)
        sep, tab = (",", ",") if form == "csv" else ("\\t", "$'\\t'")
        pairs = {
            "csv": f"csvgrep -c {group} -r '^{chosen}$' {here} | csvcut -c {day},{amount} "
            "| tail -n +2",
            "tsv": f"gawk -F '\\t' -v OFS='\\t' 'NR > 1 && ${c + 1} == \"{chosen}\" "
            f"{{ print ${d + 1}, ${a + 1} }}' {here}",
        }[form]
        dates = {
            "csv": f"csvcut -c {day} {here} | tail -n +2",
            "tsv": f"tail -n +2 {here} | cut -f {d + 1}",
        }[form]
        week_of = (
            f"gawk -F '{sep}' -v OFS='{sep}' '{{ t = mktime(gensub(/-/, \" \", \"g\", $1) "
            '" 12 00 00", 1); print strftime("%F", t - 86400 * (strftime("%u", t, 1) - 1), 1), '
            "$2 }'"
        )
        command = (
            f"{{ printf 'week{sep}records{sep}{total}\\n'; join -t {tab} -a 1 -e 0 -o 0,2.2,2.3 "
            f"<(seq 0 {len(weeks) - 1} | sed 's/.*/{weeks[0]} + & weeks/' | date -u -f - +%F) "
            f"<({pairs} | {week_of} | datamash -t {tab} -s -g 1 count 2 sum 2) "
            f"| numfmt -d {tab} --field 3 --format %.2f --round nearest; }} > {there}"
        )
        sundays = grouped(mine, lambda row: sunday(row[d]))
        word = "CSV" if form == "csv" else "tab-separated"
        header = f"week{',' if form == 'csv' else ' '}records{',' if form == 'csv' else ' '}{total}"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"How did `{chosen}` do from week to week? From `{source.path}` make "
                    f"`{target}` ({word}, columns `{header}`) with the number of rows of that "
                    f"`{group}` and the sum of their `{amount}`, two decimals. `week` is the "
                    "Monday of the week, as `YYYY-MM-DD`. List every week in order, from the one "
                    f"with the earliest `{day}` of the whole table to the one with the latest; `0` "
                    "and `0.00` where nothing happened."
                ),
                (
                    f"We need a weekly series for `{chosen}` (a `{group}` in `{source.path}`) in "
                    f"`{target}`, {word} with the columns `{header}`: in `week` the Monday "
                    f"(`YYYY-MM-DD`), how many records the week has, and their `{amount}` added up "
                    f"to two decimals. No gaps: the series runs over all weeks between the first "
                    f"and the last `{day}` that occur in the file for any `{group}`, and a week "
                    "without records reads `0` and `0.00`."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; {dates} | sort | sed -n '1p;$p'; {pairs} | wc -l",
                    f"The series for {chosen} covers the period of the whole table, so I need its "
                    "first and last day.",
                    "Look at the columns, the ends of the period, and the number of records.",
                ),
                look(
                    f"date -u -d {first} '+%F %a'; date -u -d {last} '+%F %a'; "
                    f"{pairs} | {week_of} | cut -d{tab} -f1 | sort | head -n 5",
                    f"The period runs from {first} to {last}; {len(mine)} records are of {chosen}.",
                    "See what weekdays these are, and try the conversion of a day to its Monday.",
                ),
                do(
                    command,
                    "Weeks without records have to be there as well, from the first to the last.",
                    "Join a calendar of all Mondays with the figures by week, and fill with zeros.",
                ),
                look(
                    f"wc -l {there}; head -n 4 {there}; tail -n +2 {there} "
                    f"| datamash -t {tab} sum 2",
                    "Every week should be there, and the counts should add up to the records.",
                    "Count the lines and add up the records.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "weeks without records left out",
                        result.with_rows(row for row in rows if row[1] != "0"),
                    ),
                    (
                        "weeks from Sunday to Saturday",
                        result.with_rows(
                            _figures(week, sundays.get(week, []), a)
                            for week in _weeks(sunday(first), sunday(last))
                        ),
                    ),
                    (
                        "the period of the category alone",
                        result.with_rows(row for row in rows if min(found) <= row[0] <= max(found)),
                    ),
                    (
                        "every category counted",
                        result.with_rows(
                            _figures(week, [r for r in source.rows if monday(r[d]) == week], a)
                            for week in weeks
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"{pairs} | datamash -t {tab} -s week 1 sum 2 > {there}",
                    symptom=r"invalid (operation|numeric|input)|datamash: ",
                    diagnosis="datamash has no operation that turns a day into a week; that has to "
                    "be computed before.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"seq {weeks[0]} 7 {weeks[-1]} > {there}",
                    symptom=r"seq: invalid floating point argument",
                    diagnosis="seq counts numbers, not days; date has to do the arithmetic.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def monday(day: str) -> str:
    """The Monday of the week of a day, both in ISO notation."""
    moment = date.fromisoformat(day)
    return (moment - timedelta(days=moment.weekday())).isoformat()


def sunday(day: str) -> str:
    """The Sunday on or before a day."""
    moment = date.fromisoformat(day)
    return (moment - timedelta(days=moment.isoweekday() % 7)).isoformat()


def _weeks(first: str, last: str) -> list[str]:
    """The days from the first to the last in steps of a week."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range(0, (end - start).days + 1, 7)]


def _figures(week: str, rows: list[Row], amount: int) -> Row:
    """The row of a week."""
    return week, str(len(rows)), f"{sum((Decimal(row[amount]) for row in rows), Decimal(0)):.2f}"
