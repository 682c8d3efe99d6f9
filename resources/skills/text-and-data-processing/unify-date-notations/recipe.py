"""Bring dates in three notations into ISO 8601."""

from __future__ import annotations

import shlex
from datetime import date, datetime

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import differing

FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y")
SCRIPT = """python3 - {here} {there} <<'EOF'
import csv, sys
from datetime import datetime

def iso(text):
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            pass
    raise SystemExit(f"no date: {{text}}")

with open(sys.argv[1], newline="") as old, open(sys.argv[2], "w", newline="") as new:
    rows = csv.DictReader(old)
    out = csv.DictWriter(new, rows.fieldnames, lineterminator="\\n")
    out.writeheader()
    for row in rows:
        row["{day}"] = iso(row["{day}"])
        out.writerow(row)
EOF"""


class UnifyDateNotations(Recipe):
    """Every date is written the ISO way; nothing else changes."""

    needs = (Pattern.of("table", condition="mixed_dates", shape="records"),)
    gives = (Pattern.of("table", condition="clean", shape="records"),)
    tools = (
        "python3",
        "jq",
        "grep",
        "sed",
        "cut",
        "paste",
        "date",
        "sort",
        "uniq",
        "mlr",
        "head",
        "tail",
    )
    packages = ("jq", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, day = source.index("date"), source.name("date")
        cells = source.values("date")
        if not any("/" in cell and int(cell[:2]) > 12 for cell in cells):
            raise Unsuitable("no date shows that the day stands first")
        if place == 0 or place == len(source.columns) - 1:
            raise Unsuitable("the date stands in the first or last column")
        target = world.output(draw, ["dated", "iso_dates", "unified"], f".{source.format}")
        result = source.with_rows(
            source.map_cells("date", iso),
            path=target,
            condition="clean",
            noun=f"{source.noun} with ISO dates",
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        form = source.format
        number = place + 1
        dates = {
            "csv": f"mlr --icsv --ojsonl cut -f {day} {here} | jq -r .{day}",
            "tsv": f"tail -n +2 {here} | cut -f {number}",
            "jsonl": f"jq -r .{day} {here}",
        }[form]
        convert = {
            "csv": SCRIPT.format(here=here, there=there, day=day),
            "tsv": f"paste <(cut -f -{place} {here}) <(head -n 1 {here} | cut -f {number}; {dates} "
            "| sed -E 's#^([0-9]{2})/([0-9]{2})/([0-9]{4})$#\\3-\\2-\\1#' | date -f - +%F) "
            f"<(cut -f {number + 1}- {here}) > {there}",
            "jsonl": f'jq -c \'.{day} |= if test("/") then (split("/") | reverse | join("-")) '
            'elif test(" ") then (strptime("%d %b %Y") | strftime("%Y-%m-%d")) else . end\' '
            f"{here} > {there}",
        }[form]
        shape = "sed -E 's/[0-9]/9/g; s/[A-Z][a-z]+/Mon/' | sort | uniq -c"
        swapped = source.map_cells("date", month_first)
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"The `{day}` column of `{source.path}` is a mix of `2026-03-04`, `04/03/2026` "
                    "and `4 Mar 2026`, all three of which mean the fourth of March: the day comes "
                    f"before the month. Write the table to `{target}` with every `{day}` in the "
                    "first of these notations. Format, columns, the order of rows and all other "
                    "values stay."
                ),
                (
                    f"Nobody can sort by `{day}` in `{source.path}`: some rows have "
                    "`2026-03-04`, some `04/03/2026` (day first) and some `4 Mar 2026` for the "
                    f"same day. I want a copy, `{target}`, in which all look like the first of "
                    "these. It has the same format, and apart from the dates every row is as "
                    "before and in its place."
                ),
                (
                    f"Dates in `{source.path}` follow three conventions. Under `{day}` you will "
                    "find `04/03/2026` and `4 Mar 2026` as well as `2026-03-04`, each of these "
                    "meaning 4 March and never 3 April. Convert the column to the last of the "
                    f"three and save the table as `{target}`; its format, its other cells and its "
                    "sequence are to remain untouched."
                ),
                (
                    f"Sorting by `{day}` should give the order of time, which it does not in "
                    f"`{source.path}`. Please write `{target}` with year, month and day as in "
                    "`2026-03-04` throughout. To be converted are dates such as `04/03/2026`, "
                    "where the month is the middle number, and `4 Mar 2026`. Apart from that "
                    "column the two files agree, in format, in columns and row by row."
                ),
                (
                    f"Requirement: one notation for `{day}` in `{target}`, namely `2026-03-04`. "
                    f"Starting point: `{source.path}`, where the same date may also read `4 Mar "
                    "2026` or, with the day in front, `04/03/2026`. Not to be changed: the kind "
                    f"of file, which row comes where, any value that is not a `{day}`."
                ),
            ],
            steps=[
                look(
                    f"head -n 4 {here}; {dates} | {shape}",
                    f"{source.path} has dates in several notations. I want to know which ones "
                    "there really are.",
                    "Show some rows, then count the shapes of the dates.",
                ),
                look(
                    f"{dates} | grep '/' | cut -d/ -f1 | sort | uniq -c | sort -k2n | tail -n 6",
                    "Some dates have slashes and some a month's name. The request says that the "
                    "day stands first in the slashed ones.",
                    "Verify it: some of the first parts should be too large for a month.",
                ),
                do(
                    convert,
                    "The first part goes beyond the months of a year, so the day does stand first.",
                    f"Rewrite {day} row by row, with the day first for slashed dates.",
                ),
                look(
                    f"head -n 4 {there}; {dates.replace(here, there)} | {shape}",
                    "All dates should have one shape now.",
                    "Count the shapes of the dates again.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the month was taken to stand first", source.with_rows(swapped, path=target)),
                    (
                        "dates with month names were left as they were",
                        result.with_rows(source.map_cells("date", slashes_only)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"{dates} | date -f - +%F > {there}",
                    symptom=r"invalid date .[0-9]{2}/",
                    diagnosis="date reads slashed dates month first, so it refuses days above 12 "
                    "and silently swaps the others. They have to be turned round before.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"date --normalize --dayfirst < {here}",
                    symptom=r"unrecognized option '--normalize'",
                    diagnosis="date has no such options; the notations have to be told apart by "
                    "their shape.",
                ),
            ],
        )


def iso(text: str) -> str:
    """The date in ISO notation, the day first where it is slashed."""
    for form in FORMS:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise Unsuitable(f"{text} is in none of the three notations")


def month_first(text: str) -> str:
    """The ISO date that a hasty reader makes of it: the month first wherever that is a date."""
    if "/" not in text:
        return iso(text)
    first, second, year = (int(part) for part in text.split("/"))
    try:
        return date(year, first, second).isoformat()
    except ValueError:
        return iso(text)


def slashes_only(text: str) -> str:
    """The ISO date where there are slashes; anything else as it is."""
    return iso(text) if "/" in text else text
