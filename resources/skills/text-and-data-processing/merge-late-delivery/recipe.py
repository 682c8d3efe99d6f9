"""Work a late fixed-width delivery into a table."""

from __future__ import annotations

import shlex
from decimal import Decimal

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.kinds.table import record_columns, record_rows
from shellwright.recipe.tabular import differing


class MergeLateDelivery(Recipe):
    """New records join the table and corrected ones replace the old; sorted by id."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="merged"),)
    tools = ("in2csv", "csvstack", "mlr", "sort", "head", "tail", "cat", "wc", "uniq")
    packages = ("csvkit", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        i, form = source.index("id"), source.format
        key = source.header[i]
        known = {row[i]: row for row in source.rows}
        if len(known) < len(source.rows) or len(source.rows) < 8:
            raise Unsuitable("an id is there twice, or there are few records")
        late = _late(world, source, draw)
        if any(set(cell) & set("\t\n") or not cell.isascii() for row in late for cell in row):
            raise Unsuitable("cells that fixed-width text cannot hold")
        layout = world.input(draw, ["layout", "late_layout", "columns"], ".csv")
        delivery = world.input(draw, ["late", "late_delivery", "straggler"], ".txt")
        target = world.output(
            draw, ["merged", "complete", f"all_{world.theme.records}"], f".{form}"
        )
        widths = [max(len(row[n]) for row in late) + 2 for n in range(len(source.columns))]
        starts = [1 + sum(widths[:n]) for n in range(len(widths))]
        schema = "column,start,length\n" + "".join(
            f"{name},{start},{width}\n"
            for name, start, width in zip(source.header, starts, widths, strict=True)
        )
        text = "".join(
            "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + "\n"
            for row in late
        )
        merged = known | {row[i]: row for row in late}
        result = source.with_rows(
            sorted(merged.values(), key=lambda row: row[i]),
            path=target,
            extent="merged",
            noun=f"complete {source.noun}",
        )
        here, there, fresh, plan = (
            shlex.quote(path) for path in (source.path, target, delivery, layout)
        )
        read = f"in2csv -f fixed -s {plan} {fresh}"
        if form == "csv":
            command = (
                f"csvstack <({read}) {here} | mlr --csv head -n 1 -g {key} then sort -f {key} "
                f"> {there}"
            )
        else:
            command = (
                f"{{ head -n 1 {here}; {{ {read} | mlr --icsv --otsv cat | tail -n +2; "
                f"tail -n +2 {here}; }} | LC_ALL=C sort -t $'\\t' -s -u -k{i + 1},{i + 1}; }} "
                f"> {there}"
            )
        corrected = sum(row[i] in known for row in late)
        ids = f"mlr --i{form} --onidx cut -f {key}"
        other = dict(merged) | known
        appended = [*source.rows, *late]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(layout, schema.encode()), Entry(delivery, text.encode())],
            request=[
                (
                    f"`{delivery}` arrived late, as fixed-width text without a header; `{layout}` "
                    "says where each column starts (the first character of a line is `1`) and how "
                    f"long it is, padding included. Merge it with `{source.path}` into "
                    f"`{target}`, in the format and with the columns of the latter: new "
                    f"{world.theme.records} are added, and where a `{key}` is in both the late row "
                    f"replaces the old one. Sort by `{key}`."
                ),
                (
                    f"Work the stragglers into `{source.path}`: `{delivery}` has no header and "
                    f"columns of fixed width, which `{layout}` describes (start and length in "
                    "characters, counted from `1`; blanks at the end of a cell are padding). The "
                    f"result is `{target}`, same columns and format as before, ordered by `{key}`, "
                    f"one row per `{key}`; for one that occurs in both files the late row is right."
                ),
            ],
            steps=[
                look(
                    f"cat {plan}; head -n 3 {fresh}; wc -l {fresh} {here}; head -n 2 {here}",
                    f"{delivery} has to be read by its layout.",
                    "Look at the layout, at both files, and count their lines.",
                ),
                look(
                    f"{read} | head -n 4; {{ {ids} {here}; {read} | mlr --icsv --onidx cut "
                    f"-f {key}; }} | sort | uniq -d | wc -l",
                    "The layout counts from 1 and has the columns of the table.",
                    "Try to read it, and count the ids that are in both files.",
                ),
                do(
                    command,
                    f"The padding is gone. {corrected} of {len(late)} late rows correct known "
                    f"{world.theme.records}, the others are new.",
                    "Put the late rows in front, keep the first row of each id and sort.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}",
                    "Rows before, plus those delivered, less those corrected: does that give the "
                    "rows of the result?",
                    "Count the lines and look at the first ones.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "the old row was kept",
                        result.with_rows(sorted(other.values(), key=lambda row: row[i])),
                    ),
                    (
                        "corrections stand beside the old rows",
                        result.with_rows(sorted(appended, key=lambda row: row[i])),
                    ),
                    ("not sorted", result.with_rows(merged.values())),
                    (
                        "only the corrections were taken over",
                        result.with_rows(row for row in result.rows if row[i] in known),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"in2csv -f fixed {fresh} > {there}",
                    symptom=r"schema must not be null",
                    diagnosis="Fixed-width text cannot be read without its layout (-s).",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"in2csv --fixed --layout {plan} {fresh} > {there}",
                    symptom=r"in2csv: error: unrecognized arguments",
                    diagnosis="in2csv takes the format with -f and the layout with -s.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _late(world: World, table: Table, draw: Draw) -> list[Row]:
    """Late rows: some for new ids, some that correct status and amount of known ones."""
    roles = [column.role for column in record_columns(world.theme)]
    if sorted(column.role for column in table.columns) != sorted(roles):
        raise Unsuitable("columns beyond those of the records")
    known = set(table.values("id"))
    rows = [
        tuple(row[roles.index(column.role)] for column in table.columns)
        for row in record_rows(world.theme, draw, draw.integer(5, 12))
        if row[0] not in known
    ]
    s, a = table.index("status"), table.index("amount")
    for row in draw.sample(table.rows, draw.integer(4, 9)):
        cells = list(row)
        cells[s] = draw.choice([x for x in world.theme.statuses if x != row[s]])
        cells[a] = f"{Decimal(row[a]) + draw.integer(1, 50):.2f}"
        rows.append(tuple(cells))
    return draw.shuffled(rows)
