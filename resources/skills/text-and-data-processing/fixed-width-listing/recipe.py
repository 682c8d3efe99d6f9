"""Render a summary as aligned text."""

from __future__ import annotations

import shlex

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
    Wrong,
    do,
    look,
)
from shellwright.recipe.kinds.table import NUMERIC


class FixedWidthListing(Recipe):
    """A title, a header with a rule, and rows in aligned columns."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="summary"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("column", "csvformat", "sed", "cat", "head")
    packages = ("bsdextrautils", "csvkit")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        cells = [cell for row in (source.header, *source.rows) for cell in row]
        right = [column.role in NUMERIC for column in source.columns]
        if any(not cell or not cell.isascii() for cell in cells):
            raise Unsuitable("an empty cell, or letters beyond ASCII")
        title = (
            draw.choice(
                [
                    f"{world.theme.organisation}: {source.noun}",
                    f"LISTING - {world.theme.records.upper()}",
                    f"{world.theme.records.capitalize()}, summary",
                ]
            )
            .replace("'", "")
            .replace("`", "")
        )
        gap = draw.choice([2, 3])
        target = world.output(draw, ["listing", "printout", "mail_body"], ".txt")
        lines = aligned([source.header, *source.rows], right, gap)
        value = [title, "", lines[0], "-" * len(lines[0]), *lines[1:]]
        result = Report(path=target, noun="printed listing", value=value, format="text")
        here, there = shlex.quote(source.path), shlex.quote(target)
        numbers = ",".join(str(n + 1) for n, flag in enumerate(right) if flag)
        read = f"csvformat -T {here}" if source.format == "csv" else f"cat {here}"
        # Beyond its width, 80 where there is no terminal, column leaves the last numbers unaligned.
        strip = "" if right[-1] else "s/ *$//; "
        write = (
            f"{read} | column -t -c 4000 -s $'\\t' -R {numbers} -o '{' ' * gap}' |\n"
            f"  sed '{strip}1 {{ p; s/./-/g }}'"
        )
        left = aligned([source.header, *source.rows], [False] * len(right), gap)
        narrow = aligned([source.header, *source.rows], right, 1)
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"I want to paste `{source.path}` into a plain-text mail. Make `{target}`: the "
                    f"title `{title}`, an empty line, the header, a line of `-` exactly as long as "
                    "the header line, then the rows. Every column is as wide as its longest entry, "
                    f"header included, with `{gap}` blanks between columns; text is aligned to the "
                    "left, numbers and their headings to the right. No line ends in blanks."
                ),
                (
                    f"Print `{source.path}` as a listing in `{target}`, for a fixed-width font. It "
                    f"starts with `{title}` and an empty line. Columns are only as wide as needed "
                    f"(headings count) and `{gap}` blanks apart; numeric columns are aligned to "
                    "the right with their headings, the others to the left. Below the header goes "
                    "a line of `-` of the same length. There are no blanks at the ends of lines."
                ),
            ],
            steps=[
                look(
                    f"cat {here}",
                    f"{source.path} has to be turned into aligned text.",
                    "Read it, to see which columns hold numbers.",
                ),
                do(
                    f"{{ printf '%s\\n\\n' '{title}'; {write}; }} > {there}",
                    f"Columns {numbers} hold numbers. "
                    + (
                        "The last one does, so no line ends in blanks."
                        if right[-1]
                        else "The last one holds text, so blanks at its end have to go."
                    ),
                    "Print the title, align the columns, and repeat the header as a line of "
                    "hyphens.",
                ),
                look(
                    f"cat -A {there} | head -n 36",
                    "Columns should be straight, the rule as long as the header, and no line "
                    "end in blanks.",
                    "Read the listing with line ends made visible.",
                ),
            ],
            wrong=[
                _wrong("numbers aligned to the left", target, title, left),
                _wrong("one blank between columns", target, title, narrow),
                Wrong(
                    "no title",
                    path=target,
                    content="".join(f"{line}\n" for line in value[2:]).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"{read} | column -t --align-right {numbers} > {there}",
                    symptom=r"unrecognized option '--align-right'",
                    diagnosis="column calls it --table-right, or -R.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"column -t -s $'\\t' -R figures {here} > {there}",
                    symptom=r"undefined column name",
                    diagnosis="column does not know names from the header; the columns are given "
                    "by number.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def aligned(rows: list[Row], right: list[bool], gap: int) -> list[str]:
    """The rows as lines with columns of equal width, `gap` blanks apart, without any at the end."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        (" " * gap)
        .join(
            cell.rjust(width) if flag else cell.ljust(width)
            for cell, width, flag in zip(row, widths, right, strict=True)
        )
        .rstrip()
        for row in rows
    ]


def _wrong(name: str, path: str, title: str, lines: list[str]) -> Wrong:
    """A listing that is laid out in another way."""
    text = [title, "", lines[0], "-" * len(lines[0]), *lines[1:]]
    return Wrong(name, path=path, content="".join(f"{line}\n" for line in text).encode())
