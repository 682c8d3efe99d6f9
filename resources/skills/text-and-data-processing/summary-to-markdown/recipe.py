"""Write a summary as a Markdown table."""

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
from shellwright.recipe.kinds.table import NUMERIC


class SummaryToMarkdown(Recipe):
    """A heading and a Markdown table, figures aligned to the right."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="summary"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("mlr", "gawk", "sed", "cat")
    packages = ("miller", "gawk")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        cells = [cell for row in (source.header, *source.rows) for cell in row]
        if any("|" in cell or not cell for cell in cells) or not source.rows:
            raise Unsuitable("a cell is empty or holds a bar")
        if not any(column.role in NUMERIC for column in source.columns):
            raise Unsuitable("no column of numbers")
        title = draw.choice(
            [
                f"{world.theme.records.capitalize()} at a glance",
                f"Figures for {world.theme.organisation}",
                f"{world.theme.record.capitalize()} overview",
            ]
        ).replace("'", "")
        target = world.output(draw, ["figures", "wiki_table", "overview"], ".md")
        rules = ["---:" if column.role in NUMERIC else "---" for column in source.columns]
        table = [list(source.header), rules, *(list(row) for row in source.rows)]
        body = [f"| {' | '.join(line)} |" for line in table]
        value = [f"## {title}", "", *body]
        result = Report(
            path=target, noun="Markdown page with the figures", value=value, format="text"
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        rule = body[1]
        if source.format == "csv":
            write = f"mlr --icsv --omd cat {here} | sed '2s/.*/{rule}/'"
        else:
            write = (
                'gawk -F \'\\t\' \'{ printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; '
                f'print "" }} NR == 1 {{ print "{rule}" }}\' {here}'
            )
        numeric = [column.name for column in source.columns if column.role in NUMERIC]
        plain = [*value[:3], body[1].replace(":", ""), *value[4:]]
        bare = [f"## {title}", "", *(line.strip("| ") for line in body)]
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"For the wiki I need `{source.path}` as a Markdown table in `{target}`. The "
                    f"first line is `## {title}`, then an empty line, then the table: a `|` at "
                    "both ends of each line and between cells, one blank on each side of a cell, "
                    "header, rule line, rows as they are. The rule is `---` for columns of text "
                    "and `---:` for columns of numbers."
                ),
                (
                    f"Put the figures of `{source.path}` onto a page `{target}`: the heading "
                    f"`## {title}`, an empty line, and a Markdown table with the same columns and "
                    "rows in the same order. Cells are not padded: just one blank between a cell "
                    "and each `|` around it, also at the ends of lines. Under the header stands "
                    "`---` for text and `---:` for numbers."
                ),
            ],
            steps=[
                look(
                    f"cat {here}",
                    f"{source.path} is to become a Markdown table.",
                    "Read it, to see which columns hold numbers.",
                ),
                do(
                    f"{{ printf '## %s\\n\\n' '{title}'; {write}; }} > {there}",
                    f"Columns of numbers: {', '.join(numeric)}. No cell holds a bar.",
                    "Write the heading, the table and a rule line with the right alignment.",
                ),
                look(
                    f"cat {there}",
                    "Is every row there, under header and rule?",
                    "Read the page.",
                ),
            ],
            wrong=[
                _wrong("numbers are not aligned to the right", target, plain),
                _wrong("no bars at the ends of lines", target, bare),
                _wrong("no heading", target, body),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{source.format} --omarkdown cat {here} > {there}",
                    symptom=r"option .*--omarkdown.* not recognized",
                    diagnosis="Miller's option for this is --omd.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"grep -c '^||' {there} || echo 'no double bars'",
                    symptom=r"no double bars",
                    diagnosis="That only excludes one error. The page has to be read as a whole.",
                ),
            ],
        )


def _wrong(name: str, path: str, lines: list[str]) -> Wrong:
    return Wrong(name, path=path, content="".join(f"{line}\n" for line in lines).encode())
