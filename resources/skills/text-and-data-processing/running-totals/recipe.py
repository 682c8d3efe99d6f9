"""Add running totals within each category."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import differing, other_extents, unused_name


class RunningTotals(Recipe):
    """Records in order of date, each with what its category has added up to by then."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=other_extents("enriched"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("mlr", "perl", "head", "tail", "sed", "sort", "gawk")
    packages = ("miller", "perl", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        places = tuple(source.index(role) for role in ("id", "date", "category", "amount"))
        i, d, c, a = places
        key, day, group, amount = (source.header[n] for n in places)
        added = unused_name(source, f"running_{amount}", "running_total")
        form = source.format
        target = world.output(draw, ["running", f"running_{amount}", "statement"], f".{form}")
        ordered = sorted(source.rows, key=lambda row: (row[d], row[i]))
        result = source.with_rows(
            _accumulated(ordered, a, lambda row: row[c]),
            path=target,
            columns=(*source.columns, Column(added, "amount")),
            extent="enriched",
            noun=f"{source.noun} with running totals",
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        command = {
            "csv": f"mlr --csv sort -f {day} -f {key} then step -a rsum -f {amount} -g {group} "
            f"then put '${{{amount}_rsum}} = fmtnum(${{{amount}_rsum}}, \"%.2lf\")' "
            f"then rename {amount}_rsum,{added} {here} > {there}",
            "tsv": f"{{ head -n 1 {here} | sed 's/$/\\t{added}/'; tail -n +2 {here} "
            f"| LC_ALL=C sort -t $'\\t' -k{d + 1},{d + 1} -k{i + 1},{i + 1} "
            "| perl -ne 'chomp; my @cell = split /\\t/, $_, -1; "
            f"$sum{{$cell[{c}]}} += $cell[{a}]; "
            f'printf "%s\\t%.2f\\n", $_, $sum{{$cell[{c}]}}\'; }} > {there}',
        }[form]
        check = {
            "csv": f"mlr --icsv --opprint stats1 -a sum,count -f {amount} -g {group} {here}; "
            f"mlr --icsv --opprint tail -n 1 -g {group} then cut -f {group},{added} {there}",
            "tsv": f"gawk -F '\\t' 'NR > 1 {{ s[${c + 1}] += ${a + 1}; last[${c + 1}] = "
            f'$NF }} END {{ for (g in s) printf "%s %.2f %s\\n", g, s[g], last[g] }}\' {there}',
        }[form]
        ties = len(source.rows) - len({(row[c], row[d]) for row in source.rows})
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Give every row of `{source.path}` a running total: sort by `{day}` and, on "
                    f"the same day, by `{key}`, and add a last column `{added}` with the sum of "
                    f"`{amount}` over this and all earlier rows of the same `{group}`, two "
                    f"decimals. Save as `{target}`, in the same format, other columns unchanged."
                ),
                (
                    f"For the statements I need `{target}`: the rows of `{source.path}` in order "
                    f"of `{day}`, then `{key}`, in the same format and with one more column at the "
                    f"end. `{added}` says what the `{amount}` of the row's `{group}` has come to "
                    "so far, the row itself included, with two decimals."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}",
                    f"I have to know the columns of {source.path} before I sort it.",
                    "Read the header and two rows.",
                ),
                do(
                    command,
                    f"{ties} rows share day and {group} with another one, so the second sort key "
                    "matters. The total starts anew for each "
                    f"{group}.",
                    f"Sort by {day} and {key}, add up within {group} and write two decimals.",
                ),
                look(
                    f"head -n 3 {there}; {check}",
                    f"The last total of each {group} should be its plain sum.",
                    "Compare last totals and sums.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "one total for the whole table",
                        result.with_rows(_accumulated(ordered, a, lambda row: "")),
                    ),
                    (
                        "in the order of the file",
                        result.with_rows(_accumulated(source.rows, a, lambda row: row[c])),
                    ),
                    (
                        "the row itself not included",
                        result.with_rows(
                            (*row[:-1], f"{Decimal(row[-1]) - Decimal(row[a]):.2f}")
                            for row in result.rows
                        ),
                    ),
                    (
                        "sorted by id alone",
                        result.with_rows(
                            _accumulated(
                                sorted(source.rows, key=lambda row: row[i]), a, lambda row: row[c]
                            )
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --{form} sort -f {day} then step -a cumsum -f {amount} "
                    f"-g {group} {here} > {there}",
                    symptom=r"stepper \"?cumsum\"? not found",
                    diagnosis="Miller calls the running sum rsum.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"sort -t '\\t' -k {d + 1} {here} > {there}",
                    symptom=r"multi-character tab",
                    diagnosis="In single quotes \\t is two characters for sort, and the header "
                    "would be sorted into the rows besides.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _accumulated(rows: Iterable[Row], amount: int, key: Callable[[Row], str]) -> list[Row]:
    """The rows, each with the sum of the amounts of its group so far."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    found = []
    for row in rows:
        sums[key(row)] += Decimal(row[amount])
        found.append((*row, f"{sums[key(row)]:.2f}"))
    return found
