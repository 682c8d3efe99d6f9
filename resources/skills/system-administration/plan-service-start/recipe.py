"""Waves in which services start, from their unit files."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    Unit,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("service", "service"),
    Column("wave", "rank"),
    Column("direct", "count"),
    Column("behind", "count"),
)
PROGRAM = """NR == FNR { if ($1 != $2) waits[$2] = waits[$2] " " $1; next }
  { n = split(waits[$1], direct, " "); wave[$1] = 1; split("", all)
    for (i = 1; i <= n; i++) {
      all[direct[i]]; m = split(behind[direct[i]], far, " ")
      for (j = 1; j <= m; j++) all[far[j]]
      if (wave[direct[i]] >= wave[$1]) wave[$1] = wave[direct[i]] + 1 }
    total = 0; for (s in all) { behind[$1] = behind[$1] " " s; total++ }
    printf "%s,%d,%d,%d\\n", $1, wave[$1], n, total }"""


class PlanServiceStart(Recipe):
    """One row a service: its wave, what it waits for directly, and in all."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "cut", "grep", "head", "ls", "mktemp", "rm", "sed", "sort", "tsort",
             "uniq", "wc")  # fmt: skip
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        rows = plan(source.units)
        waves = max(int(row[1]) for row in rows)
        if waves < 3:
            raise Unsuitable("there are hardly any dependencies")
        target = world.output(draw, ["start_plan", "waves", "service_order"], ".csv")
        result = summary(target, "start plan of the services", COLUMNS, rows)
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        script = (
            "pairs=$(mktemp)\n"
            f"(cd {here}\n"
            "  ls | sed 's/.*/& &/'\n"
            "  grep '^After=' ./* | sed -e 's/^[.][/]//' -e 's/:After=/ /' |\n"
            "    awk '{ for (i = 2; i <= NF; i++) print $i, $1 }') |\n"
            "  awk '$1 == $2 { known[$1] } $1 in known' > \"$pairs\"\n"
            f'tsort "$pairs" | awk \'{PROGRAM}\' "$pairs" - |\n'
            f"  LC_ALL=C sort -t, -k2,2n -k1,1 | sed '1i {head}' > {there}\n"
            'rm "$pairs"'
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"For the maintenance window I need to know in which waves the services in "
                f"`{source.path}` come up. Write `{target}`, CSV with the header `{head}`: the "
                "file name of the unit; its wave, which is `1` where it waits for none of the "
                "services in the folder and otherwise one more than the highest wave among those "
                "that it waits for; how many of them its `After=` lines name; and how many have "
                "to be up before it, directly or through others. Units that are not in the "
                "folder do not count. Sort by wave, then by name in byte order.",
                f"Work out the order of start from the unit files in `{source.path}` and save it "
                f"as `{target}`, a CSV file with the header `{head}`, sorted by wave and within a "
                "wave by file name, in byte order. Only `After=` lines matter, and only what they "
                "name in this same folder. Wave `1` waits for nothing; every other service is "
                "one wave later than the latest that it waits for. The third column counts the "
                "services that it waits for by its own lines, the last one all that must be up "
                "before, indirect ones included.",
            ],
            steps=[
                look(
                    f"ls {here}",
                    "The units say what waits for what; which are there?",
                    "List the units.",
                ),
                look(
                    f"ls {here} | wc -l; cat {here}/{source.units[0].name}; "
                    f"grep -rh After {here} | cut -c 1-90 | head -n 24",
                    "I want to see how the dependencies are written: several lines, several "
                    "names, comments?",
                    "Count the units, read one, and show what mentions After.",
                ),
                do(
                    script,
                    "Lists may be split over several lines, and a comment is no dependency. tsort "
                    "yields an order in which everything waited for comes first.",
                    "Make pairs of known services, sort them topologically, and walk along that "
                    "order.",
                ),
                look(
                    f"cat {there}; cut -d , -f 2 {there} | sort | uniq -c",
                    "Is every service in one wave, and after all that it waits for?",
                    "Read the plan and count the services of each wave.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "indirect ones were not counted",
                        result.with_rows((*row[:3], row[2]) for row in rows),
                    ),
                    (
                        "waves count from zero",
                        result.with_rows((row[0], str(int(row[1]) - 1), *row[2:]) for row in rows),
                    ),
                    (
                        "only the last line of a unit counts",
                        result.with_rows(plan(tuple(last_line(u) for u in source.units))),
                    ),
                    ("in the order of names", result.with_rows(sorted(rows))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"ls {here} | head -n 1 | tsort",
                    symptom=r"tsort: -: input contains an odd number of tokens",
                    diagnosis="tsort wants pairs: what comes earlier and what comes later.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"tsort --levels {here}/{source.units[0].name}",
                    symptom=r"tsort: unrecognized option '--levels'",
                    diagnosis="tsort prints one order and knows no levels; the waves have to be "
                    "computed along it.",
                ),
            ],
        )


def last_line(unit: Unit) -> Unit:
    """The unit with the names of its last After line only."""
    return Unit(unit.name, unit.after[1::2] or unit.after)


def plan(units: tuple[Unit, ...]) -> list[Row]:
    """The rows of the table, first wave first."""
    known = {unit.name for unit in units}
    direct = {unit.name: {name for name in unit.after if name in known} for unit in units}

    def behind(name: str) -> set[str]:
        return direct[name].union(*(behind(other) for other in direct[name]))

    def wave(name: str) -> int:
        return 1 + max((wave(other) for other in direct[name]), default=0)

    rows = [(n, str(wave(n)), str(len(direct[n])), str(len(behind(n)))) for n in sorted(known)]
    return sorted(rows, key=lambda row: (int(row[1]), row[0]))
