"""Mend a makefile that only builds one step after the other."""

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

GENERATE = """#!/bin/sh
# Turns a list of names and texts into a header: generate.sh LIST PREFIX
sleep 0.15
echo "/* made from $1 */"
while read -r name text; do
    echo "#define $2_$name \\"$text\\""
done < "$1"
"""
MONTHS_H = """#ifndef MONTHS_H
#define MONTHS_H
struct month {
    char name[8];
    long records;
    long sum;
};
struct month *month_of(const char *day);
void months_print(void);
#endif
"""
MONTHS_C = """#include "csv.h"
#include "labels.h"
#include "months.h"
#include <stdlib.h>
#include <string.h>

static struct month months[600];
static int used;

/* The month of a day in the form YYYY-MM-DD. */
struct month *month_of(const char *day)
{
    char name[8] = "";
    strncat(name, day, 7);
    for (int at = 0; at < used; at++)
        if (strcmp(months[at].name, name) == 0)
            return &months[at];
    if (used == 600)
        exit(3);
    strcpy(months[used].name, name);
    return &months[used++];
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct month *)left)->name, ((const struct month *)right)->name);
}

void months_print(void)
{
    qsort(months, (size_t)used, sizeof *months, by_name);
    printf("%s,%s,%s\\n", LABEL_MONTH, LABEL_RECORDS, LABEL_SUM);
    for (int at = 0; at < used; at++) {
        csv_put(stdout, months[at].name);
        printf(",%ld,%ld\\n", months[at].records, months[at].sum);
    }
}
"""
MAIN_C = """#include "columns.h"
#include "csv.h"
#include "months.h"
#include <stdlib.h>

int main(void)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int day = csv_find(cells, count, COLUMN_DAY);
    int value = csv_find(cells, count, COLUMN_VALUE);
    if (day < 0 || value < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        count = csv_split(line, cells, MAX_CELLS);
        if (count > day && count > value) {
            struct month *month = month_of(cells[day]);
            month->records++;
            month->sum += atol(cells[value]);
        }
    }
    months_print();
    return 0;
}
"""
HEAD = """CC = gcc
CFLAGS = -std=c11 -O1 -Wall -Iinclude -Ibuild/gen
OBJECTS = build/main.o build/months.o build/csv_read.o build/csv_write.o

"""
TAIL = """
monthly: $(OBJECTS)
\t$(CC) -o $@ $(OBJECTS)

clean:
\trm -rf build monthly

"""
SERIAL = """all: dirs headers monthly

dirs:
\tmkdir -p build/gen

headers: build/gen/columns.h build/gen/labels.h

build/gen/columns.h: columns.txt
\ttools/generate.sh columns.txt COLUMN > build/gen/part.tmp
\tmv build/gen/part.tmp $@

build/gen/labels.h: labels.txt
\ttools/generate.sh labels.txt LABEL > build/gen/part.tmp
\tmv build/gen/part.tmp $@

build/%.o: src/%.c
\t$(CC) $(CFLAGS) -c -o $@ $<
"""
SOUND = """all: monthly

build/gen:
\tmkdir -p $@

build/gen/columns.h: columns.txt | build/gen
\ttools/generate.sh columns.txt COLUMN > $@.tmp
\tmv $@.tmp $@

build/gen/labels.h: labels.txt | build/gen
\ttools/generate.sh labels.txt LABEL > $@.tmp
\tmv $@.tmp $@

build/main.o: build/gen/columns.h
build/months.o: build/gen/labels.h
$(OBJECTS): | build/gen

build/%.o: src/%.c
\t$(CC) $(CFLAGS) -c -o $@ $<
"""
BEFORE = HEAD + SERIAL + TAIL + ".PHONY: all clean dirs headers\n"
AFTER = HEAD + SOUND + TAIL + ".PHONY: all clean\n"
TRIAL = """make -s -j8 >&2
./monthly < "$at/hidden.csv"
make -q && echo "nothing to do"
make -s clean >&2
for target in build/months.o build/main.o build/gen/labels.h; do
  make -s clean >&2
  make -s "$target" >&2
  test -s "$target" && echo "$target by itself"
done
make -s -j8 >&2
sed -i 's/^MONTH .*/MONTH period/' labels.txt
touch -d '+2 seconds' labels.txt
make -s -j8 >&2
./monthly < "$at/hidden.csv" | head -n 1
"""


