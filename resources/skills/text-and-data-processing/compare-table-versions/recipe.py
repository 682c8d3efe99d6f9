"""Compare two versions of a table and report the differences."""

from __future__ import annotations

import dataclasses
import shlex
from decimal import Decimal
from typing import Any

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
)

#: Both versions as objects by id; then the three sets of differences.
PROGRAM = """def by_id: map({{key: .["{key}"], value: .}}) | from_entries;
  ($old | by_id) as $a | ($new | by_id) as $b
  | {{added: (($b | keys) - ($a | keys)), removed: (($a | keys) - ($b | keys)),
     changed: ([$a | keys[] | select($b[.] and $a[.] != $b[.])] | map(. as $id
       | {{key: $id, value: ($a[$id] | to_entries | map(select(.value != $b[$id][.key])
         | {{key, value: {{old: .value, new: $b[$id][.key]}}}}) | from_entries)}})
       | from_entries)}}"""


class CompareTableVersions(Recipe):
    """A report says which records were added, removed and changed in a newer version."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("mlr", "jq", "wc", "head", "comm", "sort")
    packages = ("miller", "jq")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        i, form = source.index("id"), source.format
        key = source.header[i]
        if len(source.rows) < 8 or len(set(source.values("id"))) < len(source.rows):
            raise Unsuitable("too few records, or an id that is there twice")
        newer = _revised(source, draw)
        other = world.input(
            draw, [f"{world.theme.records}_corrected", "second_version", "newer"], f".{form}"
        )
        newer = newer.at(other)
        target = world.output(draw, ["differences", "what_changed", "comparison"], ".json")
        value = differences(source, newer, i)
        result = Report(path=target, noun="report of the differences", value=value)
        here, there, fresh = (shlex.quote(path) for path in (source.path, target, other))
        as_json = f"mlr --i{form} --ojson -S cat"
        command = (
            f"jq -n --slurpfile old <({as_json} {here}) --slurpfile new <({as_json} {fresh}) "
            f"'{PROGRAM.format(key=key).replace('$old', '$old[0]').replace('$new', '$new[0]')}' "
            f"> {there}"
        )
        ids = f"mlr --i{form} --onidx cut -f {key}"
        numeric = ("count", "amount")
        loose = differences(source, newer, i, ignore=numeric)
        flipped = differences(newer, source, i)
        return Move(
            focus=result,
            makes=[result],
            brings=newer.entries(),
            request=[
                (
                    f"`{other}` is a newer version of `{source.path}`, with rows in another order. "
                    f"What is different? Write a JSON object to `{target}`: `added` and `removed` "
                    f"are sorted arrays of `{key}` that only the newer or only the older file has. "
                    f"`changed` maps each `{key}` whose row differs to an object that maps the "
                    "names of the differing columns to `old` and `new`, the cells as strings."
                ),
                (
                    f"Please compare `{source.path}` (older) with `{other}` (newer) by `{key}`; "
                    f"the order of rows means nothing. The answer goes to `{target}`, a JSON "
                    "object with three keys: `added`, ids that are only in the newer one, "
                    "`removed`, ids that are only in the older one (arrays, sorted), and "
                    "`changed`, an object: id to differing column to an object with `old` and "
                    "`new`, both as strings, just as in the files."
                ),
            ],
            steps=[
                look(
                    f"head -n 2 {here} {fresh}; wc -l {here} {fresh}",
                    "Two versions of one table; I check that they have the same columns.",
                    "Compare headers and numbers of lines.",
                ),
                look(
                    f"comm -3 <({ids} {here} | sort) <({ids} {fresh} | sort) | head -n 20",
                    f"The columns are the same. {key} identifies a record.",
                    "List the ids that only one of the two has.",
                ),
                do(
                    command,
                    "Some ids are only in the older file and others only in the newer one. For "
                    "the rest the cells have to be compared as text.",
                    "Read both as objects by id and collect the three kinds of difference.",
                ),
                look(
                    f"jq -c 'map_values(length)' {there}; jq -c '[.changed[] | keys[]] | unique' "
                    f"{there}",
                    "Rows then, plus those added, less those removed, should be the rows of the "
                    "newer file. Which columns did the changes hit?",
                    "Count the differences and list the columns that changed.",
                ),
            ],
            wrong=[
                *dataclasses.replace(result, value=flipped).as_wrong("old and new mixed up"),
                *dataclasses.replace(result, value=loose).as_wrong("changed figures overlooked"),
                *dataclasses.replace(
                    result, value={**value, "changed": sorted(value["changed"])}
                ).as_wrong("only the ids of changed records"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"comm -3 {here} {fresh} > {there}",
                    symptom=r"comm: file \d is not in sorted order",
                    diagnosis="comm wants sorted lines, and whole lines would not tell which cell "
                    "changed.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mlr --{form} diff -j {key} -f {here} {fresh}",
                    symptom=r"verb \"diff\" not found",
                    diagnosis="Miller has no diff; jq can compare objects.",
                ),
            ],
        )


def differences(old: Table, new: Table, i: int, ignore: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was added, removed and changed, by the id in column `i`."""
    before, after = ({row[i]: row for row in table.rows} for table in (old, new))
    changed = {}
    for key in sorted(set(before) & set(after)):
        cells = {
            column.name: {"old": ours, "new": theirs}
            for column, ours, theirs in zip(old.columns, before[key], after[key], strict=True)
            if ours != theirs and column.role not in ignore
        }
        if cells:
            changed[key] = cells
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": changed,
    }


def _revised(table: Table, draw: Draw) -> Table:
    """A later version: some rows gone, some new, some with other cells, in another order."""
    s, a, n = (table.index(role) for role in ("status", "amount", "count"))
    statuses = sorted(set(table.values("status")))
    rows = draw.shuffled(table.rows)
    size = max(2, len(rows) // 12)
    # The first few are gone; of the others some have another status and some other figures.
    moved, dearer, rest = rows[size : 2 * size], rows[2 * size : 3 * size], rows[3 * size :]
    i = table.index("id")
    fresh = [_with(row, {i: f"{row[i]}-{draw.choice('ABC')}"}) for row in rest[:size]]
    other = [
        _with(row, {s: draw.choice([x for x in statuses if x != row[s]] or [row[s] + " (late)"])})
        for row in moved
    ]
    priced = [
        _with(
            row,
            {
                a: f"{Decimal(row[a]) + draw.integer(1, 90):.2f}",
                n: str(int(row[n]) + draw.integer(0, 3)),
            },
        )
        for row in dearer
    ]
    return table.with_rows(draw.shuffled([*rest, *fresh, *other, *priced]))


def _with(row: Row, cells: dict[int, str]) -> Row:
    """The row with other cells at some places."""
    return tuple(cells.get(place, cell) for place, cell in enumerate(row))
