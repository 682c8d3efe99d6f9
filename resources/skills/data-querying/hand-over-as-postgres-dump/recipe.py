"""Load a table into a scratch PostgreSQL cluster, query it and dump it."""

from __future__ import annotations

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
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing, grouped

BIN = "/usr/lib/postgresql/15/bin"
CLUSTER = "/tmp/cluster"
TYPES = {"date": "date", "count": "integer", "amount": "numeric(12,2)"}
#: The definitions, keys and rows of a dump, a line each, in any order.
READER = r"""
awk '/^CREATE TABLE/ { table = $3; next } /^\);/ { table = "" }
     table { sub(/,$/, ""); $1 = $1; print table, $0 }' DUMP | tr -d '"' | sort
grep -oE '(PRIMARY KEY|FOREIGN KEY|UNIQUE) .*[^;]' DUMP | tr -d '"' | sort
awk '/^COPY / { table = $2; next } /^\\\.$/ { table = "" } table { print table, $0 }' DUMP | sort
"""


class HandOverAsPostgresDump(Recipe):
    """A plain SQL dump holds the records with types and keys, a table answers a question."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary", extent="full"),)
    tools = ("cat", "createdb", "grep", "head", "initdb", "ls", "pg_ctl", "pg_dump", "psql", "wc")
    packages = ("postgresql",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        roles = [column.role for column in source.columns]
        ids = source.values("id")
        if len(set(ids)) < len(ids) or any(not cell for row in source.rows for cell in row):
            raise Unsuitable("ids that are there twice, or blank cells")
        if any(set(cell) & set("\\\t") for row in source.rows for cell in row):
            raise Unsuitable("cells that a dump would have to escape")
        key, group, amount = (source.name(role) for role in ("id", "category", "amount"))
        facts, names = world.theme.records, draw.choice(["groups", "kinds", "lookup"])
        database = draw.choice(["handover", "exchange", world.theme.key])
        dump = world.output(draw, [f"{facts}_dump", "for_partner", "handover"], ".sql")
        target = world.output(draw, ["largest", "by_" + group, "answer"], ".csv")
        columns = (
            Column(group, "category"),
            Column("records", "count"),
            Column(f"total_{amount}", "amount"),
            Column(f"largest_{key}", "id"),
        )
        rows = answers(source, last=False)
        result = summary(target, f"{facts} by {group} with the largest", columns, rows)
        here, there, file = quoted(source.path), quoted(dump), quoted(target)
        expected = "".join(
            f"{line}\n"
            for line in listing(source, facts, names, [TYPES.get(r, "text") for r in roles])
        )
        definition = ",\n  ".join(
            f"{column.name} {TYPES.get(column.role, 'text')}"
            + (
                " PRIMARY KEY"
                if column.role == "id"
                else f" NOT NULL REFERENCES {names} (name)"
                if column.role == "category"
                else " NOT NULL"
            )
            for column in source.columns
        )
        copy = (
            "(FORMAT csv, HEADER)"
            if source.format == "csv"
            else "(FORMAT csv, HEADER, DELIMITER E'\\t', QUOTE E'\\x01')"
        )
        connect = f"psql -X -q -v ON_ERROR_STOP=1 -h /tmp -d {database}"
        start = (
            f'{BIN}/pg_ctl -D {CLUSTER} -s -w -l /tmp/server.log -o "-k /tmp -c '
            "listen_addresses='' -c shared_buffers=16MB -c fsync=off\" start"
        )
        stop = f"{BIN}/pg_ctl -D {CLUSTER} -s -w -m fast stop"
        types = ", ".join(
            f"`{column.name}` `{TYPES[column.role]}`"
            for column in source.columns
            if column.role in TYPES
        )
        return Move(
            focus=result,
            makes=[result],
            checks=[
                shell_prints(
                    READER.replace("DUMP", there),
                    expected,
                    about=f"{dump} defines both tables and holds all rows.",
                    paths=[dump],
                    key="dump",
                    weight=2.0,
                )
            ],
            request=[
                f"A partner imports from PostgreSQL dumps. Make one of `{source.path}`: `{dump}`, "
                "plain SQL with the rows as `COPY`, without owners and privileges. In the schema "
                f"`public` it defines a table `{names}` with the single column `name` (text, "
                f"primary key), which holds each `{group}` once, and a table `{facts}` with the "
                f"columns of the file in their order, none of them nullable: {types}, all others "
                f"`text`. `{key}` is its primary key, `{group}` a foreign key to `{names}`; "
                "nothing "
                f"else is in the dump. They also want to know, in `{target}` (comma-separated), "
                f"for each `{group}` the number of `records`, the sum `total_{amount}` with two "
                f"decimals, and `largest_{key}`, the record with the highest `{amount}` (the "
                f"lowest `{key}` if several have it), sorted by `{group}`. The header is "
                f"`{result.text().splitlines()[0]}`. No server may be left running.",
                f"`{source.path}` has to go to a partner who runs PostgreSQL. We need `{dump}`, a "
                "dump in plain SQL (data by `COPY`, no owners, no privileges) with two tables in "
                f"`public` and no third: `{names}`, whose only column `name` (text) is the primary "
                f"key and lists every `{group}`, and `{facts}` with the file's columns, same "
                f"order, all not null, typed {types} and `text` for the rest. The primary "
                f"key of the latter is `{key}`, and `{group}` refers to `{names}`. And while you "
                f"are at it: a CSV file `{target}` with the header "
                f"`{result.text().splitlines()[0]}`, a row per `{group}` in sorted order, namely "
                f"how many `records` it has, the total of `{amount}` (two decimals; column "
                f"`total_{amount}`), and in `largest_{key}` which record has the largest "
                f"`{amount}`, the smaller `{key}` where two are equal. Nothing may go on running "
                "afterwards.",
            ],
            steps=[
                look(
                    f"head -n 3 {here}; wc -l {here}; ls {BIN} | head -n 30",
                    "The records are to become a PostgreSQL dump, and no server is mentioned.",
                    "Look at the data, and at what PostgreSQL brings along here.",
                ),
                do(
                    f"{BIN}/initdb -D {CLUSTER} -A trust -E UTF8 --no-locale --no-sync "
                    "--wal-segsize=1 > "
                    "/tmp/initdb.log",
                    "The server programs are there, so a cluster of my own on a private socket "
                    "will do.",
                    "Make a scratch cluster.",
                    3.0,
                ),
                do(
                    f"{start}\ncreatedb -h /tmp {database}\n"
                    f"{connect} <<'SQL'\nCREATE TEMP TABLE staging (\n  "
                    + ",\n  ".join(f"{column.name} text" for column in source.columns)
                    + f"\n);\n\\copy staging FROM '{source.path}' {copy}\n"
                    f"CREATE TABLE {names} (name text PRIMARY KEY);\n"
                    f"CREATE TABLE {facts} (\n  {definition}\n);\n"
                    f"INSERT INTO {names} SELECT DISTINCT {group} FROM staging ORDER BY 1;\n"
                    f"INSERT INTO {facts} SELECT "
                    + ", ".join(
                        f"{c.name}::{TYPES[c.role]}" if c.role in TYPES else c.name
                        for c in source.columns
                    )
                    + f" FROM staging;\nSELECT count(*), count(DISTINCT {group}), min({amount}), "
                    f"max({amount}) FROM {facts};\nSQL\n{stop}",
                    f"The {group} refers to a table of names, which has to be filled first; a "
                    "temporary table takes the raw text. The server runs only as long as I need "
                    "it, on a socket in /tmp.",
                    "Declare both tables with their keys, fill them from the file, and count.",
                    2.0,
                ),
                do(
                    f"{start}\n{connect} --csv > {file} <<'SQL'\nSELECT {group}, count(*) AS "
                    f"records, sum({amount}) AS total_{amount}, (array_agg({key} ORDER BY "
                    f"{amount} DESC, {key}))[1] AS largest_{key}\nFROM {facts} GROUP BY {group} "
                    f"ORDER BY {group};\nSQL\npg_dump -h /tmp --no-owner --no-privileges -f "
                    f"{there} "
                    f"{database}\n{stop}",
                    "The keys accepted all rows. The largest record of a group is the first by "
                    "falling amount; equal amounts go by the lower id.",
                    "Answer the question, dump the database as plain SQL, and stop the server.",
                    2.0,
                ),
                look(
                    f"grep -E '^(CREATE|COPY|ALTER)|KEY' {there}; cat {file}; "
                    f"{BIN}/pg_ctl -D {CLUSTER} status || true",
                    "Two tables, two primary keys and a foreign key are expected, and no server.",
                    "Read the skeleton of the dump, the answer, and the state of the server.",
                    fails=True,
                ),
            ],
            wrong=[
                Wrong(
                    "amounts are floating-point numbers",
                    command=f"sed -i 's/numeric(12,2)/double precision/' {there}",
                ),
                Wrong(
                    "the foreign key is missing",
                    command=f"sed -i '/FOREIGN KEY/d' {there}",
                ),
                *differing(
                    result, [("ties go to the higher id", result.with_rows(answers(source, True)))]
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"createdb {database}",
                    symptom=r"could not connect|connection to server .* failed|No such file",
                    diagnosis="No server is running here; a cluster has to be made and started "
                    "first.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command="initdb --version",
                    symptom=r"initdb: command not found",
                    diagnosis="Debian keeps the server programs of each version in a folder of "
                    "their own, which is not on the PATH.",
                ),
            ],
        )


def answers(table: Table, last: bool) -> list[Row]:
    """A row for each category: number, total, and its largest record; `last` prefers high ids."""
    at, cell = table.index("category"), table.index("amount")
    rows: list[Row] = []
    for name, members in sorted(grouped(table.rows, lambda row: row[at]).items()):
        ids = sorted(members, key=lambda row: row[table.index("id")], reverse=last)
        top = max(ids, key=lambda row: Decimal(row[cell]))
        total = sum(Decimal(row[cell]) for row in members)
        rows.append((name, str(len(members)), f"{total:.2f}", top[table.index("id")]))
    return rows


def listing(table: Table, facts: str, names: str, types: list[str]) -> list[str]:
    """What the reader prints of the wanted dump."""
    columns = [
        f"public.{facts} {column.name} {kind} NOT NULL"
        for column, kind in zip(table.columns, types, strict=True)
    ]
    columns.append(f"public.{names} name text NOT NULL")
    key, group = table.name("id"), table.name("category")
    keys = [
        f"FOREIGN KEY ({group}) REFERENCES public.{names}(name)",
        f"PRIMARY KEY ({key})",
        "PRIMARY KEY (name)",
    ]
    rows = [f"public.{facts} " + "\t".join(row) for row in table.rows]
    rows += [f"public.{names} {name}" for name in set(table.values("category"))]
    return [*in_bytes(columns), *in_bytes(keys), *in_bytes(rows)]


def in_bytes(lines: list[str]) -> list[str]:
    """The lines in the order of their bytes."""
    return sorted(lines, key=str.encode)
