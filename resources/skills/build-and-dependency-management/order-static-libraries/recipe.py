"""Put the static libraries of a link line into an order that resolves."""

from __future__ import annotations

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
from shellwright.recipe.tabular import tally

GROUPS_H = """#ifndef GROUPS_H
#define GROUPS_H
struct group {
    char name[128];
    long records;
    long sum;
};
void group_add(const char *name, long value);
int group_list(struct group **list);
#endif
"""
GROUPS_ADD = """#include "groups.h"
#include "report.h"
#include <stdlib.h>
#include <string.h>

static struct group groups[512];
static int used;

void group_add(const char *name, long value)
{
    int at = 0;
    while (at < used && strcmp(groups[at].name, name) != 0)
        at++;
    if (at == 512) {
        report_warn("too many groups");
        exit(3);
    }
    if (at == used)
        strncpy(groups[used++].name, name, sizeof groups[at].name - 1);
    groups[at].records++;
    groups[at].sum += value;
}

int group_list(struct group **list)
{
    *list = groups;
    return used;
}
"""
GROUPS_SORT = """#include "sort.h"
#include <stdlib.h>
#include <string.h>

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct group *)left)->name, ((const struct group *)right)->name);
}

void group_sort(struct group *list, int count)
{
    qsort(list, (size_t)count, sizeof *list, by_name);
}
"""
SORT_H = '#ifndef SORT_H\n#define SORT_H\n#include "groups.h"\n'
SORT_H += "void group_sort(struct group *list, int count);\n#endif\n"
REPORT_H = """#ifndef REPORT_H
#define REPORT_H
#include "groups.h"
void report_print(struct group *list, int count);
void report_warn(const char *what);
#endif
"""
REPORT_PRINT = """#include "csv.h"
#include "report.h"
#include "sort.h"

void report_print(struct group *list, int count)
{
    group_sort(list, count);
    for (int at = 0; at < count; at++) {
        csv_put(stdout, list[at].name);
        printf(",%ld,%ld\\n", list[at].records, list[at].sum);
    }
}
"""
REPORT_WARN = """#include "report.h"
#include <stdio.h>

void report_warn(const char *what)
{
    fprintf(stderr, "tally: %s\\n", what);
}
"""
MAIN = """#include "csv.h"
#include "groups.h"
#include "report.h"
#include <stdlib.h>

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
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
            group_add(cells[key], atol(cells[value]));
    }
    struct group *list;
    count = group_list(&list);
    puts("@KEY@,records,@VALUE@");
    report_print(list, count);
    return 0;
}
"""
MEMBERS = {
    "csv": ("csv_read", "csv_write"),
    "groups": ("groups_add", "groups_sort"),
    "report": ("report_print", "report_warn"),
}


class OrderStaticLibraries(Recipe):
    """A program links against static libraries that need one another, and what it says is there."""

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
    tools = ("make", "cat", "ar", "nm", "patch", "tail")
    packages = ("binutils", "gcc", "libc6-dev", "make", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "status", "category"])
        if not source.has(role, "count") or len(source.header) > 60:
            raise Unsuitable(f"no column with the role {role}, or no counts")
        target = world.output(draw, ["tally", "per_group", "counted"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-tally", "counter", "tallying"])
        hidden = unseen(source, world.theme, draw.child("hidden"))
        result = _counted(source, role, target)
        main = MAIN.replace("@KEY@", source.name(role)).replace("@VALUE@", source.name("count"))
        lost = draw.choice(["groups_sort", "csv_write", "report_warn"])
        order = draw.shuffled(MEMBERS)
        files = {
            "include/csv.h": CSV_HEADER,
            "include/groups.h": GROUPS_H,
            "include/report.h": REPORT_H,
            "include/sort.h": SORT_H,
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/groups_add.c": GROUPS_ADD,
            "src/groups_sort.c": GROUPS_SORT,
            "src/main.c": main,
            "src/report_print.c": REPORT_PRINT,
            "src/report_warn.c": REPORT_WARN,
        }
        broken = Codebase(
            path=place,
            noun="tally program",
            files={**files, "Makefile": _makefile(order, lost=lost)},
        )
        listing = "for lib in csv groups report; do ar t build/lib$lib.a | sort; done\n"
        members = "".join(f"{name}.o\n" for names in MEMBERS.values() for name in sorted(names))
        fixed = replace(
            broken,
            files={**files, "Makefile": _makefile(order)},
            hidden=hidden,
            editable=("Makefile",),
            trials=(
                Trial(
                    f'make -s tally >&2\n./tally < "$at/hidden.csv"\n{listing}',
                    _counted(hidden, role, "/").text() + members,
                    "links",
                    f"{place} links from scratch, with whole libraries, and is right about others.",
                ),
            ),
        )
        at, given, there = quoted(place), quoted(source.path), quoted(target)
        shifted = [(name, count, str(int(total) + 1)) for name, count, total in result.rows]
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"The C program in `{place}` was split into the static libraries `build/libcsv.a`, "
                "`build/libgroups.a` and `build/libreport.a`, and has not linked since. Put "
                f"`{place}/Makefile` right so that `make tally` works from scratch; no other file "
                "may change, and each library holds exactly the objects of the two sources in "
                f"`src` whose names start like it. Then run `tally` with `{source.path}` as its "
                f"standard input and save what it prints as `{target}`.",
                f"I need the tally of `{source.path}` in `{target}`: the output of the program in "
                f"`{place}`, which reads the records from its standard input. It stopped linking "
                "when its sources were divided between `build/libcsv.a`, `build/libgroups.a` and "
                "`build/libreport.a`. Each library has to hold both objects whose names in `src` "
                "begin with the library's name, and `make tally` must build everything from "
                f"nothing, as well as `tally` itself. Change `{place}/Makefile` only.",
            ],
            steps=[
                look(
                    f"cat {at}/Makefile; make -C {at} tally 2>&1 | tail -n 14",
                    f"The link of {place} fails with undefined symbols, they say.",
                    "Read the makefile and see what the linker misses.",
                    duration=1.5,
                    fails=True,
                ),
                look(
                    f"(cd {at}/build && for lib in lib*.a; do ar t $lib; nm -g --undefined-only "
                    "$lib; done) 2>/dev/null | tail -n 38",
                    "An undefined symbol is either in no library, or in one that the linker had "
                    "already passed.",
                    "List the members of each library and what they need from elsewhere.",
                ),
                do(
                    patch_between(broken, fixed),
                    f"{lost}.o is in no library. Besides, groups and report need one another, so "
                    "that no plain order can do: the libraries have to be searched as a group, and "
                    "after the objects that use them.",
                    "Add the object and close the libraries into a group behind the objects.",
                ),
                do(
                    f'(cd {at} && make -s -B tally && "$PWD/tally" < {given} > {there})',
                    "The link line is right now.",
                    "Build everything anew and run the program on the records.",
                    duration=2.0,
                ),
                look(
                    f"tail -n 3 {there}; nm {at}/tally | tail -n 4",
                    "Do the groups together have all records?",
                    "Look at the end of the result and that there is a real program.",
                ),
            ],
            wrong=[
                *result.with_rows(shifted).as_wrong("every sum is one too high"),
                *result.with_rows((n, s, c) for n, c, s in result.rows).as_wrong("figures swapped"),
                Wrong(
                    "the output is there but the makefile is as it was",
                    path=f"{place}/Makefile",
                    content=broken.files["Makefile"].encode(),
                ),
                Wrong(
                    "the order is right but an object is in no library",
                    path=f"{place}/Makefile",
                    content=_stray(order, lost).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"make -C {at} tally LIBS='-Lbuild -lgroups -lcsv -lreport'",
                    symptom=r"undefined reference",
                    diagnosis="Another order alone does not help, since an object is missing and "
                    "two libraries need one another.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"(cd {at} && ranlib build/libgroup.a)",
                    symptom=r"No such file|'build/libgroup.a'",
                    diagnosis="The library is called libgroups.a, and its index is not the problem "
                    "anyway.",
                ),
            ],
        )


def _counted(table: Table, role: str, path: str) -> Table:
    """The records and the sum of the counts of each value of a column."""
    return tally(table, role, path, f"tally by {table.name(role)}")


def _makefile(order: list[str], lost: str = "") -> str:
    """The makefile; `lost` is an object that is put into no library, and then the order is bad."""
    libraries = " ".join(f"-l{name}" for name in order)
    group = f"-Wl,--start-group {libraries} -Wl,--end-group"
    rules = "".join(
        f"build/lib{name}.a: "
        + " ".join(f"build/{member}.o" for member in members if member != lost)
        + "\n\trm -f $@\n\t$(AR) rcs $@ $^\n\n"
        for name, members in MEMBERS.items()
    )
    link = "build/main.o $(LIBS)" if not lost else "$(LIBS) build/main.o"
    return (
        "CC = gcc\nAR = ar\nCFLAGS = -std=c11 -O1 -Wall -Iinclude\n"
        f"LIBS = -Lbuild {libraries if lost else group}\n\n"
        "tally: build/main.o build/libcsv.a build/libgroups.a build/libreport.a\n"
        f"\t$(CC) -o $@ {link}\n\n{rules}"
        "build/%.o: src/%.c\n\t@mkdir -p build\n\t$(CC) $(CFLAGS) -c -o $@ $<\n\n"
        "clean:\n\trm -rf build tally\n\n.PHONY: clean\n"
    )


def _stray(order: list[str], lost: str) -> str:
    """A makefile that links the missing object by itself."""
    text = _makefile(order).replace(f" build/{lost}.o", "")
    text = text.replace("tally: build/main.o", f"tally: build/main.o build/{lost}.o")
    return text.replace("$(CC) -o $@ build/main.o", f"$(CC) -o $@ build/main.o build/{lost}.o")
