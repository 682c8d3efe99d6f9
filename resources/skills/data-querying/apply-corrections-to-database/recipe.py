"""Apply corrections to a database."""

from __future__ import annotations

from shellwright.recipe import (
    Database,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Relation,
    Report,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class ApplyCorrectionsToDatabase(Recipe):
    """Counts of some records are corrected from a file; unknown ids end up in a list."""

    needs = (Pattern.of("database", shape="records", content="original"),)
    gives = (Pattern.of("database", shape="records", content="corrected"),)
    tools = ("sqlite3", "wc", "head", "cat")
    packages = ("sqlite3",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Database)
        facts = source.relation()
        roles = [column.role for column in facts.columns]
        at = roles.index("count")
        identity, count = facts.columns[0].name, facts.columns[at].name
        if len(facts.rows) < 12:
            raise Unsuitable("too few records to correct some of them")
        known = draw.sample([row[0] for row in facts.rows], 9)
        lines = [(key, str(draw.integer(61, 99))) for key in known]
        prefix = known[0].rpartition("-")[0]
        strangers = sorted({f"{prefix}-{draw.integer(90000, 99999)}" for _ in range(3)})
        lines += [(key, str(draw.integer(61, 99))) for key in strangers]
        lines += [(known[0], str(draw.integer(100, 140)))]
        first_of_twice = lines[0]
        lines = [first_of_twice, *draw.shuffled(lines[1:-1]), lines[-1]]
        notes = world.input(draw, ["corrections", "changes", "recount"], ".csv")
        text = f"{identity},{count}\n" + "".join(f"{key},{value}\n" for key, value in lines)
        final = dict(lines)

        def corrected(values: dict[str, str]) -> Database:
            rows = tuple(
                (*row[:at], values.get(row[0], row[at]), *row[at + 1 :]) for row in facts.rows
            )
            changed = source.with_relation(Relation(facts.name, facts.columns, rows))
            return Database(
                path=source.path, noun=source.noun, relations=changed.relations, content="corrected"
            )

        result = corrected(final)
        unknown = world.output(draw, ["unknown_ids", "not_found", "unmatched"], ".txt")
        report = Report(
            path=unknown, noun="ids without a record", value=strangers, format="text", weight=1.0
        )
        here, there, given = quoted(source.path), quoted(unknown), quoted(notes)
        stage = (
            f"CREATE TEMP TABLE fixes ({identity} TEXT, {count} INTEGER);\n.mode csv\n"
            f".import --skip 1 {notes} fixes\n"
        )
        return Move(
            focus=result,
            makes=[report, result],
            brings=[Entry(notes, text.encode())],
            request=[
                f"`{notes}` (CSV, `{identity},{count}`) has corrected values for some records in "
                "the "
                f"table `{facts.name}` of `{source.path}`. Update `{count}` there accordingly; "
                "where "
                "an id is listed more than once, its last line counts. Ids that the database does "
                f"not have are not added but listed in `{unknown}`, sorted, one a line.",
                f"Bring `{source.path}` up to date: for every id in `{notes}` (a CSV "
                "file "
                f"with the header `{identity},{count}`) set `{count}` in `{facts.name}` to the "
                "value "
                "given, the later line winning where an id occurs twice. Do not create records: "
                f"write ids without one to `{unknown}`, one per line in sorted order.",
            ],
            steps=[
                look(
                    f"wc -l {given}; head -n 4 {given}; sqlite3 {here} '.schema' "
                    f"'SELECT count(*) FROM {facts.name};'",
                    "Corrections have come in as a file.",
                    "Look at the corrections and at the table.",
                ),
                do(
                    f"sqlite3 {here} > {there} <<'SQL'\n{stage}.mode list\n"
                    f"SELECT DISTINCT {identity} FROM fixes WHERE {identity} NOT IN "
                    f"(SELECT {identity} FROM {facts.name}) ORDER BY 1;\nSQL",
                    "Corrections for ids that the table does not have must not be added.",
                    "Write the ids without a record to the list.",
                ),
                do(
                    f"sqlite3 {here} <<'SQL'\n{stage}BEGIN;\nUPDATE {facts.name} SET {count} = "
                    f"f.{count} FROM (SELECT {identity}, {count}, max(rowid) FROM fixes "
                    f"GROUP BY {identity}) f WHERE f.{identity} = {facts.name}.{identity};\n"
                    "SELECT changes();\nCOMMIT;\nSQL",
                    "Unknown ids are out. One id occurs twice, and its last line counts: the row "
                    "with the highest rowid of each id.",
                    "Update from the last line of each id in one transaction.",
                ),
                look(
                    f'cat {there}; sqlite3 {here} "SELECT {identity}, {count} FROM {facts.name} '
                    f"WHERE {identity} = '{known[0]}';\"",
                    f"{known[0]} is in the list twice. Did the later line win?",
                    "Read the list and check the id that was listed twice.",
                ),
            ],
            wrong=[
                Wrong(
                    "the first line of an id counts",
                    command=f'sqlite3 {here} "UPDATE {facts.name} SET {count} = '
                    f"{first_of_twice[1]} WHERE {identity} = '{known[0]}';\"",
                ),
                Wrong(
                    "unknown ids were added",
                    command=f'sqlite3 {here} "INSERT INTO {facts.name} ({identity}, {count}) '
                    f"VALUES ('{strangers[0]}', 1);\"",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"sqlite3 {here} '.import {notes} {facts.name}'",
                    symptom=r"expected \d+ columns but found|columns but found",
                    diagnosis="The file has two columns and the table has more; it has to go "
                    "into a table of its own first.",
                    recovery=f'sqlite3 {here} "DELETE FROM {facts.name} WHERE {identity} LIKE '
                    f"'%,%' OR {identity} = '{identity}';\"",
                ),
            ],
        )
