"""Traffic by path from access logs."""

from __future__ import annotations

import shlex

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
    summary,
)
from shellwright.recipe.tabular import differing

CHECKS = ("kube-probe", "curl", "python-requests")


class TrafficByPath(Recipe):
    """One row a path: requests, failed ones and bytes sent."""

    needs = (Pattern.of("log", format="access"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("zcat", "gawk", "sort", "cut", "uniq", "head", "wc", "ls", "cat")
    packages = ("gawk", "gzip")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        probe = draw.choice(CHECKS)
        counted = [event for event in source.events if not event.agent.startswith(probe)]
        if len(counted) in (0, len(source.events)) or source.extra:
            raise Unsuitable("nothing to leave out, or lines that are no requests")
        target = world.output(draw, ["traffic", "by_path", "site_usage"], ".csv")
        columns = [
            Column("path", "category"),
            Column("requests", "count"),
            Column("failed", "count"),
            Column("bytes", "count"),
        ]
        rows = _traffic(counted)
        result = summary(target, "traffic by path", columns, rows)
        rotated = source.storage == "rotated"
        root = shlex.quote(source.path)
        read = f"zcat -f {root}/{source.name}.log*" if rotated else f"cat {root}"
        there = shlex.quote(target)
        command = (
            f"{read} | gawk -F '\"' '$6 !~ /^{probe}/ {{ split($2, request, \" \"); "
            'split($3, answer, " "); path = request[2]; sub(/[?].*/, "", path); n[path]++; '
            "bad[path] += (answer[1] >= 400); bytes[path] += answer[2] }\n"
            'END { for (path in n) print path "," n[path] "," bad[path] "," bytes[path] }\' '
            "| LC_ALL=C sort -t, -k2,2nr -k1,1 "
            f"| {{ echo {','.join(result.header)}; cat; }} > {there}"
        )
        whole = f"every part of the log in `{source.path}`" if rotated else f"`{source.path}`"
        queries = _traffic(counted, query=True)
        everything = _traffic(list(source.events))
        last_part = set(source.parts()[-1][1])
        newest = [event for event in counted if event.line("access") in last_part]
        wrong = [
            ("query strings kept", result.with_rows(queries)),
            ("health checks counted", result.with_rows(everything)),
            ("sorted by path", result.with_rows(sorted(rows))),
            (
                "only server errors counted as failed",
                result.with_rows(_traffic(counted, least=500)),
            ),
        ]
        if rotated:
            wrong.append(("only the newest part was read", result.with_rows(_traffic(newest))))
        size = f"ls -l {root}; {read} | wc -l" if rotated else f"wc -l {root}"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"What is the site used for? From {whole} make a CSV file `{target}` with the "
                    f"header `{','.join(result.header)}`: per path (cut off at `?`) the number of "
                    "requests, in `failed` how many of them had a status of `400` or above, and in "
                    "`bytes` the sum of what was sent. Requests by agents whose name begins with "
                    f"`{probe}` are our own checks and do not count. Most requests first, then by "
                    "path."
                ),
                (
                    f"Sum up {whole} by path, without anything from `?` on, and write `{target}` "
                    f"as CSV with the header `{','.join(result.header)}`; `failed` counts the "
                    "answers with status `400` and higher, `bytes` adds up what was sent. Leave "
                    f"out requests whose user agent starts with `{probe}`. Order by number of "
                    "requests, descending, and by path where it is equal."
                ),
            ],
            steps=[
                look(
                    f"{size}; {read} | head -n 3",
                    "I have to know the format of the log and how much there is of it.",
                    "Count the lines and read the first ones.",
                ),
                look(
                    f"{read} | cut -d'\"' -f6 | cut -d/ -f1 | sort | uniq -c",
                    "It is the combined format; the agent is the sixth field between quotes.",
                    "Count the requests by agent.",
                ),
                do(
                    command,
                    f"Requests that come from {probe} have to be left out.",
                    "Split at the quotes, cut off query strings, add up by path and sort.",
                ),
                look(
                    f"cat {there}",
                    "Do the requests add up to those that count?",
                    "Read the result.",
                ),
            ],
            wrong=differing(result, wrong),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"zcat {root}{'/' + source.name + '.log' if rotated else ''} "
                    f"| gawk '{{ print $7 }}' | sort | uniq -c",
                    symptom=r"not in gzip format",
                    diagnosis="That file is not compressed; zcat reads plain files only with -f.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"{read} | head -n 2 | jq -r .path",
                    symptom=r"jq: error|parse error",
                    diagnosis="These lines are no JSON; the fields have to be split by their "
                    "quotes.",
                ),
            ],
        )


def _traffic(events: list[LogEvent], *, query: bool = False, least: int = 400) -> list[Row]:
    """Requests, failed ones and bytes by path, most requests first."""
    found: dict[str, list[LogEvent]] = {}
    for event in events:
        path = event.target if query else event.target.partition("?")[0]
        found.setdefault(path, []).append(event)
    rows = [
        (
            path,
            str(len(group)),
            str(sum(event.status >= least for event in group)),
            str(sum(event.size for event in group)),
        )
        for path, group in found.items()
    ]
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))
