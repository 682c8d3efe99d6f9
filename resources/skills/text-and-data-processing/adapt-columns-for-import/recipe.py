"""Rename and reorder columns after a mapping file, and change the delimiter."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
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
from shellwright.recipe.tabular import differing, figure, label

#: What the other system calls the columns of records. Those of a summary say themselves what they
#: hold (bytes, lines, ranks), and no name of a role would do.
THEIRS = {
    "id": ("REF", "RECORD_KEY"),
    "date": ("DAY", "EVENT_DATE"),
    "category": ("UNIT", "GROUP_NAME"),
    "person": ("OWNER", "HANDLED_BY"),
    "status": ("STATE", "STATUS_TEXT"),
    "count": ("QTY", "UNITS"),
    "amount": ("VALUE", "AMOUNT"),
    "note": ("FREE_TEXT", "NOTES"),
}


class AdaptColumnsForImport(Recipe):
    """The same rows under the names, in the order and with the delimiter of another system."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean"),)
    tools = ("mlr", "csvcut", "paste", "cat", "head", "tail", "cut", "comm", "sort", "tr", "wc")
    packages = ("miller", "csvkit")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        form = "tsv" if source.format == "csv" else "csv"
        names = their_names(source, draw)
        if all(ours == theirs for ours, theirs in names.items()):
            raise Unsuitable("the columns have their names already")
        order = their_order(source, draw)
        mapping = world.input(draw, ["column_map", "import_mapping", "field_names"], ".csv")
        target = world.output(draw, ["import", "for_import", "upload"], f".{form}")
        lines = ["theirs,ours", *(f"{names[source.header[n]]},{source.header[n]}" for n in order)]
        result = source.with_rows(
            (tuple(row[n] for n in order) for row in source.rows),
            path=target,
            format=form,
            columns=tuple(Column(names[source.header[n]], source.columns[n].role) for n in order),
            noun=f"{source.noun} in the import layout",
        )
        here, there, known = (shlex.quote(path) for path in (source.path, target, mapping))
        theirs, ours = (
            f"tail -n +2 {known} | cut -d, -f {field} | paste -sd, -" for field in (1, 2)
        )
        if form == "tsv":
            convert = (
                f'mlr --icsv --otsv cut -o -f "$({ours})" then label "$({theirs})" {here} > {there}'
            )
        else:
            convert = f'{{ {theirs}; csvcut -t -c "$({ours})" {here} | tail -n +2; }} > {there}'
        split = "," if source.format == "csv" else "\\t"
        first, last = (names[source.header[n]] for n in (order[0], order[-1]))
        word = {"csv": "comma-separated", "tsv": "tab-separated"}[form]
        old_names = tuple(source.columns[n] for n in order)
        new_names = tuple(Column(names[c.name], c.role) for c in source.columns)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(mapping, "".join(f"{line}\n" for line in lines).encode())],
            request=[
                (
                    f"The other system imports `{target}`: {word}, a header line, its own column "
                    f"names. `{mapping}` lists them under `theirs`, in the order in which it wants "
                    f"the columns, next to our names under `ours`. Bring all rows of "
                    f"`{source.path}` into that layout, in their order, cells unchanged."
                ),
                (
                    f"Make `{target}` from `{source.path}` for an import. The columns have to be "
                    f"called what `{mapping}` says (`ours` is our name, `theirs` the one to use) "
                    f"and stand in the order of that file. It is {word} with a header; the rows "
                    "keep their order, and no cell changes."
                ),
                (
                    f"Our column names mean nothing to the system that will load `{source.path}`. "
                    f"Its own are in `{mapping}`: each line pairs one of them (`theirs`) with the "
                    "column of ours that it stands for (`ours`), and the sequence of lines is "
                    "the sequence in which the columns must come. Save the renamed and "
                    f"rearranged table as `{target}`, {word}, header included, with no row moved, "
                    "dropped or altered."
                ),
                (
                    f"Import file wanted: `{target}`. Form: {word}, names in the first line. "
                    f"Columns: those under `ours` in `{mapping}`, top to bottom becoming left to "
                    "right, each headed by its counterpart under `theirs`. Rows: every one of "
                    f"`{source.path}`, in the sequence they have there, values to the letter."
                ),
                (
                    f"How would `{source.path}` look in the layout that `{mapping}` describes? "
                    "That file gives a line per column, first the heading to use (`theirs`), "
                    "then what we call it (`ours`), from the first column wanted to the last. I "
                    f"need the answer as a {word} file with a header, `{target}`; only headings, "
                    "column positions and the separator differ from what we have, while values "
                    "and the order of records do not."
                ),
            ],
            steps=[
                look(
                    f"cat {known}; head -n 3 {here}",
                    f"{source.path} has to be brought into another layout, and {mapping} says how.",
                    "Read the mapping and the top of the table.",
                ),
                look(
                    f"comm -3 <(tail -n +2 {known} | cut -d, -f 2 | sort) "
                    f"<(head -n 1 {here} | tr '{split}' '\\n' | sort)",
                    "Our names in the mapping should be exactly those of the header.",
                    "Print the names that only one of the two has.",
                ),
                do(
                    convert,
                    f"Both sides agree. The mapping gives the order as well, {first} in front and "
                    f"{last} at the end, so I take both lists of names straight from it.",
                    "Put the columns in order, give them their new names and write "
                    f"{form.upper()}.",
                ),
                look(
                    f"head -n 3 {there}; tail -n +2 {there} | wc -l",
                    f"No row of {source.path} may be lost under the new header.",
                    "Read the new header and some rows.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "new names in the old order",
                        source.with_rows(source.rows, path=target, format=form, columns=new_names),
                    ),
                    (
                        "new order with the old names",
                        result.with_rows(result.rows, columns=old_names),
                    ),
                    ("the header moved, the cells did not", result.with_rows(source.rows)),
                ],
            ),
            mistakes=[
                # The wrong names select nothing only where none of them is a right one, too.
                *(
                    [
                        Mistake(
                            "requirement",
                            before=2,
                            command=f"mlr --i{source.format} --o{form} cut -o -f "
                            f'"$({theirs})" {here} '
                            f"| grep . || echo 'nothing selected'",
                            symptom=r"nothing selected",
                            diagnosis="I took the wrong side of the mapping: the table has our "
                            "names, and theirs are the ones to give.",
                        )
                    ]
                    if not {c.name for c in new_names} & {c.name for c in old_names}
                    else []
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"csvcut --rename {known} {here}",
                    symptom=r"unrecognized arguments: --rename",
                    diagnosis="csvcut only selects columns; the names have to be replaced "
                    "separately.",
                ),
            ],
        )


