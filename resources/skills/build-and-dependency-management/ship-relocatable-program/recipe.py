"""Ship a program with its shared library so that it runs from anywhere."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
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
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.kinds.codebase import (
    CSV_HEADER,
    CSV_READ,
    CSV_WRITE,
    Codebase,
    unseen,
)

MAIN_C = """#include "csv.h"
#include <stdlib.h>
#include <string.h>

struct count {
    char *name;
    long records;
};

static int by_records(const void *left, const void *right)
{
    const struct count *a = left, *b = right;
    if (a->records != b->records)
        return a->records < b->records ? 1 : -1;
    return strcmp(a->name, b->name);
}

int main(void)
{
    static struct count counts[512];
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    int used = 0;
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int key = csv_find(cells, count, "@KEY@");
    if (key < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        if (csv_split(line, cells, MAX_CELLS) <= key)
            continue;
        int at = 0;
        while (at < used && strcmp(counts[at].name, cells[key]) != 0)
            at++;
        if (at == 512)
            return 3;
        if (at == used)
            counts[used++].name = strdup(cells[key]);
        counts[at].records++;
    }
    qsort(counts, (size_t)used, sizeof *counts, by_records);
    puts("@KEY@,records");
    for (int at = 0; at < used; at++) {
        csv_put(stdout, counts[at].name);
        printf(",%ld\\n", counts[at].records);
    }
    return 0;
}
"""
MAKEFILE = """# Received from the supplier; changes are lost with the next delivery.
CC = gcc
CFLAGS = -std=gnu11 -O1 -Wall -fPIC -Iinclude
PREFIX = @PREFIX@

all: $(OUT)/rank

$(OUT)/libcsvio.so: src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -shared@SONAME@ -o $@ $^

$(OUT)/rank: src/main.c $(OUT)/libcsvio.so
\t$(CC) $(CFLAGS) -o $@ src/main.c $(OUT)/libcsvio.so -Wl,-rpath,$(PREFIX)/lib

