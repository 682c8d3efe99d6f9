"""Put the crashes of a service log into a table with what went before them."""

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
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing


class TimelineOfCrashes(Recipe):
    """A table holds every crash of a log, in order of time, with what its component did before."""

    needs = (Pattern.of("log", format="service"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("ls", "find", "tac", "gzip", "gawk", "grep", "head", "cat", "sort", "wc", "xargs")
    packages = ("gawk",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        minutes = draw.choice([20, 30, 45, 60])
        target = world.output(draw, ["crashes", "crash_timeline", "incidents"], ".csv")
        result = _timeline(source, target, minutes * 60)
        if len(result.rows) < 2:
            raise Unsuitable("too few crashes in the log")
        here, there = quoted(source.path), quoted(target)
        if source.storage == "plain":
            first, read = f"ls -l {here}; grep -c . {here}", f"cat {here}"
        else:
            first = f"ls -l {here}; gzip -cdf {here}/* | grep -c ."
            read = f"find {here} -name '*.log*' | sort -V | tac | xargs gzip -cdf"
        program = _program(minutes * 60)
        return Move(
            focus=result,
            makes=[result],
            request=[
                "I have to explain our crashes, which are those events of the log that a stack "
                f"trace follows. Please make a time line of them, `{target}`, comma-separated "
                "with a header row, in the order of the log: the columns `time` (as in the "
                "log), `component`, `request_id`, `exception` (what stands before the colon in "
                "the last line of the trace), `quiet_seconds` (since the last event before it "
                "of the same component, at any level; `0` where there is none) and `warnings` "
                f"(`WARNING` events of the same component in the `{minutes}` minutes before, "
                "those exactly that long ago included).",
                f"For the review of the crashes in `{source.path}` (every event with a stack "
                f"trace below it is one) I want `{target}`, a comma-separated file: a header "
                "row, then a row for each crash, oldest first. Columns: `time` as it is logged, "
                "`component`, `request_id`, the `exception` (last line of the trace up to its "
                "colon), `quiet_seconds` (for how many seconds that component had logged "
                "nothing, whatever the level; `0` for its first event) and `warnings` (how many "
                f"`WARNING` events it had in the `{minutes}` minutes before; one exactly "
                f"`{minutes}` minutes old counts).",
                f"What led up to each crash? A crash shows in `{source.path}` as an event "
                f"followed by a stack trace. Collect them in `{target}` (CSV), in the sequence "
                "of the log, under these headings: `time`, copied from the event; `component`; "
                "`request_id`; `exception`, that is the closing line of the trace without the "
                "colon and what comes after; `quiet_seconds`, the seconds between the crash and "
                "its component's previous event of any kind, or `0` without a previous one; "
                "`warnings`, how often that component logged at `WARNING` level during the "
                f"`{minutes}` minutes leading up to it, the far limit counting as inside.",
                f"Each crash in `{source.path}` needs a line in `{target}`; you know one by the "
                "trace below the event. Format: CSV whose first line names the columns, "
                "earliest crash on top. From the event itself come `time` (unchanged), "
                "`component` and `request_id`. `exception` is what the trace's final line has "
                "ahead of the colon. Then two figures on the same component: `quiet_seconds`, "
                "the gap in seconds to its latest earlier event, level irrelevant and `0` if "
                "there is none; `warnings`, its earlier `WARNING` events that were at most "
                f"`{minutes}` minutes old at that point.",
            ],
            steps=[
                look(
                    f"{first}; {read} | grep -n -A 3 Traceback | head -n 12",
                    f"{source.path} is the log; a crash is an event with a trace below it.",
                    "See how large the log is and what a trace looks like.",
                ),
                do(
                    f"{read} | gawk '{program}' > {there}",
                    f"A trace belongs to the event above it. The window is {minutes * 60} seconds, "
                    "and events of other components do not count. The oldest part comes first.",
                    "Walk through the log once, keeping the times by component.",
                ),
                look(
                    f"wc -l {there}; cat {there} | head -n 12",
                    "Is there a line for every crash, oldest first?",
                    "Read the time line.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("warnings of all components", _timeline(source, target, minutes * 60, True)),
                    ("all warnings so far", _timeline(source, target, 10**9)),
                    ("newest first", result.with_rows(result.rows[::-1])),
                    (
                        "every error is a crash",
                        _timeline(source, target, minutes * 60, every=True),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"gzip -cdf --oldest-first {here}",
                    symptom=r"unrecognized option",
                    diagnosis="gzip has no such option and does not care about order; the parts "
                    "have to be named oldest first.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"grep -c Traceback {here}",
                    symptom=r"Is a directory" if source.storage == "rotated" else r"^\d+",
                    diagnosis="The number of traces says nothing about the events above them"
                    + (", and the log is a folder." if source.storage == "rotated" else "."),
                ),
            ],
        )


def _program(window: int) -> str:
    """The gawk program that makes the table."""
    return (
        "\nfunction flush(  n, k, from) {\n"
        '  if (trace == "") return\n'
        '  k = trace; sub(/:.*/, "", k)\n'
        '  print stamp "," part "," id "," k "," quiet "," warned\n'
        '  trace = ""\n}\n'
        'BEGIN { print "time,component,request_id,exception,quiet_seconds,warnings" }\n'
        "/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} [A-Z]+ \\[/ {\n"
        '  flush(); stamp = $1 " " $2; part = substr($4, 2, length($4) - 2)\n'
        "  id = substr($5, 2, length($5) - 2)\n"
        '  now = mktime(gensub(/[-:]/, " ", "g", stamp))\n'
        "  quiet = (part in last) ? now - last[part] : 0\n"
        "  warned = 0\n"
        f"  for (n = 1; n <= count[part]; n++) if (warning[part, n] >= now - {window}) warned++\n"
        "  last[part] = now\n"
        '  if ($3 == "WARNING") warning[part, ++count[part]] = now\n'
        "  next\n}\n"
        "{ trace = $0 }\nEND { flush() }\n"
    )


def _timeline(
    log: Log, path: str, window: int, anybody: bool = False, every: bool = False
) -> Table:
    """The crashes; `anybody` counts the warnings of all components, `every` takes all errors."""
    traces: dict[int, str] = dict(log.extra)
    rows = []
    for index, event in enumerate(log.events):
        if index not in traces and not (every and event.level == "ERROR"):
            continue
        before = log.events[:index]
        own = [other for other in before if other.component == event.component]
        counted: list[LogEvent] = [
            other
            for other in (before if anybody else own)
            if other.level == "WARNING" and event.time - other.time <= window
        ]
        rows.append(
            (
                event.stamp(),
                event.component,
                event.request_id,
                re.sub(":.*", "", traces.get(index, "OSError")),
                str(event.time - own[-1].time if own else 0),
                str(len(counted)),
            )
        )
    columns = [
        Column("time", "time"),
        Column("component", "category"),
        Column("request_id", "id"),
        Column("exception", "exception"),
        Column("quiet_seconds", "count"),
        Column("warnings", "count"),
    ]
    return summary(path, f"crashes in the {log.noun}", columns, rows)
