"""Count records by category and status."""

from __future__ import annotations

import shlex
from collections import Counter

from shellwright.recipe import (
    Column,
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
    summary,
)
from shellwright.recipe.tabular import differing, unused_name


class CrosstabByStatus(Recipe):
    """One row a category, one column a status, the number of records in each cell."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="summary"),)
    tools = ("datamash", "mlr", "csvcut", "csvformat", "jq", "cut", "tail", "sed", "sort", "uniq",
             "head", "column", "csvlook")  # fmt: skip
    packages = ("datamash", "miller", "csvkit", "jq", "bsdextrautils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        c, s = source.index("category"), source.index("status")
        group, status = source.header[c], source.header[s]
        counts = Counter((row[c], row[s]) for row in source.rows)
        groups, statuses = (sorted({pair[n] for pair in counts}) for n in (0, 1))
        if len(groups) < 2 or len(statuses) < 2:
            raise Unsuitable("one category or one status only")
        form = "csv" if source.format == "csv" else "tsv"
        target = world.output(draw, ["crosstab", f"{status}_by_{group}", "matrix"], f".{form}")
        names = [status_name.replace(" ", "_") for status_name in statuses]
        total = unused_name(source, "total", "all")
        columns = [
            Column(group, "category"),
            *(Column(name, "count") for name in names),
            Column(total, "count"),
        ]
        full = []
        for name in groups:
            cells = [counts[name, other] for other in statuses]
            full.append((name, *map(str, cells), str(sum(cells))))
        rows = sorted(full, key=lambda row: (-int(row[-1]), row[0]))
        result = summary(
            target, f"{world.theme.records} by {group} and {status}", columns, rows, form
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        pairs = {
            "csv": f"csvcut -c '{group},{status}' {here} | csvformat -T | tail -n +2",
            "tsv": f"tail -n +2 {here} | cut -f {c + 1},{s + 1}",
            "jsonl": f'jq -r \'[.["{group}"], .["{status}"]] | @tsv\' {here}',
        }[source.format]
        fields = "2,1" if source.format == "tsv" and s < c else "1,2"
        pivot = (
            f"{pairs} | LC_ALL=C datamash -s --filler 0 crosstab {fields} "
            f"| sed '1 {{ s/^/{group}/; y/ /_/ }}' | mlr --itsv --o{form} put "
            f'\'map cells = mapexcept($*, "{group}"); ${{{total}}} = 0; '
            f"for (name, n in cells) {{ ${{{total}}} += n }}' "
            f"then sort -nr {total} -f {group} > {there}"
        )
        empty = len(groups) * len(statuses) - len(counts)
        pairs_seen = f"{pairs} | sort | uniq -c | head -n 36"
        header = ",".join(result.header) if form == "csv" else " ".join(result.header)
        shown = "columns" if form == "csv" else "tab-separated columns"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Count the {world.theme.records} in `{source.path}` by `{group}` and "
                    f"`{status}` and save the counts as `{target}`, with the {shown} `{header}`: a "
                    f"row per `{group}`, a column per `{status}` (blanks in names replaced by "
                    f"`_`), `0` where there is none, and the sum of the row in `{total}`. Largest "
                    f"`{total}` first, equal ones by `{group}`."
                ),
                (
                    f"I want to see how each `{group}` is doing: `{target}` should have one line "
                    f"for every `{group}` in `{source.path}` and count its {world.theme.records} "
                    f"by `{status}`. Its {shown} are `{header}`; a `_` stands for a blank in a "
                    f"name, a missing combination is `0`, and `{total}` adds up the line. Sort by "
                    f"`{total}` downwards, then by `{group}`."
                ),
            ],
            steps=[
                look(
                    f"head -n 2 {here}; {pairs_seen}",
                    f"I need to know which combinations of {group} and {status} occur.",
                    "Count the pairs.",
                ),
                do(
                    pivot,
                    f"{len(groups)} values of {group} and {len(statuses)} of {status}; "
                    + (
                        f"{empty} combinations do not occur and have to become 0."
                        if empty
                        else "every combination occurs."
                    ),
                    "Pivot the pairs into a table, name the corner, add the row sums and sort.",
                ),
                look(
                    f"csvlook -I {there}" if form == "csv" else f"column -t -s $'\\t' {there}",
                    "The totals should add up to all rows.",
                    "Read the result as a table.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("sorted by name only", result.with_rows(sorted(full))),
                    ("smallest total first", result.with_rows(reversed(rows))),
                    (
                        "missing combinations left empty",
                        result.with_rows(
                            tuple("" if cell == "0" else cell for cell in row) for row in rows
                        ),
                    ),
                    (
                        "names of columns kept their blanks",
                        result.with_rows(
                            rows,
                            columns=(
                                columns[0],
                                *(Column(name, "count") for name in statuses),
                                columns[-1],
                            ),
                        ),
                    ),
                    (
                        "no column for the totals",
                        result.with_rows((row[:-1] for row in rows), columns=tuple(columns[:-1])),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{pairs} | datamash -s crosstab 1 2 > {there}",
                    symptom=r"crosstab requires exactly 2 fields",
                    diagnosis="The two fields of crosstab are one argument, 1,2.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{source.format} --o{form} pivot -r {group} -c {status} {here}",
                    symptom=r"verb \"pivot\" not found",
                    diagnosis="Miller reshapes with reshape; datamash has a crosstab operation.",
                ),
            ],
        )
