"""Take over changed and new records from another copy of a database."""

from __future__ import annotations

import json
import sqlite3

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
    Row,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.checks import slug

DIFFERENCE = "/tmp/difference.sql"


class TakeOverBranchChanges(Recipe):
    """Changed and new records of a copy are taken over; what it lacks is kept and listed."""

    needs = (Pattern.of("database", shape="records", content="original"),)
    gives = (Pattern.of("database", shape="records", content="corrected"),)
    tools = ("cat", "grep", "head", "jo", "sed", "sqldiff", "sqlite3")
    packages = ("sqlite3", "sqlite3-tools", "jo")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Database)
        facts = source.relation()
        roles = [column.role for column in facts.columns]
        ids = [row[0] for row in facts.rows]
        if len(ids) < 20 or len(set(ids)) < len(ids):
            raise Unsuitable("too few records, or ids that are there twice")
        key = facts.columns[0].name
        count, status = roles.index("count"), roles.index("status")
        theirs, changed, gone, added = branch(facts, count, status, draw)
        merged = tuple(changed.get(row[0], row) for row in facts.rows) + tuple(added)
        result = Database(
            path=source.path,
            noun=source.noun,
            relations=source.with_relation(Relation(facts.name, facts.columns, merged)).relations,
            content="corrected",
        )
        other = world.input(draw, ["branch", "field_copy", "night_shift"], ".db")
        target = world.output(draw, ["taken_over", "merge_report", "branch_changes"], ".json")
        value = {"changed": len(changed), "added": len(added), "missing": sorted(gone)}
        report = Report(path=target, noun="report of what was taken over", value=value, weight=1.0)
        here, there, told = quoted(source.path), quoted(other), quoted(target)
        apply = (
            f"{{ echo '.bail on'; echo 'BEGIN;'; grep -v '^DELETE ' {DIFFERENCE}; "
            f"echo 'COMMIT;'; }} | sqlite3 {here}"
        )
        tables = f"{slug(source.path)}.tables.json"
        example = sorted(changed)[0]
        back = next(row for row in facts.rows if row[0] == example)
        return Move(
            focus=result,
            makes=[result, report],
            brings=[Entry(other, theirs)],
            request=[
                f"`{other}` is a copy of `{source.path}` that the branch has gone on working with. "
                f"Bring ours up to date in the table `{facts.name}`: take over what they changed "
                "and what they added. Records that they have deleted stay with us. "
                "Other tables of theirs do not come into ours. Write "
                f"`{target}`, a JSON object: `changed` and `added` are the numbers of "
                f"records, `missing` is the sorted array of every `{key}` that only ours has.",
                f"Two copies of one database have drifted apart: ours, `{source.path}`, and the "
                f"branch's, `{other}`. Please work their changes to records of `{facts.name}` and "
                "their new records into ours, but none of their deletions, and no other table. In "
                f"`{target}` (a JSON object) tell me how many records were `changed` and how many "
                f"were `added`, and in `missing`, a sorted array, each `{key}` that they no longer "
                "have.",
            ],
            steps=[
                look(
                    f"sqlite3 {here} .schema 'SELECT count(*) FROM {facts.name}'; sqlite3 {there} "
                    f".schema 'SELECT count(*) FROM {facts.name}'; sqldiff --summary {here} "
                    f"{there}",
                    "Two copies of one file; both schemas should agree for this table.",
                    "Compare schemas and counts, and let the differences be counted.",
                ),
                do(
                    f"sqldiff --table {facts.name} {here} {there} > {DIFFERENCE}",
                    f"There is no primary key, so rows are compared by rowid, which is right for a "
                    f"copy. Only {facts.name} is wanted.",
                    "Write the statements that would turn ours into theirs to a file.",
                ),
                look(
                    f"sed -E 's/ .*//' {DIFFERENCE} | grep -c UPDATE; grep -m 3 '^UPDATE' "
                    f"{DIFFERENCE}; grep '^DELETE' {DIFFERENCE}",
                    "Which updates, inserts and deletions does the branch bring?",
                    "Read what is in the file before anything is applied.",
                ),
                do(
                    f"jo changed=$(grep -c '^UPDATE ' {DIFFERENCE}) added=$(grep -c '^INSERT ' "
                    f"{DIFFERENCE}) missing=\"$(sqlite3 {here} \"ATTACH '{other}' AS theirs; "
                    "SELECT "
                    f"{key} FROM main.{facts.name} EXCEPT SELECT {key} FROM theirs.{facts.name} "
                    f'ORDER BY 1;" | jo -a)" > {told}',
                    "A record that is changed has one update, whatever the number of columns.",
                    "Count statements, and list the ids that only ours has.",
                ),
                do(
                    apply,
                    f"The {len(gone)} deletions are not wanted; the rest goes in as one "
                    "transaction.",
                    "Apply everything but the deletions.",
                ),
                look(
                    f"sqldiff --summary {here} {there}; sqldiff --table {facts.name} {here} "
                    f"{there} "
                    f"| head -n 9; cat {told}",
                    "Compared again, only the deletions may be left.",
                    "Compare once more and read the report.",
                ),
            ],
            checks=[
                custom(
                    "sqlite_rows",
                    about=f"{source.path} has got no table from the branch.",
                    paths=[source.path],
                    guard=True,
                    files={tables: (json.dumps([[facts.name]]) + "\n").encode()},
                    path=source.path,
                    sql="SELECT name FROM sqlite_master WHERE type = 'table' "
                    "AND substr(name, 1, 7) <> 'sqlite_'",
                    expected=tables,
                    ordered=False,
                )
            ],
            wrong=[
                Wrong(
                    "the branch's log came along",
                    command=f"sqlite3 {there} '.dump sync_log' | sqlite3 {here}",
                ),
                Wrong(
                    "the deletions were taken over",
                    command=f'sqlite3 {here} "DELETE FROM {facts.name} WHERE {key} = '
                    f"'{gone[0]}';\"",
                ),
                Wrong(
                    "the new records are missing",
                    command=f'sqlite3 {here} "DELETE FROM {facts.name} WHERE {key} = '
                    f"'{added[0][0]}';\"",
                ),
                Wrong(
                    "a changed status was not taken over",
                    command=f'sqlite3 {here} "UPDATE {facts.name} SET '
                    f"{facts.columns[count].name} = {back[count]}, "
                    f"{facts.columns[status].name} = '{back[status]}' WHERE {key} = "
                    f"'{example}';\"",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"sqldiff --tables {facts.name} {here} {there}",
                    symptom=r"unknown option",
                    diagnosis="The option is --table and takes one name.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"sqlite3 {here} '.diff {other}'",
                    symptom=r"unknown command or invalid arguments",
                    diagnosis="The shell of SQLite has no such command; sqldiff is a program of "
                    "its own.",
                ),
            ],
        )


