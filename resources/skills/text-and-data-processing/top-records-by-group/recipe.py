"""Keep the records with the largest amounts of each category."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
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
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import differing, grouped, other_extents, unused_name


class TopRecordsByGroup(Recipe):
    """The first few of each category by amount, ranked."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("ranked")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="ranked"),)
    tools = ("mlr", "gawk", "jq", "head", "tail", "sort", "uniq", "cut", "sed")
    packages = ("miller", "gawk", "jq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        c, a, i = (source.index(role) for role in ("category", "amount", "id"))
        group, amount, key = source.header[c], source.header[a], source.header[i]
        groups = dict(sorted(grouped(source.rows, lambda row: row[c]).items()))
        many = draw.integer(2, 5)
        if len(groups) < 2 or max(len(rows) for rows in groups.values()) <= many:
            raise Unsuitable("too few records in every category")
        rank = unused_name(source, "rank", "place")
        form, records = source.format, world.theme.records
        target = world.output(draw, [f"top{many}", f"top_{records}", "largest"], f".{form}")

        def first(order: Sequence[Row]) -> list[Row]:
            return [(*row, str(n)) for n, row in enumerate(order[:many], 1)]

        rows = [
            row
            for members in groups.values()
            for row in first(sorted(members, key=lambda row: (-Decimal(row[a]), row[i])))
        ]
        result = source.with_rows(
            rows,
            path=target,
            columns=(*source.columns, Column(rank, "count")),
            extent="ranked",
            noun=f"largest {records} of each {group}",
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        command = {
            "csv": f"mlr --csv sort -f {group} -nr {amount} -f {key} then head -n {many} "
            f"-g {group} then put 'is_absent(@n[${{{group}}}]) {{ @n[${{{group}}}] = 0 }} "
            f"@n[${{{group}}}] += 1; ${{{rank}}} = @n[${{{group}}}]' {here} > {there}",
            "tsv": f"{{ head -n 1 {here} | sed 's/$/\\t{rank}/'; tail -n +2 {here} "
            f"| LC_ALL=C sort -t $'\\t' -k{c + 1},{c + 1} -k{a + 1},{a + 1}gr -k{i + 1},{i + 1} "
            f"| gawk -F '\\t' -v OFS='\\t' '++n[${c + 1}] <= {many} "
            f"{{ print $0, n[${c + 1}] }}'; }} > {there}",
            "jsonl": f'jq -cs \'group_by(.["{group}"])[] | sort_by(-.["{amount}"], .["{key}"])'
            f'[:{many}] | to_entries[] | .value + {{"{rank}": (.key + 1)}}\' {here} > {there}',
        }[form]
        count = {
            "csv": f"mlr --icsv --opprint count-distinct -f {group} ",
            "tsv": f"tail -n +2 {{}} | cut -f {c + 1} | sort | uniq -c",
            "jsonl": f"jq -r '.[\"{group}\"]' {{}} | sort | uniq -c",
        }[form]
        counted, checked = (
            count + path if form == "csv" else count.replace("{}", path) for path in (here, there)
        )
        text = [
            row
            for members in groups.values()
            for row in first(sorted(members, key=lambda row: row[a], reverse=True))
        ]
        least = [
            row
            for members in groups.values()
            for row in first(sorted(members, key=lambda row: (Decimal(row[a]), row[i])))
        ]
        overall = sorted(rows, key=lambda row: (-Decimal(row[a]), row[i]))
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Which are the `{many}` {records} with the largest `{amount}` of each "
                    f"`{group}` in `{source.path}`? Write them to `{target}`, same format and "
                    f"columns plus a last one, `{rank}`, counting from `1` within the `{group}`. "
                    f"Order: `{group}` alphabetically, then `{rank}`. Of equal amounts the smaller "
                    f"`{key}` comes before the other. A `{group}` with fewer {records} is listed "
                    "completely."
                ),
                (
                    f"For every `{group}` in `{source.path}` I want the top `{many}` by "
                    f"`{amount}`, largest first, in `{target}`. Keep format and columns, and "
                    f"number the rows of each `{group}` from `1` in a new last column `{rank}`. "
                    f"The groups come in alphabetical order; between equal amounts `{key}` decides "
                    "in ascending order; small groups simply have fewer rows."
                ),
                (
                    f"I am after the `{many}` biggest {records} per `{group}`, big meaning "
                    f"`{amount}`. `{target}` lists them with all columns of `{source.path}` and "
                    f"in its format; behind the last column comes `{rank}`, which starts at `1` "
                    f"in each `{group}` and goes up as `{amount}` goes down. Where amounts are "
                    f"the same, the lower `{key}` gets the better place. Sort by `{group}` from A "
                    f"to Z and inside it by `{rank}`. If a `{group}` has not that many {records}, "
                    "take what it has."
                ),
                (
                    f"Requirements for `{target}`. Content: from each `{group}` of "
                    f"`{source.path}` the rows that lead by `{amount}`, `{many}` of them, fewer "
                    f"only where there are no more. Ties: ascending `{key}`. Columns: the "
                    f"existing ones, then `{rank}` (`1` is the largest of its `{group}`). "
                    f"Sequence: alphabetical by `{group}`, leaders on top. Format: unchanged."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; {counted}",
                    f"I need the columns of {source.path} and the size of its groups.",
                    f"Look at some rows and count them by {group}.",
                ),
                do(
                    command,
                    f"Amounts have to be sorted as numbers, and {key} decides between equal ones.",
                    f"Sort by {group}, amount downwards and {key}, then number and keep the first "
                    f"{many} of each.",
                ),
                look(
                    f"head -n {many + 2} {there}; {checked}",
                    f"No {group} may have more than {many} rows, and the largest come first.",
                    "Read the first group and count again.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("amounts sorted as text", result.with_rows(text)),
                    ("the smallest amounts", result.with_rows(least)),
                    ("sorted by amount across the groups", result.with_rows(overall)),
                    (
                        "ranks count from 0",
                        result.with_rows((*row[:-1], str(int(row[-1]) - 1)) for row in rows),
                    ),
                ],
            ),
            mistakes=[_mistake(form, here, there, group, amount, many)],
        )


def _mistake(form: str, here: str, there: str, group: str, amount: str, many: int) -> Mistake:
    """An error that the tool for this format is prone to."""
    command, symptom, diagnosis = {
        "csv": (
            f"mlr --csv top -n {many} -f {amount} -by {group} {here} > {there}",
            r"option \"?-by\"? not recognized|mlr top",
            "Miller's top groups with -g, and without -a it drops the other columns anyway.",
        ),
        "tsv": (
            f"tail -n +2 {here} | sort -t '\\t' -k3 > {there}",
            r"multi-character tab",
            "In single quotes \\t is two characters; a tab for sort is written $'\\t'.",
        ),
        "jsonl": (
            f"jq -c 'group_by(.[\"{group}\"])' {here} > {there}",
            r"Cannot index (number|string) with|cannot be grouped",
            "jq handles one object after the other here; the lines have to be read into one array.",
        ),
    }[form]
    return Mistake(
        "hallucination" if form == "csv" else "command",
        before=1,
        command=command,
        symptom=symptom,
        diagnosis=diagnosis,
        recovery=f"rm -f {there}",
    )