.PHONY: all
"""


class ShipRelocatableProgram(Recipe):
    """A program runs from any place with the shared library beside it; its output is there."""

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
    tools = ("cat", "make", "readelf", "ldd", "grep", "mkdir", "install", "ln", "patchelf", "find",
             "sed")  # fmt: skip
    packages = ("binutils", "gcc", "libc6-dev", "make", "patchelf")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["person", "status", "category"])
        if not source.has(role):
            raise Unsuitable(f"no column with the role {role}")
        target = world.output(draw, ["ranking", "by_frequency", "most_records"], ".csv")
        version = f"{draw.integer(1, 5)}.{draw.integer(0, 9)}.{draw.integer(1, 20)}"
        major = version.split(".")[0]
        ship = world.output(draw, [f"rank-{version}"])
        place = world.input(draw, [f"{world.theme.key}-rank", "ranking-src", "supplier-rank"])
        prefix = f"/opt/{draw.choice(['buildbot', 'jenkins', 'ci'])}/stage-{draw.integer(3, 90)}"
        named = draw.chance(0.5)
        soname = " -Wl,-soname,libcsvio.so" if named else ""
        hidden = unseen(source, world.theme, draw.child("hidden"))
        result = _ranked(source, role, target)
        code = Codebase(
            path=place,
            noun="ranking program",
            files={
                "Makefile": MAKEFILE.replace("@PREFIX@", prefix).replace("@SONAME@", soname),
                "include/csv.h": CSV_HEADER,
                "src/csv_read.c": CSV_READ,
                "src/csv_write.c": CSV_WRITE,
                "src/main.c": MAIN_C.replace("@KEY@", source.name(role)),
            },
        )
        needed = "libcsvio.so" if named else "/tmp/rank-build/libcsvio.so"
        at, given, there, out = (quoted(p) for p in (place, source.path, target, ship))
        library = f"{out}/lib/libcsvio.so.{version}"
        link = f"ln -sfn libcsvio.so.{version} {out}/lib/libcsvio.so.{major}"
        by_name = sorted(result.rows)
        return Move(
            focus=result,
            makes=[result],
            brings=code.entries(),
            checks=_checks(ship, version, _ranked(hidden, role, "/").text(), hidden.text()),
            request=[
                f"The supplier's sources in `{place}` (`make` with `OUT` set to an existing folder "
                "puts `rank` and `libcsvio.so` there) give a program that only runs on the build "
                f"machine. Make a folder `{ship}` of it that runs wherever it is copied to, "
                f"without any variables set: just `bin/rank`, `lib/libcsvio.so.{version}` and the "
                f"relative symbolic link `lib/libcsvio.so.{major}` to that. The library's soname "
                f"is `libcsvio.so.{major}`, the program needs it by that name, and its only run "
                "path is `$ORIGIN/../lib`. The sources stay untouched. Use the program from there "
                f"on `{source.path}` (standard input) and keep what it prints as `{target}`.",
                f"Please package `rank` from `{place}` as a folder `{ship}` that can be unpacked "
                f"anywhere: it holds `bin/rank`, `lib/libcsvio.so.{version}`, a relative link "
                f"`lib/libcsvio.so.{major}` to the latter, and nothing else. As delivered, `make` "
                "(with the variable `OUT`, a folder that exists, it writes `rank` and "
                "`libcsvio.so` to it) bakes in paths of the build machine. I need the soname "
                f"`libcsvio.so.{major}`, a program that asks for exactly that and whose one run "
                "path is `$ORIGIN/../lib`, and the supplier's files unchanged. Its output for "
                f"`{source.path}` on standard input goes to `{target}`.",
            ],
            steps=[
                look(
                    f"cat {at}/Makefile",
                    f"{place} came from the supplier and must not be changed.",
                    "Read how it links.",
                ),
                do(
                    f"mkdir -p /tmp/rank-build && make -s -C {at} OUT=/tmp/rank-build && "
                    f"mkdir -p {out}/bin {out}/lib && install -m 755 /tmp/rank-build/rank "
                    f"{out}/bin/rank && install -m 644 /tmp/rank-build/libcsvio.so {library} && "
                    f"{link}",
                    "The build can write to another folder, so the sources stay clean.",
                    "Build outside and lay the files out.",
                    duration=1.5,
                ),
                look(
                    f"readelf -d {out}/bin/rank | grep -E 'NEEDED|RPATH|RUNPATH'; "
                    f"readelf -d {library} | grep -E 'SONAME|NEEDED'; ldd {out}/bin/rank",
                    "The makefile sets a run path, and "
                    + ("a soname without a version." if named else "no soname at all."),
                    "See what the program asks for and where it looks.",
                ),
                do(
                    f"needed=$(readelf -d {out}/bin/rank | sed -nE "
                    "'s/.*NEEDED.*\\[(.*csvio.*)\\]/\\1/p')\n"
                    f"patchelf --set-soname libcsvio.so.{major} {library} && patchelf "
                    f'--replace-needed "$needed" libcsvio.so.{major} --set-rpath '
                    f"'$ORIGIN/../lib' {out}/bin/rank",
                    f"The program asks for {needed} and searches a folder that exists on the build "
                    "machine only.",
                    "Name the library, and have the program ask for that name beside itself.",
                ),
                do(
                    f'(cd {out} && "$PWD/bin/rank" < {given} > {there})',
                    "It should find its library by the relative path now.",
                    "Run the shipped program on the records.",
                ),
                look(
                    f"ldd {out}/bin/rank | grep csvio; find {out}; cat {there}",
                    "The most frequent should come first. And which library does the program find?",
                    "Check where the library comes from, what is shipped, and the result.",
                ),
            ],
            wrong=[
                *(
                    result.with_rows(by_name).as_wrong("ordered by name")
                    if by_name != list(result.rows)
                    else []
                ),
                Wrong(
                    "a run path that holds here only",
                    command=f"patchelf --set-rpath {out}/lib {out}/bin/rank",
                ),
                Wrong(
                    "the soname has no version",
                    command=f"patchelf --set-soname libcsvio.so {library}",
                ),
                Wrong(
                    "the link is absolute",
                    command=f"ln -sfn {library} {out}/lib/libcsvio.so.{major}",
                ),
                Wrong("build leftovers are shipped", command=f"cp {library} {out}/lib/libcsvio.so"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"make -C {at}",
                    symptom=r"cannot open output file|Permission denied|Read-only",
                    diagnosis="Without OUT the results would go to the root folder.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"rm -rf /tmp/rank-build; {out}/bin/rank < {given} 2>&1",
                    symptom=r"cannot open shared object file",
                    diagnosis="Once the build folder is away the library is not found: the program "
                    "still looks for it at the old places.",
                ),
            ],
        )


def _checks(ship: str, version: str, text: str, records: str) -> list[Check]:
    """The shipped folder runs elsewhere, and says of itself what was asked for."""
    major = version.split(".")[0]
    listing = (
        f"d\nd bin\nf bin/rank\nd lib\nl lib/libcsvio.so.{major} libcsvio.so.{version}\n"
        f"f lib/libcsvio.so.{version}\n"
    )
    about = (
        f"rank NEEDED libcsvio.so.{major}\nrank RUNPATH $ORIGIN/../lib\n"
        f"library SONAME libcsvio.so.{major}\n"
    )
    head = f"set -euo pipefail\nexport LC_ALL=C\nat=$(mktemp -d)\nship={quoted(ship)}\n"
    tags = (
        'tags() { readelf -d "$2" | sed -nE "s/.*\\(($3)\\).*\\[(.*)\\]/$1 \\1 \\2/p" '
        "| sed 's/ RPATH / RUNPATH /' | grep -v ' lib[cm].so.6$'; }\n"
        "tags rank \"$ship/bin/rank\" 'NEEDED|RPATH|RUNPATH' | sort\n"
        f'tags library "$ship/lib/libcsvio.so.{version}" SONAME\n'
    )
    scripts = {
        "moved": (
            f'cp -a "$ship" "$at/moved"\ncat > "$at/in.csv" <<\'ROWS\'\n{records}ROWS\n'
            'cd "$at"\n"$at/moved/bin/rank" < "$at/in.csv"\n',
            text,
            f"{ship} runs after it was copied to another place.",
        ),
        "tags": (tags, about, f"Program and library in {ship} name each other as asked for."),
        "files": (
            'find "$ship" -printf "%y %P %l\\n" | sed "s/ *$//" | sort -k 2\n',
            listing,
            f"{ship} holds the three files and nothing else.",
        ),
    }
    return [
        custom(
            "command_prints",
            about=about_,
            paths=[ship],
            files={f"{slug(ship)}.{key}.txt": expected.encode()},
            argv=["bash", "-c", head + script],
            expected=f"{slug(ship)}.{key}.txt",
            cwd="/",
        )
        for key, (script, expected, about_) in scripts.items()
    ]


def _ranked(table: Table, role: str, path: str) -> Table:
    """The number of records of each value of a column, most first, equal ones by value."""
    found: dict[str, int] = {}
    for name in table.values(role):
        found[name] = found.get(name, 0) + 1
    columns = [Column(table.name(role), role), Column("records", "count")]
    rows = [
        (name, str(number))
        for name, number in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return summary(path, f"ranking by {table.name(role)}", columns, rows)
