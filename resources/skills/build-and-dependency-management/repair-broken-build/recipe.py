"""Repair a makefile that no longer builds."""

from __future__ import annotations

import difflib
from dataclasses import replace

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
from shellwright.recipe.kinds.project import makefile


class RepairBrokenBuild(Recipe):
    """The makefile builds the program again, and what the program says is there."""

    needs = (Pattern.of("project", condition="broken"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("make", "cat", "grep", "patch", "ls", "tail")
    packages = ("gcc", "libc6-dev", "make", "patch")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        target = world.output(draw, ["tally", "sums", "by_group"], ".csv")
        text = makefile(source.sources)
        files = {**source.files, "Makefile": text}
        fixed = replace(source, files=files, faults=(), condition="stale")
        result = source.result(target)
        count = source.given.name("count")
        place, given, there = (quoted(p) for p in (source.path, source.given.path, target))
        changes = "".join(
            difflib.unified_diff(
                source.files["Makefile"].splitlines(keepends=True),
                text.splitlines(keepends=True),
                "a/Makefile",
                "b/Makefile",
                n=1,
            )
        )
        first, second = source.faults
        trial = (
            f"make -n -C {place} 2>&1 | tail -n 8; ls {place}/src {place}/include; "
            f"grep -n 'lround\\|group_add' {place}/src/*.c"
        )
        cut = [(name, value, "0") for name, value, _ in result.rows]
        return Move(
            focus=result,
            makes=[fixed, result],
            request=[
                (
                    f"Since somebody tidied up `{source.path}/Makefile`, `make` in "
                    f"`{source.path}` fails. Repair the makefile (the C files are fine and stay "
                    "as they are) so that `tally` builds from scratch there, then run it with "
                    f"`{source.given.path}` as its standard input and keep what it prints in "
                    f"`{target}`."
                ),
                (
                    f"The program in `{source.path}` cannot be built any more. More than one thing "
                    f"is wrong, all of it in `{source.path}/Makefile`: a plain `make` has to give "
                    "a working `tally` again, without any change to sources or headers. I also "
                    f"need its output for `{source.given.path}`, which it reads from standard "
                    f"input, as `{target}`."
                ),
            ],
            steps=[
                look(
                    f"cat {place}/Makefile; make -C {place} -n 2>&1 | tail -n 3",
                    f"Building in {source.path} fails, and the makefile is what was changed.",
                    "Read it, and see what make would run.",
                    fails="spaces for a tab" in source.faults,
                ),
                look(
                    trial,
                    "Before I change anything I want to know which sources exist and where the "
                    "functions that may be missing are defined.",
                    "List the files and look for the functions that need linking.",
                ),
                do(
                    f"patch -s {place}/Makefile <<'PATCH'\n{changes}PATCH",
                    f"Two faults: {first}, and {second}.",
                    "Correct those lines of the makefile only.",
                ),
                do(
                    f'(cd {place} && make -s -B && "$PWD/tally" < {given} > {there})',
                    "The makefile should be right now.",
                    "Build everything from scratch and run the program on the records.",
                    duration=2.0,
                ),
                look(
                    f"cat {there}",
                    f"It should print groups with sums and means of {count}.",
                    "Read the output.",
                ),
            ],
            wrong=[
                *result.with_rows(cut).as_wrong("the means are zero"),
                Wrong(
                    "the output is there but the makefile is as it was",
                    path=f"{source.path}/Makefile",
                    content=source.files["Makefile"].encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"make -C {place} tallly",
                    symptom=r"missing separator|No rule to make target",
                    diagnosis="The target is misspelled, and the makefile has not been corrected.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"{place}/tally < {given}",
                    symptom=r"No such file or directory",
                    diagnosis="There is no program yet: it has to be built first.",
                ),
            ],
        )
