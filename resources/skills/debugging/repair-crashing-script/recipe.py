"""Repair a script that crashes."""

from __future__ import annotations

from shellwright.recipe import (
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
)
from shellwright.recipe.repairs import patch_command, repaired


class RepairCrashingScript(Recipe):
    """A script that stopped with a traceback works, and its result is there."""

    needs = (Pattern.of("program", condition="crashing"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("python3", "cat", "patch", "head")
    packages = ("patch",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Program)
        target = world.output(draw, ["totals", "sums", "by_group"], ".csv")
        fixed = repaired(source, world.theme)
        result = source.result(target)
        count, category = source.given.name("count"), source.given.name("category")
        script, given, there = quoted(source.path), quoted(source.given.path), quoted(target)
        run = f"python3 {script} {given} {there}"
        trial = f"python3 {script} {given} /tmp/trial.csv"
        patch = patch_command(source, fixed)
        rules = (
            f"A `{count}` that is no number counts as `0`, and white space around a "
            f"`{category}` does not belong to its name."
        )
        return Move(
            focus=result,
            makes=[fixed, result],
            request=[
                f"`{source.path}` dies on `{source.given.path}`. Correct the script so that it "
                "works on "
                "that file and on others like it, and save what it makes of the file as "
                f"`{target}`. "
                f"{rules} Its arguments and the form of its output stay as they are.",
                f"Please repair `{source.path}`: it crashes on `{source.given.path}`. {rules} "
                "Apart "
                "from that it has to go on working as it was meant to, with the same arguments, "
                "for "
                f"any file of that form. Put its output for this file into `{target}`.",
            ],
            steps=[
                look(
                    trial,
                    f"{source.path} is said to crash on {source.given.path}.",
                    "Run it to see the traceback.",
                    duration=0.4,
                ),
                look(
                    f"cat {script}; head -n 4 {given}",
                    "The traceback names the line and the kind of error.",
                    "Read the script and the first rows of its input.",
                ),
                do(
                    patch,
                    f"Some cells of {count} hold no number, and some names have white space "
                    f"around them. The fault in the script: {source.fault}.",
                    "Correct the lines at fault and leave the rest of the script alone.",
                ),
                do(
                    run,
                    "The script is corrected.",
                    "Run it on the whole input and write the result.",
                ),
                look(
                    f"cat {there}",
                    "Every group should have its row.",
                    "Read the result.",
                ),
            ],
            wrong=[
                *result.with_rows(
                    (key, str(int(value) + 1)) for key, value in result.rows
                ).as_wrong("every sum is one too high"),
                Wrong(
                    "the figures are right but the script is as it was",
                    path=source.path,
                    content=source.source.encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"python3 {script} {given}",
                    symptom=r"not enough values to unpack",
                    diagnosis="The script wants two arguments, the input and the output.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"python2 {script} {given} /tmp/trial.csv",
                    symptom=r"python2: command not found",
                    diagnosis="There is no Python 2 here, and the script is written for Python 3; "
                    "the interpreter is not the cause.",
                ),
            ],
        )
