"""Figures by group from JSON Lines."""

from __future__ import annotations

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
    quoted,
    summary,
)


class QueryJsonLines(Recipe):
    """Records in JSON Lines become a count and a maximum by category, for one status."""

    needs = (Pattern.of("table", format="jsonl", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("jq", "head", "cat", "sort", "uniq")
    packages = ("jq",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "status", "count"):
            raise Unsuitable("a column is missing")
        group, count = source.name("category"), source.name("count")
        status = source.name("status")
        g, s, c = (source.index(role) for role in ("category", "status", "count"))
        wanted = draw.choice(sorted({row[s] for row in source.rows}))
        chosen = [row for row in source.rows if row[s] == wanted]
        groups = sorted({row[g] for row in chosen})
        target = world.output(draw, ["largest", "peaks", "extremes"], ".csv")
        rows = [
            (
                name,
                str(sum(row[g] == name for row in chosen)),
                str(max(int(row[c]) for row in chosen if row[g] == name)),
            )
            for name in groups
        ]
        most = f"max_{count}"
        columns = [Column(group, "category"), Column("records", "count"), Column(most, "count")]
        result = summary(target, f"largest {count} by {group}", columns, rows)
        every = [
            (
                name,
                str(sum(row[g] == name for row in source.rows)),
                str(max(int(row[c]) for row in source.rows if row[g] == name)),
            )
            for name in sorted({row[g] for row in source.rows})
        ]
        as_text = [
            (row[0], row[1], max((r[c] for r in chosen if r[g] == row[0]), key=str)) for row in rows
        ]
        here, there = quoted(source.path), quoted(target)
        program = (
            f'map(select(.{status} == "{wanted}")) | group_by(.{group}) | .[] '
            f"| [.[0].{group}, length, (map(.{count}) | max)] | @csv"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Of the {world.theme.records} in `{source.path}`, only those with `{status}` "
                "equal "
                f"to `{wanted}` matter. Make `{target}`, CSV with the header "
                f"`{group},records,{most}`: per `{group}` how many of them there are and the "
                "largest "
                f"`{count}` among them, sorted by `{group}`.",
                f"Give me a CSV file `{target}` about the {world.theme.records} in `{source.path}` "
                f"whose `{status}` is `{wanted}`: one row a `{group}`, in alphabetical order, with "
                f"their number and the highest `{count}`. Header: `{group},records,{most}`.",
            ],
            steps=[
                look(
                    f"head -n 1 {here} | jq .; jq -r .{status} {here} | sort | uniq -c",
                    f"{source.path} has one JSON object a line.",
                    f"Look at one of them and at the values of {status}.",
                ),
                do(
                    f"{{ echo {group},records,{most}; jq -rs '{program}' {here}; }} > {there}",
                    f'Only records with "{wanted}" count; {count} is a number, so the maximum is '
                    "numeric.",
                    "Select, group, and print count and maximum of each group as CSV.",
                ),
                look(
                    f"cat {there}",
                    "Which groups have such records, and do the figures look right?",
                    "Read the result.",
                ),
            ],
            wrong=[
                *(
                    result.with_rows(every).as_wrong("the status was not looked at")
                    if every != rows
                    else []
                ),
                *(
                    result.with_rows(as_text).as_wrong("the maximum was taken as text")
                    if as_text != rows
                    else []
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"jq 'group_by(.{group})' {here}",
                    symptom=r"Cannot index string|cannot be grouped|Cannot index|object",
                    diagnosis="group_by wants an array; the lines have to be slurped into one.",
                ),
            ],
        )
