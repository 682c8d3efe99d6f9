"""A bats suite that tells a sound program from its spoilt versions."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
    Draw,
    Mistake,
    Move,
    Pattern,
    Program,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.kinds.program import FAULTS

#: What people have got wrong, in their words; by the name of the fault.
COMPLAINTS = {
    "no guard against empty cells": "it stops at a `{count}` that is empty or no number (they "
    "count as 0)",
    "last row dropped": "the last record is left out",
    "first row dropped": "the first record is left out",
    "sum replaced by the last value": "a group has the last figure instead of the sum",
    "white space not stripped": "blanks around a `{category}` make a group of its own",
}
SORTING = ("sorted(totals(rows).items())", "totals(rows).items()")
SUITE = """#!/usr/bin/env bats
# Tests of {name}; PROGRAM names another version to be tested.

setup() {{
    program=${{PROGRAM:-{path}}}
    cd "$BATS_TEST_TMPDIR"
}}

totals() {{
    printf '%s\\n' "{category},{count}" "$@" > input
    run "$program" input output
    [ "$status" -eq 0 ]
}}

@test "sums up each group, first and last record included" {{
    totals South,1 North,20 South,300 North,4000 East,5
    diff output - <<< "{category},{count}
East,5
North,4020
South,301"
}}

@test "blanks around a group do not count" {{
    totals ' South,1' South,2 'South ,4'
    diff output - <<< "{category},{count}
South,7"
}}

@test "what is no number counts as 0" {{
    totals South,1 South, South,n/a North,n/a
    diff output - <<< "{category},{count}
North,0
South,1"
}}

@test "a missing input is an error" {{
    run "$program" nowhere output
    [ "$status" -ne 0 ]
}}
"""


class GuardProgramWithTests(Recipe):
    """The suite passes for the sound program, and fails for each of its spoilt versions."""

    needs = (Pattern.of("program", condition="working"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("bats", "cat", "cp", "head", "python3", "rm", "sed", "wc")
    packages = ("bats",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Program)
        words = {
            "name": source.path.rpartition("/")[2],
            "path": source.path,
            "category": source.given.name("category"),
            "count": source.given.name("count"),
        }
        chosen = draw.sample(list(COMPLAINTS), 2)
        versions = []
        for fault in FAULTS:
            if fault.name in chosen:
                right, wrong = (
                    part.replace("{category}", words["category"]).replace("{count}", words["count"])
                    for part in (fault.right, fault.wrong)
                )
                if right not in source.source:
                    raise Unsuitable("the program is written in another way")
                versions.append(source.source.replace(right, wrong))
        unsorted = source.source.replace(*SORTING)
        quiet = source.source.replace(
            "\nmain()\n", "\ntry:\n    main()\nexcept OSError:\n    pass\n"
        )
        if source.source in (quiet, unsorted):
            raise Unsuitable("the program is written in another way")
        silent = draw.chance(0.5)
        versions.append(quiet if silent else unsorted)
        complaints = "; ".join(COMPLAINTS[n].format(**words) for n in COMPLAINTS if n in chosen)
        complaints += (
            "; a missing input file goes unnoticed, with exit code `0`"
            if silent
            else "; the groups are not in byte order"
        )
        text = SUITE.format(**words)
        suite = world.output(draw, ["totals", "suite", "checks"], ".bats")
        result = source.result(world.output(draw, ["totals", "present_totals", "sums"], ".csv"))
        here, there, tests = quoted(source.path), quoted(result.path), quoted(suite)
        given = quoted(source.given.path)
        lines = text.split("@test ")
        dropped = [
            Wrong(f"without the test {part[1:20]!r}", path=suite, content=body.encode())
            for place, part in enumerate(lines)
            if place
            and (body := "@test ".join([*lines[:place], *lines[place + 1 :]]))
            and needed(place, chosen, silent)
        ]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"`{source.path}` will be rewritten soon, and I want a `bats` test suite for it "
                f"first: `{suite}`. It tests the program that the variable `PROGRAM` names, or "
                f"`{source.path}` where that is not set, and brings its own data along. It must "
                "pass for the program as it is now, and fail for a version that has just one of "
                f"these faults: {complaints}. Also let the present program write its totals for "
                f"`{source.given.path}` to `{result.path}`; they are what we compare with later.",
                f"Before anybody touches `{source.path}` again it gets tests, in `{suite}`, for "
                "`bats`, with data of their own and against the program in `PROGRAM` (default "
                f"`{source.path}`). What has gone wrong in the past, one at a time: {complaints}. "
                "Each of these has to make the suite fail, while the present version passes. For "
                f"later comparison put the present totals of `{source.given.path}` into "
                f"`{result.path}`.",
            ],
            steps=[
                look(
                    f"cat {here}; head -n 4 {given}; bats --version",
                    "What does it read and write, and which cells does it treat in a special way?",
                    "Read the program and some of its input.",
                ),
                do(
                    f"cat > {tests} <<'SUITE'\n{text}SUITE",
                    "Three faults to be caught, and each needs data on which it shows. With a "
                    f"decimal place of its own for each record, `{words['count']}` tells which "
                    "records are missing from a sum.",
                    "Write the suite with expected outputs worked out by hand.",
                    duration=1.5,
                ),
                look(
                    f"bats {tests}; cp {here} /tmp/spoilt.py; "
                    "sed -i 's/for row in rows:/for row in rows[:-1]:/' /tmp/spoilt.py; "
                    f"PROGRAM=/tmp/spoilt.py bats {tests}; rm /tmp/spoilt.py",
                    "It has to pass now, and to fail for a copy that is broken.",
                    "Run it for the program and for a version that loses the last record.",
                    duration=1.5,
                ),
                do(
                    f"python3 {here} {given} {there}",
                    "The suite does what it should.",
                    "Let the present program write its totals.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}",
                    "Does the result look as the tests demand?",
                    "Count the lines and look at the first ones.",
                ),
            ],
            checks=[tells_apart(suite, versions)],
            wrong=[
                *dropped,
                Wrong("no test", path=suite, content=text.split("@test")[0].encode()),
                Wrong(
                    "always the program at hand",
                    path=suite,
                    content=text.replace("${PROGRAM:-", "${NONE:-").encode(),
                ),
                Wrong(
                    "never content",
                    path=suite,
                    content=text.replace("East,5\nNorth", "East,6\nNorth").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"python3 {here} {given}",
                    symptom=r"ValueError: not enough values",
                    diagnosis="It takes two arguments; a test has to give it an output file, too.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"bats --verbose {tests}",
                    symptom=r"Bad command line option",
                    diagnosis="bats has no such option; -t prints plain TAP.",
                ),
            ],
        )


def needed(place: int, chosen: list[str], silent: bool) -> bool:
    """Whether a suite without its test of that number lets a fault pass."""
    if place == 4:
        return silent
    alone = {2: "white space not stripped", 3: "no guard against empty cells"}
    return alone.get(place) in chosen


def tells_apart(suite: str, versions: list[str]) -> Check:
    """The suite passes for the program and fails for the versions."""
    script = ['at=$(mktemp -d); trap \'rm -rf "$at"\' EXIT; cd "$at"']
    script.append(
        "try() { if bats " + quoted(suite) + " > log$1 2>&1; then echo $1 passes; else echo $1 "
        "fails; fi > said$1; }\ntry 0 &"
    )
    for number, text in enumerate(versions, 1):
        script.append(f"cat > v{number} <<'END'\n{text}END\nchmod 755 v{number}")
        script.append(f'PROGRAM="$at/v{number}" try {number} &')
    lines = ["0 passes", *(f"{n} fails" for n in range(1, len(versions) + 1))]
    script.append("wait; cat said*")
    expected = f"{slug(suite)}.versions.txt"
    return custom(
        "command_prints",
        about=f"{suite} passes for the sound program only.",
        paths=[suite],
        weight=3.0,
        files={expected: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", "\n".join(script)],
        expected=expected,
        cwd="/",
        timeout=40,
    )
