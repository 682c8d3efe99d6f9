"""Recover counters from an append-only file that a crash has cut off."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.tabular import differing, unused_name

Command = tuple[str, ...]
EXTENTS = ("full", "ranked", "merged")


class RecoverCountersFromRedis(Recipe):
    """The records have the counters of a broken append-only file, and there is a dump."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=EXTENTS,
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = (
        "cp", "grep", "head", "ls", "mktemp", "mlr", "paste", "redis-check-aof", "redis-check-rdb",
        "redis-cli", "redis-server", "rm", "sed", "sleep", "sort", "tail", "tr", "uniq",
    )  # fmt: skip
    packages = ("miller", "redis-server")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if len(set(ids)) < len(ids) or len(ids) < 8 or any(" " in key for key in ids):
            raise Unsuitable("ids that are no keys, or too few records")
        name = draw.choice(["views", "scans", "lookups"])
        number, port = draw.integer(2, 9), draw.integer(6400, 6900)
        commands, torn = drawn_commands(name, number, ids, draw)
        kept, old = replayed(commands, number), replayed(commands, 0)
        added = unused_name(source, name, f"{name}_count")
        target = world.output(draw, [f"with_{name}", "recovered", "counted"], f".{source.format}")
        dump = world.output(draw, ["keyspace", "counters", "handover"], ".rdb")
        broken = world.input(draw, ["appendonly", "counters", "redis"], ".aof")
        content = b"".join(wire(c) for c in commands) + b"".join(wire(c) for c in torn)
        content = content[: -len(torn[-1][-1]) - 9]

        def counted(space: dict[str, str]) -> Table:
            return source.with_rows(
                (
                    (*row, space.get(f"{name}:{key}", "0"))
                    for row, key in zip(source.rows, ids, strict=True)
                ),
                path=target,
                columns=(*source.columns, Column(added, "count")),
                extent="enriched",
                noun=f"{source.noun} with {name}",
            )

        result = counted(kept)
        if counted(old).rows == result.rows:
            raise Unsuitable("the old database has the same counters")
        here, there, aof, rdb = (quoted(p) for p in (source.path, target, broken, dump))
        glue = {"csv": ",", "tsv": "\\t"}[source.format]
        field = f"mlr --i{source.format} --onidx cut -f {source.name('id')} {here}"
        script = f"""work=$(mktemp -d)
cp {aof} "$work/appendonly.aof"
redis-check-aof --fix "$work/appendonly.aof" <<< y
redis-server --bind 127.0.0.1 --port {port} --dir "$work" --appendonly yes --save '' \\
  --dbfilename dump.rdb --daemonize yes --logfile "$work/log"
until redis-cli -p {port} ping 2>&1 | grep -q PONG; do sleep 0.1; done
{field} | sed 's/^/get {name}:/' |
  redis-cli -p {port} -n {number} | sed -e 's/^$/0/' -e '1i {added}' > "$work/values"
paste -d '{glue}' {here} "$work/values" > {there}
redis-cli -p {port} save
redis-cli -p {port} shutdown nosave
sleep 0.3
redis-check-rdb "$work/dump.rdb" | tail -n 1
cp "$work/dump.rdb" {rdb}
rm -r "$work\""""
        torn_kept = replayed([*commands, *torn[:-1]], number)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(broken, content)],
            checks=[dump_check(dump, number, name, kept)],
            request=[
                f"The redis that counted {name} went down with its disk, and `{broken}` is the "
                "append-only file that is left, cut off at the end. Recover everything up to the "
                "last command or transaction that is whole, leaving that file as it is. Write "
                f"`{target}`: the rows of `{source.path}` in the same order and format with a "
                f"last column `{added}`, the value of the key `{name}:<{source.name('id')}>` in "
                f"database `{number}`, `0` where there is none. Also hand over the recovered key "
                f"space, all databases, as an RDB dump that a redis starts from: `{dump}`.",
                f"I need the {name} back. `{broken}` is a redis append-only file whose end is "
                "torn: an incomplete command or transaction does not count, all before it does, "
                "and the file itself stays untouched. For each row "
                f"of `{source.path}` look up `{name}:<{source.name('id')}>` in database "
                f"`{number}` and append it as the column `{added}` (`0` if the key does not "
                f"exist); order and format stay, result in `{target}`. The next server shall "
                f"start from `{dump}`, an RDB dump with the recovered keys of all databases.",
            ],
            steps=[
                look(
                    f"redis-check-aof {aof} | tail -n 4; tr -d '\\r' < {aof} | "
                    "grep -axE '[A-Z]+' | sort | uniq -c; "
                    f"head -n 2 {here}",
                    "How much of the file is whole, and which commands does it hold?",
                    "Check the file without repairing it, count commands, and look at the records.",
                ),
                do(
                    script,
                    "The end is an unfinished transaction, which must go as a whole. The keys are "
                    f"in database {number}, and a server on a copy can answer for all of them.",
                    "Repair a copy, start a server on it, ask for all keys, save the dump, stop, "
                    "and hand the dump over if it is sound.",
                    2.0,
                ),
                look(
                    f"head -n 3 {there}; ls -l {rdb}",
                    "Not every record needs to have a counter. Is the dump in its place?",
                    "Look at the first rows and at the dump.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("counters of database 0", counted(old)),
                        ("half of the transaction is kept", counted(torn_kept)),
                        ("the first value of each key", counted(first_values(commands, number))),
                    ],
                ),
                Wrong("the dump is the broken file", path=dump, content=content),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"redis-cli -p {port} -n {number} dbsize",
                    symptom=r"Could not connect to Redis",
                    diagnosis="No server runs here; one has to be started on a copy first.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"redis-server --port {port} --load-aof {aof}",
                    symptom=r"FATAL CONFIG FILE ERROR|Bad directive",
                    diagnosis="There is no such setting: the server loads what lies in its folder.",
                ),
            ],
        )


