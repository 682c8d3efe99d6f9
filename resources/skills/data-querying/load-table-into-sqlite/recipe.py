"""Load a delimited table into a SQLite database."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
    Database,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Relation,
    Table,
    World,
    do,
    look,
)

SQL_TYPES = {"count": "INTEGER", "amount": "REAL"}


class LoadTableIntoSqlite(Recipe):
    """Records of a clean file become a typed relation of a new database."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    gives = (Pattern.of("database", shape="records"),)
    tools = ("sqlite3", "head")
    packages = ("sqlite3",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        name = world.theme.records
        target = world.output(draw, [world.theme.key, "records", "warehouse"], ".db")
        relation = Relation(name, source.columns, source.rows)
        result = Database(path=target, noun=source.noun, relations=(relation,))
        columns = ", ".join(f"{c.name} {SQL_TYPES.get(c.role, 'TEXT')}" for c in source.columns)
        mode = "csv" if source.format == "csv" else "tabs"
        typed = ", ".join(
            f"`{c.name}` {'integer' if c.role == 'count' else 'real'}"
            for c in source.columns
            if c.role in SQL_TYPES
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        load = (
            f"sqlite3 {there} <<'SQL'\n{relation.create()};\n.mode {mode}\n"
            f".import --skip 1 {source.path} {name}\nSQL"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Put the rows of `{source.path}` into a SQLite database `{target}`, in one table "
                f"`{name}` with the same column names; {typed}, everything else text.",
                f"The analysts query with SQL, so `{target}` has to be a SQLite database with a "
                f"table `{name}` that holds every row of `{source.path}`. Column names stay; the "
                f"types are {typed}, and text for the rest.",
            ],
            steps=[
                look(
                    f"head -n 3 {here}",
                    f"{source.path} is to become a SQLite table.",
                    "Look at the header to write the table definition.",
                ),
                do(
                    load,
                    f"The columns are {', '.join(source.header)}. The table has to exist before "
                    "the import, otherwise every column becomes TEXT.",
                    "Create the typed table and import the rows without the header line.",
                ),
                look(
                    f"sqlite3 {there} 'SELECT count(*) FROM {name};'",
                    "Did all records arrive?",
                    "Count the records.",
                ),
            ],
            wrong=[
                *Database(
                    path=target,
                    noun=source.noun,
                    relations=(Relation(name, source.columns, source.rows[1:]),),
                ).as_wrong("the first record was skipped as if it were the header"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"sqlite3 {there} 'CREATE TABEL {name} ({columns});'",
                    symptom=r"near \"TABEL\": syntax error",
                    diagnosis="TABEL is a typing error for TABLE; nothing was created.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )
