"""Split a table into one file per category."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
)
from shellwright.recipe.tabular import grouped, slug


class SplitTableByCategory(Recipe):
    """A folder with a table for each category, under plain names."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    gives = (Pattern.of("tree", content="tables", condition="tidy"),)
    tools = ("mkdir", "mlr", "gawk", "cut", "tail", "sort", "uniq", "wc", "head", "ls")
    packages = ("miller", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        c, form = source.index("category"), source.format
        group = source.header[c]
        parts = {
            name: source.with_rows(rows)
            for name, rows in grouped(source.rows, lambda row: row[c]).items()
        }
        files = {f"{slug(name)}.{form}": part for name, part in parts.items()}
        if len(parts) < 3 or len(files) < len(parts) or not all(map(slug, parts)):
            raise Unsuitable("too few categories, or two that lead to one file name")
        folder = world.output(draw, [f"by_{group}", "parts", f"{world.theme.records}_split"])
        result = Tree(
            path=folder,
            noun=f"{source.noun} by {group}",
            files=tuple(sorted(TreeFile(name, part.content()) for name, part in files.items())),
            content="tables",
            condition="tidy",
        )
        here, there = shlex.quote(source.path), shlex.quote(folder)
        if form == "csv":
            write = (
                f'mlr --csv put -q \'name = gsub(tolower(${{{group}}}), "[^a-z0-9]+", "-"); '
                f'tee > "{folder}/".name.".csv", $*\' {here}'
            )
            seen = f"mlr --icsv --onidx cut -f {group} {here}"
        else:
            write = (
                "gawk -F '\\t' 'NR == 1 { header = $0; next } "
                f'{{ name = tolower(${c + 1}); gsub(/[^a-z0-9]+/, "-", name); '
                f'file = "{folder}/" name ".tsv"; if (n[name]++ == 0) print header > file; '
                f"print > file }}' {here}"
            )
            seen = f"tail -n +2 {here} | cut -f {c + 1}"
        example = max(parts, key=lambda name: (slug(name) != name.lower(), name))
        one = max(files, key=lambda name: len(files[name].rows))
        headless = files[one].content().split(b"\n", 1)[1]
        quoted = (
            " Put quotes only around cells that hold a comma or a quote." if form == "csv" else ""
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Each `{group}` gets a file of its own: split `{source.path}` by `{group}` "
                    f"into files in a new folder `{folder}`. Each part has the header line and its "
                    "rows in their order, in the same format. A file is called like its "
                    f"`{group}`, in lower case, every run of characters other than `a-z` and `0-9` "
                    f"replaced by one `-`, plus `.{form}` (so `{example}` goes into "
                    f"`{slug(example)}.{form}`).{quoted}"
                ),
                (
                    f"I need the folder `{folder}` with one file per `{group}` from "
                    f"`{source.path}`, format and order of rows unchanged, each file with the "
                    f"header. File names: the `{group}` in lower case with a single `-` for "
                    "whatever stands between runs of `a-z` and `0-9`, and the extension "
                    f"`.{form}`; for example `{slug(example)}.{form}` for `{example}`. Nothing "
                    "else belongs in there. Quoting is for cells that cannot do without it."
                ),
                (
                    f"One table is to become several: divide `{source.path}` among files in "
                    f"`{folder}`, a folder that does not exist yet, according to `{group}`. To "
                    f"name a file take the `{group}`, make it lower case, let one `-` stand for "
                    f"any stretch of characters outside `a-z` and `0-9`, and append `.{form}`; "
                    f"`{example}` thus becomes `{slug(example)}.{form}`. All parts begin with the "
                    "header, and rows follow as in the whole; neither format nor cells change. "
                    "No cell gets quotes that it does not need."
                ),
                (
                    f"I want to open the records of a single `{group}` without searching. So "
                    f"`{folder}`, newly made, should hold nothing but one file for each `{group}` "
                    f"that occurs in `{source.path}`, with the original header line, the original "
                    f"order and the original format. `{slug(example)}.{form}` is the file for "
                    f"`{example}`, and the rest are named by the same rule: letters lower-cased, "
                    "anything that is not `a-z` or `0-9` squeezed into a single `-` wherever it "
                    f"stands, `.{form}` at the end. Cells are quoted where they have to be and "
                    "nowhere else."
                ),
            ],
            steps=[
                look(
                    f"head -n 2 {here}; {seen} | sort | uniq -c",
                    f"I need the values of {group} in {source.path} to see what file names come "
                    "out of them.",
                    "Count the rows by category.",
                ),
                do(
                    f"mkdir -p {there} && {write}",
                    f"No two values lead to the same file name; {example} becomes {slug(example)}.",
                    "Write each row to the file of its category, with the header on top of each.",
                ),
                look(
                    f"ls {there}; head -n 2 {there}/{one}; wc -l {there}/* | tail -n 1",
                    "All lines together should be the rows of the table and one header a part.",
                    "List the files, look into one and count all lines.",
                ),
            ],
            wrong=[
                Wrong("a part without header", path=f"{folder}/{one}", content=headless),
                Wrong(
                    "the rows of a part in another order",
                    path=f"{folder}/{one}",
                    content=files[one].with_rows(reversed(files[one].rows)).content(),
                ),
                Wrong(
                    "file names keep their capitals",
                    command=f"mv {there}/{one} {there}/{one.capitalize()}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"gawk -F '\\t' '{{ print > \"{folder}/\" ${c + 1} }}' {here}",
                    symptom=r"cannot redirect to|fatal",
                    diagnosis="The folder does not exist yet, the names need their rule, and the "
                    "header would go nowhere.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"split --by-column {c + 1} {here} {there}/",
                    symptom=r"unrecognized option '--by-column'",
                    diagnosis="split cuts by lines or bytes and knows nothing of columns.",
                ),
            ],
        )
