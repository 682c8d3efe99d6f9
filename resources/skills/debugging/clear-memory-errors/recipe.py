"""Clear a program of its memory errors."""

from __future__ import annotations

from dataclasses import replace

from shellwright.recipe import (
    Column,
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
    summary,
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

SPANS_C = """#include "spans.h"
#include <stdlib.h>
#include <string.h>

static struct span *spans;
static int used, room;

static char *copied(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    strcpy(copy, text);
    return copy;
}

static struct span *span_of(const char *name)
{
    for (int at = 0; at < used; at++)
        if (strcmp(spans[at].name, name) == 0)
            return &spans[at];
    if (used == room) {
        room += 2;
        spans = realloc(spans, (size_t)room * sizeof *spans);
    }
    struct span *made = &spans[used++];
    memset(made, 0, sizeof *made);
    made->name = copied(name);
    return made;
}

void span_note(const char *name, const char *day)
{
    struct span *span = span_of(name);
    if (!span->first || strcmp(day, span->first) < 0) {
        free(span->first);
        span->first = copied(day);
    }
    if (!span->last || strcmp(day, span->last) > 0) {
        free(span->last);
        span->last = copied(day);
    }
    span->records++;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct span *)left)->name, ((const struct span *)right)->name);
}

int span_list(struct span **list)
{
    qsort(spans, (size_t)used, sizeof *spans, by_name);
    *list = spans;
    return used;
}

void span_free(void)
{
    for (int at = 0; at < used; at++) {
        free(spans[at].name);
        free(spans[at].first);
        free(spans[at].last);
    }
    free(spans);
    spans = NULL;
    used = room = 0;
}
"""
SPANS_H = """#ifndef SPANS_H
#define SPANS_H
struct span {
    char *name;
    char *first;
    char *last;
    long records;
};
void span_note(const char *name, const char *day);
int span_list(struct span **list);
void span_free(void);
#endif
"""
MAIN_C = """#include "csv.h"
#include "spans.h"

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int key = csv_find(cells, count, "@KEY@");
    int day = csv_find(cells, count, "@DAY@");
    if (key < 0 || day < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        count = csv_split(line, cells, MAX_CELLS);
        if (count > key && count > day)
            span_note(cells[key], cells[day]);
    }
    struct span *list;
    count = span_list(&list);
    puts("@KEY@,first,last,records");
    for (int at = 0; at < count; at++) {
        csv_put(stdout, list[at].name);
        printf(",%s,%s,%ld\\n", list[at].first, list[at].last, list[at].records);
    }
    span_free();
    return 0;
}
"""
MAKEFILE = """CC = gcc
CFLAGS = -std=c11 -g -O1 -Wall -Iinclude

spans: src/main.c src/spans.c src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -o $@ $^
"""
#: What is wrong, and the right text with the faulty one.
FAULTS = (
    ("copies have no room for their end", "strlen(text) + 1", "strlen(text)"),
    (
        "a search reads one entry too many",
        "at < used; at++)\n        if",
        "at <= used; at++)\n        if",
    ),
    ("new entries are not cleared", "    memset(made, 0, sizeof *made);\n", ""),
    (
        "an earlier first day is lost",
        "        free(span->first);\n        span->first = ",
        "        span->first = ",
    ),
    (
        "a later last day is lost",
        "        free(span->last);\n        span->last = ",
        "        span->last = ",
    ),
    ("names are never given back", "        free(spans[at].name);\n", ""),
    ("the list itself is never given back", "    free(spans);\n", ""),
)
JUDGE = (
    "valgrind -q --leak-check=full --errors-for-leak-kinds=definite,possible "
    "--show-leak-kinds=definite,possible --error-exitcode=9"
)


class ClearMemoryErrors(Recipe):
    """A program makes no memory error and loses no memory, and what it says is there."""

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
    tools = ("make", "valgrind", "grep", "head", "sort", "uniq", "cat", "patch")
    packages = ("gcc", "libc6-dev", "make", "patch", "valgrind")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "category", "status"])
        if not source.has(role, "date") or len(set(source.values("date"))) < 8:
            raise Unsuitable(f"no column with the role {role}, or too few days")
        target = world.output(draw, ["spans", "first_and_last", "periods"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-spans", "span-finder", "periods-tool"])
        chosen = [draw.choice(FAULTS[:3]), *draw.sample(FAULTS[3:], 2)]
        text = SPANS_C
        for _, right, wrong in chosen:
            text = text.replace(right, wrong)
        main = MAIN_C.replace("@KEY@", source.name(role)).replace("@DAY@", source.name("date"))
        files = {
            "Makefile": MAKEFILE,
            "include/csv.h": CSV_HEADER,
            "include/spans.h": SPANS_H,
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/main.c": main,
            "src/spans.c": SPANS_C,
        }
        broken = Codebase(
            path=place, noun="program for first and last days", files={**files, "src/spans.c": text}
        )
        hidden = unseen(source, world.theme, draw.child("hidden"), 90)
        fixed = replace(
            broken,
            files=files,
            hidden=hidden,
            editable=("src/spans.c",),
            trials=(
                Trial(
                    f'make -s spans >&2\n{JUDGE} ./spans < "$at/hidden.csv"',
                    _spans(hidden, role, "/").text(),
                    "clean",
                    f"The program in {place} makes no memory error on other data and is right.",
                ),
            ),
        )
        result = _spans(source, role, target)
        at, given, there = (quoted(p) for p in (place, source.path, target))
        half = text
        for _, right, wrong in chosen[1:]:
            half = half.replace(wrong, right) if wrong in half and right not in half else half
        loose = SPANS_C.replace(chosen[2][1], chosen[2][2])
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"`make` in `{place}` builds `spans`, which reads records from its standard input "
                "and prints who or what was seen from when to when. Its figures look right until "
                "they do not: somebody got the memory handling wrong, in `src/spans.c` only. Clear "
                "that file of every invalid or uninitialised access and of every block that is "
                "lost at the end, without changing any other file or what the program prints, and "
                f"write its output for `{source.path}` to `{target}`.",
                f"Before we put `spans` (sources in `{place}`, built there by `make`) into service "
                "it must not touch memory that is not its own or that nobody has set, nor lose a "
                "block before it ends. All the faults sit in `src/spans.c`; leave the other files "
                f"alone. Afterwards run it with `{source.path}` as its standard input and save "
                f"the output, whose form stays as it is, as `{target}`.",
            ],
            steps=[
                look(
                    f"(cd {at} && make -s spans && valgrind --leak-check=full ./spans < {given} "
                    "2>&1 >/tmp/spans.out | grep -E 'Invalid|uninit|spans.c|lost:|SUMMARY' "
                    "| sort | uniq -c | head -n 30)",
                    f"There are memory errors in {place}; the makefile builds with debugging "
                    "information.",
                    "Run the program on real records under a memory checker.",
                    duration=3.0,
                ),
                look(
                    f"cat {at}/src/spans.c | head -n 80",
                    "The report names lines of spans.c.",
                    "Read that file.",
                ),
                do(
                    patch_between(broken, fixed),
                    "Three faults explain the report: "
                    + "; ".join(what for what, _, _ in chosen)
                    + ".",
                    "Correct those three places.",
                ),
                do(
                    f"(cd {at} && make -s -B spans && {JUDGE} ./spans < {given} > {there})",
                    "The checker should be silent now; it fails on any error or lost block.",
                    "Build anew and produce the result under the checker.",
                    duration=3.0,
                ),
                look(
                    f"head -n 5 {there}",
                    f"{len(result.rows)} rows are expected.",
                    "Look at the result.",
                ),
            ],
            wrong=[
                *result.with_rows(
                    (n, last, first, c) for n, first, last, c in result.rows
                ).as_wrong("first and last are swapped"),
                *result.with_rows(result.rows[1:]).as_wrong("the first group is missing"),
                Wrong("only leaks", path=f"{place}/src/spans.c", content=half.encode()),
                Wrong("one block is lost", path=f"{place}/src/spans.c", content=loose.encode()),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"(cd {at} && valgrind --find-leaks=all ./spans < {given})",
                    symptom=r"Unknown option|Bad option",
                    diagnosis="There is no such option; it is called --leak-check.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f'(cd {at} && {JUDGE} ./spans < {given} > /tmp/spans.out; echo "code '
                    '$?")',
                    symptom=r"code [1-9]",
                    diagnosis="That the output looks right proves nothing: the checker still finds "
                    "errors.",
                ),
            ],
        )


def _spans(table: Table, role: str, path: str) -> Table:
    """The first and the last day and the number of records for each value of a column."""
    found: dict[str, list[str]] = {}
    for name, day in zip(table.values(role), table.values("date"), strict=True):
        found.setdefault(name, []).append(day)
    columns = [
        Column(table.name(role), role),
        Column("first", "date"),
        Column("last", "last_date"),
        Column("records", "count"),
    ]
    rows = [(name, min(days), max(days), str(len(days))) for name, days in sorted(found.items())]
    return summary(path, f"periods by {table.name(role)}", columns, rows)
