"""Extract some members of an archive."""

from __future__ import annotations

from shellwright.recipe import (
    Archive,
    Draw,
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


class ExtractMatchingMembers(Recipe):
    """The members of one extension lie in a folder, under the names that they have inside."""

    needs = (Pattern.of("archive", holds="tree", origin="received"),)
    gives = (Pattern.of("tree", condition="tidy"),)
    tools = ("find", "grep", "head", "mkdir", "sort", "tar", "unzip", "wc", "zipinfo")
    packages = ("bzip2", "unzip", "xz-utils", "zstd")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        tree = source.payload
        assert isinstance(tree, Tree)
        names = [file.name for file in tree.files]
        endings = sorted({name.rpartition(".")[2] for name in names if "." in name})
        fitting = [e for e in endings if 0 < sum(n.endswith(f".{e}") for n in names) < len(names)]
        if not fitting or any(file.target for file in tree.files):
            raise Unsuitable("no extension stands out, or there are links")
        ending = draw.choice(fitting)
        chosen = [file for file in tree.files if file.name.endswith(f".{ending}")]
        folder = world.output(draw, ["selected", f"{ending}_files", "excerpt"])
        relative = tree.path.removeprefix(source.root.rstrip("/")).strip("/")
        top = f"{folder}/{relative}" if relative else folder
        result = tree.with_files(chosen, path=top, folder_modes=(), check_modes=False)
        world.take([top])
        here, there = quoted(source.path), quoted(folder)
        if source.format == "zip":
            listing, unpack = f"zipinfo -1 {here}", f"unzip -q {here} '*.{ending}' -d {there}"
            every = f"unzip -qo {here} -d {there}"
            mistake = Mistake(
                "command",
                before=1,
                command=f"unzip -q {here} '.{ending}' -d {there}",
                symptom=r"filename not matched",
                diagnosis="The pattern has to match the whole name, path included: a * is missing.",
            )
        else:
            listing = f"tar -tf {here}"
            unpack = f"mkdir -p {there} && tar -xf {here} -C {there} --wildcards '*.{ending}'"
            every = f"tar -xf {here} -C {there}"
            mistake = Mistake(
                "command",
                before=1,
                command=f"tar -xf {here} -C /tmp '*.{ending}'",
                symptom=r"Pattern matching characters used in file names|Not found in archive",
                diagnosis="tar takes the pattern for a name unless --wildcards is given.",
            )
        first = f"{relative}/{chosen[0].name}".lstrip("/")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Get all `.{ending}` files out of `{source.path}`, and only those, into "
                f"`{folder}`. They keep the paths that they have in the archive, so that one of "
                f"them ends up as `{folder}/{first}`. No other file and no empty folder, please.",
                f"Of what is in `{source.path}` we need the files ending in `.{ending}`, at "
                f"whatever depth. Put them into `{folder}` with their paths from the archive "
                f"(`{folder}/{first}` is one of them), without any other file and without folders "
                "that hold none.",
            ],
            steps=[
                look(
                    f"{listing} | grep '[.]{ending}$' | head -n 12; {listing} | wc -l",
                    "Only some members are wanted; I try the pattern on the list first.",
                    f"List the members that end in .{ending} and count all of them.",
                ),
                do(
                    unpack,
                    "Names in folders match as well: a star also matches slashes.",
                    f"Extract what ends in .{ending} into {folder}.",
                ),
                look(
                    f"find {there} -type f | sort | head -n 20; find {there} -type f | wc -l",
                    "Did all matching files come out, and nothing else?",
                    "List and count them.",
                ),
            ],
            wrong=[
                Wrong("everything was extracted", command=every),
                Wrong(
                    "the paths were cut off",
                    command=f"find {there} -type f -exec mv -t {there} {{}} +; "
                    f"find {there} -mindepth 1 -type d -empty -delete",
                ),
            ],
            mistakes=[
                mistake,
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --only-suffix=.{ending} -xf {here} -C /tmp",
                    symptom=r"tar: unrecognized option '--only-suffix",
                    diagnosis="There is no such option; members are chosen by patterns.",
                ),
            ],
        )
