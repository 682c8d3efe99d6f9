"""Tidy a table that was typed by hand."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
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
from shellwright.recipe.tabular import differing


class TidyHandTypedTable(Recipe):
    """Cells lose the white space around them, categories get the spelling of an official list."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="padded", shape="records"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    tools = ("sed", "mlr", "gawk", "cat", "head", "grep", "cut", "sort", "uniq", "comm", "tail")
    packages = ("miller", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, group = source.index("category"), source.name("category")
        names = world.theme.categories
        official = {name.lower(): name for name in names}
        if any(cell.strip().lower() not in official for cell in source.values("category")):
            raise Unsuitable("a category is not in the official list")
        stripped = [tuple(cell.strip() for cell in row) for row in source.rows]
        rows = [(*row[:place], official[row[place].lower()], *row[place + 1 :]) for row in stripped]
        spelling = world.input(
            draw, [f"{group}_names", f"{group}_list", f"official_{group}"], ".txt"
        )
        target = world.output(
            draw, ["tidy", "tidied", f"{world.theme.records}_tidy"], f".{source.format}"
        )
        result = source.with_rows(
            rows, path=target, condition="clean", noun=f"tidied {source.noun}"
        )
        listing = Entry(spelling, "".join(f"{name}\n" for name in sorted(names)).encode())
        here, there, known = (shlex.quote(path) for path in (source.path, target, spelling))
        number = place + 1
        respell = (
            'gawk \'BEGIN { FS = OFS = "\\t" } NR == FNR { name[tolower($0)] = $0; next } '
            f"FNR > 1 {{ ${number} = name[tolower(${number})] }} 1' {known} -"
        )
        if source.format == "csv":
            tidy = (
                f"sed '/^[[:space:]]*$/d' {here} | mlr --icsv --otsv clean-whitespace "
                f"| {respell} | mlr --itsv --ocsv cat > {there}"
            )
            column = f"mlr --icsv --onidx cut -f {group}"
        else:
            tidy = (
                f"sed -E '/^[[:space:]]*$/d; s/ *\\t */\\t/g; s/^ +//; s/ +$//' {here} "
                f"| {respell} > {there}"
            )
            column = f"cut -f {number}"
        seen = f"grep -v '^[[:space:]]*$' {here} | {column} | sort | uniq -c"
        return Move(
            focus=result,
            makes=[result],
            brings=[listing],
            request=[
                (
                    f"Somebody typed `{source.path}` by hand. Make a tidy copy of it in "
                    f"`{target}`, same format, same columns, rows in the same order: no blank "
                    "lines, no white space before or after the text of a cell, and every "
                    f"`{group}` spelt exactly as in `{spelling}`, where one name stands on each "
                    "line; only upper and lower case are off. Everything else stays as it was "
                    "typed."
                ),
                (
                    f"The typing in `{source.path}` needs tidying before anybody can count by "
                    f"`{group}`. `{spelling}` has the official names, one a line; the typists only "
                    f"got their capitals wrong. Save to `{target}`, in the format, column order "
                    "and row order of the original, with official names, without blank lines and "
                    "without spaces at either end of a cell. Do not change the inside of any other "
                    "cell."
                ),
                (
                    f"Before `{source.path}` can be evaluated it has to lose the marks of hasty "
                    "typing: stray blanks at the edges of cells, empty lines between rows, and a "
                    f"`{group}` in the wrong mix of capitals and small letters. The right names "
                    f"are in `{spelling}`, line by line, and case is the only way in which they "
                    f"were missed. `{target}` is to be the cleaned table, with format, columns "
                    "and sequence of rows unchanged and all other text as it is."
                ),
                (
                    f"`{target}` is fine if the following holds. It has the rows of "
                    f"`{source.path}`, one after another as there, and the same columns and "
                    "format. No line is empty. No cell begins or ends with white space. Each "
                    f"`{group}` is a name from `{spelling}` (one per line), found by ignoring "
                    "case. Apart from this, the cells are what was typed."
                ),
            ],
            steps=[
                look(
                    f"head -n 8 {here} | cat -A; cat {known}",
                    f"{source.path} is said to be untidy. I want to see blanks and line ends, and "
                    "the list of official names.",
                    "Show the first lines with invisible characters made visible, then the names.",
                ),
                look(
                    f"{seen} | head -n 30",
                    "There are blanks around cells and blank lines between the rows.",
                    f"See which spellings of {group} occur.",
                ),
                do(
                    tidy,
                    "Each spelling is one of the official names once blanks and case are ignored.",
                    "Drop blank lines, trim every cell, and replace each name by its official "
                    "spelling, looked up in lower case.",
                ),
                look(
                    f"{column.replace('--icsv', '--icsv --headerless-csv-output')} {there} "
                    f"| tail -n +{1 if source.format == 'csv' else 2} | sort -u "
                    f"| comm -23 - {known}; grep -c '' {there}",
                    "Every name should be in the list now, and no row may be lost but the blank "
                    "ones.",
                    "Print names that are not in the list (hopefully none) and count lines.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("only the blanks were removed", result.with_rows(stripped)),
                    (
                        "official names, but blanks left around other cells",
                        result.with_rows(
                            (*row[:place], official[row[place].strip().lower()], *row[place + 1 :])
                            for row in source.rows
                        ),
                    ),
                    (
                        "names in lower case",
                        result.with_rows(result.map_cells("category", str.lower)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"mlr --{source.format} clean-whitespace {here} > {there}",
                    symptom=r"data length",
                    diagnosis="Miller takes a blank line for a row with a single cell and gives "
                    "up there. The blank lines have to go before the file is parsed.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"trim --all {here} > {there}",
                    symptom=r"trim: (command )?not found",
                    diagnosis="There is no such command; sed and Miller can do this.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )
