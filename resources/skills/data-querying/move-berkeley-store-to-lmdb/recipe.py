"""Move a key-value store from a Berkeley DB dump to LMDB, brought up to date."""

from __future__ import annotations

import json

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.tabular import unused_name

STORE = "/tmp/store.db"
PAIRS = "/tmp/store.tsv"
#: Keys and values in turn, for every record of the table; a key without an old value has null.
PROGRAM = (
    '($old | split("\\n") | map(select(. != "") | split("\\t")) '
    "| map({{key: .[0], value: (.[1] | fromjson | .{place})}}) | from_entries) as $at "
    '| .[] | .["{key}"], ({{{place}: $at[.["{key}"]], {status}: .["{status}"]}} | tojson)'
)
#: What an LMDB file holds, without the header that names sizes.
DUMP = "mdb_dump -n -p {path} | sed '1,/^HEADER=END$/d; /^DATA=END$/d'"


class MoveBerkeleyStoreToLmdb(Recipe):
    """An LMDB file has a value for each record: its place from the store, its status from a "
    "table."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("report", format="json"),)
    tools = (
        "cat", "comm", "cut", "db_dump", "db_load", "db_stat", "db_verify", "grep", "head", "jo",
        "jq", "mdb_dump", "mdb_load", "mdb_stat", "mlr", "paste", "sed", "sort", "wc",
    )  # fmt: skip
    packages = ("db-util", "lmdb-utils", "miller", "jq", "jo")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, status, form = source.name("id"), source.name("status"), source.format
        states = dict(zip(source.values("id"), source.values("status"), strict=True))
        if len(states) < 12 or any(set(text) & set('\\"') for text in states.values()):
            raise Unsuitable("too few ids, or states that would need escapes")
        place = unused_name(source, draw.choice(["shelf", "folder", "binder", "drawer"]), "spot")
        kind = draw.choice(["btree", "hash"])
        known = draw.sample(sorted(states), len(states) - draw.integer(4, 9))
        prefix = known[0].rpartition("-")[0]
        strangers = [f"{prefix}-{draw.integer(90_000, 99_999)}" for _ in range(draw.integer(3, 8))]
        places = {
            name: f"{draw.choice('ABCDEFGH')}-{draw.integer(1, 80)}"
            for name in sorted({*known, *strangers})
        }
        everything = sorted(set(states.values()))
        old = {
            name: draw.choice(everything) if draw.chance(0.3) else states.get(name, everything[0])
            for name in places
        }

        def value(name: str, state: str) -> str:
            found = {place: places.get(name), status: state}
            return json.dumps(found, separators=(",", ":"), ensure_ascii=False)

        order = draw.shuffled(sorted(places))
        dump = world.input(draw, ["store.dump", "places.dump", "backup.dump"])
        target = world.output(draw, ["store", "places", "registry"], ".mdb")
        report = world.output(draw, ["store_report", "migration", "moved"], ".json")
        content = dumped([(name, value(name, old[name])) for name in order], kind)
        figures = {
            "entries": len(states),
            f"without_{place}": len(states) - len(known),
            "dropped": len(set(strangers)),
            "updated": sum(old[name] != states[name] for name in known),
        }
        result = Report(path=report, noun="figures of the move to LMDB", value=figures)
        here, there, given, told = (quoted(p) for p in (source.path, target, dump, report))
        lines = "".join(f" {name}\n {value(name, states[name])}\n" for name in sorted(states))
        stale = sorted(name for name in known if old[name] != states[name])
        if not stale:
            raise Unsuitable("no status has changed")
        records = f"mlr --i{form} --ojson -S cut -o -f {key},{status} {here}"
        program = PROGRAM.format(place=place, key=key, status=status)
        ids = f"mlr --i{form} --onidx cut -f {key} {here} | sort"
        example = f'`{{"{place}":"C-17","{status}":"{everything[0]}"}}`'
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(dump, content)],
            checks=[
                shell_prints(
                    DUMP.format(path=there),
                    lines,
                    about=f"The LMDB file {target} holds the expected keys and values.",
                    paths=[target],
                    key="entries",
                    weight=2.0,
                )
            ],
            request=[
                f"The service that tells where a paper lies moves from Berkeley DB to LMDB. "
                f"`{dump}` is a dump of its old store: the key is a `{key}`, the value JSON like "
                f"{example}. Make the LMDB file `{target}` (a single file, its unnamed main "
                f"database) with exactly one entry for each record of `{source.path}`: same key, "
                f"value in that form, keys in that order and without blanks between them, "
                f"`{place}` as in the old store or `null` where it has none, `{status}` as in the "
                f"table, which is newer. Entries without a record are dropped. Tell me in "
                f"`{report}`, a JSON object, how many `entries` there are now, how many of them "
                f"have `null` (`without_{place}`), how many old ones were `dropped`, and in how "
                f"many of the kept old ones the `{status}` differed (`updated`).",
                f"Please turn `{dump}`, dumped from a Berkeley DB, into the LMDB file `{target}`: "
                "one plain file without a folder around it, everything in the unnamed main "
                f"database. Keys are values of `{key}`, values are JSON such as {example}, written "
                "just like that (order, no blanks between the parts). The table "
                f"`{source.path}` decides which keys exist and what `{status}` they have; "
                f"`{place}` comes from the dump, and is `null` for a record that the dump does not "
                f"know. Also write `{report}`, a JSON object with the numbers `entries` (in the "
                "new "
                f"file), `without_{place}` (those that got `null`), `dropped` (keys of the dump "
                f"without a record) and `updated` (records in both whose `{status}` was another).",
            ],
            steps=[
                look(
                    f"head -n 8 {given}; head -n 3 {here}; wc -l {here}",
                    "A dump of a Berkeley DB and the table that is newer.",
                    "Read the header of the dump and the columns of the table.",
                ),
                do(
                    f"db_load -f {given} {STORE}\ndb_verify {STORE}\ndb_dump -p {STORE} | sed "
                    "'1,/^HEADER=END$/d; /^DATA=END$/d; s/^ //' | paste - - | LC_ALL=C sort "
                    f"> {PAIRS}",
                    f"The dump is in hexadecimal, type {kind}. Rebuilding the store is safer than "
                    "decoding it by hand.",
                    "Load it into a scratch store, verify that, and write it readably in pairs.",
                ),
                look(
                    f"head -n 3 {PAIRS}; db_stat -d {STORE} | grep -i 'number of'; "
                    f"comm -3 <(cut -f 1 {PAIRS}) <({ids} | LC_ALL=C sort) | head -n 20",
                    "Does the store have a key for each record of the table?",
                    "See the pairs and the keys that only one side has.",
                ),
                do(
                    f"{records} | jq -r --rawfile old {PAIRS} '{program}' | mdb_load -n -T {there}",
                    "Keys without a record and records without a key: the table leads.",
                    "Build a key and a value for each record and load them into LMDB.",
                ),
                do(
                    f"jo entries=$(mdb_stat -n {there} | sed -n 's/^ *Entries: //p') "
                    f"without_{place}=$({records} | jq -r "
                    f"'.[][\"{key}\"]' | grep -vcxFf <(cut -f 1 {PAIRS})) dropped=$(cut -f 1 "
                    f"{PAIRS} "
                    f"| comm -23 - <({ids} | LC_ALL=C sort) | wc -l) updated=$({records} | jq -r "
                    f'\'.[] | [.["{key}"], .["{status}"]] | @tsv\' | LC_ALL=C sort | comm -23 - '
                    f"<(cut -f 2 {PAIRS} | jq -r .{status} | paste <(cut -f 1 {PAIRS}) - "
                    f"| LC_ALL=C sort) | cut -f 1 | comm -12 - <(cut -f 1 {PAIRS}) | wc -l) > "
                    f"{told}",
                    "The new file knows how many entries it has; the other figures follow from the "
                    "pairs of the old store and the table.",
                    "Count each group and write the figures down.",
                ),
                look(
                    f"mdb_stat -n {there}; mdb_dump -n -p {there} | head -n 12; cat {told}",
                    "Does the new file have an entry for each record?",
                    "Look at the new file, its first entries, and the report.",
                ),
            ],
            wrong=[
                Wrong(
                    "an entry without a record was kept",
                    command=f"printf '%s\\n%s\\n' {quoted(strangers[0])} "
                    f"{quoted(value(strangers[0], everything[0]))} | mdb_load -n -T {there}",
                ),
                Wrong(
                    "the old status was kept",
                    command=f"printf '%s\\n%s\\n' {quoted(stale[0])} "
                    f"{quoted(value(stale[0], old[stale[0]]))} | mdb_load -n -T {there}",
                ),
                *Report(path=report, noun="", value={**figures, "dropped": 0}).as_wrong(
                    "nothing counts as dropped"
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"mdb_load -n -f {given} /tmp/try.mdb && mdb_dump -n -p /tmp/try.mdb"
                    if kind == "hash"
                    else f"mdb_load -f {given} /tmp/no-such-folder",
                    symptom=r"unsupported type|No such file or directory",
                    diagnosis="mdb_load takes only B-trees, and without -n an existing folder. The "
                    "values have to be updated anyway, so the old store is rebuilt first.",
                    recovery="rm -f /tmp/try.mdb /tmp/try.mdb-lock",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"mdb_load -T {there} < {PAIRS}",
                    symptom=r"No such file or directory",
                    diagnosis="Without -n LMDB expects a folder at that path. A single file is "
                    "wanted.",
                ),
            ],
        )


def dumped(pairs: list[tuple[str, str]], kind: str) -> bytes:
    """A dump of a Berkeley DB with these pairs, in hexadecimal."""
    header = ["VERSION=3", "format=bytevalue", f"type={kind}", "db_pagesize=4096", "HEADER=END"]
    body = [f" {text.encode().hex()}" for pair in pairs for text in pair]
    return "".join(f"{line}\n" for line in [*header, *body, "DATA=END"]).encode()
