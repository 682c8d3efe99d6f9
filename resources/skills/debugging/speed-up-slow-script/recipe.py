"""Find out where a script spends its time, and make it fast."""

from __future__ import annotations

from dataclasses import replace

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
    Wrong,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.codebase import Codebase, Trial, patch_between, unseen

SLOW = '''#!/usr/bin/env python3
"""Figures by @KEY@: records, sum of @VALUE@, and the id of the largest record.

usage: figures.py INPUT.csv OUTPUT.csv

A row that stands there more than once counts once. Of equally large records the first one counts.
"""

import csv
import sys


def read(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def once(rows):
    found = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found


def members(rows, name):
    return [row for row in rows if row["@KEY@"] == name]


def figures(rows):
    found = {}
    for row in rows:
        group = members(rows, row["@KEY@"])
        total = sum(int(member["@VALUE@"]) for member in group)
        largest = group[0]
        for member in group:
            if int(member["@VALUE@"]) > int(largest["@VALUE@"]):
                largest = member
        found[row["@KEY@"]] = (len(group), total, largest["@ID@"])
    return found


def main():
    source, target = sys.argv[1:]
    found = figures(once(read(source)))
    with open(target, "w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream, lineterminator="\\n")
        out.writerow(["@KEY@", "records", "@VALUE@", "largest"])
        for name in sorted(found):
            out.writerow([name, *found[name]])


main()
'''
ONCE = (
    """    found = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found
""",
    """    found, seen = [], set()
    for row in rows:
        key = tuple(row.values())
        if key not in seen:
            seen.add(key)
            found.append(row)
    return found
""",
)
FIGURES_SLOW = SLOW[SLOW.index("def members") : SLOW.index("def main")]
FIGURES_FAST = """def figures(rows):
    groups = {}
    for row in rows:
        groups.setdefault(row["@KEY@"], []).append(row)
    found = {}
    for name, group in groups.items():
        values = [int(row["@VALUE@"]) for row in group]
        largest = group[values.index(max(values))]
        found[name] = (len(group), sum(values), largest["@ID@"])
    return found


"""
#: How many records the speed is tried with, and the seconds that the script may take for them.
MANY, SECONDS = 24_000, 6


