"""Export joined records from a database."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Database,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    World,
    do,
    look,
    quoted,
)


class ExportJoinedRecords(Recipe):
    """Records that refer to categories by number become one flat table with their names."""

    needs = (Pattern.of("database", shape="related"),)
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="records", extent="enriched"),
    )
    tools = ("sqlite3", "head", "wc")
    packages = ("sqlite3",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Database)
        facts, names = source.relations[0], source.relation("categories")
        key = next(n for n, column in enumerate(facts.columns) if column.name.endswith("_id") and n)
        label = Column(facts.columns[key].name.removesuffix("_id"), "category")
        columns = (*facts.columns[:key], label, *facts.columns[key + 1 :])
        lookup = {row[0]: row[1] for row in names.rows}
        identity = facts.columns[0].name
        target = world.output(draw, ["flat", "joined", f"{facts.name}_named"], ".csv")
        rows = sorted((*row[:key], lookup[row[key]], *row[key + 1 :]) for row in facts.rows)
        result = Table(
            path=target,
            noun=f"{world.theme.record} records with names",
            columns=columns,
            rows=tuple(rows),
            extent="enriched",
        )
        shown = ", ".join(
            f"c.name AS {column.name}"
            if column == label
            else f"printf('%.2f', f.{column.name}) AS {column.name}"
            if column.role == "amount"
            else f"f.{column.name}"
            for column in columns
        )
        query = (
            f"SELECT {shown} FROM {facts.name} f JOIN categories c ON c.id = "
            f"f.{facts.columns[key].name} ORDER BY f.{identity};"
        )
        here, there = quoted(source.path), quoted(target)
        header = ",".join(result.header)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Export the table `{facts.name}` of `{source.path}` to `{target}` as CSV with the "
                f"header `{header}`: the numeric `{facts.columns[key].name}` is replaced by the "
                "name "
                f"from `categories`. Sorted by `{identity}`, `{result.name('amount')}` with two "
                "decimals.",
                f"I cannot read numbers for names. Make `{target}`, a CSV file with the header "
                f"`{header}`, out of `{facts.name}` in `{source.path}`: every record, the name "
                "from "
                f"`categories` where `{facts.columns[key].name}` stands in the database, two "
                f"decimals for `{result.name('amount')}`, in the order of `{identity}`.",
            ],
            steps=[
                look(
                    f"sqlite3 {here} '.schema' 'SELECT * FROM categories;' "
                    f"'SELECT count(*) FROM {facts.name};'",
                    f"{source.path} keeps records and names in two tables.",
                    "See how the tables are connected and how many records there are.",
                ),
                do(
                    f'sqlite3 -header -csv {here} "{query}" > {there}',
                    "The records refer to the names by number, which the two tables call "
                    "differently.",
                    "Join the two, name every column, and write CSV.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}",
                    "Each record should be there once, with its name.",
                    "Count the lines and look at the first ones.",
                ),
            ],
            wrong=[
                *result.with_rows(sorted(facts.rows)).as_wrong("numbers instead of names"),
                *result.with_rows(sorted(rows, key=lambda row: row[::-1])).as_wrong(
                    "not in the order of ids"
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"sqlite3 {here} 'SELECT * FROM {facts.name} JOIN category;'",
                    symptom=r"no such table: category",
                    diagnosis="The table with the names is called categories.",
                ),
            ],
        )