def their_names(table: Table, draw: Draw) -> dict[str, str]:
    """The other system's name for each column: by its role in a record, else ours in capitals."""
    names: dict[str, str] = {}
    for place, column in enumerate(table.columns):
        # Later columns of a role were added by somebody, and mean something else.
        own = table.shape == "records" and table.index(column.role) == place
        options = (*(THEIRS.get(column.role, ()) if own else ()), column.name.upper())
        start = draw.integer(0, 1)
        free = [name for name in (*options[start:], *options) if name not in names.values()]
        names[column.name] = free[0] if free else f"{column.name.upper()}_{len(names)}"
    return names


def their_order(table: Table, draw: Draw) -> list[int]:
    """Another order of the columns, in which a row has the same name and the same figure.

    Otherwise what follows would take a checksum or a time for the name of a row. Raises Unsuitable
    where no such order turns up.
    """
    for _ in range(40):
        order = draw.shuffled(range(len(table.columns)))
        moved = table.with_rows(
            (tuple(row[n] for n in order) for row in table.rows),
            columns=tuple(table.columns[n] for n in order),
        )
        if order != sorted(order) and all(
            chosen(moved, choose) == chosen(table, choose) for choose in (label, figure)
        ):
            return order
    raise Unsuitable("in any other order a row would have another name")


def chosen(table: Table, choose: Callable[[Table], int]) -> str:
    """The name of the column that is chosen, empty where the table has none to choose."""
    try:
        return table.header[choose(table)]
    except Unsuitable:
        return ""
