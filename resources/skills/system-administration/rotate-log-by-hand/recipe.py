"""Cut a log into the parts that rotation would have left."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)


class RotateLogByHand(Recipe):
    """The lines of a log lie in four numbered parts in a folder; the log itself stays."""

    needs = (Pattern.of("log", storage="plain"),)
    gives = (Pattern.of("log", storage="rotated"),)
    tools = ("cmp", "gzip", "head", "ls", "mkdir", "mv", "split", "tail", "wc", "zcat")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        folder = world.output(draw, ["rotated", "log-parts", "history"])
        name = draw.choice([source.name, f"{source.name}-server"])
        result = dataclasses.replace(source, path=folder, storage="rotated", name=name)
        parts = result.parts()
        if len(parts) != 4 or len(parts[-1][1]) == len(parts[0][1]):
            raise Unsuitable("the log does not make four parts of which the newest is shorter")
        size = len(parts[0][1])
        here, there = quoted(source.path), quoted(folder)
        plain, first = quoted(parts[3][0]), quoted(parts[2][0])
        oldest = quoted(parts[0][0])
        older = " ".join(quoted(path) for path, _ in parts[:2])
        bare = [path.rpartition("/")[2] for path, _ in parts]
        script = (
            f"mkdir -p {there}\n"
            f"split -l {size} -a 1 --numeric-suffixes=1 {here} {there}/piece.\n"
            f"gzip -n {there}/piece.1 {there}/piece.2\n"
            f"mv {there}/piece.1.gz {oldest}\n"
            f"mv {there}/piece.2.gz {quoted(parts[1][0])}\n"
            f"mv {there}/piece.3 {first}\n"
            f"mv {there}/piece.4 {plain}"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Nobody ever rotated `{source.path}`. Cut it, in the order of its lines, into "
                f"four parts in the folder `{folder}` as rotation would have left them: "
                f"`{bare[3]}` with the newest lines, then `{bare[2]}`, and gzipped `{bare[1]}` and "
                f"`{bare[0]}`, the last being the oldest. The three older parts have `{size}` "
                "lines each, the newest the rest. The log itself stays, and nothing else may lie "
                "in the folder.",
                f"Please split `{source.path}` up the way our log rotation does, into the folder "
                f"`{folder}`, with every line kept and in order: `{bare[0]}` (oldest) and "
                f"`{bare[1]}` compressed, `{bare[2]}` and `{bare[3]}` (newest) as plain text. Each "
                f"part has `{size}` lines, except the newest, which gets what is left. Keep the "
                "original, and put nothing but these four files into the folder.",
            ],
            steps=[
                look(
                    f"wc -l {here}; head -n 1 {here}; tail -n 1 {here}",
                    f"{source.path} has to be cut into parts of {size} lines; is it in order of "
                    "time, oldest first?",
                    "Count the lines and look at both ends.",
                ),
                do(
                    script,
                    f"The log makes full parts of {size} lines and a shorter one. The first piece "
                    "is the oldest and so gets the highest number.",
                    "Cut at line ends, compress the two oldest pieces, and number backwards.",
                ),
                look(
                    f"ls -l {there}; zcat -f {older} {first} {plain} | cmp - {here} && "
                    f"zcat -f {older} | wc -l",
                    "Put together from old to new, the parts must be the log again.",
                    "List the parts and compare them, in order of age, with the original.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {there}; ls -A",
                    "".join(f"{name}\n" for name in sorted(bare)),
                    about=f"{folder} holds the four parts and nothing else.",
                    paths=[folder],
                    key="names",
                )
            ],
            wrong=[
                Wrong("a piece was left behind", command=f"cp {plain} {there}/piece.4"),
                Wrong(
                    "the numbers run forwards",
                    command=f"cd {there} && mv {bare[3]} x && mv {bare[2]} {bare[3]} && "
                    f"mv x {bare[2]}",
                ),
                Wrong("the part .1 is compressed as well", command=f"gzip -n {first}"),
                Wrong("the newest part holds the whole log", command=f"zcat -f {here} > {plain}"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"split -l {size} --compress {here} {there}/piece.",
                    symptom=r"split: unrecognized option '--compress'",
                    diagnosis="split does not compress by an option; the pieces go through gzip "
                    "afterwards.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"split -l {size} {here} {there}/piece.",
                    symptom=r"split: .*No such file or directory",
                    diagnosis="The folder does not exist yet and split does not create it.",
                ),
            ],
        )
