"""Ship a stripped program with separate debug information."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Row,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

HEAD = re.compile(r"^[a-z][\w *]*?\b(\w+)\(.*\)$")


class SplitDebugInformation(Recipe):
    """A stripped program finds its debug file, and a table says where each function begins."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        "cat", "make", "mkdir", "cp", "objcopy", "strip", "size", "eu-readelf", "eu-elflint",
        "eu-unstrip", "eu-addr2line", "addr2line", "nm", "awk", "sort", "grep", "sed", "rm",
    )  # fmt: skip
    packages = ("binutils", "elfutils", "gcc", "libc6-dev", "make", "mawk")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        release = f"{draw.integer(1, 6)}.{draw.integer(0, 12)}"
        ship = world.output(draw, [f"tally-{release}"])
        target = world.output(draw, ["symbols", "functions", "code_map"], ".csv")
        level = draw.choice(["-O0 -g", "-O0 -g3", "-O0 -ggdb"])
        place = draw.choice(["bin/.debug/tally.debug", "bin/tally.debug"])
        rows: list[Row] = []
        heads: list[Row] = []
        for name in source.sources:
            lines = source.files[name].splitlines()
            for number, line in enumerate(lines):
                found = HEAD.match(line)
                if found and lines[number + 1 : number + 2] == ["{"]:
                    rows.append((found[1], name, str(number + 2)))
                    heads.append((found[1], name, str(number + 1)))
        columns = [
            Column("function", "function"),
            Column("file", "file"),
            Column("line", "line"),
        ]
        result = summary(target, "functions in the program", columns, sorted(rows))
        at, out, there, given = (
            quoted(p) for p in (source.path, ship, target, source.given.path)
        )  # fmt: skip
        program, debug = f"{out}/bin/tally", f"{out}/{place}"
        flags = f"-std=c11 {level} -Wall -Iinclude"
        build = "/tmp/tally-build"
        return Move(
            focus=result,
            makes=[result],
            checks=_checks(source, ship, place, sorted(rows)),
            request=[
                f"Release {release} of `{source.path}` is to go out without symbols, but so that a "
                "crash can still be traced. Build `tally` as the makefile does, only with "
                f"`{level}` instead of `-O1`. In `{ship}` I need `bin/tally`, stripped of "
                f"all symbols and debug information, and `{place}` with just these, found by a "
                "debug link in the program that debuggers follow by themselves, checksum "
                "included; no other file. The sources stay untouched. To prove that it works, "
                "resolve with this pair where the code "
                "of each function of ours begins (static ones too): "
                f"`{target}`, CSV with `function,file,line`, the file as `src/NAME.c`, the line "
                "that the debug information gives for the function's address, sorted by function "
                "in byte order.",
                f"Please prepare `{ship}` from `{source.path}`: the program `bin/tally` without "
                "any symbol table or debug section, and beside it, as "
                f"`{place}`, what was taken out, so that a debugger finds it through the link "
                "(name and checksum) in the program. No other file. Compile `tally` like the "
                f"makefile, with `{level}` in place of `-O1`, and leave the "
                "sources alone. Then show that addresses resolve: "
                f"`{target}` lists `function,file,line` for every function of our sources, static "
                "ones included, where file is `src/NAME.c` and line is what the debug "
                "information says for the address of the function; CSV, in byte order of the "
                "functions.",
            ],
            steps=[
                look(
                    f"cat {at}/Makefile",
                    f"{source.path} builds with -O1 and without debug information.",
                    "Read its flags.",
                ),
                do(
                    f"rm -rf {build} && cp -r {at} {build} && cd {build} && rm -f tally src/*.o "
                    f"&& make -s CFLAGS='{flags}' tally && mkdir -p {out}/bin {debug}.d && rm -r "
                    f"{debug}.d && objcopy --only-keep-debug tally {debug} && strip --strip-all "
                    f"-o {program} tally && objcopy --add-gnu-debuglink={debug} {program}",
                    "One build, in a copy. The link goes in last, since it holds a checksum of the "
                    "debug file.",
                    "Build, split, strip and link.",
                    duration=2.0,
                ),
                look(
                    f"size {build}/tally {program}; eu-elflint --gnu-ld {program}; eu-readelf -S "
                    f"{program} | grep -E 'symtab|debug'; eu-unstrip -n -e {program}; addr2line "
                    f"-f -e {debug} $(nm {debug} | awk '$3 == \"main\" {{print $1}}')",
                    "The only section with debug in its name should be the link.",
                    "Check the program, its build id, and try one address.",
                ),
                do(
                    f"(echo function,file,line; nm {debug} | awk 'tolower($2) == \"t\" {{print $3, "
                    "$1}' | while read -r name address; do echo $name,$(eu-addr2line -e "
                    f"{program} 0x$address); done | sed -nE "
                    "'s|^([^,]*),.*/(src/[^:]*):([0-9]+).*|\\1,\\2,\\3|p' | LC_ALL=C sort -t, "
                    f"-k1,1) > {there}",
                    "Functions with lines are ours; what the start-up code brings has none.",
                    "Resolve every function through the stripped program.",
                ),
                look(
                    f'cat {there}; (cd {out}/bin && "$PWD/tally" < {given}) | sort | sed -n 1,3p',
                    "Static functions have to be in the list as well.",
                    "Read the table, and run what is shipped.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("without static functions", result.with_rows(
                            row for row in result.rows if row[0] != "by_name"
                        )),
                        ("the lines of the declarations", result.with_rows(sorted(heads))),
                    ],
                ),
                Wrong("the program has its symbols", command=f"cp {build}/tally {program}"),
                Wrong(
                    "the debug file changed after it was linked",
                    command=f"objcopy --remove-section .comment {debug}",
                ),
                Wrong(
                    "no link",
                    command=f"objcopy --remove-section .gnu_debuglink {program}",
                ),
                Wrong("another file lies there", command=f"cp {build}/Makefile {out}/"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"make -n -B -C {at} tally | grep -c -- ' -g '; echo 'lines with -g'",
                    symptom=r"0\s+lines with -g",
                    diagnosis="The makefile's own flags have no -g, so there would be nothing to "
                    "split off.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"objcopy --only-keep-debug {at}/bin/tally /tmp/tally.debug",
                    symptom=r"No such file",
                    diagnosis="The makefile leaves the program in the project's folder, and it has "
                    "not been built with debug information yet.",
                ),
            ],
        )  # fmt: skip


