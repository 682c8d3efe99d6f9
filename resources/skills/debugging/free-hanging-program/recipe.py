"""Find out where a program hangs, and free it."""

from __future__ import annotations

import json
from dataclasses import replace

from shellwright.recipe import (
    Draw,
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
)
from shellwright.recipe.kinds.codebase import (
    CSV_HEADER,
    CSV_READ,
    CSV_WRITE,
    Codebase,
    Trial,
    patch_between,
    unseen,
)
from shellwright.recipe.tabular import tally

STORE_H = """#ifndef STORE_H
#define STORE_H
struct slot {
    char *name;
    long records;
    long sum;
};
struct slot *store_slot(const char *name);
int store_list(struct slot **list);
#endif
"""
STORE_C = """#include "store.h"
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM @ROOM@

static struct slot *slots;
static unsigned room, used;

static unsigned hash(const char *name)
{
    unsigned value = 5381;
    while (*name)
        value = value * 33 + (unsigned char)*name++;
    return value;
}

/* The slot in which the name is, or in which there is room for it. */
static struct slot *probe(const char *name)
{
    unsigned at = hash(name) % room;
    while (slots[at].name && strcmp(slots[at].name, name) != 0)
        at = (at + 1) % room;
    return &slots[at];
}

static void grow(void)
{
    struct slot *old = slots;
    unsigned count = room;
    room = room ? 2 * room : FIRST_ROOM;
    slots = calloc(room, sizeof *slots);
    for (unsigned at = 0; at < count; at++)
        if (old[at].name)
            *probe(old[at].name) = old[at];
    free(old);
}

struct slot *store_slot(const char *name)
{
    if (2 * used >= room)
        grow();
    struct slot *slot = probe(name);
    if (!slot->name) {
        slot->name = strdup(name);
        used++;
    }
    return slot;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct slot *)left)->name, ((const struct slot *)right)->name);
}

int store_list(struct slot **list)
{
    unsigned count = 0;
    for (unsigned at = 0; at < room; at++)
        if (slots[at].name)
            slots[count++] = slots[at];
    qsort(slots, count, sizeof *slots, by_name);
    *list = slots;
    return (int)count;
}
"""
MAIN_C = """#include "csv.h"
#include "store.h"
#include <stdlib.h>

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int id = csv_find(cells, count, "@ID@");
    int key = csv_find(cells, count, "@KEY@");
    int value = csv_find(cells, count, "@VALUE@");
    if (id < 0 || key < 0 || value < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        count = csv_split(line, cells, MAX_CELLS);
        if (count <= id || count <= key || count <= value)
            continue;
        struct slot *slot = store_slot(cells[key]);
        slot->records++;
        slot->sum += atol(cells[value]);
    }
    struct slot *list;
    count = store_list(&list);
    puts("@KEY@,records,@VALUE@");
    for (int at = 0; at < count; at++) {
        csv_put(stdout, list[at].name);
        printf(",%ld,%ld\\n", list[at].records, list[at].sum);
    }
    return 0;
}
"""
MAKEFILE = """CC = gcc
CFLAGS = -std=gnu11 -g -O0 -Wall -Iinclude

sums: src/main.c src/store.c src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -o $@ $^
"""
RIGHT = "    if (2 * used >= room)\n        grow();\n"
WRONG = "    if (!slots)\n        grow();\n"


class FreeHangingProgram(Recipe):
    """The record at which a program hangs is known, it hangs no more, and its sums are there."""

    needs = (
        Pattern.of(
            "table",
            format="csv",
            condition="clean",
            shape="records",
            extent=("full", "enriched"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("make", "timeout", "strace", "tail", "gdb", "grep", "cat", "jq", "patch", "head")
    packages = ("gcc", "gdb", "jq", "libc6-dev", "make", "patch", "strace")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "category", "date"])
        if not source.has("id", role, "count"):
            raise Unsuitable("columns are missing")
        names = source.values(role)
        room = 2 ** draw.integer(2, 3)
        if len(set(names)) <= room:
            room = 4
        stuck = next((n for n in range(len(names)) if len(set(names[: n + 1])) > room), len(names))
        if stuck == len(names):
            raise Unsuitable(f"the program does not hang with {len(set(names))} names")
        target = world.output(draw, ["sums", "per_name", "totals"], ".csv")
        finding = world.output(draw, ["hang", "endless_loop", "stuck_at"], ".json")
        place = world.input(draw, [f"{world.theme.key}-sums", "adder", "sum-tool"])
        main = MAIN_C
        for word, column in {"ID": "id", "KEY": role, "VALUE": "count"}.items():
            main = main.replace(f"@{word}@", source.name(column))
        sound = STORE_C.replace("@ROOM@", str(room))
        files = {
            "Makefile": MAKEFILE,
            "include/csv.h": CSV_HEADER,
            "include/store.h": STORE_H,
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/main.c": main,
            "src/store.c": sound,
        }
        faulty = sound.replace(RIGHT, WRONG)
        broken = Codebase(path=place, noun="adder", files={**files, "src/store.c": faulty})
        hidden = unseen(source, world.theme, draw.child("hidden"), 90)
        place_of = hidden.index(role)
        many = hidden.with_rows(
            (*row[:place_of], f"{row[place_of]} {n * 7 % 83}", *row[place_of + 1 :])
            for n, row in enumerate(hidden.rows)
        )
        fixed = replace(
            broken,
            files=files,
            hidden=many,
            editable=("src/store.c",),
            trials=(
                Trial(
                    'make -s sums >&2\ntimeout 2 ./sums < "$at/hidden.csv"',
                    _sums(many, role, "/").text(),
                    "ends",
                    f"The program in {place} ends and is right with many different names.",
                    10,
                ),
            ),
        )
        result = _sums(source, role, target)
        ids = source.values("id")
        value = {
            "record": ids[stuck],
            "function": "probe",
            "called_by": "store_slot",
            "different": room + 1,
        }
        report = Report(path=finding, noun="finding about the hang", value=value)
        at, given, there, note = (quoted(p) for p in (place, source.path, target, finding))
        bigger = faulty.replace(f"FIRST_ROOM {room}", f"FIRST_ROOM {room * 4}")
        lossy = sound.replace(
            "            *probe(old[at].name) = old[at];\n", "            used--;\n"
        )

        def found(name: str, **changes: str | int) -> Wrong:
            return Wrong(name, path=finding, content=json.dumps({**value, **changes}).encode())

        return Move(
            focus=result,
            makes=[fixed, report, result],
            brings=broken.entries(),
            request=[
                f"`sums`, which `make` builds in `{place}`, reads records from its standard input "
                f"and never comes back when they are those of `{source.path}`. Write `{finding}`, "
                "a JSON object: `record` is the id of the record at which it is stuck, `function` "
                "and `called_by` are the function that loops for ever and its caller, and "
                f"`different` is how many different values of `{source.name(role)}` the records "
                "up to that one, itself included, have. Correct the cause in `src/store.c`, for "
                "any number of different values, without changing another file or the form of the "
                f"output, and put what it prints for `{source.path}` into `{target}`.",
                f"Somebody's program in `{place}` (`make`, then `sums` with the records on "
                f"standard input) hangs for `{source.path}`. I want it mended in `src/store.c` "
                "only, so that no number of different values can make it hang, its output for "
                f"those records as `{target}` in the form that the program has always had, and an "
                f"explanation in `{finding}`: a JSON object with `record` (the id of the one that "
                "it never finishes), `function` (the one that does not return), `called_by` (who "
                "called that), and `different` (a number: the different values of "
                f"`{source.name(role)}` from the first record to that one, both included).",
            ],
            steps=[
                look(
                    f"(cd {at} && make -s sums && timeout 2 strace -o /tmp/trace ./sums < {given}; "
                    "tail -n 3 /tmp/trace)",
                    f"{place} is said to hang; the question is whether it waits or computes.",
                    "Watch its system calls for two seconds.",
                    duration=2.5,
                ),
                look(
                    f"(cd {at} && ulimit -t 1 && gdb -q -batch -ex 'run < {given} > /tmp/out.txt' "
                    "-ex bt -ex 'frame function main' -ex 'print cells[id]' -ex 'print room' "
                    "-ex 'print used' ./sums 2>&1 | tail -n 14)",
                    "It has read its input and makes no further call, so it computes. A limit of "
                    "one second of processor time stops it under the debugger.",
                    "See where it is, which record it has in hand, and its counters.",
                    duration=2.5,
                ),
                look(
                    f"grep -n -A 9 'probe(const' {at}/src/store.c; grep -n -A 6 'store_slot(const' "
                    f"{at}/src/store.c",
                    "A search for a free place that goes round for ever: are all places taken?",
                    "Read both functions.",
                ),
                do(
                    f'jq -n \'{{record: "{ids[stuck]}", function: "probe", called_by: '
                    f'"store_slot", different: {room + 1}}}\' > {note}',
                    "The record at which it stands brings one value more than the table has room "
                    "for.",
                    "Write the finding down.",
                ),
                do(
                    patch_between(broken, fixed),
                    "The table grows once, at the start, although growing is written for more.",
                    "Let it grow whenever it is half full.",
                ),
                do(
                    f'(cd {at} && make -s -B sums && timeout 2 "$PWD/sums" < {given} > {there})',
                    "It should end at once now.",
                    "Build it anew and run it, with a limit in case it does not.",
                    duration=1.5,
                ),
                look(
                    f"head -n 4 {there}; cat {note}",
                    "Is the result complete, and does the finding fit what the debugger showed?",
                    "Look at result and finding.",
                ),
            ],
            wrong=[
                found("the record before", record=ids[stuck - 1]),
                found("the caller", function="store_slot", called_by="main"),
                found("only those that fit", different=room),
                *result.with_rows((n, s, c) for n, c, s in result.rows).as_wrong("figures swapped"),
                Wrong("hangs as before", path=f"{place}/src/store.c", content=faulty.encode()),
                Wrong("only more room", path=f"{place}/src/store.c", content=bigger.encode()),
                Wrong("loses what it had", path=f"{place}/src/store.c", content=lossy.encode()),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f'(cd {at} && timeout 1 ./sums < {given}; echo "code $?")',
                    symptom=r"code 124",
                    diagnosis="It was killed after a second: patience does not help, it hangs.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd {at} && strace --follow=all ./sums < /dev/null 2>&1 | tail -n 3)",
                    symptom=r"unrecognized option|Try 'strace",
                    diagnosis="strace has no such option, and the program starts no other one "
                    "anyway.",
                ),
            ],
        )


def _sums(table: Table, role: str, path: str) -> Table:
    """The number of records and the sum of the counts for each value of a column."""
    return tally(table, role, path, f"sums by {table.name(role)}")
