"""Write the checksums of a folder."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Manifest,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class WriteChecksumManifest(Recipe):
    """The sums of a tree lie in a list beside it."""

    needs = (Pattern.of("tree", condition=("tidy", "linked")),)
    gives = (Pattern.of("manifest", condition="fresh"),)
    tools = ("find", "head", "sha256sum", "sort", "wc", "xargs")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = [file for file in source.files if not file.target]
        if len(files) < 3 or any("\\" in file.name for file in files):
            raise Unsuitable("too few files, or names that sha256sum has to escape")
        target = world.output(draw, ["SHA256SUMS", "checksums", "manifest"], ".txt")
        result = Manifest(
            path=target, noun=f"checksums of the {source.noun}", tree=source, listed=source
        )
        here, there = quoted(source.path), quoted(target)
        lines = result.text().splitlines(keepends=True)
        absolute = "".join(f"{line[:66]}{source.path}/{line[66:]}" for line in lines)
        by_sum = "".join(sorted(lines))
        sample = quoted(f"{source.path}/{files[0].name}")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Write the SHA-256 sums of all regular files below `{source.path}` to "
                f"`{target}`, in the usual form `<sum>  <name>` with two spaces. Names are "
                "relative to the folder, without a leading `./`, and the lines are in byte order "
                "of the names.",
                f"So that others can check their copy of `{source.path}`, we need `{target}`: a "
                "line `<sum>  <name>` (two spaces in between) for every regular file in it at any "
                "depth, SHA-256, the name relative to the folder and without `./` in front, "
                "sorted by name in byte order.",
            ],
            steps=[
                look(
                    f"find {here} -type f | sort",
                    f"The sums of everything below {source.path} are wanted.",
                    "List the files.",
                ),
                look(
                    f"find {here} -type f | wc -l; sha256sum {sample}",
                    "In which form is a sum printed?",
                    "Count the files and take one sum.",
                ),
                do(
                    f"(cd {here} && find . -type f -printf '%P\\0' | LC_ALL=C sort -z |\n"
                    f"  xargs -0 sha256sum) > {there}",
                    "The names have to be relative, so sha256sum has to run inside of the "
                    "folder, and the order must not depend on the disk.",
                    "List the files in byte order and write their sums.",
                ),
                look(
                    f"(cd {here} && sha256sum -c --quiet {there}) && wc -l < {there}; "
                    f"head -n 3 {there}",
                    "Every line should check out.",
                    "Verify the list against the folder and count its lines.",
                ),
            ],
            wrong=[
                Wrong("the names are absolute", path=target, content=absolute.encode()),
                Wrong(
                    "the lines are in the order of the sums", path=target, content=by_sum.encode()
                ),
                *dataclasses.replace(result, listed=without_first(source)).as_wrong(
                    "the first file is missing"
                )[:1],
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"sha256sum {here}/*",
                    symptom=r"sha256sum: .*: Is a directory",
                    diagnosis="sha256sum does not descend into folders; find has to name the "
                    "files.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"sha256sum --recursive {here}",
                    symptom=r"sha256sum: unrecognized option '--recursive'",
                    diagnosis="There is no --recursive; the list of files comes from find.",
                ),
            ],
        )


def without_first(tree: Tree) -> Tree:
    """The tree without its first regular file."""
    first = next(file for file in tree.files if not file.target)
    return tree.with_files(file for file in tree.files if file is not first)
