"""Count how often the functions of a program are called over several runs."""

from __future__ import annotations

import re
from dataclasses import replace

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Row,
    Table,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.table import record_columns, record_rows
from shellwright.recipe.tabular import differing

HEAD = re.compile(r"^[a-z][\w *]*?\b(\w+)\(.*\)$", re.MULTILINE)


class CountFunctionCalls(Recipe):
    """A table says how often each function was called while the program read all inputs."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "ls", "wc", "rm", "cp", "make", "gcov", "jq", "sort", "head", "sed", "grep")
    packages = ("gcc", "jq", "libc6-dev", "make")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        theme = world.theme
        target = world.output(draw, ["calls", "function_calls", "call_counts"], ".csv")
        folder = world.input(draw, ["runs", "samples", "inputs"])
        columns = record_columns(theme)
        more = [
            Table(path="/", noun="", columns=columns, rows=tuple(record_rows(theme, child, number)))
            for child, number in (
                (draw.child("first"), draw.integer(12, 40)),
                (draw.child("second"), draw.integer(41, 70)),
            )
        ]
        # A header without the counts stops the program, an empty file does even earlier.
        heads = [replace(c, name="counted") if c.role == "count" else c for c in columns]
        cut = replace(more[1], columns=tuple(heads)).text()
        inputs = {"a.csv": more[0].text(), "b.csv": cut, "c.csv": "", "d.csv": more[1].text()}
        brought = [Entry(f"{folder}/{name}", text.encode()) for name, text in inputs.items()]
        counts = [len(source.given.rows), *(len(table.rows) for table in more)]
        functions = {
            found[1]: name
            for name in source.sources
            for found in HEAD.finditer(source.files[name])
            if not found[0].startswith("static")
        }

        def table(main: int, headers: int, records: int, ends: int) -> Table:
            calls = {
                "main": main,
                "csv_split": headers + records,
                "group_add": records,
                "group_list": ends,
                "report_print": ends,
            }
            rows: list[Row] = [(f, file, str(calls.get(f, 0))) for f, file in functions.items()]
            rows.sort(key=lambda row: (-int(row[2]), row[0]))
            names = [Column("function", "function"), Column("file", "file")]
            return summary(target, "calls", [*names, Column("calls", "count")], rows)

        result = table(5, 4, sum(counts), 3)
        at, there, given, runs = (
            quoted(p) for p in (source.path, target, source.given.path, folder)
        )
        return Move(
            focus=result,
            makes=[result],
            brings=brought,
            request=[
                f"What does our real input exercise in `{source.path}`? Let `tally` read "
                f"`{source.given.path}` and each file in `{folder}`, one run each on standard "
                "input (some stop at once, that is all right), and count how often every function "
                "that is not `static` was called over all these runs together, as the sources "
                f"stand, nothing inlined. `{target}`: CSV, header `function,file,calls`, the file "
                "as `src/NAME.c`, functions that were never called with 0, most calls first and "
                "equal ones by name in byte order. Sources and inputs stay as they are and no file "
                f"is added to `{source.path}`.",
                "I want to know which functions matter in practice. Run the program of "
                f"`{source.path}` (`tally`, reads standard input) once on `{source.given.path}` "
                f"and once on every file in `{folder}`; that some of them make it stop early is "
                f"fine. Then give me `{target}` with `function,file,calls` for each function of "
                "the sources that is not `static`: calls over all runs taken together, 0 included, "
                "of the code as written, before any inlining, and files named like `src/NAME.c`. "
                "Sort by calls, highest first, then by function name (bytes). Change nothing in "
                "the sources or inputs, and leave nothing new in the project's folder.",
            ],
            steps=[
                look(
                    f"cat {at}/Makefile; ls {at}/src; wc -l {given} {runs}/*",
                    f"{source.path} builds with optimisation and without counters.",
                    "Read its flags, list the sources and the inputs.",
                ),
                do(
                    f"rm -rf /tmp/counted && cp -r {at} /tmp/counted && cd /tmp/counted && rm -f "
                    "tally src/*.o && make -s CFLAGS='-std=c11 -O0 -Iinclude --coverage' tally "
                    f"LDLIBS='-lm --coverage' && for f in {given} {runs}/*; do "
                    '"$PWD/tally" < $f > /tmp/none || echo "$f: status $?"; done',
                    "In a copy, with counters and without optimisation; the counters add up over "
                    "all runs.",
                    "Build the copy and let it read every input once.",
                    duration=2.0,
                ),
                do(
                    "cd /tmp/counted && (echo function,file,calls; gcov --json-format --stdout "
                    "src/*.gcda 2> /tmp/gcov.log | jq -r '.files[] | select(.file | "
                    'endswith(".c")) | .file as $file | .functions[] | [.name, $file, '
                    ".execution_count] | @csv' | sed 's/\"//g' | grep -v "
                    f"'^by_name,' | LC_ALL=C sort -t, -k3,3nr -k1,1) > {there}",
                    "Each object has its counters. by_name is the only static function, and how "
                    "often it compares is the library's affair.",
                    "Turn the counters into the table, without the static one.",
                    duration=0.6,
                ),
                look(
                    f"head -n 20 {there}; ls {at}",
                    "main should have run once for each input, and what is called for each line "
                    "should be ahead.",
                    "Check these two, and that the folder has nothing new.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("only the given records were run", table(1, 1, counts[0], 1)),
                    ("runs that stopped early were left out", table(3, 3, sum(counts), 3)),
                    ("functions without calls are missing", result.with_rows(
                        row for row in result.rows if row[2] != "0"
                    )),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command="cd /tmp/counted && gcov -n main.c",
                    symptom=r"cannot open notes file",
                    diagnosis="Notes and counters lie beside the objects in src, not here.",
                ),
                Mistake(
                    "verification",
                    before=1,
                    command=f"cd /tmp && gcov {at}/src/main.o",
                    symptom=r"cannot open (notes|data) file",
                    diagnosis="A normal build writes no counters; the program has to be built for "
                    "that.",
                ),
            ],
        )  # fmt: skip
