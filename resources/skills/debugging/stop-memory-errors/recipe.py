"""Repair a leak and an invalid access in a C program."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from shellwright.recipe import (
    Draw,
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
from shellwright.recipe.tabular import differing, tally

GROUP_H = """#ifndef GROUP_H
#define GROUP_H
#include <stddef.h>
struct group {
    char *name;
    long *values;
    size_t used, room;
    struct group *next;
};
struct group *group_enter(struct group **head, const char *name);
void group_note(struct group *group, long value);
long group_median(const struct group *group);
void group_free(struct group *head);
#endif
"""
GROUP_C = """#include "group.h"
#include <stdlib.h>
#include <string.h>

/* The group of that name; a new one is put into its place in the order of names. */
struct group *group_enter(struct group **head, const char *name)
{
    struct group **place = head;
    while (*place && strcmp((*place)->name, name) < 0)
        place = &(*place)->next;
    if (*place && strcmp((*place)->name, name) == 0)
        return *place;
    struct group *made = malloc(sizeof *made);
    made->name = malloc(strlen(name) + 1);
    strcpy(made->name, name);
    made->values = NULL;
    made->used = made->room = 0;
    made->next = *place;
    *place = made;
    return made;
}

void group_note(struct group *group, long value)
{
    if (group->used == group->room) {
        group->room = group->room ? 2 * group->room : 4;
        group->values = realloc(group->values, group->room * sizeof *group->values);
    }
    group->values[group->used++] = value;
}

static int by_value(const void *left, const void *right)
{
    long a = *(const long *)left, b = *(const long *)right;
    return (a > b) - (a < b);
}

/* The middle value; the smaller of the two in the middle where their number is even. */
long group_median(const struct group *group)
{
    long *sorted = malloc(group->used * sizeof *sorted);
    memcpy(sorted, group->values, group->used * sizeof *sorted);
    qsort(sorted, group->used, sizeof *sorted, by_value);
    long median = sorted[(group->used - 1) / 2];
    free(sorted);
    return median;
}

void group_free(struct group *head)
{
    while (head) {
        struct group *next = head->next;
        free(head->name);
        free(head->values);
        free(head);
        head = next;
    }
}
"""
MAIN_C = """#include "csv.h"
#include "group.h"
#include <stdlib.h>

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    struct group *head = NULL;
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
            group_note(group_enter(&head, cells[key]), atol(cells[value]));
    }
    puts("@KEY@,records,median_@VALUE@");
    for (struct group *group = head; group; group = group->next) {
        csv_put(stdout, group->name);
        printf(",%zu,%ld\\n", group->used, group_median(group));
    }
    group_free(head);
    return 0;
}
"""
MAKEFILE = """CC = gcc
CFLAGS = -std=gnu11 -g -O0 -Iinclude

