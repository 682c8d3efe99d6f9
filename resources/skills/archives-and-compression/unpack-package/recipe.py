"""Take the files out of a Debian package."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Delivery,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Tree,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
)


class UnpackPackage(Recipe):
    """The files of a package lie in a folder; a report lists those that its sums do not fit."""

    needs = (Pattern.of("delivery", wrapping="package"),)
    gives = (Pattern.of("tree", condition="exposed"),)
    tools = ("ar", "cat", "find", "head", "md5sum", "mkdir", "sed", "sort", "tar", "wc")
    packages = ("binutils", "xz-utils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        tree = source.archive.payload
        assert isinstance(tree, Tree)
        folder = world.output(draw, ["documents", "from_package", "contents"])
        target = world.output(draw, ["altered", "wrong_sums", "suspicious"], ".txt")
        result = tree.at(folder)
        report = Report(
            path=target,
            noun="list of files that differ from the package's sums",
            value=byte_sorted(source.altered),
            format="text",
        )
        here, there, out = quoted(source.path), quoted(folder), quoted(target)
        inside = tree.path.strip("/")
        strip = inside.count("/") + 2
        unpack = (
            f"mkdir -p {there} && ar p {here} data.tar.xz |\n"
            f"  tar -xJf - -C {there} --strip-components={strip} ./{inside}"
        )
        check = (
            f"ar p {here} control.tar.gz | tar -xzOf - ./md5sums | sed 's,  {inside}/,  ,' |\n"
            f"  (cd {there} && LC_ALL=C md5sum -c --quiet 2> /dev/null || true) |\n"
            f"  sed 's/: FAILED$//' | LC_ALL=C sort > {out}"
        )
        full = [f"/{inside}/{name}" for name in report.value]
        return Move(
            focus=result,
            makes=[report, result],
            request=[
                f"Without installing it, get what the package `{source.path}` has below "
                f"`/{inside}` into `{folder}` (so `/{inside}/x` becomes `{folder}/x`). Some of "
                "it is said to have been tampered with: list in "
                f"`{target}` the files whose MD5 sum is not the one in the package's own "
                "`md5sums`, one path relative to the folder a line, in byte order.",
                f"`{folder}` should hold the files that the Debian package `{source.path}` would "
                f"put below `/{inside}` (`/{inside}/x` is `{folder}/x`); the package must not be "
                f"installed. Then compare them with the package's `md5sums` and write to "
                f"`{target}` the paths, relative to the folder, of those with another sum: one a "
                "line, sorted by bytes.",
            ],
            steps=[
                look(
                    f"ar t {here}; ar p {here} control.tar.gz | tar -xzOf - ./md5sums | head -n 3\n"
                    f"ar p {here} data.tar.xz | tar -tJf - | head -n 8",
                    "A Debian package is an ar archive with two tars in it.",
                    "List its members, the start of its sums and of its data.",
                ),
                do(
                    unpack,
                    f"The files lie below ./{inside}; that makes {strip} leading components, the "
                    "dot counts.",
                    "Unpack that part of the data straight from the package.",
                ),
                do(
                    check,
                    "The sums name files by their installed paths, which have to be shortened. "
                    "Where a sum differs, md5sum ends with a failure; that is expected.",
                    "Check the sums in the new place and list the files that fail.",
                ),
                look(
                    f"find {there} -type f | wc -l; cat {out}",
                    "Are all files there, and the list what the package says?",
                    "Count the files and read the list.",
                ),
            ],
            wrong=[
                *dataclasses.replace(report, value=full).as_wrong("installed paths in the list"),
                *dataclasses.replace(
                    report, value=[f"{name}: FAILED" for name in report.value]
                ).as_wrong("the messages of the checker were left in"),
                Wrong(
                    "the whole path was unpacked",
                    command=f"ar p {here} data.tar.xz | tar -xJf - -C {there}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"tar -tf {here}",
                    symptom=r"tar: This does not look like a tar archive",
                    diagnosis="The package itself is an ar archive; the tars are inside of it.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"ar p {here} data.tar.gz | tar -tzf -",
                    symptom=r"no entry data.tar.gz in archive",
                    diagnosis="The data is compressed with xz: the member is data.tar.xz.",
                ),
            ],
        )
