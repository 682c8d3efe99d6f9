"""Slow requests of a JSON service log by component."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Column,
    Draw,
    Log,
    LogEvent,
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
    Column("component", "component"),
    Column("slow", "count"),
    Column("total_ms", "count"),
    Column("longest_ms", "count"),
    Column("request_id", "request"),
)
DURATION = re.compile(r"([0-9]+) ms$")


class SumUpSlowRequests(Recipe):
    """One row a component: number, total and maximum of durations beyond a limit."""

    needs = (Pattern.of("log", format="json"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "head", "jq", "ls", "sed", "sort", "uniq", "zcat")
    packages = ("jq",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        limit = draw.choice([500, 750, 1000, 1500, 2000])
        rows = figures(source, limit)
        if len(rows) < 2 or len({row[2] for row in rows}) < len(rows):
            raise Unsuitable("hardly anything was slow, or two components equally")
        target = world.output(draw, ["slow_requests", "latency", "slow_by_component"], ".csv")
        result = summary(target, "slow requests by component", COLUMNS, rows)
        files = " ".join(quoted(path) for path, _ in source.parts())
        there, head = quoted(target), ",".join(result.header)
        program = f"""
    sort_by(.ts) | map(. + (.msg | capture("(?<ms>[0-9]+) ms$") | {{ms: (.ms | tonumber)}})
      | select(.ms > {limit})) | group_by(.component)
    | map({{component: .[0].component, slow: length, total: (map(.ms) | add), top: min_by(-.ms)}})
    | sort_by(-.total)[] | [.component, .slow, .total, .top.ms, .top.request_id] | @csv"""
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Which part of the service is slow? Some messages in `{source.path}` end in a "
                f"duration like `1234 ms`. Take those above `{limit}` milliseconds, whatever their "
                f"level, and sum them up by component in `{target}`, CSV with the header `{head}`: "
                "how many, their total, the longest one and the request id of that one (the "
                "earliest if several are equally long). Largest total first; leave components "
                "without any out.",
                f"Please turn `{source.path}` into `{target}`, a CSV with the header `{head}`; a "
                "row for each component with slow requests. Slow is an event of any level whose "
                f"message ends in a duration (`1234 ms`) of more than `{limit}` milliseconds. Give "
                "their number, the sum of the durations, the longest duration and its request id, "
                "the first in time where two are equal. Sort by the sum, biggest first.",
                f"Requests that take longer than `{limit}` milliseconds are slow. "
                f"`{source.path}` tells how long some took: the message then closes with a "
                f"figure such as `1234 ms`. Report per component, in `{target}`, CSV, first line "
                f"`{head}`, the count of slow requests, their combined duration, the maximum and "
                "which request id had it (of equal ones the earliest). Severity plays no role. "
                "Components without slow requests do not appear, and the highest combined "
                "duration stands on top.",
                f"Where does the time go? I would like `{target}` (CSV, columns `{head}`), "
                f"computed from the events of `{source.path}` whose text finishes with a time "
                f"like `1234 ms`, provided that it is over `{limit}` milliseconds and regardless "
                "of level. Group them by component: number, sum, longest, and the request id "
                "belonging to the longest, where the older event wins a tie. Order by sum, "
                "descending; a component with nothing to report has no row.",
            ],
            steps=[
                look(
                    f"ls -l {quoted(source.path)}",
                    "I want to read the log as it is stored.",
                    "List how the log is stored.",
                ),
                look(
                    f"zcat -f {files} | head -n 2; zcat -f {files} | jq -r .msg | "
                    "sed 's/[0-9][0-9]*/N/g' | sort | uniq -c",
                    f"The durations are inside the messages of {source.path}; I need to know all "
                    "the wordings.",
                    "Show two events, and count the messages with their numbers blanked out.",
                ),
                do(
                    f"zcat -f {files} | jq -rs '{program}' |\n"
                    f"  sed -e 's/\"//g' -e '1i {head}' > {there}",
                    "More than one wording ends in a number and ms. capture yields nothing for the "
                    "other messages, so those drop out.",
                    "Extract the durations as numbers, select, group, and print totals and maxima.",
                ),
                look(
                    f"cat {there}",
                    f"Does every component with something above {limit} ms have its row?",
                    "Read the table.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "durations of warnings only",
                        result.with_rows(figures(source, limit, ("WARNING",))),
                    ),
                    ("no limit was applied", result.with_rows(figures(source, -1))),
                    ("in the order of names", result.with_rows(sorted(rows))),
                    (
                        "the mean instead of the total",
                        result.with_rows(
                            (*row[:2], str(int(row[2]) // int(row[1])), *row[3:]) for row in rows
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"zcat -f {files} | jq -s 'map(.msg.duration_ms) | max'",
                    symptom=r"Cannot index string with",
                    diagnosis="The message is a plain string: the duration has to be cut out of "
                    "its text.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"zcat -f {files} | jq '.msg | capture(\"([0-9]+ ms$\")'",
                    symptom=r"end pattern with unmatched parenthesis|is not a valid regex",
                    diagnosis="The parenthesis in the pattern is not closed, and the group needs a "
                    "name for capture.",
                ),
            ],
        )


def figures(
    log: Log, limit: int, levels: tuple[str, ...] = ("DEBUG", "INFO", "WARNING", "ERROR")
) -> list[Row]:
    """The rows of the table, largest total first."""
    found: dict[str, list[tuple[int, LogEvent]]] = {}
    for event in log.events:
        match = DURATION.search(event.message)
        if match and int(match[1]) > limit and event.level in levels:
            found.setdefault(event.component, []).append((int(match[1]), event))
    rows: list[Row] = []
    for component, slow in found.items():
        longest, event = max(slow, key=lambda pair: pair[0])
        total = sum(ms for ms, _ in slow)
        rows.append((component, str(len(slow)), str(total), str(longest), event.request_id))
    return sorted(rows, key=lambda row: (-int(row[2]), row[0]))
