"""Add each row's share of the total."""

from __future__ import annotations

import shlex
from decimal import Decimal

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
)
from shellwright.recipe.tabular import (
    by_size,
    differing,
    figure,
    label,
    other_extents,
    rounded,
    unused_name,
)


class ShareOfTotal(Recipe):
    """A summary gets a column of percentages and is ordered by size."""

    needs = (
        Pattern.of("table", condition="clean", shape="summary", extent=other_extents("enriched")),
    )
    gives = (Pattern.of("table", condition="clean", shape="summary", extent="enriched"),)
    tools = ("mlr", "gawk", "jq", "cat", "sort", "head", "tail", "sed", "cut", "paste", "bc")
    packages = ("miller", "gawk", "jq", "bc")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, naming, form = figure(source), label(source), source.format
        value, name = source.header[place], source.header[naming]
        whole = sum((Decimal(row[place]) for row in source.rows), Decimal(0))
        if whole <= 0 or len(source.rows) < 2:
            raise Unsuitable("nothing to take a share of")
        added = unused_name(source, "share_pct", f"{value}_share_pct")
        target = world.output(draw, ["shares", f"{value}_shares", "who_makes_up_what"], f".{form}")
        share = {row: rounded(100 * Decimal(row[place]) / whole) for row in source.rows}
        rows = [(*row, share[row]) for row in by_size(source, place)]
        result = source.with_rows(
            rows,
            path=target,
            columns=(*source.columns, Column(added, "amount")),
            extent="enriched",
            noun=f"{source.noun} with shares",
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        sep = "\\t"
        command = {
            # Miller's own verb for this, fraction, says (error) for a row of 0.
            "csv": f"mlr --csv put -q '@rows[NR] = $*; @whole += ${{{value}}};\n"
            f'  end {{ for (n, row in @rows) {{ row["{added}"] = '
            f'fmtnum(100 * row["{value}"] / @whole, "%.2lf"); emit row }} }}\' \\\n'
            f"  then sort -nr {value} -f {name} {here} > {there}",
            "tsv": f"total=$(tail -n +2 {here} | cut -f {place + 1} | paste -sd+ | bc)\n"
            f"{{ head -n 1 {here} | sed 's/$/{sep}{added}/'; tail -n +2 {here} "
            f"| gawk -F '{sep}' -v OFS='{sep}' -v total=\"$total\" "
            f"'{{ print $0, sprintf(\"%.2f\", 100 * ${place + 1} / total) }}' "
            f"| LC_ALL=C sort -t $'{sep}' -k{place + 1},{place + 1}gr "
            f"-k{naming + 1},{naming + 1}; }} > {there}",
            "jsonl": f'jq -cs \'(map(.["{value}"]) | add) as $t | '
            f'sort_by(-.["{value}"], .["{name}"])[] '
            f'| . + {{"{added}": ((.["{value}"] / $t * 10000 | round) / 100)}}\' '
            f"{here} > {there}",
        }[form]
        check = {
            "csv": f"mlr --icsv --opprint stats1 -a sum -f {added} {there}",
            "tsv": f"tail -n +2 {there} | cut -f {len(result.columns)} | paste -sd+ | bc",
            "jsonl": f"jq -s 'map(.[\"{added}\"]) | add' {there}",
        }[form]
        top = max(Decimal(row[place]) for row in source.rows)
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Who makes up how much? Write `{source.path}` to `{target}` in the same "
                    f"format, with a last column `{added}`: the row's `{value}` as a percentage of "
                    f"all `{value}` together, as a number with two decimals and no percent sign. "
                    f"The largest `{value}` comes first; equal ones are ordered by `{name}`."
                ),
                (
                    f"Add the shares to `{source.path}`. In `{target}` (same format, same columns) "
                    f"a new column `{added}` at the end says what percentage of the total of "
                    f"`{value}` the row accounts for, rounded to two decimals, without a sign. "
                    f"Sort by `{value}` in descending order, and by `{name}` where it is equal."
                ),
            ],
            steps=[
                look(
                    f"cat {here}",
                    f"{source.path} is a small table; I want to see whether it has a total row.",
                    "Print it and look at its rows.",
                ),
                do(
                    command,
                    "There is no total among the rows, so the sum of all is the whole.",
                    f"Divide {value} by its sum, format with two decimals and sort by size.",
                ),
                look(
                    f"cat {there}; {check}",
                    "The shares should add up to a hundred, give or take rounding.",
                    "Read the result and add the shares up.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "fractions instead of percentages",
                        result.with_rows(
                            (*row[:-1], f"{Decimal(row[-1]) / 100:.2f}") for row in rows
                        ),
                    ),
                    (
                        "share of the largest row, not of the total",
                        result.with_rows(
                            (*row[:-1], f"{100 * Decimal(row[place]) / top:.2f}") for row in rows
                        ),
                    ),
                    (
                        "in the order of the file",
                        result.with_rows((*row, share[row]) for row in source.rows),
                    ),
                    ("smallest first", result.with_rows(rows[::-1])),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --o{form} share -f {value} {here} > {there}",
                    symptom=r"verb \"share\" not found",
                    diagnosis="Miller has no such verb. fraction comes near, but says (error) for "
                    "a row of 0; a sum kept until the end does not.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"gawk '{{ print 100 * ${place + 1} / total }}' {here} > {there}",
                    symptom=r"division by zero",
                    diagnosis="The total is not known while the first row is read; it takes a pass "
                    "of its own.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )
