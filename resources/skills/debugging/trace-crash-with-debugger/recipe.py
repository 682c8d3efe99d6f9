"""Trace a segmentation fault to its line, and repair it."""

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

LIST_H = """#ifndef LIST_H
#define LIST_H
struct entry {
    char *name;
    long records;
    long highest;
    struct entry *next;
};
struct entry *list_enter(struct entry **head, const char *name);
void list_note(struct entry *entry, long value);
#endif
"""
LIST_C = """#include "list.h"
#include <stdlib.h>
#include <string.h>

/* The entry of that name, which is put into its place in the order of names if it is new. */
struct entry *list_enter(struct entry **head, const char *name)
{
    struct entry **place = head;
    while (*place && strcmp((*place)->name, name) < 0)
        place = &(*place)->next;
    if (*place && strcmp((*place)->name, name) == 0)
        return *place;
    struct entry *made = calloc(1, sizeof *made);
    made->name = strdup(name);
    made->next = *place;
    *place = made;
    return made;
}

void list_note(struct entry *entry, long value)
{
    entry->records++;
    if (value > entry->highest)
        entry->highest = value;
}
"""
PRINT_C = """#include "csv.h"
#include "list.h"

void print_list(const struct entry *head)
{
    while (head) {
        csv_put(stdout, head->name);
        printf(",%ld,%ld\\n", head->records, head->highest);
        head = head->next;
    }
}
"""
MAIN_C = """#include "csv.h"
#include "list.h"
#include <stdlib.h>

void print_list(const struct entry *head);

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    struct entry *head = NULL;
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int key = csv_find(cells, count, "@KEY@");
    int value = csv_find(cells, count, "@VALUE@");
    if (key < 0 || value < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        count = csv_split(line, cells, MAX_CELLS);
        if (count > key && count > value)
            list_note(list_enter(&head, cells[key]), atol(cells[value]));
    }
    puts("@KEY@,records,highest_@VALUE@");
    print_list(head);
    return 0;
}
"""
MAKEFILE = """CC = gcc
CFLAGS = -std=gnu11 -g -O0 -Wall -Iinclude

highest: src/main.c src/list.c src/print.c src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -o $@ $^
"""
#: File, right text, faulty text, the faulty line at which it crashes, function, what is wrong.
FAULTS = (
    (
        "src/list.c",
        "    while (*place && strcmp((*place)->name, name) < 0)\n",
        "    while (strcmp((*place)->name, name) < 0)\n",
        "    while (strcmp((*place)->name, name) < 0)",
        "list_enter",
        "the search runs past the last entry",
    ),
    (
        "src/list.c",
        "    if (*place && strcmp((*place)->name, name) == 0)\n        return *place;\n",
        "    if (strcmp((*place)->name, name) == 0)\n        return *place;\n",
        "    if (strcmp((*place)->name, name) == 0)",
        "list_enter",
        "the entry that was found may be none",
    ),
    (
        "src/print.c",
        "        head = head->next;\n",
        "        do\n            head = head->next;\n        while (head->records == 0);\n",
        "        while (head->records == 0);",
        "print_list",
        "the end of the list is not looked for",
    ),
    (
        "src/list.c",
        "    *place = made;\n    return made;\n",
        "    *place = made;\n    return *head == made ? made : made->next;\n",
        "    entry->records++;",
        "list_note",
        "the function returns the neighbour of a new entry, which may be none",
    ),
)


class TraceCrashWithDebugger(Recipe):
    """A crash is traced to its line and repaired, and what the program says is there."""

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
    tools = ("make", "gdb", "tail", "sed", "patch", "jq", "cat")
    packages = ("gcc", "gdb", "jq", "libc6-dev", "make", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "category", "status"])
        if not source.has(role, "count") or len(set(source.values(role))) < 2:
            raise Unsuitable(f"too little to go by in the column with the role {role}")
        target = world.output(draw, ["highest", "peaks", "maxima"], ".csv")
        finding = world.output(draw, ["crash", "crash_site", "finding"], ".json")
        place = world.input(draw, [f"{world.theme.key}-highest", "peak-finder", "maximum"])
        hidden = unseen(source, world.theme, draw.child("hidden"))
        # The last fault shows at a new name that comes after all names so far.
        grows = all(_grows(table.values(role)) for table in (source, hidden))
        name, right, wrong, line, function, what = draw.choice(FAULTS if grows else FAULTS[:3])
        main = MAIN_C.replace("@KEY@", source.name(role)).replace("@VALUE@", source.name("count"))
        files = {
            "Makefile": MAKEFILE,
            "include/csv.h": CSV_HEADER,
            "include/list.h": LIST_H,
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/list.c": LIST_C,
            "src/main.c": main,
            "src/print.c": PRINT_C,
        }
        faulty = {**files, name: files[name].replace(right, wrong)}
        broken = Codebase(path=place, noun="program for the highest counts", files=faulty)
        fixed = replace(
            broken,
            files=files,
            hidden=hidden,
            editable=("src/list.c", "src/print.c"),
            trials=(
                Trial(
                    'make -s highest >&2\n./highest < "$at/hidden.csv"',
                    _highest(hidden, role, "/").text(),
                    "works",
                    f"{place} builds, and does not crash on other data either.",
                ),
            ),
        )
        number = faulty[name].splitlines().index(line) + 1
        result = _highest(source, role, target)
        value = {"signal": "SIGSEGV", "function": function, "file": name, "line": number}
        report = Report(path=finding, noun="finding about the crash", value=value)
        at, given, there, note = (quoted(p) for p in (place, source.path, target, finding))
        debug = (
            f"(cd {at} && make -s highest && gdb -q -batch -ex 'run < {given} > /tmp/crash.out' "
            "-ex bt -ex 'frame function @F@' -ex 'info locals' ./highest 2>&1 | tail -n 22)"
        ).replace("@F@", function)
        return Move(
            focus=result,
            makes=[fixed, report, result],
            brings=broken.entries(),
            request=[
                f"`highest`, which `make` builds in `{place}`, dies of a segmentation fault when "
                f"`{source.path}` is its standard input. Tell me in `{finding}` where: a JSON "
                "object with the keys `signal` (by name, such as `SIGABRT`), and `function`, "
                "`file` (such as `src/main.c`) and `line` (a number) of the innermost frame in our "
                "own sources, as they are now. Then repair the program in `src/list.c` or "
                "`src/print.c`, whichever is to blame, so that it cannot crash that way on any "
                f"such records, and keep what it prints for `{source.path}` as `{target}`.",
                f"A colleague's program in `{place}` (run `make`, the result is `highest`; records "
                f"come on standard input) crashes on `{source.path}`. For the ticket I need "
                f"`{finding}`, a JSON object that says which `signal` it was (spelled like "
                "`SIGABRT`) and the `function`, `file` (in the form `src/main.c`) and `line` "
                "number of the innermost of our own frames, in the sources as you find them. After "
                "that mend the fault itself, which is in `src/list.c` or `src/print.c`, for every "
                f"input of that form, and put the output for `{source.path}` into `{target}`.",
            ],
            steps=[
                look(
                    debug,
                    f"The program in {place} is said to crash on {source.path}; the makefile "
                    "builds it with debugging information.",
                    "Run it under the debugger and print the stack and the variables.",
                    duration=2.0,
                ),
                look(
                    f"sed -n '{max(1, number - 8)},{number + 5}p' {at}/{name}",
                    f"The innermost frame of ours is in {function}, {name} line {number}; frames "
                    "of the C library above it do not count.",
                    "Read the code around that line.",
                ),
                do(
                    f"(cd {at} && make -s highest && gdb -q -batch "
                    f"-ex 'run < {given} > /tmp/crash.out' -ex bt ./highest 2>&1) |\n"
                    "  sed -nE 's|^#[0-9]+ +(0x[0-9a-f]+ in )?([a-z_]+) [(].*[)] at "
                    "(src/[a-z_]+[.]c):([0-9]+)$|\\2 \\3 \\4|p' |\n"
                    '  jq -nR \'input | split(" ") | {signal: "SIGSEGV", function: .[0], '
                    f"file: .[1], line: (.[2] | tonumber)}}' > {note}",
                    f"A null pointer is followed there: {what}.",
                    "Take our innermost frame from the stack and write it down before the line "
                    "numbers change.",
                ),
                do(
                    patch_between(broken, fixed),
                    f"The cause is that {what}.",
                    "Correct that place and nothing else.",
                ),
                do(
                    f'(cd {at} && make -s -B highest && "$PWD/highest" < {given} > {there})',
                    "It should survive now.",
                    "Build it again and run it on all records.",
                    duration=1.5,
                ),
                look(
                    f"cat {there} | tail -n 12; cat {note}",
                    "Does the result look complete, and does the finding name the place?",
                    "Look at the result and at the finding.",
                ),
            ],
            wrong=[
                Wrong(
                    "the line of the call",
                    path=finding,
                    content=json.dumps({**value, "line": number + 1}).encode(),
                ),
                Wrong(
                    "the frame of main",
                    path=finding,
                    content=json.dumps(
                        {**value, "function": "main", "file": "src/main.c"}
                    ).encode(),
                ),
                *result.with_rows(result.rows[:1]).as_wrong("only the first group"),
                Wrong(
                    "the fault is still there",
                    path=f"{place}/{name}",
                    content=faulty[name].encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd {at} && gdb -q -batch -ex 'frame function {function}' ./highest)",
                    symptom=r"No registers|No stack",
                    diagnosis="The program has to be run in the debugger before there are frames "
                    "to look at.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f'(cd {at} && "$PWD/highest" < {given} > /tmp/trial; echo "status $?")',
                    symptom=r"status 139",
                    diagnosis="Nothing has been repaired yet, so it still dies of signal 11.",
                ),
            ],
        )


def _grows(names: list[str]) -> bool:
    """Whether some name comes after all that stand before it."""
    return any(name > max(names[:number]) for number, name in enumerate(names) if number)


def _highest(table: Table, role: str, path: str) -> Table:
    """The number of records and the highest count for each value of a column."""
    noun = f"highest {table.name('count')}"
    return tally(table, role, path, noun, of=max, prefix="highest_")