def branch(
    facts: Relation, count: int, status: int, draw: Draw
) -> tuple[bytes, dict[str, Row], list[str], list[Row]]:
    """The branch's file, the changed records by id, the ids it deleted and the records it added."""
    order = draw.shuffled(facts.rows)
    lost, worked = order[: draw.integer(3, 6)], order[6 : 6 + draw.integer(6, 14)]
    states = sorted({row[status] for row in facts.rows})
    changed: dict[str, Row] = {}
    for row in worked:
        cells = list(row)
        cells[count] = str(int(row[count]) + draw.integer(1, 30))
        if draw.chance(0.5):
            cells[status] = draw.choice([state for state in states if state != row[status]])
        changed[row[0]] = tuple(cells)
    prefix, _, number = max(row[0] for row in facts.rows).rpartition("-")
    added = [
        (f"{prefix}-{int(number) + step:0{len(number)}d}", *draw.choice(facts.rows)[1:])
        for step in sorted(draw.sample(range(1, 40), draw.integer(3, 7)))
    ]
    rows = tuple(changed.get(row[0], row) for row in facts.rows) + tuple(added)
    connection = sqlite3.connect(":memory:")
    with connection:
        connection.execute(facts.create())
        marks = ", ".join("?" * len(facts.columns))
        connection.executemany(
            f"INSERT INTO {facts.name} VALUES ({marks})",
            Relation(facts.name, facts.columns, rows).values(),
        )
        connection.executemany(
            f"DELETE FROM {facts.name} WHERE {facts.columns[0].name} = ?",
            [(row[0],) for row in lost],
        )
        connection.execute("CREATE TABLE sync_log (day TEXT, entry TEXT)")
        connection.execute("INSERT INTO sync_log VALUES ('2026-02-27', 'copied')")
    return connection.serialize(), changed, [row[0] for row in lost], added