def wire(command: Command) -> bytes:
    """A command as it stands in an append-only file."""
    parts = "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in command)
    return f"*{len(command)}\r\n{parts}".encode()


def drawn_commands(
    name: str, number: int, ids: list[str], draw: Draw
) -> tuple[list[Command], list[Command]]:
    """The whole commands, and the transaction at the end that is not."""
    known = draw.sample(ids, len(ids) * 4 // 5)
    commands: list[Command] = [("SELECT", "0")]
    commands += [("SET", f"{name}:{key}", str(draw.integer(1, 90))) for key in known[::2]]
    commands += [("SELECT", str(number)), ("HSET", "meta:import", "source", "edge-2")]
    work: list[Command] = []
    for key in known:
        full = f"{name}:{key}"
        commands.append(("SET", full, str(draw.integer(20, 400))))
        work += [("INCRBY", full, str(draw.integer(1, 60))) for _ in range(draw.integer(0, 3))]
        if draw.chance(0.3):
            work.append(("DECRBY", full, str(draw.integer(1, 15))))
    commands += draw.shuffled(work)
    gone = draw.sample(known, 5)
    commands += [("DEL", f"{name}:{gone[0]}"), ("DEL", f"{name}:{gone[1]}")]
    commands.append(("PEXPIREAT", f"{name}:{gone[2]}", "1700000000000"))
    for stale in range(draw.integer(3, 6)):
        commands.append(("SET", f"{name}:OLD-{stale}", str(draw.integer(1, 9))))
    for old in [key for key in ids if key not in known][:2]:
        commands += [("SET", f"tmp:{old}", "17"), ("INCRBY", f"tmp:{old}", str(len(old)))]
        commands.append(("RENAME", f"tmp:{old}", f"{name}:{old}"))
    commands += [("MULTI",), ("INCRBY", f"{name}:{gone[3]}", "7"), ("EXEC",)]
    torn: list[Command] = [
        ("MULTI",),
        ("INCRBY", f"{name}:{gone[3]}", "1000"),
        ("INCRBY", f"{name}:{gone[4]}", "100000"),
    ]
    return commands, torn


def replayed(commands: list[Command], number: int) -> dict[str, str]:
    """The strings of one database after the commands."""
    space: dict[str, str] = {}
    current = 0
    for verb, *rest in commands:
        if verb == "SELECT":
            current = int(rest[0])
        elif current != number:
            continue
        elif verb == "SET":
            space[rest[0]] = rest[1]
        elif verb in ("INCRBY", "DECRBY"):
            step = int(rest[1]) if verb == "INCRBY" else -int(rest[1])
            space[rest[0]] = str(int(space.get(rest[0], "0")) + step)
        elif verb in ("DEL", "PEXPIREAT"):
            space.pop(rest[0], None)
        elif verb == "RENAME":
            space[rest[1]] = space.pop(rest[0])
    return space


def first_values(commands: list[Command], number: int) -> dict[str, str]:
    """What the keys were set to, without anything that came later."""
    return replayed([c for c in commands if c[0] in ("SELECT", "SET")], number)


def dump_check(dump: str, number: int, name: str, space: dict[str, str]) -> Check:
    """A server that starts from the dump has the keys, and other databases as well."""
    ask = f'redis-cli -s "$at/s" -n {number}'
    script = f"""at=$(mktemp -d); cp {quoted(dump)} "$at/dump.rdb"
redis-server --port 0 --unixsocket "$at/s" --dir "$at" --dbfilename dump.rdb --save '' \\
  --appendonly no --daemonize yes --logfile "$at/log" > "$at/out"
for _ in $(seq 40); do redis-cli -s "$at/s" ping 2>&1 | grep -q PONG && break; sleep 0.1; done
{ask} --scan --pattern '{name}:*' | sort > "$at/keys"
sed 's/^/get /' "$at/keys" | {ask} | paste -d ' ' "$at/keys" -
{ask} hget meta:import source
redis-cli -s "$at/s" -n 0 dbsize | grep -c '^0$' || true
redis-cli -s "$at/s" shutdown nosave"""
    lines = sorted(f"{key} {value}" for key, value in space.items() if key.startswith(name))
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in [*sorted(lines), "edge-2", "0"]),
        about=f"A redis that starts from {dump} has the recovered keys.",
        paths=[dump],
        key="keys",
        weight=2.0,
    )