medians: src/main.c src/group.c src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -o $@ $^
"""
#: Right text, faulty text, and what is wrong; what leaks, and what reaches beyond.
LEAKS = (
    ("    long median = sorted[(group->used - 1) / 2];\n    free(sorted);\n    return median;\n",
     "    return sorted[(group->used - 1) / 2];\n",
     "group_median never frees its sorted copy"),
    ("        group->values = realloc(group->values, group->room * sizeof *group->values);\n",
     "        long *grown = malloc(group->room * sizeof *grown);\n        if (group->used)\n"
     "            memcpy(grown, group->values, group->used * sizeof *grown);\n"
     "        group->values = grown;\n",
     "group_note drops the old values whenever they grow"),
    ("        free(head->name);\n        free(head->values);\n        free(head);\n",
     "        free(head->values);\n        free(head);\n",
     "group_free forgets the names"),
)  # fmt: skip
OVERRUNS = (
    ("malloc(strlen(name) + 1)", "malloc(strlen(name))",
     "the name has no room for its final null byte"),
    ("    if (group->used == group->room) {",
     "    if (group->used > group->room || !group->room) {",
     "the array grows one value too late"),
    ("        struct group *next = head->next;\n", "", "the next group is read from freed memory"),
    ("group->values, group->used * sizeof *sorted);",
     "group->values, group->room * sizeof *sorted);",
     "the copy takes the spare room as well and writes past its end"),
)  # fmt: skip


class StopMemoryErrors(Recipe):
    """A program runs without a memory error and frees what it takes; its output is there."""

    needs = (
        Pattern.of(
            "table", format="csv", condition="clean", shape="records", extent=("full", "enriched")
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("make", "cat", "valgrind", "head", "grep", "patch", "tail")
    packages = ("gcc", "libc6-dev", "make", "patch", "valgrind")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "category", "status"])
        sizes = Counter(source.values(role)) if source.has(role, "count") else Counter()
        if max(sizes.values(), default=0) < 5 or len(source.header) > 60:
            raise Unsuitable(f"too little to go by in the column with the role {role}")
        target = world.output(draw, ["medians", "middle_values", "medians_by_group"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-medians", "median-tool", "middle"])
        leak, overrun = draw.choice(LEAKS), draw.choice(OVERRUNS)
        right = GROUP_C
        wrong = _overrun(right.replace(*leak[:2]), overrun)
        main = MAIN_C.replace("@KEY@", source.name(role)).replace("@VALUE@", source.name("count"))
        files = {
            "Makefile": MAKEFILE,
            "include/csv.h": CSV_HEADER,
            "include/group.h": GROUP_H,
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/group.c": wrong,
            "src/main.c": main,
        }
        broken = Codebase(path=place, noun="program for medians", files=files)
        hidden = unseen(source, world.theme, draw.child("hidden"), 90)
        fixed = replace(
            broken,
            files={**files, "src/group.c": right},
            hidden=hidden,
            editable=("src/group.c",),
            trials=(
                Trial(
                    "make -s medians >&2\n"
                    "valgrind -q --vgdb=no --leak-check=full --show-leak-kinds=all "
                    '--errors-for-leak-kinds=all --error-exitcode=9 ./medians < "$at/hidden.csv"',
                    _medians(hidden, role, "/").text(),
                    "memory",
                    f"{place} is right about other data, without errors or blocks left at the end.",
                ),
            ),
        )
        result = _medians(source, role, target)
        at, given, there = quoted(place), quoted(source.path), quoted(target)
        check = f"valgrind --leak-check=full --show-leak-kinds=all ./medians < {given}"
        partly = [
            Wrong(name, path=f"{place}/src/group.c", content=text.encode())
            for name, text in (
                ("it still leaks", right.replace(*leak[:2])),
                ("it still reaches beyond", _overrun(right, overrun)),
            )
        ]
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"The program `medians` in `{place}` (`make medians`, records on standard input) "
                "grows without end on the server and has crashed twice, although its figures "
                "mostly look right. Find out where it handles memory wrongly and repair "
                "`src/group.c`, the only file that may change: it must read and write nothing but "
                "memory that it owns, use no value that was never set, and have freed every block "
                f"when it ends. Its results stay the same. Save what it prints for `{source.path}` "
                f"as `{target}`.",
                f"I need the medians of `{source.path}` in `{target}`, but do not trust `{place}` "
                "any more: `medians` (built by `make medians`, reads the records from standard "
                "input) loses memory, and touches memory that is not its own. Mend that in "
                "`src/group.c` and nowhere else. Afterwards no access is invalid, nothing is used "
                "before it was set, no block is left when the program ends, and it prints what it "
                "was always meant to print.",
            ],
            steps=[
                look(
                    f"cd {at} && make -s medians && cat src/group.c && {check} 2>&1 > "
                    "/tmp/first.csv | grep -E -A 4 'Invalid|uninit|lost in|reachable in' "
                    "| head -n 34",
                    f"{place} builds with -g, so each finding will name its line.",
                    "Run it on the records under a memory checker and read what it says.",
                    duration=3.0,
                ),
                do(
                    patch_between(broken, fixed),
                    f"Two causes: {leak[2]}, and {overrun[2]}.",
                    "Repair both where they arise.",
                ),
                do(
                    f'cd {at} && make -s -B medians && "$PWD/medians" < {given} > {there} && '
                    f"{check} 2>&1 > /tmp/second.csv | tail -n 5",
                    "Both causes are mended, I think.",
                    "Build anew, keep the output, and ask the checker again.",
                    duration=3.0,
                ),
                look(
                    f"head -n 4 {there}",
                    "Do the groups look right now?",
                    "Look at the result.",
                ),
            ],
            wrong=[
                *partly,
                *differing(
                    result, [("the larger of two middle values", _medians(source, role, target, 0))]
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"cd {at} && valgrind -q --error-exitcode=9 --leak-check=full "
                    f"./medians < {given} > /tmp/trial.csv 2> /tmp/trial.log; echo status $?",
                    symptom=r"status (9|1\d\d)",
                    diagnosis="The figures in the output look fine, but the checker still counts "
                    "errors: nothing is repaired yet.",
                ),
                Mistake(
                    "hallucination",
                    before=0,
                    command="valgrind --find-leaks=all true",
                    symptom=r"Unknown option|--find-leaks",
                    diagnosis="There is no such option; leaks are shown with --leak-check=full.",
                ),
            ],
        )


def _overrun(right: str, fault: tuple[str, ...]) -> str:
    """The right text with only the invalid access."""
    text = right.replace(*fault[:2])
    return text if fault[1] else text.replace("head = next;", "head = head->next;")


def _medians(table: Table, role: str, path: str, less: int = 1) -> Table:
    """The number of records and the median count of each value of a column."""
    return tally(
        table,
        role,
        path,
        f"median {table.name('count')}",
        of=lambda counts: sorted(counts)[(len(counts) - less) // 2],
        prefix="median_",
    )