def _checks(source: Project, ship: str, place: str, rows: list[Row]) -> list[Check]:
    """The files, what is in them, that they belong together, and that the program works."""
    root = quoted(ship)
    sections = (
        'has() { eu-readelf -S "$1" | grep -qF " $2 " && echo yes || echo no; }\n'
        f"cd {root}\nfind . -type f | sort\n"
        "for s in .symtab .debug_info .gnu_debuglink; do has bin/tally $s; done\n"
        f"has {place} .debug_info\nhas {place} .symtab\n"
        f"eu-readelf -n bin/tally {place} | sed -n 's/.*Build ID: *//p' | sort -u | wc -l\n"
    )
    asks = " ".join(f"-ex 'info line {row[0]}'" for row in rows)
    resolve = (
        f"cd {root}\ngdb -q -nx -batch {asks} bin/tally 2>&1 | "
        'sed -nE \'s|^Line ([0-9]+) of "(.*/)?(src/[^"]*)".*|\\3 \\1|p\'\n'
    )
    files = "".join(f"./{name}\n" for name in sorted(["bin/tally", place]))
    return [
        shell_prints(
            sections,
            f"{files}no\nno\nyes\nyes\nyes\n1\n",
            about=f"{ship} holds a stripped program and its debug file, of one build.",
            paths=[ship],
            key="sections",
            weight=2.0,
        ),
        shell_prints(
            resolve,
            "".join(f"{file} {line}\n" for _, file, line in rows),
            about="A debugger resolves every function of the stripped program.",
            paths=[ship],
            key="resolves",
            weight=2.0,
        ),
        shell_prints(
            f"{root}/bin/tally <<'ROWS'\n{source.hidden.text()}ROWS\n",
            source.result("/", source.hidden).text(),
            about="The shipped program is right about other data.",
            paths=[ship],
            key="runs",
        ),
    ]
