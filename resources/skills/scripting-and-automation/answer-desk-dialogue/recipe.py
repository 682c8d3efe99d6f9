"""A dialogue with a program that has no batch mode, automated."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
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
from shellwright.recipe.tabular import differing

PROGRAM = '''#!/usr/bin/env python3
"""Entry desk of @organisation@.

usage: @name@ LEDGER
"""
import csv
import os
import sys

FIELDS = ["@id@", "@category@", "@count@", "approved_by", "entry"]
KNOWN = @known@
LIMIT = @limit@

if len(sys.argv) != 2:
    sys.exit("usage: @name@ LEDGER")
if not (sys.stdin.isatty() and sys.stdout.isatty()):
    sys.exit("@name@: this program talks to a terminal only")
path = sys.argv[1]
ledger = {}
if os.path.exists(path):
    with open(path, newline="", encoding="utf-8") as stream:
        ledger = {row[FIELDS[0]]: row for row in csv.DictReader(stream)}
print("Entry desk. Amounts above", LIMIT, "need somebody who approves them.")
entry = len(ledger)
while True:
    key = input("Number (empty to leave): ").strip()
    if not key:
        break
    if key in ledger:
        if input("Already there. Replace it? [y/N] ") != "y":
            continue
    group = input("Group: ").strip()
    if group not in KNOWN:
        if input(f"{group} is new here. Add it? [y/N] ") != "y":
            print("Dropped.")
            continue
        KNOWN.append(group)
    amount = int(input("Amount: "))
    approved = input("Who approves it? ").strip() if amount > LIMIT else ""
    if input("Save? [y/N] ") != "y":
        continue
    entry += 1
    ledger.pop(key, None)
    ledger[key] = dict(zip(FIELDS, [key, group, amount, approved, entry]))
    with open(path, "w", newline="", encoding="utf-8") as stream:
        out = csv.DictWriter(stream, FIELDS, lineterminator="\\n")
        out.writeheader()
        out.writerows(ledger.values())
    print(f"Saved as entry {entry}.")
print("Bye.")
'''
SCRIPT = r"""#!/usr/bin/expect -f
# Enters the rows of a tab-separated table at the desk program.
if {[llength $argv] != 2} {
    puts stderr "usage: [file tail $argv0] TABLE LEDGER"
    exit 64
}
lassign $argv table ledger
log_user 0
set timeout 10
set stream [open $table]
fconfigure $stream -encoding utf-8
set names [split [gets $stream] \t]
set lines [split [string trimright [read $stream] \n] \n]
spawn @program@ $ledger
expect_after {
    timeout { puts stderr "the desk does not answer"; exit 75 }
    eof { puts stderr "the desk has gone"; exit 76 }
}
foreach line $lines {
    foreach name $names cell [split $line \t] { set row($name) $cell }
    if {$row(@status@) ne "@wanted@"} continue
    expect -ex "Number (empty to leave): "
    send -- "$row(@id@)\r"
    expect {
        -ex "Replace it? \[y/N\] " { send "y\r"; exp_continue }
        -ex "Add it? \[y/N\] " { send "y\r"; exp_continue }
        -ex "Group: " { send -- "$row(@category@)\r"; exp_continue }
        -ex "Amount: " { send -- "$row(@count@)\r"; exp_continue }
        -ex "Who approves it? " { send -- "$row(@person@)\r"; exp_continue }
        -ex "Save? \[y/N\] " { send "y\r" }
    }
    expect -ex "Saved as entry"
}
expect -ex "Number (empty to leave): "
send "\r"
expect -ex "Bye." {}
expect eof {}
exit 0
"""


class AnswerDeskDialogue(Recipe):
    """Rows of a table are in the ledger of a program that only talks to a terminal."""

    needs = (Pattern.of("table", format="tsv", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "chmod", "cut", "expect", "grep", "head", "sort", "tail", "uniq",
             "wc")  # fmt: skip
    packages = ("expect",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "category", "person", "status", "count"):
            raise Unsuitable("what the desk asks for is not in the table")
        states = source.values("status")
        fitting = [s for s in dict.fromkeys(states) if 4 <= states.count(s) <= 40]
        if not fitting or len(set(source.values("id"))) < len(source.rows):
            raise Unsuitable("no status with a handful of records")
        state = draw.choice(fitting)
        groups = list(dict.fromkeys(source.values("category")))
        known = draw.sample(groups, max(1, len(groups) - 2))
        limit = draw.integer(20, 40)
        desk = world.input(draw, ["desk", "entry_desk", "register"], ".py")
        script = world.output(draw, ["enter_rows", "feed_desk", "dialogue"], ".exp")
        target = world.output(draw, ["ledger", "entries", "registered"], ".csv")
        names = {r: source.name(r) for r in ("id", "category", "person", "status", "count")}
        columns = (
            Column(names["id"], "id"),
            Column(names["category"], "category"),
            Column(names["count"], "count"),
            Column("approved_by", "person"),
            Column("entry", "rank"),
        )
        chosen = [row for row in source.rows if row[source.index("status")] == state]
        result = summary(target, "ledger of the desk", columns, ledger(source, chosen, limit))
        program = PROGRAM.replace("@known@", repr(known)).replace("@limit@", str(limit))
        program = program.replace("@organisation@", world.theme.organisation)
        program = program.replace("@name@", desk.rpartition("/")[2])
        text = SCRIPT.replace("@program@", desk).replace("@wanted@", state)
        for role, name in names.items():
            program = program.replace(f"@{role}@", name)
            text = text.replace(f"@{role}@", name)
        here, there, tool = quoted(source.path), quoted(target), quoted(script)
        big = sum(int(row[2]) > limit for row in result.rows)
        place = source.index("status") + 1
        other = other_table(source, chosen, state, limit)
        rules = (
            f"Only rows whose `{names['status']}` is `{state}` are entered, in the order of the "
            f"table; number, group and amount are `{names['id']}`, `{names['category']}` and "
            f"`{names['count']}`. Where somebody has to approve, it is the `{names['person']}` "
            "of the row. New groups are added, numbers that are there already are replaced, and "
            "everything is saved."
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(desk, program.encode(), mode=0o755)],
            request=[
                f"`{desk}` writes our ledger, but it only talks to people at a terminal. Write an "
                f"executable `expect` script, `{script}`, that answers its questions for a table "
                f"like `{source.path}`. It is called as `TABLE LEDGER`; any other call ends with "
                f"`64`. {rules} Leave the desk program as it is, and make the ledger of this table "
                f"with it: `{target}`.",
                f"Nobody wants to type `{source.path}` into `{desk}`, and that has no batch mode. "
                f"So I need `{script}`, executable and in `expect`, which holds the dialogue "
                f"for us; arguments `TABLE LEDGER`, exit code `64` if called otherwise. {rules} "
                f"The resulting ledger for this table goes to `{target}`, and the desk program "
                "must not be changed.",
            ],
            steps=[
                look(
                    f"cat {quoted(desk)}",
                    "Which questions come depends on the answers; the program knows them all.",
                    "Read the program for its prompts.",
                ),
                look(
                    f"head -n 3 {here}; tail -n +2 {here} | cut -f {place} | sort | uniq -c",
                    "It asks about known numbers, new groups and large amounts on top.",
                    "Look at the table and at how many rows are due.",
                ),
                do(
                    f"cat > {tool} <<'SCRIPT'\n{text}SCRIPT\nchmod 755 {tool}",
                    "One block that waits for any of the questions deals with those that come "
                    "only sometimes.",
                    "Write the dialogue, with exact prompts and an end for silence.",
                    duration=1.2,
                ),
                do(
                    f"expect {tool} {here} {there}",
                    f"{len(chosen)} rows are to be entered, {big} of them above {limit}.",
                    "Hold the dialogue for the whole table.",
                    duration=2.0,
                ),
                look(
                    f"tail -n +2 {there} | wc -l; head -n 12 {there}; "
                    f"tail -n +2 {here} | cut -f {place} | grep -cxF {quoted(state)}",
                    "The ledger must have as many entries as there are rows of that status.",
                    "Count and read the ledger.",
                ),
            ],
            checks=[
                shell_prints(
                    trial(tool, other),
                    ledger_text(other, state, limit) + "exit 64\n",
                    about=f"{script} enters another table, and refuses wrong calls.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "nobody approved",
                            result.with_rows((*r[:3], "", r[4]) for r in result.rows),
                        ),
                        (
                            "only groups that were known",
                            result.with_rows(r for r in result.rows if r[1] in known),
                        ),
                        (
                            "every row was entered",
                            result.with_rows(ledger(source, list(source.rows), limit)),
                        ),
                    ],
                ),
                Wrong(
                    "numbers that are there already are not replaced",
                    path=script,
                    content=text.replace(
                        '-ex "Replace it? \\[y/N\\] " { send "y\\r"; exp_continue }',
                        '-ex "Replace it? \\[y/N\\] " { send "n\\r\\r"; exit 0 }',
                    ).encode(),
                ),
                Wrong("the script cannot be executed", command=f"chmod 644 {tool}"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"tail -n +2 {here} | cut -f 1 | python3 {quoted(desk)} {there}",
                    symptom=r"this program talks to a terminal only",
                    diagnosis="It refuses pipes; the dialogue needs a terminal, which expect "
                    "provides.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"expect {tool} {here}",
                    symptom=r"usage: .* TABLE LEDGER",
                    diagnosis="The ledger is missing on the command line.",
                ),
            ],
        )


def ledger(table: Table, rows: list[Row], limit: int) -> list[Row]:
    """The ledger after these rows were entered, in order; a replaced number moves to the end."""
    places = [table.index(role) for role in ("id", "category", "count", "person")]
    found: dict[str, Row] = {}
    for entry, row in enumerate(rows, 1):
        key, group, count, person = (row[place] for place in places)
        found.pop(key, None)
        approved = person if int(count) > limit else ""
        found[key] = (key, group, count, approved, str(entry))
    return list(found.values())


def other_table(table: Table, chosen: list[Row], state: str, limit: int) -> Table:
    """A table of the same columns with hostile values, a repeated number among them."""
    ident, group, count, status = (
        table.index(role) for role in ("id", "category", "count", "status")
    )

    def changed(row: Row, **cells: str) -> Row:
        places = {"ident": ident, "group": group, "count": count, "status": status}
        new = list(row)
        for name, cell in cells.items():
            new[places[name]] = cell
        return tuple(new)

    first, second, third, *_ = chosen
    return table.with_rows(
        [
            changed(first, group="[exit] Hall", count=str(limit)),
            changed(second, group="$argv Hall", count=str(limit + 1)),
            changed(third, status=f"not {state}"),
            changed(third, group="[exit] Hall", count=str(limit + 2)),
            changed(first, group="{Annex", count="3"),
        ]
    )


def ledger_text(table: Table, state: str, limit: int) -> str:
    """The ledger of a table, as the desk program writes it."""
    rows = ledger(table, [row for row in table.rows if row[table.index("status")] == state], limit)
    names = [table.name(role) for role in ("id", "category", "count")]
    lines = [(*names, "approved_by", "entry"), *rows]
    return "".join(",".join(line) + "\n" for line in lines)


def trial(tool: str, table: Table) -> str:
    """A bash script that has another table entered and shows the ledger."""
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
cat > 'other table' <<'END'
{table.text()}END
{tool} 'other table' 'the ledger' > log
cat 'the ledger'
code=0; {tool} 'other table' > log 2>&1 || code=$?; echo "exit $code\""""