class MendParallelBuild(Recipe):
    """A makefile builds with many jobs at once, and what the program says is there."""

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
    tools = ("make", "cat", "nproc", "patch", "head", "tail")
    packages = ("gcc", "libc6-dev", "make", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("date", "count"):
            raise Unsuitable("no dates or no counts")
        target = world.output(draw, ["monthly", "by_month", "months"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-monthly", "month-sums", "calendar-tool"])
        hidden = unseen(source, world.theme, draw.child("hidden"), 60)
        result = _monthly(source, target)
        columns = [("DAY", source.name("date")), ("VALUE", source.name("count"))]
        labels = [("MONTH", "month"), ("RECORDS", "records"), ("SUM", source.name("count"))]
        files = {
            "columns.txt": "".join(f"{name} {text}\n" for name, text in draw.shuffled(columns)),
            "include/csv.h": CSV_HEADER,
            "include/months.h": MONTHS_H,
            "labels.txt": "".join(f"{name} {text}\n" for name, text in draw.shuffled(labels)),
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
            "src/main.c": MAIN_C,
            "src/months.c": MONTHS_C,
            "tools/generate.sh": GENERATE,
        }
        broken = Codebase(
            path=place, noun="program for monthly figures", files={**files, "Makefile": BEFORE}
        )
        text = _monthly(hidden, "/").text()
        single = ("build/months.o", "build/main.o", "build/gen/labels.h")
        alone = "".join(f"{name} by itself\n" for name in single)
        header = text.split("\n")[0].replace("month,", "period,", 1)
        fixed = replace(
            broken,
            files={**files, "Makefile": AFTER},
            hidden=hidden,
            editable=("Makefile",),
            trials=(
                Trial(
                    TRIAL,
                    f"{text}nothing to do\n{alone}{header}\n",
                    "parallel",
                    f"{place} builds with many jobs, by single target, and after a change.",
                ),
            ),
        )
        at, given, there = (quoted(p) for p in (place, source.path, target))

        def spoilt(name: str, right: str, wrong: str) -> Wrong:
            text = AFTER.replace(right, wrong)
            return Wrong(name, path=f"{place}/Makefile", content=text.encode())

        shifted = [(month, count, str(int(total) + 1)) for month, count, total in result.rows]
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"The build of `monthly` in `{place}` works on my laptop and fails on the build "
                "server, which runs many jobs at once. Mend the `Makefile` there, and nothing "
                "else, so that every rule states what it needs: `make -j8` from scratch, and any "
                "single file that it makes (say `build/months.o` or `build/gen/labels.h`) asked "
                "for by itself after `make clean`, which goes on removing everything that is "
                "built. A changed `labels.txt` or `columns.txt` has to reach the program with the "
                "next `make`, and after a build there is nothing left to do. Then run `monthly` "
                f"with `{source.path}` on its standard input and keep the output as `{target}`.",
                f"Somebody has to get the `Makefile` in `{place}` ready for our build server. "
                "There `make -j8` fails, because steps rely on others having run earlier or share "
                "a file. I want to be able to ask for any built file alone (`build/months.o`, "
                "`build/gen/labels.h` and so on) after `make clean`, which has to leave nothing "
                "built behind, to see changes of `labels.txt` and `columns.txt` in the program "
                "after the next `make`, and to find nothing left to do after a build. Other files "
                "stay as they are. When that holds, save what `monthly` prints for "
                f"`{source.path}`, given as its standard input, to `{target}`.",
            ],
            steps=[
                look(
                    f"cat {at}/Makefile; nproc; make -C {at} -j8 2>&1 | tail -n 6; "
                    f"make -C {at} -s clean",
                    f"{place} builds one step after the other but not at once.",
                    "Read the makefile and see it fail with many jobs.",
                    duration=1.5,
                ),
                look(
                    f"cat {at}/tools/generate.sh {at}/columns.txt {at}/labels.txt; "
                    f"cat {at}/src/main.c {at}/src/months.c | tail -n +1 | head -n 6",
                    "The headers are generated, slowly, and no object says that it needs them.",
                    "See what is generated and who includes it.",
                ),
                do(
                    patch_between(broken, fixed),
                    "Three faults: objects do not depend on the generated headers, the folder is "
                    "made by a step that only happens to come first, and both generators write to "
                    "the same temporary file.",
                    "State the dependencies, order the folder first, give each its own file.",
                ),
                do(
                    f'(cd {at} && make -s -j8 && "$PWD/monthly" < {given} > {there})',
                    "Now the order of the steps should not matter.",
                    "Build with many jobs and run the program on the records.",
                    duration=2.0,
                ),
                look(
                    f"make -C {at} -q && echo up to date; cat {there} | tail -n 5",
                    f"{len(result.rows)} months are expected, and nothing left to build.",
                    "Ask make whether anything is left, and read the result.",
                ),
            ],
            wrong=[
                *result.with_rows(shifted).as_wrong("every sum is one too high"),
                Wrong(
                    "only one job is allowed",
                    path=f"{place}/Makefile",
                    content=(BEFORE + ".NOTPARALLEL:\n").encode(),
                ),
                spoilt("an object does not know its header", "build/months.o: ", "other.o: "),
                spoilt(
                    "the header does not know its list", "labels.h: labels.txt |", "labels.h: |"
                ),
                spoilt("always something to do", ".PHONY: all", ".PHONY: build/gen/labels.h all"),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"make -C {at} -s clean; make -C {at} build/months.o 2>&1",
                    symptom=r"No such file or directory",
                    diagnosis="An object by itself cannot be built: it needs a folder and a "
                    "generated header that its rule does not name.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"make -C {at} -j8 month 2>&1",
                    symptom=r"No rule to make target",
                    diagnosis="The program is called monthly; make knows targets by name only.",
                ),
            ],
        )


def _monthly(table: Table, path: str) -> Table:
    """Records and sum of the counts by month."""
    found: dict[str, list[int]] = {}
    for day, cell in zip(table.values("date"), table.values("count"), strict=True):
        found.setdefault(day[:7], []).append(int(cell))
    columns = [
        Column("month", "category"),
        Column("records", "count"),
        Column(table.name("count"), "count"),
    ]
    rows = [(name, str(len(cells)), str(sum(cells))) for name, cells in sorted(found.items())]
    return summary(path, f"{table.name('count')} by month", columns, rows)
