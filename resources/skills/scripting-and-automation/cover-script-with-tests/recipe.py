"""A test suite for a script, proved against broken copies of it."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Check,
    Draw,
    Mistake,
    Move,
    Pattern,
    Program,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.program import FAULTS, program_text

SUITE = """#!/usr/bin/env bats
# What the script promises, on inputs whose sums can be worked out by hand.

setup() {
  program=${PROGRAM:-@program@}
  cd "$BATS_TEST_TMPDIR"
}

sums() {
  printf '%s\\n' 'key,@category@,@count@' "$@" > in.csv
  python3 "$program" in.csv out.csv
}

gives() {
  printf '%s\\n' '@category@,@count@' "$@" | diff - out.csv
}

@test "every row counts, the first and the last as well" {
  sums a,North,1 b,South,20 c,North,300 d,South,4000
  gives North,301 South,4020
}

@test "groups come in alphabetical order" {
  sums a,West,5 b,East,6 c,North,7
  gives East,6 North,7 West,5
}

@test "white space around a group does not make another one" {
  sums a,North,1 'b, North,2' 'c,North ,4'
  gives North,7
}

@test "cells without a number count as zero" {
  sums a,North,3 b,North, c,North,n/a d,South,
  gives North,3 South,0
}
"""


class CoverScriptWithTests(Recipe):
    """A script has a suite that its faults cannot pass, and its output is on record."""

    needs = (Pattern.of("program", condition="working"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "bats",
        "cat",
        "head",
        "mktemp",
        "python3",
        "rm",
        "sed",
    )
    packages = ("bats",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Program)
        theme = world.theme
        suite = world.output(draw, ["totals", "sums", "regression"], ".bats")
        target = world.output(draw, ["on_record", "reference", "totals_today"], ".csv")
        result = source.result(target)
        count, category = source.given.name("count"), source.given.name("category")
        text = SUITE.replace("@program@", source.path)
        text = text.replace("@category@", category).replace("@count@", count)
        script, given = quoted(source.path), quoted(source.given.path)
        here, there = quoted(suite), quoted(target)
        name = source.path.rpartition("/")[2]
        # Of the crashes one will do; each version costs a run of the suite.
        faults = [fault for fault in FAULTS if fault.symptom != "KeyError"]
        broken = [program_text(theme, name, fault) for fault in faults]
        other = source.source.replace("found", "sums").replace("def main():", "def main() -> None:")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"`{source.path}` is going to be rewritten, and it has no tests. Write a suite for "
                f"`bats`, `{suite}`, that it passes as it is, and that fails for any version that "
                "loses rows, mixes up sums, trips over a cell without a number, or takes white "
                f"space around a `{category}` for part of its name. The suite tests the script "
                "named in the environment variable `PROGRAM`, or this one where that is not set, "
                f"with inputs of its own. Also save what the script makes of "
                f"`{source.given.path}` today as `{target}`.",
                f"Before anybody touches `{source.path}`, I want a `bats` suite, `{suite}`. It has "
                "to accept every correct version, however it is written, and refuse the broken "
                "ones: rows left out, wrong sums, a crash where a cell is no number (it counts as "
                f"nothing), the same `{category}` twice because of blanks around it. Which "
                "script is tried comes from the variable `PROGRAM`, by default this one; the "
                f"suite brings its own inputs. And keep the output for `{source.given.path}` as "
                f"`{target}` for comparison.",
            ],
            steps=[
                look(
                    f"cat {script}; head -n 4 {given}",
                    "The suite has to hold what this script promises, no less.",
                    "Read the script and a few rows of its input.",
                ),
                do(
                    f"cat > {here} <<'SUITE'\n{text}SUITE",
                    "It strips groups, treats what is no number as zero, and sorts. Each needs a "
                    "case in which a fault would change the outcome.",
                    "Write the suite with small inputs and sums worked out by hand.",
                    duration=1.2,
                ),
                do(
                    f"bats {here} && python3 {script} {given} {there}",
                    "The suite is written; the script has to pass it.",
                    "Run the suite, then put the output of today on record.",
                    duration=1.0,
                ),
                look(
                    f"copy=$(mktemp); sed 's/for row in rows:/for row in rows[1:]:/' {script} "
                    f'> "$copy"; PROGRAM="$copy" bats {here}; rm "$copy"; cat {there}',
                    "A suite that has never failed has shown nothing.",
                    "Try it on a copy that loses a row, and look at the record.",
                    duration=1.0,
                ),
            ],
            checks=[
                patient(
                    shell_prints(
                        trial(here, [source.source, other, *broken]),
                        "passes\n" * 2 + "fails\n" * len(broken),
                        about=f"{suite} accepts correct versions of the script and no others.",
                        paths=[suite],
                        key="versions",
                        weight=2.0,
                    )
                )
            ],
            wrong=[
                Wrong(
                    "blanks are not tried",
                    path=suite,
                    content=text.replace(
                        "'b, North,2' 'c,North ,4'", "b,North,2 c,North,4"
                    ).encode(),
                ),
                Wrong(
                    "only the exit code is looked at",
                    path=suite,
                    content=text.replace("| diff - out.csv", "> wanted.csv").encode(),
                ),
                Wrong(
                    "it always tests the same script",
                    path=suite,
                    content=text.replace(f"${{PROGRAM:-{source.path}}}", source.path).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"bats --coverage {here}",
                    symptom=r"Bad command line option '--coverage'",
                    diagnosis="bats does not measure coverage; a broken copy shows what a suite "
                    "notices.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"bash -c '{here} --pretty'",
                    symptom=r"Permission denied",
                    diagnosis="The suite is not executable and need not be; bats runs it.",
                ),
            ],
        )


def trial(suite: str, programs: list[str]) -> str:
    """A bash script that says of each program whether the suite passes for it."""
    tries = "\n".join(
        f"cat > subject.py <<'END'\n{text}END\n"
        f"if PROGRAM=$at/subject.py bats {suite} > log; then echo passes; else echo fails; fi"
        for text in programs
    )
    return f'at=$(mktemp -d); trap \'rm -rf "$at"\' EXIT; cd "$at"\n{tries}'


def patient(check: Check) -> Check:
    """The check with a minute of time: a suite starts many programs."""
    return dataclasses.replace(check, arguments={**check.arguments, "timeout": 60})
