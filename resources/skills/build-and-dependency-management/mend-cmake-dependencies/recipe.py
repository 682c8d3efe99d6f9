"""Repair the dependencies of a CMake build that has a generated header."""

from __future__ import annotations

import difflib

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.kinds.table import record_columns, record_rows
from shellwright.recipe.tabular import differing

LISTS = """cmake_minimum_required(VERSION 3.18)
project(tally C)
set(CMAKE_C_STANDARD 11)
enable_testing()

# The rules with the limit of this site, which the headers of the release do not have.
set(SITE ${CMAKE_CURRENT_BINARY_DIR}/site)
add_custom_command(
  OUTPUT ${SITE}/rules.h
  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/site/rules.sh ${CMAKE_CURRENT_SOURCE_DIR} ${SITE}
  DEPENDS site/limit.txt site/rules.sh include/rules.h)

add_library(parts STATIC @PARTS@ ${SITE}/rules.h)
target_include_directories(parts PUBLIC ${SITE} include)
target_link_libraries(parts PUBLIC m)

add_executable(tally src/main.c)
target_link_libraries(tally PRIVATE parts)

add_test(NAME sample
  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/site/sample.sh $<TARGET_FILE:tally>)
"""
RULES = """# Writes the rules with the limit of this site. usage: rules.sh SOURCES TARGET
set -e
mkdir -p "$2"
sed "s/LEAST_VALUE 0/LEAST_VALUE $(cat "$1/site/limit.txt")/" "$1/include/rules.h" > "$2/rules.h"
"""
SAMPLE = """# Compares what a program prints about the sample. usage: sample.sh PROGRAM
cd "$(dirname "$0")" && "$1" < sample.csv | diff - sample.expected
"""
#: Right and wrong lines: faults that stop the build, and such that nobody sees.
LOUD = (
    ("target_link_libraries(parts PUBLIC m)\n\nadd_executable(tally src/main.c)\n"
     "target_link_libraries(tally PRIVATE parts)",
     "\nadd_executable(tally src/main.c)\ntarget_link_libraries(tally PRIVATE m parts)",
     "the maths library stands before the library that needs it"),
    (" src/groups.c", "", "src/groups.c is in no target"),
)  # fmt: skip
SILENT = (
    ("PUBLIC ${SITE} include", "PUBLIC include ${SITE}",
     "the release's own rules.h is found before the generated one"),
    (" ${SITE}/rules.h)\ntarget_include", ")\ntarget_include",
     "no target depends on the generated header, so it is never made"),
)  # fmt: skip
STALE = ("DEPENDS site/limit.txt site/rules.sh", "DEPENDS site/rules.sh")


