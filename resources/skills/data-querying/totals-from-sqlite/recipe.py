"""Totals by category from a SQLite database."""

from __future__ import annotations

import shlex
from decimal import Decimal

from shellwright.recipe import (
    Column,
    Database,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    do,
    look,
    summary,
)


class TotalsFromSqlite(Recipe):
    """One row a category: how many records, and the sum of their amounts."""

    needs = (Pattern.of("database", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("sqlite3", "cat")
    packages = ("sqlite3",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Database)
        relation = source.relation()
        roles = [column.role for column in relation.columns]
        group, amount = roles.index("category"), roles.index("amount")
        group_name, amount_name = relation.columns[group].name, relation.columns[amount].name
        target = world.output(draw, ["totals", "by_group", f"{group_name}_totals"], ".csv")
        totals: dict[str, list[Decimal]] = {}
        for row in relation.rows:
            totals.setdefault(row[group], []).append(Decimal(row[amount]))
        rows = [(name, str(len(cells)), f"{sum(cells):.2f}") for name, cells in totals.items()]
        by_amount = sorted(rows, key=lambda row: (-Decimal(row[2]), row[0]))
        total = f"sum_{amount_name}"
        columns = [
            Column(group_name, "category"),
            Column("records", "count"),
            Column(total, "amount"),
        ]
        result = summary(target, f"totals by {group_name}", columns, by_amount)
        query = (
            f"SELECT {group_name}, COUNT(*) AS records, printf('%.2f', SUM({amount_name})) AS "
            f"{total} FROM {relation.name} GROUP BY {group_name} "
            f"ORDER BY SUM({amount_name}) DESC, {group_name};"
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"From `{source.path}`, work out per `{group_name}` how many {world.theme.records} "
                f"there are and what their `{amount_name}` adds up to. Save it as CSV in "
                f"`{target}` "
                f"with the header `{group_name},records,{total}`, amounts with two decimals, the "
                f"largest total first.",
                f"Management looks at one number per `{group_name}`: `{target}` should be a CSV "
                f"file with the columns `{group_name},records,{total}` - the number of rows and "
                "the "
                f"sum of `{amount_name}` (two decimals) in `{source.path}` - in descending order "
                "of the sum.",
            ],
            steps=[
                look(
                    f"sqlite3 {here} .schema",
                    "The totals have to come from the database; I need its columns.",
                    "Show the schema.",
                ),
                do(
                    f'sqlite3 -header -csv {here} "{query}" > {there}',
                    f"{relation.name} has {group_name} and a numeric {amount_name}.",
                    "Group, count and add up, largest sum first, and write it as CSV.",
                ),
                look(
                    f"cat {there}",
                    "Does every group have its row, in the order that was asked for?",
                    "Read the result.",
                ),
            ],
            wrong=[
                *result.with_rows(sorted(rows)).as_wrong("sorted by name instead of by total"),
                *result.with_rows(
                    (name, str(len(cells)), f"{sum(cells) / len(cells):.2f}")
                    for name, cells in totals.items()
                ).as_wrong("averages instead of totals"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"sqlite3 {here} 'SELECT {group_name}, TOTAL_OF({amount_name}) FROM "
                    f"{relation.name} GROUP BY {group_name};'",
                    symptom=r"no such function: TOTAL_OF",
                    diagnosis="SQLite has SUM() and TOTAL(), but no TOTAL_OF().",
                ),
            ],
        )
