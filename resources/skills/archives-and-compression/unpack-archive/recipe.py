"""Unpack an archive."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
    Archive,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    do,
    look,
)


class UnpackArchive(Recipe):
    """What lies in an archive lies in a folder afterwards."""

    needs = (Pattern.of("archive", origin="received"),)
    gives = (Pattern.of("table"), Pattern.of("log"), Pattern.of("tree"))
    tools = ("tar", "unzip", "file", "mkdir", "ls", "head")
    packages = ("bzip2", "file", "unzip", "xz-utils", "zstd")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        folder = world.output(draw, ["unpacked", "restored", "contents"])
        relative = source.payload.path.removeprefix(source.root.rstrip("/"))
        payload = source.payload.at(folder + relative)
        world.take([payload.path])
        here, there = shlex.quote(source.path), shlex.quote(folder)
        if source.format == "zip":
            listing, unpack = f"unzip -l {here}", f"unzip -q {here} -d {there}"
        else:
            listing = f"tar -tvf {here} | head -n 20"
            unpack = f"mkdir -p {there} && tar -xf {here} -C {there}"
        return Move(
            focus=payload,
            makes=[payload],
            request=[
                f"Unpack `{source.path}` into `{folder}`, so that what is inside lies at "
                f"`{payload.path}`, exactly as it was packed.",
                f"The contents of `{source.path}` belong in `{folder}` (names and contents "
                f"unchanged; you should end up with `{payload.path}`).",
                f"What does `{source.path}` hold? I would like to see it as ordinary files: "
                f"extract everything to `{folder}`, which puts the contents at `{payload.path}`. "
                "Leave names and data alone.",
                f"`{folder}` should be the place where the archive `{source.path}` is unpacked. "
                f"It is done when `{payload.path}` is there and corresponds to what was "
                "archived, in every name and every byte.",
                f"I cannot work with files that are still inside `{source.path}`. Get them all "
                f"out, below `{folder}` and under the paths that the archive gives them; "
                f"`{payload.path}` is then where to look.",
            ],
            steps=[
                look(
                    f"file {here}; {listing}",
                    f"{source.path} has to be unpacked; first I want to know what it is and "
                    "whether its members have sane names.",
                    "Identify the file and list its members.",
                ),
                do(
                    unpack,
                    "It is what its name says, and every member has a relative name.",
                    f"Unpack it into {folder}.",
                ),
                look(
                    f"ls -lR {there} | head -n 25",
                    f"{payload.path} should be there now.",
                    "List the folder.",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"tar -xf {here}.old -C {there}",
                    symptom=r"Cannot open|No such file or directory",
                    diagnosis="That file does not exist; the archive has no .old suffix.",
                ),
            ],
        )
