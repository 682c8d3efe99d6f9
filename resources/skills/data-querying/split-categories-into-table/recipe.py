"""Move a repeated column of a database into a table of its own."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Database,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Relation,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class SplitCategoriesIntoTable(Recipe):
    """Names of categories move into a second relation; records refer to them by number."""

    needs = (Pattern.of("database", shape="records"),)
    gives = (Pattern.of("database", shape="related"),)
    tools = ("sqlite3",)
    packages = ("sqlite3",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Database)
        facts = source.relation()
        at = [column.role for column in facts.columns].index("category")
        name = facts.columns[at].name
        key = Column(f"{name}_id", "count")
        numbers = {
            text: str(n) for n, text in enumerate(sorted({row[at] for row in facts.rows}), 1)
        }
        if len(numbers) < 2:
            raise Unsuitable("one name alone is numbered alike in any order")
        new_columns = (*facts.columns[:at], key, *facts.columns[at + 1 :])
        new_facts = Relation(
            facts.name,
            new_columns,
            tuple((*row[:at], numbers[row[at]], *row[at + 1 :]) for row in facts.rows),
        )
        names = Relation(
            "categories",
            (Column("id", "count"), Column("name", "category")),
            tuple((number, text) for text, number in numbers.items()),
        )
        result = Database(
            path=source.path,
            noun=source.noun,
            relations=(new_facts, names),
            shape="related",
            content=source.content,
        )
        types = {"amount": "REAL", "count": "INTEGER"}
        definition = ", ".join(f"{c.name} {types.get(c.role, 'TEXT')}" for c in new_columns)
        chosen = ", ".join("c.id" if c == key else f"f.{c.name}" for c in new_columns)
        here = quoted(source.path)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Normalise `{source.path}` in place: a new table `categories` (`id` integer, "
                "`name` "
                f"text) holds each `{name}` once, numbered from `1` in alphabetical order, and in "
                f"`{facts.name}` an integer column `{key.name}`, at the place of `{name}`, takes "
                "over from it. All other columns and rows stay as they are.",
                f"In `{source.path}`, the text column `{name}` of `{facts.name}` is to be "
                "replaced by "
                f"a number, `{key.name}` (integer, same position), which refers to `id` in a new "
                "table `categories` with the columns `id` (integer) and `name` (text). Ids start "
                "at "
                "`1` and follow the alphabetical order of the names. Nothing else may change.",
            ],
            steps=[
                look(
                    f"sqlite3 {here} '.schema' 'SELECT {name}, count(*) FROM {facts.name} GROUP "
                    "BY 1;'",
                    f"{name} is stored as text with every record.",
                    "See the schema and the distinct names.",
                ),
                do(
                    f"sqlite3 {here} <<'SQL'\nBEGIN;\n"
                    "CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT);\n"
                    f"INSERT INTO categories (name) SELECT DISTINCT {name} FROM {facts.name} "
                    f"ORDER BY {name};\nCOMMIT;\nSQL",
                    "The names differ clearly, none is a near duplicate of another.",
                    "Create the table of names, numbered in alphabetical order.",
                ),
                do(
                    f"sqlite3 {here} <<'SQL'\nBEGIN;\nCREATE TABLE renewed ({definition});\n"
                    f"INSERT INTO renewed SELECT {chosen} FROM {facts.name} f "
                    f"JOIN categories c ON c.name = f.{name} ORDER BY f.rowid;\n"
                    f"DROP TABLE {facts.name};\nALTER TABLE renewed RENAME TO {facts.name};\n"
                    "COMMIT;\nSQL",
                    "The names are there. A column cannot change its type in place, so the table "
                    "is "
                    "rebuilt beside the old one.",
                    "Copy the records with the number instead of the name, then swap the tables.",
                ),
                look(
                    f"sqlite3 {here} '.schema' 'SELECT count(*), count({key.name}) FROM "
                    f"{facts.name};'",
                    "Every record should have a number now.",
                    "Check the new schema and that no key is missing.",
                ),
            ],
            wrong=[
                Wrong(
                    "numbered in reverse",
                    command=f"sqlite3 {here} 'UPDATE {facts.name} SET {key.name} = "
                    f"{len(numbers) + 1} - {key.name}; UPDATE categories SET id = -id; UPDATE "
                    f"categories SET id = {len(numbers) + 1} + id;'",
                ),
                Wrong(
                    "one record lost",
                    command=f"sqlite3 {here} 'DELETE FROM {facts.name} "
                    f"WHERE rowid = (SELECT max(rowid) FROM {facts.name});'",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"sqlite3 {here} 'ALTER TABLE {facts.name} ALTER {name} INTEGER;'",
                    symptom=r"syntax error",
                    diagnosis="SQLite has no ALTER COLUMN; the table has to be rebuilt.",
                ),
            ],
        )
