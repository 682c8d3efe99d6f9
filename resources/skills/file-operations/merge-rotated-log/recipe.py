"""Merge the parts of a rotated log."""

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
)


class MergeRotatedLog(Recipe):
    """The parts of a rotated log become one plain file, oldest events first."""

    needs = (Pattern.of("log", storage="rotated"),)
    gives = (Pattern.of("log", storage="plain"),)
    tools = ("cat", "head", "ls", "tail", "wc", "zcat")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        parts = source.parts()
        if len(parts) < 3:
            raise Unsuitable("there are hardly any parts")
        target = world.output(draw, ["merged", "complete", f"{source.name}-all"], ".log")
        result = dataclasses.replace(source, path=target, storage="plain")
        here, there = quoted(source.path), quoted(target)
        packed = " ".join(quoted(path) for path, _ in parts if path.endswith(".gz"))
        plain = " ".join(quoted(path) for path, _ in parts if not path.endswith(".gz"))
        newest, oldest = parts[-1][0], parts[0][0]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Put the rotated parts in `{source.path}` together in one plain text file "
                f"`{target}`, all lines of all parts, from the oldest event to the newest.",
                f"I need the log in `{source.path}` in one piece: `{target}`, uncompressed, with "
                "every line of every part in the order in which they were written.",
                f"Merge what rotation has split up in `{source.path}`. `{target}` should hold the "
                "lines of all parts as plain text, in order of time with the oldest at the top.",
            ],
            steps=[
                look(
                    f'ls -l {here}; for part in {here}/*; do zcat -f "$part" | head -n 1; done',
                    "I have to know which part comes first; names and first lines should tell.",
                    "List the parts and show the first line of each.",
                ),
                do(
                    f"{{ zcat {packed}; cat {plain}; }} > {there}",
                    f"{oldest.rpartition('/')[2]} is the oldest part and "
                    f"{newest.rpartition('/')[2]} the newest; only the older ones are gzipped.",
                    "Write the compressed parts first, from the highest number down, then the "
                    "plain ones.",
                ),
                look(
                    f"wc -l {there}; head -n 1 {there}; tail -n 1 {there}",
                    "Are all lines of the parts there, from the oldest to the newest?",
                    "Count the lines and look at both ends.",
                ),
            ],
            wrong=[
                Wrong(
                    "the parts are in the order of their names, newest first",
                    path=target,
                    content=text([line for _, part in reversed(parts) for line in part]),
                ),
                Wrong(
                    "the compressed parts are missing",
                    path=target,
                    content=text([x for path, part in parts if path[-3:] != ".gz" for x in part]),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"zcat {here}/* | wc -l",
                    symptom=r"gzip: .*: not in gzip format",
                    diagnosis="The newest parts are not compressed; plain zcat refuses those.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"cat {here}/* | grep : | sed -n '1p;$p'",
                    symptom=r"binary file matches",
                    diagnosis="cat passes the gzipped parts on as they are, so the result would "
                    "be binary; and this order begins with the newest part.",
                ),
            ],
        )


def text(lines: list[str]) -> bytes:
    """The lines as the content of a file."""
    return "".join(f"{line}\n" for line in lines).encode()
