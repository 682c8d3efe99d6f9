"""Build a C program with ninja."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class BuildWithNinja(Recipe):
    """A project has a ninja file that follows its headers, and what the program says is there."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "ls", "ninja", "tail", "wc")
    packages = ("gcc", "libc6-dev", "ninja-build")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        target = world.output(draw, ["tally", "sums", "by_group"], ".csv")
        result = source.result(target)
        least = draw.integer(12, 35)
        text = _ninja(source.sources)
        place, given, there = (quoted(p) for p in (source.path, source.given.path, target))
        path = f"{source.path}/build.ninja"
        before = source.result("/", source.hidden).text()
        after = source.result("/", source.hidden, least).text()
        check = source.prints(
            "rm -rf .ninja_deps .ninja_log build\nninja >&2\n"
            './tally < "$at/hidden.csv"\n'
            f"sed -i 's/LEAST_VALUE 0/LEAST_VALUE {least}/' include/rules.h\n"
            "touch -d '+2 seconds' include/rules.h\nninja >&2\n"
            './tally < "$at/hidden.csv"\n',
            f"{before}{after}",
            "ninja",
            f"{path} builds from scratch and after a change of a header.",
        )
        still = source.prints(
            "rm -rf .ninja_deps .ninja_log build\nninja >&2\nninja\n",
            "ninja: no work to do.\n",
            "idle",
            f"{path} leaves nothing to do after a build.",
        )

        def spoilt(name: str, right: str, wrong: str) -> Wrong:
            return Wrong(name, path=path, content=text.replace(right, wrong).encode())

        last = source.sources[-1]
        return Move(
            focus=result,
            makes=[result],
            checks=[check, still],
            request=[
                f"We are moving `{source.path}` from make to ninja. Write `{path}` so that a plain "
                "`ninja` in that folder (or in a copy of it elsewhere) compiles every file of "
                "`src` with the flags of the `Makefile` and links `tally` in the folder itself. A "
                "changed header must lead to a new build of whatever includes it, directly or not, "
                "and without changes there must be no work to do. Leave the `Makefile` and the "
                f"sources alone. Build it that way, run `tally` with `{source.given.path}` as its "
                f"standard input, and keep the output in `{target}`.",
                f"I would like `{source.path}` to build with `ninja`, next to its `Makefile`, "
                f"which stays as it is like the sources do. `{path}` has to build `tally` (in the "
                "folder itself, out of all of `src`, same flags), know by itself which headers "
                "each source includes, however indirectly, so that changes of them are noticed, "
                "find nothing to do when nothing has changed, and still work when the folder is "
                f"copied to another place. Then put what `tally` prints for `{source.given.path}` "
                f"on its standard input into `{target}`.",
            ],
            steps=[
                look(
                    f"cat {place}/Makefile; ls {place}/src {place}/include",
                    f"The makefile of {source.path} shows compiler, flags and libraries.",
                    "Read it and list sources and headers.",
                ),
                do(
                    f"cat > {place}/build.ninja <<'NINJA'\n{text}NINJA",
                    "The sources use headers that include others: the compiler can write down "
                    "what it reads, and ninja takes that up with deps = gcc.",
                    "Write the ninja file with relative paths.",
                ),
                do(
                    f'(cd {place} && ninja > /tmp/ninja.log && "$PWD/tally" < {given} > {there})',
                    "The file is complete.",
                    "Build from it and run the program on the records.",
                    duration=2.0,
                ),
                look(
                    f"ninja -C {place}; ninja -C {place} -t deps obj/main.o; "
                    f"wc -l {there}; cat {there} | tail -n 3",
                    "A second build should find no work left. And does the result look right?",
                    "Ask ninja again and look at the result.",
                ),
            ],
            wrong=[
                *result.with_rows((n, v, "0") for n, v, _ in result.rows).as_wrong(
                    "means are zero"
                ),
                spoilt("headers are not followed", "  deps = gcc\n  depfile = $out.d\n", ""),
                spoilt("no maths library", " -lm", ""),
                spoilt("a source is missing", f"build obj/{last.removeprefix('src/')[:-2]}.o", "#"),
                spoilt("headers of one place only", "-Iinclude", f"-I{source.path}/include"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"ninja -C {place}",
                    symptom=r"loading 'build.ninja'",
                    diagnosis="There is no ninja file yet.",
                ),
                Mistake(
                    "requirement",
                    before=2,
                    command=f"(cd {place} && ninja all)",
                    symptom=r"unknown target 'all'",
                    diagnosis="There is no target of that name; without one, ninja builds the "
                    "default.",
                ),
            ],
        )


def _ninja(sources: list[str]) -> str:
    """The ninja file for these sources."""
    names = [name.removeprefix("src/").removesuffix(".c") for name in sources]
    builds = "".join(f"build obj/{name}.o: compile src/{name}.c\n" for name in names)
    objects = " ".join(f"obj/{name}.o" for name in names)
    return (
        "cflags = -std=c11 -O1 -Wall -Iinclude\n\n"
        "rule compile\n  command = gcc $cflags -MMD -MF $out.d -c -o $out $in\n"
        "  deps = gcc\n  depfile = $out.d\n  description = compile $in\n\n"
        "rule link\n  command = gcc -o $out $in -lm\n  description = link $out\n\n"
        f"{builds}\nbuild tally: link {objects}\n\ndefault tally\n"
    )
