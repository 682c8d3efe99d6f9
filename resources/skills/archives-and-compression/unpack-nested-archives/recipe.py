"""Unpack archives within an archive."""

from __future__ import annotations

from shellwright.recipe import (
    Delivery,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class UnpackNestedArchives(Recipe):
    """The files of all inner archives lie in one tree, and no archive is left in it."""

    needs = (Pattern.of("delivery", wrapping="nested"),)
    gives = (Pattern.of("tree", condition="misnamed"),)
    tools = ("find", "head", "mkdir", "mktemp", "rm", "sort", "tar", "unzip", "wc")
    packages = ("bzip2", "unzip")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        tree = source.archive.payload
        assert isinstance(tree, Tree)
        folder = world.output(draw, ["collection", "unpacked", "all_files"])
        result = tree.at(folder)
        here, there = quoted(source.path), quoted(folder)
        unpack = (
            "work=$(mktemp -d)\n"
            f'tar -xf {here} -C "$work"\n'
            f"mkdir -p {there}\n"
            f'unzip -q "$work"/*.zip -d {there}\n'
            f'tar -xzf "$work/rest.tar.gz" -C {there}\n'
            f"tar -xjf {there}/*.tar.bz2 -C {there}\n"
            f'rm -r "$work" {there}/*.tar.bz2'
        )
        folders = ", ".join(f"`{name}`" for name in tree.folders())
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"`{source.path}` is a tar with archives in it, which partly hold archives again. "
                f"I would like to have all the documents from it in `{folder}`, in the folders "
                f"that they have inside ({folders}), names unchanged, and not a single archive "
                "left among them.",
                f"Unpack `{source.path}` all the way down: whatever is an archive inside is to be "
                f"unpacked too. The documents end up in `{folder}`, directly below it the folders "
                f"{folders}; they keep their names, and no archive remains there.",
            ],
            steps=[
                look(
                    f"tar -tvf {here}; tar -xOf {here} rest.tar.gz | tar -tz | head -n 8",
                    "Archives in an archive; I look inside before anything is unpacked.",
                    "List the outer tar and, through a pipe, one of the inner ones.",
                ),
                do(
                    unpack,
                    "There is a zip, and a tar.gz that holds a tar.bz2 beside plain files. Only "
                    "the documents belong into the target.",
                    "Unpack the outer tar to a scratch folder and the inner ones to the target, "
                    "level by level, and delete the archives.",
                ),
                look(
                    f"find {there} -maxdepth 1; find {there} -type f | wc -l; "
                    f"find {there} -name '*.zip' -o -name '*.tar*' | sort",
                    "All documents should be out, and no archive left.",
                    "Count, and look for archives that are left.",
                ),
            ],
            wrong=[
                Wrong(
                    "an inner archive was left",
                    command=f"tar -xf {here} -C {there} rest.tar.gz",
                ),
                Wrong(
                    "one of the inner archives was not unpacked",
                    command=f"rm -r {there}/{quoted(tree.folders()[-1])}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"tar -tzf {here}",
                    symptom=r"not in gzip format",
                    diagnosis="The outer tar is not compressed; only inner ones are. tar finds "
                    "out by itself without -z.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --recurse-archives -xf {here} -C /tmp",
                    symptom=r"tar: unrecognized option '--recurse-archives'",
                    diagnosis="tar does not unpack what it unpacks; each level is a step of its "
                    "own.",
                ),
            ],
        )
