"""Cut a log into rotated parts."""

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

PARTS = 4


class RotateLog(Recipe):
    """The lines of a plain log lie in a rotated set, the older parts gzipped."""

    needs = (Pattern.of("log", storage="plain"),)
    gives = (Pattern.of("log", storage="rotated"),)
    tools = ("cat", "cmp", "gzip", "ls", "mkdir", "rename", "split", "wc", "zcat")
    packages = ("diffutils", "rename")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        folder = world.output(draw, ["rotated", "logs", "log_archive"])
        result = dataclasses.replace(source, path=folder, storage="rotated")
        parts = result.parts()
        if len(parts) != PARTS or len(parts[-1][1]) < 2:
            raise Unsuitable("too few lines for four parts")
        world.take(path for path, _ in parts)
        size, name = len(parts[0][1]), f"{source.name}.log"
        here, there = quoted(source.path), quoted(folder)
        cut = (
            f"mkdir -p {there} && split -l {size} -d -a 1 {here} {there}/{name}. &&\n"
            f"  (cd {there} && rename 's/[.](\\d)$/\".old\" . ({PARTS - 1} - $1)/e' {name}.? &&\n"
            f"    rename 's/old//; s/[.]0$//' {name}.old?)"
        )
        joined = (
            f"zcat {there}/{name}.3.gz {there}/{name}.2.gz; cat {there}/{name}.1 {there}/{name}"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a rotated set of `{source.path}` in `{folder}`, the log itself stays. "
                f"Counted from its beginning, every `{size}` lines are one part: `{name}.3.gz` is "
                f"the oldest, then `{name}.2.gz`, `{name}.1` and, with the rest, `{name}`. The "
                "two oldest are gzipped, the others plain, and nothing else is in the folder.",
                f"Put the lines of `{source.path}` into `{folder}` as if the log had been "
                f"rotated: parts of `{size}` lines from the top, the last one shorter if need "
                f"be, the newest called `{name}`, before it `{name}.1`, then `{name}.2.gz` and "
                f"`{name}.3.gz` (the oldest), these two compressed with gzip. No other file "
                "there; the original is not touched.",
                f"`{source.path}` is too long as one file. Keep it, and lay out a copy in "
                f"`{folder}` the way a rotated log would be: from the top, `{size}` lines to "
                f"`{name}.3.gz`, the next `{size}` to `{name}.2.gz`, as many again to "
                f"`{name}.1`, what remains to `{name}`. Compression (gzip) is for the first two "
                "only. These four files are all there is in the folder.",
                f"The folder `{folder}` is right if it has four files and no more: `{name}` with "
                f"the latest lines of `{source.path}`, `{name}.1` with those before, then, in "
                f"gzip form, `{name}.2.gz` and `{name}.3.gz` going back to the beginning. Except "
                f"for `{name}`, which takes the remainder, a file has `{size}` lines, counted "
                "off from line one of the log. The log stays where and as it is.",
            ],
            steps=[
                look(
                    f"wc -l {here}; ls {folder.rpartition('/')[0]}",
                    f"Parts of {size} lines are wanted; how many lines are there?",
                    "Count the lines.",
                ),
                do(
                    cut,
                    "The last part is the one that may be shorter. split numbers parts from the "
                    "oldest, rotation from the newest, so the numbers have to be turned round.",
                    "Split by lines and rename the parts, newest without a number.",
                ),
                do(
                    f"gzip -9 -n {there}/{name}.2 {there}/{name}.3",
                    "The parts have their names; the two oldest are to be compressed.",
                    "Compress them in place.",
                ),
                look(
                    f"ls -l {there}; {{ {joined}; }} | cmp - {here} && echo identical",
                    "Joined from old to new, the parts must give the log.",
                    "List the parts and compare them with the log.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {there}; ls -A",
                    "".join(f"{n}\n" for n in sorted(path.rpartition("/")[2] for path, _ in parts)),
                    about=f"{folder} holds the four parts and nothing else.",
                    paths=[folder],
                    key="names",
                )
            ],
            wrong=[
                Wrong(
                    "the newest part has the highest number",
                    command=f"cd {there} && gzip -d {name}.2.gz {name}.3.gz && "
                    f"mv {name} x && mv {name}.3 {name} && mv x {name}.3 && "
                    f"mv {name}.1 x && mv {name}.2 {name}.1 && mv x {name}.2 && "
                    f"gzip -n {name}.2 {name}.3",
                ),
                Wrong("every old part was compressed", command=f"gzip {there}/{name}.1"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"split -l 0 -d {here} /tmp/part.",
                    symptom=r"split: invalid number of lines",
                    diagnosis=f"A part needs at least one line; {size} are asked for.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"gzip --rotate=4 {here}",
                    symptom=r"gzip: unrecognized option '--rotate=4'",
                    diagnosis="gzip only compresses; the parts have to be made first.",
                ),
            ],
        )
