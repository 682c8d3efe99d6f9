"""Strip comments, page breaks and the total from an exported table."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
)


class StripExportNoise(Recipe):
    """The table holds nothing but header and rows, in place; the rest is kept in a text file."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="commented", shape="records"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    tools = ("sed", "grep", "nl", "head", "tail", "wc")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        lines = source.content().decode().splitlines()
        noise = [line for line in lines if line.startswith(("#", "TOTAL"))]
        if any(row[0].startswith(("#", "TOTAL")) for row in (source.header, *source.rows)):
            raise Unsuitable("a record looks like a comment or a total")
        notes = world.output(draw, ["export_notes", "removed_lines", "noise"], ".txt")
        result = source.with_rows(source.rows, condition="clean", noun=source.noun)
        kept = Report(
            path=notes, noun="removed lines of the export", value=noise, format="text", weight=1.0
        )
        here, aside = shlex.quote(source.path), shlex.quote(notes)
        total = noise[-1].encode() + b"\n"
        return Move(
            focus=result,
            makes=[kept, result],
            request=[
                (
                    f"`{source.path}` has to become a plain table: take out the comment lines "
                    "(those that start with `#`), the blank lines and the line that starts with "
                    "`TOTAL`. Change the file itself; header and records stay untouched, in their "
                    f"order. Keep the comment lines and the total line in `{notes}`, as they were "
                    "and in the order they had."
                ),
                (
                    "The import only accepts a header and records. Please clean up "
                    f"`{source.path}` in place: no blank lines, no line that begins with `#`, and "
                    "not the final one that begins with `TOTAL`. Since the comments say where the "
                    f"data come from, `{notes}` should hold all removed lines (except the blank "
                    "ones), unchanged and in their order."
                ),
            ],
            steps=[
                look(
                    f"head -n 6 {here}; nl -ba {here} | grep -vE '^ *[0-9]+\\s+[^#[:space:]]' "
                    "| head -n 24",
                    f"{source.path} contains more than a table.",
                    "Show the top, and every line that is empty or a comment with its number.",
                ),
                look(
                    f"tail -n 2 {here}; grep -c '^TOTAL' {here}",
                    "Comments and blank lines stand between the records. The total is at the end.",
                    "Look at the end of the file and count the lines that start with TOTAL.",
                ),
                do(
                    f"grep -E '^(#|TOTAL)' {here} > {aside}",
                    "These lines have to be kept elsewhere, and it has to happen before the file "
                    "is changed.",
                    "Copy the comments and the total into a file of their own.",
                ),
                do(
                    f"sed -i -E '/^(#|TOTAL|[[:space:]]*$)/d' {here}",
                    "The patterns are anchored, so a # inside a record would not matter.",
                    "Delete comments, blank lines and the total in place.",
                ),
                look(
                    f"head -n 1 {aside}; tail -n +2 {here} | wc -l; head -n 3 {here}",
                    "The first comment claims how many rows there are. Is that true?",
                    "Compare that with the number of rows that are left.",
                ),
            ],
            wrong=[
                Wrong(
                    "the total was left in the table",
                    path=source.path,
                    content=result.content() + total,
                ),
                Wrong(
                    "the header went with the comments",
                    path=source.path,
                    content=result.content().split(b"\n", 1)[1],
                ),
                Wrong(
                    "the total is missing among the removed lines",
                    path=notes,
                    content="".join(f"{line}\n" for line in noise[:-1]).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"sed -i.bak -E '/^(#|TOTAL|[[:space:]]*$/d' {here}",
                    symptom=r"Unmatched \( or \\\(",
                    diagnosis="A parenthesis is missing in the pattern; sed changed nothing.",
                ),
                Mistake(
                    "verification",
                    before=4,
                    command=f"grep -c '^#' {here} || echo 'no comments found'",
                    symptom=r"no comments found",
                    diagnosis="That only proves that the comments are gone. The number of rows has "
                    "to be compared with what the export claims.",
                ),
            ],
        )
