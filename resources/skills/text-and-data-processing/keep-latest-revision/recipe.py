"""Keep the latest version of each record of a table."""

from __future__ import annotations

import shlex

from shellwright.recipe import Draw, Mistake, Move, Pattern, Recipe, Table, World, do, look


class KeepLatestRevision(Recipe):
    """Several versions a record become one, the newest, in the order of ids."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="revised"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    tools = ("mlr", "head", "sort", "uniq", "wc")
    packages = ("miller",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, day = source.name("id"), source.name("date")
        target = world.output(draw, ["latest", "current", "deduplicated"], f".{source.format}")
        result = source.with_rows(
            sorted(newest(source).values(), key=lambda row: row[source.index("id")]),
            path=target,
            condition="clean",
            noun=f"latest version of the {source.noun}",
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        flag = f"--{source.format}"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Only the newest version of each {world.theme.record} in `{source.path}` "
                    f"counts: for every `{key}` keep the row with the latest `{day}`, and write "
                    f"the result to `{target}` in the same format and with the same columns, "
                    f"sorted by `{key}`."
                ),
                (
                    f"Write `{target}`, in the format of `{source.path}` and with the same header, "
                    f"holding one row per `{key}`: the one whose `{day}` is the latest. "
                    f"Sort the rows by `{key}`."
                ),
                (
                    f"I need one row per `{key}`. Where `{source.path}` has several, the one with "
                    f"the most recent `{day}` wins. The result goes to `{target}` (same columns, "
                    f"same format, ordered by `{key}`)."
                ),
                (
                    f"The history in `{source.path}` is not needed, its present state is: reduce "
                    f"the rows that share a `{key}` to the most recent one going by `{day}`. "
                    f"Store that as `{target}`, ascending by `{key}`, with header and format of "
                    "the original."
                ),
                (
                    f"How do things stand now? `{source.path}` has older and newer rows for one "
                    f"and the same `{key}`; `{target}` should be left with those that have the "
                    f"highest `{day}` within their `{key}`, complete and unedited. Columns and "
                    f"file format do not change, and `{key}` determines the order."
                ),
            ],
            steps=[
                look(
                    f"head -n 4 {here}; wc -l {here}",
                    f"I have not seen {source.path} yet; it should hold several versions of some "
                    "records.",
                    "Read the header and a few rows, and count the lines.",
                ),
                look(
                    f"mlr {flag} --headerless-csv-output cut -f {key} {here} "
                    "| sort | uniq -c | sort -rn | head -n 5",
                    f"The key is {key} and {day} is an ISO date, so text order is date order. "
                    "A cell of text may hold anything, so a tool that knows the format is called "
                    "for.",
                    "See how often the most frequent keys occur.",
                ),
                do(
                    f"mlr {flag} sort -f {key} -r {day} then head -n 1 -g {key} {here} > {there}",
                    "There are more rows than records: all but one row of a record are outdated "
                    "versions.",
                    f"Sort by {key} and newest first within a key, then keep the first row of "
                    "each key.",
                ),
                look(
                    f"head -n 4 {there}; wc -l {there}",
                    "The result should have one row for each record, and a header.",
                    "Check the shape of the result.",
                ),
            ],
            wrong=[
                *result.with_rows(
                    sorted(first(source).values(), key=lambda row: row[source.index("id")])
                ).as_wrong("the first version was kept, not the latest"),
                *source.with_rows(source.rows, path=target).as_wrong("every version was kept"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"mlr {flag} sort -f {key} -r {day} then head -n 1 -by {key} {here} "
                    f"> {there}",
                    symptom=r"mlr head: option \"?-by\"? not recognized|mlr.*head",
                    diagnosis="Miller's head groups with -g; there is no -by. The output file is "
                    "empty now and has to be written again.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def newest(table: Table) -> dict[str, tuple[str, ...]]:
    """The row with the latest date of each id."""
    found: dict[str, tuple[str, ...]] = {}
    key, day = table.index("id"), table.index("date")
    for row in table.rows:
        if row[key] not in found or row[day] > found[row[key]][day]:
            found[row[key]] = row
    return found


def first(table: Table) -> dict[str, tuple[str, ...]]:
    """The row of each id that stands first in the file."""
    found: dict[str, tuple[str, ...]] = {}
    for row in table.rows:
        found.setdefault(row[table.index("id")], row)
    return found
