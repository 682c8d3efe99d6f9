"""Memory and processes by user from a saved list of processes."""

from __future__ import annotations

from collections.abc import Iterable

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Process,
    Recipe,
    Row,
    Snapshot,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("user", "user"),
    Column("processes", "count"),
    Column("memory_kib", "count"),
    Column("oldest_seconds", "age"),
)
PROGRAM = """NR > 1 && $1 != 2 && $2 != 2 && $4 !~ /^Z/ {
    n = split($6, t, /[-:]/); age = t[n] + 60 * t[n - 1]
    if (n > 2) age += 3600 * t[n - 2]
    if (n > 3) age += 86400 * t[n - 3]
    print $3 "\\t" $5 "\\t" age }"""


class MemoryByUser(Recipe):
    """One row a user: processes, resident memory, and the age of the oldest process."""

    needs = (Pattern.of("snapshot", of="processes"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "datamash", "head", "numfmt", "sed", "sort", "tail", "tr", "uniq")
    packages = ("datamash",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        counted = [p for p in source.processes if proper(p)]
        rows = figures(counted)
        if len(rows) < 3:
            raise Unsuitable("there are hardly any users")
        target = world.output(draw, ["memory_by_user", "usage", "who_uses_what"], ".csv")
        result = summary(target, "memory by user", COLUMNS, rows)
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        left = len(source.processes) - len(counted)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Who uses up the memory? Sum up `{source.path}` by user in `{target}`, CSV with "
                f"the header `{head}`: number of processes, their resident memory in KiB, and how "
                "long the oldest of them has been running, in seconds. Leave out kernel threads "
                "(process `2` and its children) and zombies (state beginning with `Z`). Most "
                "memory first, then by user name in byte order.",
                f"From the process list `{source.path}` I need a CSV file `{target}` with one row "
                f"a user and the header `{head}`: how many processes the user has, the sum of "
                "their resident memory (KiB), and the elapsed time of the longest running one, "
                "converted to seconds. Zombies, whose state begins with `Z`, and kernel threads, "
                "that is process `2` and whatever has it as its parent, do not count. Order by "
                "memory, largest first; break ties by user name in byte order.",
            ],
            steps=[
                look(
                    f"head -n 7 {here}; awk 'NR > 1 {{ print substr($4, 1, 1) }}' {here} | sort | "
                    "uniq -c",
                    "I have to see how the columns lie, how ages are written, and which states "
                    "there are.",
                    "Show the top of the list and count the states.",
                ),
                do(
                    f"awk '{PROGRAM}' {here} |\n"
                    "  datamash -s -g 1 count 2 sum 2 max 3 |\n"
                    f"  LC_ALL=C sort -t $'\\t' -k3,3nr -k1,1 | tr '\\t' , | sed '1i {head}' "
                    f"> {there}",
                    "Ages have two to four parts, so they have to be taken from the right: "
                    f"seconds, minutes, hours, days. {left} entries are kernel threads or zombies.",
                    "Reduce to user, memory and seconds, then group, sort and add the header.",
                ),
                look(
                    f"cat {there}; tail -n +2 {there} | datamash -t , sum 2 sum 3; "
                    f"tail -n +2 {there} | numfmt -d , --field 3 --from-unit 1024 --to iec",
                    "Does it hold all processes that count, with all of their memory?",
                    "Read the table, add it up, and show the memory in readable units.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "zombies were counted",
                        result.with_rows(
                            figures(p for p in source.processes if 2 not in (p.pid, p.parent))
                        ),
                    ),
                    (
                        "kernel threads were counted",
                        result.with_rows(figures(p for p in source.processes if p.state != "Z")),
                    ),
                    ("in the order of names", result.with_rows(sorted(rows))),
                    (
                        "days were left out of the ages",
                        result.with_rows((*row[:3], str(int(row[3]) % 86_400)) for row in rows),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"datamash -W --header-in -s -g 3 sum 6 < {here}",
                    symptom=r"datamash: invalid (numeric value|input)",
                    diagnosis="The sixth column is a time of the form days-hours:minutes:seconds, "
                    "no number; it has to be converted, and memory is the fifth.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"datamash -W --header-in -s -g 3 total 5 < {here}",
                    symptom=r"datamash: invalid operation .total.",
                    diagnosis="The operation is called sum.",
                ),
            ],
        )


def proper(process: Process) -> bool:
    """Whether it is neither a kernel thread nor a zombie."""
    return 2 not in (process.pid, process.parent) and not process.state.startswith("Z")


def figures(processes: Iterable[Process]) -> list[Row]:
    """The rows of the table, most memory first."""
    groups: dict[str, list[Process]] = {}
    for process in processes:
        groups.setdefault(process.user, []).append(process)
    ranked = sorted(groups.items(), key=lambda pair: (-sum(p.memory for p in pair[1]), pair[0]))
    return [
        (
            user,
            str(len(own)),
            str(sum(p.memory for p in own)),
            str(max(p.seconds for p in own)),
        )
        for user, own in ranked
    ]