class SpeedUpSlowScript(Recipe):
    """A script gives the same figures in a time that grows with its input, and they are there."""

    needs = (
        Pattern.of(
            "table",
            format="csv",
            condition="clean",
            shape="records",
            extent=("full", "enriched"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "python3", "head", "patch", "cmp", "tail", "seq")
    packages = ("patch",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["category", "person", "status"])
        if not source.has("id", role, "count") or len(source.rows) < 20:
            raise Unsuitable("too few records, or columns are missing")
        target = world.output(draw, ["figures", "key_figures", "by_group"], ".csv")
        place = world.input(draw, ["figures-job", f"{world.theme.key}-figures", "nightly"])

        def named(text: str) -> str:
            names = {"KEY": source.name(role), "VALUE": source.name("count")}
            for word, name in {**names, "ID": source.name("id")}.items():
                text = text.replace(f"@{word}@", name)
            return text

        slow = named(SLOW)
        fast = named(SLOW.replace(ONCE[0], ONCE[1]).replace(FIGURES_SLOW, FIGURES_FAST))
        half = named(SLOW.replace(FIGURES_SLOW, FIGURES_FAST))
        twice = fast.replace(named(ONCE[1]), "    return rows\n")
        last = fast.replace(
            "group[values.index(max(values))]", "group[::-1][values[::-1].index(max(values))]"
        )
        hidden = unseen(source, world.theme, draw.child("hidden"), 60)
        repeats = [hidden.rows[n] for n in (3, 9, 9, 20)]
        others = hidden.with_rows(draw.shuffled([*hidden.rows, *repeats]))
        result = _figures(source, role, target)
        broken = Codebase(path=place, noun="job", files={"figures.py": slow}, language="python")
        heads = ",".join([source.name("id"), source.name(role), source.name("count")])
        factor = draw.choice([37, 53, 71])
        many = (
            f'seq {MANY} | awk \'BEGIN {{ print "{heads}" }} '
            f'{{ printf "N-%06d,group %02d,%d\\n", $1, $1 % 7, $1 * {factor} % 1009 }}\' '
            '> "$at/many.csv"\n'
        )
        fixed = replace(
            broken,
            files={"figures.py": fast},
            hidden=others,
            editable=("figures.py",),
            trials=(
                Trial(
                    'python3 -I figures.py "$at/hidden.csv" "$at/out.csv"\ncat "$at/out.csv"\n',
                    _figures(others, role, "/").text(),
                    "same",
                    "The script gives the same figures as ever for other records.",
                    holds=True,
                ),
                Trial(
                    f"{many}timeout {SECONDS} python3 -I figures.py $at/many.csv $at/out.csv\n"
                    "tail -n +2 $at/out.csv\n",
                    _many(factor),
                    "fast",
                    f"The script takes no more than {SECONDS} seconds for {MANY} records.",
                ),
            ),
        )
        at, given, there = (quoted(p) for p in (place, source.path, target))
        script = f"{place}/figures.py"
        swapped = [(name, total, count, best) for name, count, total, best in result.rows]
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"`{script}` (its text says how it is used) is right but takes ages: with the "
                f"`{MANY}` records that we expect soon the night is too short. Make it fast enough "
                f"to need at most `{SECONDS}` seconds for so many, with the same arguments and "
                "exactly the same output for any input, repeated rows and equally large records "
                "included, and without anything beyond the standard library. What it makes of "
                f"`{source.path}` I need as `{target}`.",
                f"The time that `{script}` takes grows with the square of its input. Rework it so "
                f"that `{MANY}` records take no more than `{SECONDS}` seconds. It must go on "
                "giving the same file for the same input, whatever that is (mind rows that occur "
                "twice and records of equal size), take the same arguments and need nothing but "
                f"Python itself. Run it on `{source.path}`, too, and keep that result as "
                f"`{target}`.",
            ],
            steps=[
                look(
                    f"cat {at}/figures.py",
                    "The script is right, only slow, so its output is what has to be kept.",
                    "Read the script.",
                ),
                look(
                    f"python3 {at}/figures.py {given} /tmp/before.csv && python3 -m cProfile -s "
                    f"ncalls {at}/figures.py {given} /tmp/before.csv | head -n 14",
                    f"Even the {len(source.rows)} records at hand show which functions are called "
                    "too often.",
                    "Keep the present output for comparison and profile a run.",
                    duration=0.6,
                ),
                do(
                    patch_between(broken, fixed),
                    "Two loops are quadratic: each row is compared with all that were kept, and "
                    "each record gathers its whole group anew.",
                    "Use a set for the rows that were seen, and group the records once.",
                ),
                do(
                    f"python3 {at}/figures.py {given} {there}",
                    "The output must not differ from that of the slow version.",
                    "Run the new version on the records.",
                ),
                look(
                    f"cmp /tmp/before.csv {there}; (cat {given}; "
                    f"for i in $(seq 200); do tail -n +2 {given}; done) "
                    f"> /tmp/many.csv; time python3 {at}/figures.py /tmp/many.csv /tmp/m.csv; "
                    f"cmp /tmp/m.csv {there}",
                    "Two hundred copies of the same records must give the same figures, since "
                    "repeated rows count once.",
                    "Try many rows and see how long that takes.",
                    duration=0.8,
                ),
            ],
            wrong=[
                *result.with_rows(swapped).as_wrong("records and sum are swapped"),
                Wrong("as slow as before", path=script, content=slow.encode()),
                Wrong("only one loop was mended", path=script, content=half.encode()),
                Wrong("repeated rows count again", path=script, content=twice.encode()),
                *(
                    [Wrong("the last of equals", path=script, content=last.encode())]
                    if _ties(others, role)
                    else []
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"python3 -m cProfile -s slowest {at}/figures.py {given} /tmp/b.csv",
                    symptom=r"invalid choice|KeyError|error: option",
                    diagnosis="Profiles cannot be sorted by a key of that name; ncalls or tottime "
                    "can be used.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"python3 -m pyinstrument {at}/figures.py {given} /tmp/b.csv",
                    symptom=r"No module named",
                    diagnosis="That profiler is not installed; the one of the standard library is "
                    "enough.",
                ),
            ],
        )


def _figures(table: Table, role: str, path: str) -> Table:
    """The figures by a column: records, sum and the first largest one, repeated rows once."""
    groups: dict[str, list[Row]] = {}
    for row in dict.fromkeys(table.rows):
        groups.setdefault(row[table.index(role)], []).append(row)
    count, key = table.index("count"), table.index("id")
    columns = [
        Column(table.name(role), role),
        Column("records", "count"),
        Column(table.name("count"), "count"),
        Column("largest", "id"),
    ]
    rows = [
        (
            name,
            str(len(group)),
            str(sum(int(row[count]) for row in group)),
            min(enumerate(group), key=lambda pair: (-int(pair[1][count]), pair[0]))[1][key],
        )
        for name, group in sorted(groups.items())
    ]
    return summary(path, f"figures by {table.name(role)}", columns, rows)


def _ties(table: Table, role: str) -> bool:
    """Whether some group has two largest records."""
    tops: dict[str, list[int]] = {}
    for row in dict.fromkeys(table.rows):
        tops.setdefault(row[table.index(role)], []).append(int(row[table.index("count")]))
    return any(values.count(max(values)) > 1 for values in tops.values())


def _many(factor: int) -> str:
    """The figures of the many records that a trial makes up."""
    groups: dict[int, list[tuple[int, int]]] = {}
    for number in range(1, MANY + 1):
        groups.setdefault(number % 7, []).append((number, number * factor % 1009))
    lines = []
    for group, found in sorted(groups.items()):
        best = min(found, key=lambda pair: (-pair[1], pair[0]))[0]
        lines.append(f"group {group:02d},{len(found)},{sum(v for _, v in found)},N-{best:06d}\n")
    return "".join(lines)