class MendCmakeDependencies(Recipe):
    """A CMake build uses a generated header, follows its input, and passes its test."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "ls", "cmake", "ctest", "tail", "patch", "grep", "rm", "cp")
    packages = ("cmake", "gcc", "libc6-dev", "make", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        limit = draw.integer(10, 30)
        other = limit + draw.integer(5, 15)
        target = world.output(draw, ["site_tally", "tally", "limited"], ".csv")
        sample = Table(
            path="/",
            noun="",
            columns=record_columns(world.theme),
            rows=tuple(record_rows(world.theme, draw.child("sample"), 40)),
        )
        parts = " ".join(n for n in source.sources if n != "src/main.c")
        right = LISTS.replace("@PARTS@", parts)
        loud, silent = draw.choice(LOUD), draw.choice(SILENT)
        broken = right.replace(*loud[:2]).replace(*silent[:2]).replace(*STALE)
        result = source.result(target, least=limit)
        full = source.result(target)
        if result.rows == full.rows or len(result.rows) < 2:
            raise Unsuitable("the limit makes no difference")
        files = {
            "CMakeLists.txt": broken,
            "site/limit.txt": f"{limit}\n",
            "site/rules.sh": RULES,
            "site/sample.sh": SAMPLE,
            "site/sample.csv": sample.text(),
            "site/sample.expected": source.result("/", sample, limit).text(),
        }
        brought = [Entry(f"{source.path}/{name}", text.encode()) for name, text in files.items()]
        lists = f"{source.path}/CMakeLists.txt"
        at, there, given = quoted(source.path), quoted(target), quoted(source.given.path)
        patch = "".join(
            difflib.unified_diff(
                broken.splitlines(keepends=True),
                right.splitlines(keepends=True),
                "a/CMakeLists.txt",
                "b/CMakeLists.txt",
                n=2,
            )
        )

        def spoilt(name: str, *pair: str) -> Wrong:
            return Wrong(name, path=lists, content=right.replace(*pair).encode())

        return Move(
            focus=result,
            makes=[result],
            # What is mended in place is no input that has to stay as it was.
            removes=[lists],
            brings=brought,
            checks=[_follows(source, limit, other)],
            request=[
                f"`{lists}` does not build `tally` the way it should. The program has to be "
                "compiled, in any build folder, with the `rules.h` that `site/rules.sh` makes from "
                "the release's and from `site/limit.txt` (records below that limit are left out); "
                "when the limit changes, the next build must follow, and the test `sample` has to "
                f"pass. Repair that file and nothing else in `{source.path}`, where no build "
                "files may be left, either. "
                f"Then save what the program prints for `{source.given.path}` on standard input "
                f"as `{target}`.",
                f"The CMake build of `{source.path}` is broken in more than one place: put "
                f"`{lists}` right, which is the only file there that may change or appear. A build "
                "in a folder of its own must link `tally`, use the generated `rules.h` (by "
                "`site/rules.sh`, with the limit from `site/limit.txt`) instead of the one that "
                "came with the release, notice a new limit when it is built again, and pass its "
                "test `sample`. I need the output of that program for "
                f"`{source.given.path}`, read from standard input, as `{target}`.",
            ],
            steps=[
                look(
                    f"cd {at} && cat CMakeLists.txt site/*.sh site/limit.txt && ls src && (cmake "
                    "-S . -B /tmp/first && cmake --build /tmp/first) 2>&1 | tail -n 9",
                    f"The CMake build of {source.path} fails, and perhaps not only that.",
                    "Read what it does, and try it outside of the sources.",
                    duration=4.0,
                    fails=True,
                ),
                do(
                    f"patch -s -p1 -d {at} <<'PATCH'\n{patch}PATCH",
                    f"What stops it is that {loud[2]}. Two more would have gone unnoticed: "
                    f"{silent[2]}; and the limit is not among what the header depends on.",
                    "Mend all three.",
                ),
                do(
                    f"rm -rf /tmp/site && cmake -S {at} -B /tmp/site > /tmp/cmake.log && cmake "
                    "--build /tmp/site > /tmp/build.log && ctest --test-dir /tmp/site "
                    "--output-on-failure && cd /tmp/site && "
                    f'"$PWD/tally" < {given} > {there}',
                    "The file should be right now.",
                    "Build from nothing, test, and run the program on the records.",
                    duration=4.0,
                ),
                look(
                    f"cat {there}; rm -rf /tmp/try && cp -r {at} /tmp/try && cmake -S /tmp/try -B "
                    f"/tmp/try/b > /tmp/try.log && cmake --build /tmp/try/b | tail -n 1 && echo "
                    f"{other} > /tmp/try/site/limit.txt && cmake --build /tmp/try/b && grep LEAST "
                    "/tmp/try/b/site/rules.h",
                    f"The limit is {limit}; with {other} in a copy the header has to be remade.",
                    "Read the result, and change the limit in a copy to see the build follow.",
                    duration=4.0,
                ),
            ],
            wrong=[
                spoilt("the release's header is still used", *silent[:2]),
                spoilt("a new limit goes unnoticed", *STALE),
                *differing(result, [("without the limit", full)]),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"rm -rf /tmp/t && cmake -S {at} -B /tmp/t > /tmp/t.log && ctest "
                    "--test-dir /tmp/t",
                    symptom=r"sample \(Failed\)|Not Run",
                    diagnosis="Configuring compiles nothing; the test needs a program, which does "
                    "not build yet.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command="cmake --build /tmp/site",
                    symptom=r"not a directory|could not load cache|does not exist|Error",
                    diagnosis="That build folder has not been configured yet.",
                ),
            ],
        )


def _follows(source: Project, limit: int, other: int) -> Check:
    """A copy builds, passes its test, is right about other data, and follows a new limit."""
    script = (
        f"set -euo pipefail\nat=$(mktemp -d)\ncp -r {quoted(source.path)} $at/copy\ncd $at\n"
        f"cat > hidden.csv <<'ROWS'\n{source.hidden.text()}ROWS\n"
        # The compiler is known to work; asking it takes most of the time.
        "cmake -S copy -B b -DCMAKE_C_COMPILER_WORKS=1 -DCMAKE_C_ABI_COMPILED=1 >&2\n"
        "cmake --build b >&2\nctest --test-dir b >&2\nb/tally < hidden.csv\n"
        f"echo {other} > copy/site/limit.txt\ntouch -d '+2 seconds' copy/site/limit.txt\n"
        "cmake --build b >&2\nb/tally < hidden.csv\nls -A copy copy/site\n"
    )
    names = sorted(["CMakeLists.txt", "site", *{n.split("/")[0] for n in source.files}])
    site = ["limit.txt", "rules.sh", "sample.csv", "sample.expected", "sample.sh"]
    listing = "\n".join(["copy:", *names, "", "copy/site:", *site, ""])
    text = "".join(source.result("/", source.hidden, n).text() for n in (limit, other))
    name = f"{slug(source.path)}.site.txt"
    return custom(
        "command_prints",
        about=f"{source.path} builds with the limit of the site, follows it, and passes its test.",
        paths=[f"{source.path}/CMakeLists.txt"],
        weight=4.0,
        files={name: f"{text}{listing}".encode()},
        argv=["bash", "-c", f"export LC_ALL=C\n{script}"],
        expected=name,
        cwd="/",
        timeout=60,
    )
