"""Repair a script that miscounts."""

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


class RepairMiscountingScript(Recipe):
    """A script that gave wrong figures gives the right ones, and they are there."""

    needs = (Pattern.of("program", condition="miscounting"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("python3", "cat", "patch", "mlr")
    packages = ("patch", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Program)
        target = world.output(draw, ["totals", "corrected", "by_group"], ".csv")
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
                f"The figures of `{source.path}` for `{source.given.path}` are wrong. Find the "
                "fault, "
                "correct the script (same arguments, same form of output, right for any such "
                "file), "
                f"and write the right figures for this file to `{target}`. {rules}",
                f"Something is off in `{source.path}`: what it adds up for `{source.given.path}` "
                f"cannot be true. {rules} Correct the script without changing how it is called or "
                f"what its output looks like, and give me its corrected output in `{target}`.",
            ],
            steps=[
                look(
                    f"{trial} && cat /tmp/trial.csv",
                    f"{source.path} runs, but its figures are doubted.",
                    "Run it and look at what it says.",
                    duration=0.4,
                ),
                look(
                    f"cat {script}",
                    "No error, so the fault is in what it does with the rows.",
                    "Read the script.",
                ),
                look(
                    f"mlr --icsv --opprint put '${category} = strip(${category})' "
                    f"then stats1 -a sum,count -f {count} -g {category} {given}",
                    "I have a suspicion; an independent count will tell.",
                    "Add up the same column with another tool.",
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
                    "Does every group have its row, with plausible sums?",
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
                    "verification",
                    before=3,
                    command=f"diff {there} /tmp/trial.csv",
                    symptom=r"No such file or directory",
                    diagnosis="There is nothing to compare with yet; the result is only written "
                    "after the correction.",
                ),
            ],
        )
