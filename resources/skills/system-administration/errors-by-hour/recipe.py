"""Errors of a service log by hour."""

from __future__ import annotations

from collections import Counter

from shellwright.recipe import (
    Column,
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("hour", "time"),
    Column("events", "count"),
    Column("errors", "count"),
    Column("worst_component", "component"),
)
PROGRAM = """{ hour = $1 " " substr($2, 1, 2) ":00"; events[hour]++ }
  $3 == "ERROR" { n = ++hits[hour, $4]; errors[hour]++
    if (n > top[hour] || (n == top[hour] && $4 < worst[hour])) { top[hour] = n; worst[hour] = $4 } }
  END { for (h in events) { gsub(/[][]/, "", worst[h])
    printf "%s,%d,%d,%s\\n", h, events[h], errors[h], worst[h] == "" ? "-" : worst[h] } }"""


class ErrorsByHour(Recipe):
    """One row an hour: events, errors, and the component with most of the errors."""

    needs = (Pattern.of("log", format="service"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "gawk", "head", "ls", "sed", "sort", "uniq", "zgrep")
    packages = ("gawk",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        rows = hours(source, first=True)
        if len(rows) < 3:
            raise Unsuitable("hardly more than an hour")
        target = world.output(draw, ["errors_by_hour", "incident", "hourly"], ".csv")
        result = summary(target, "errors by hour", COLUMNS, rows)
        files = " ".join(quoted(path) for path, _ in source.parts())
        there = quoted(target)
        stamp = "^[0-9-]{10} [0-9:]{8} (DEBUG|INFO|WARNING|ERROR) "
        head = ",".join(result.header)
        files_are = "its parts" if source.storage == "rotated" else "the log"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"When did it start? Make an hourly table of `{source.path}` in `{target}`: CSV, "
                f"header `{head}`, one row for each hour with at least one event, in order of "
                "time. Hours have the form `YYYY-MM-DD HH:00`; the second column counts events of "
                "all levels, the third those of level `ERROR`, and the last names the "
                "component with most of these (the alphabetically first of several), or `-` where "
                "there was none. Lines that do not begin with a time stamp are no events.",
                f"For the review of the incident I need `{target}` from `{source.path}`, a CSV "
                f"file with the header `{head}`. Each hour in which anything was logged gets a "
                "row, earliest first: the hour as `YYYY-MM-DD HH:00`, the number of its events at "
                "any level, how many of them were `ERROR`, and which component had most of those "
                "errors (on a tie the first by alphabet, `-` if there were none). Continuation "
                "lines without a time stamp of their own do not count.",
            ],
            steps=[
                look(
                    f"ls -l {quoted(source.path)}",
                    "I want to read the log as it is stored.",
                    "List how the log is stored.",
                ),
                look(
                    f"zgrep -hvE '{stamp}' {files} | sort | uniq -c | head -n 8; "
                    f"zgrep -hE '{stamp}' {files} | cut -d ' ' -f 3 | sort | uniq -c",
                    "Stack traces may lie between the events; I want to see what is no event, and "
                    "which levels there are.",
                    "Show the lines without a stamp, and count the levels of the others.",
                ),
                do(
                    f"zgrep -hE '{stamp}' {files} | LC_ALL=C sort |\n  gawk '{PROGRAM}' |\n"
                    f"  LC_ALL=C sort | sed '1i {head}' > {there}",
                    "Some lines are no events. Level and component are fields 3 and 4 once only "
                    "stamped lines are taken.",
                    f"Take the stamped lines of {files_are}, count per hour, keep the worst "
                    "component with ties to the first by alphabet.",
                ),
                look(
                    f"cat {there}; gawk -F, '{{ n += $3 }} END {{ print n }}' {there}",
                    "The errors were counted by level, so the column should add up to that.",
                    "Read the table and add the errors up.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "of several worst components the last was taken",
                        result.with_rows(hours(source, first=False)),
                    ),
                    (
                        "hours without errors are missing",
                        result.with_rows(row for row in rows if row[2] != "0"),
                    ),
                    (
                        "latest hour first",
                        result.with_rows(rows[::-1]),
                    ),
                    (
                        "warnings counted as errors",
                        result.with_rows(hours(source, first=True, levels=("WARNING", "ERROR"))),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"zgrep -hE '{stamp.replace(') ', ' ')}' {files} | head -n 3",
                    symptom=r"[Uu]nmatched \( or \\\(",
                    diagnosis="A parenthesis of the pattern is not closed.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"zgrep -h --level=ERROR . {files} | head -n 3",
                    symptom=r"unrecognized option|unknown option|invalid option",
                    diagnosis="It searches for patterns and knows no levels; the level has to be "
                    "matched as the third field.",
                ),
            ],
        )


def hours(log: Log, *, first: bool, levels: tuple[str, ...] = ("ERROR",)) -> list[Row]:
    """The rows of the table; `first` says which component is named on a tie."""
    rows: list[Row] = []
    for hour in sorted({event.stamp("%Y-%m-%d %H:00") for event in log.events}):
        own = [event for event in log.events if event.stamp("%Y-%m-%d %H:00") == hour]
        hits = Counter(event.component for event in own if event.level in levels)
        most = max(hits.values(), default=0)
        worst = sorted((name for name, n in hits.items() if n == most), reverse=not first)
        rows.append((hour, str(len(own)), str(hits.total()), worst[0] if worst else "-"))
    return rows
