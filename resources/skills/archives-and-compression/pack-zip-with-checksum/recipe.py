"""Pack a zip with a top folder, and its checksum."""

from __future__ import annotations

from shellwright.recipe import (
    Archive,
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)


class PackZipWithChecksum(Recipe):
    """A tree, log or table lies in a zip under a top folder; a checksum file lies beside it."""

    needs = (
        Pattern.of("tree", condition="tidy"),
        Pattern.of("log", storage="plain"),
        Pattern.of("table", condition="clean"),
    )
    gives = (Pattern.of("archive", format="zip", origin="made"),)
    tools = (
        "cat",
        "cpio",
        "find",
        "head",
        "mkdir",
        "mktemp",
        "rm",
        "sha256sum",
        "unzip",
        "zip",
        "zipinfo",
    )
    packages = ("cpio", "unzip", "zip")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree | Log | Table)
        if isinstance(source, Tree) and any(file.target for file in source.files):
            raise Unsuitable("a zip for strangers should not hold links")
        root, _, name = source.path.rpartition("/")
        target = world.output(
            draw, [f"{world.theme.key}-delivery", f"{world.theme.key}-files", "for-partner"], ".zip"
        )
        world.take([f"{target}.sha256"])
        top = draw.choice(
            [f"{world.theme.key}-2026-03", "delivery-7", f"{world.theme.records}-set"]
        )
        result = Archive(
            path=target,
            noun=f"zipped {source.noun}",
            payload=source.at(f"/zip/{top}/{name}"),
            root="/zip",
            format="zip",
            origin="made",
            packed_from=source.path,
        )
        here, there, bare = quoted(name), quoted(target), quoted(target.rpartition("/")[2])
        folder = quoted(target.rpartition("/")[0])
        pack = (
            "work=$(mktemp -d)\n"
            f'mkdir "$work/{top}"\n'
            f'(cd {quoted(root)} && find {here} -print0 | cpio -0 --quiet -pdm "$work/{top}")\n'
            f'(cd "$work" && zip -q -X -r {there} {top})\n'
            'rm -r "$work"'
        )
        sidecar = quoted(f"{target}.sha256")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a zip `{target}` of `{source.path}` in which everything lies in one top "
                f"folder, so that names begin with `{top}/{name}`. Beside it, `{target}.sha256` "
                "holds the SHA-256 sum as `<sum>  <file name>` (two spaces, bare file name), "
                "for a check in the folder to which both were downloaded.",
                f"A partner gets `{source.path}` as a zip file, `{target}`. Inside, all of it is "
                f"below one folder (the names start with `{top}/{name}`). They check what they "
                f"download, so `{target}.sha256` has to contain the zip's SHA-256 sum in the form "
                "`<sum>  <file name>`, two spaces and no folder before the name.",
                f"Two files are to be produced. `{target}` is a zip of `{source.path}` whose "
                "members all sit in a single folder, so every path in it starts with "
                f"`{top}/{name}`. `{target}.sha256` is its checksum line, `<sum>  <file name>`: "
                "SHA-256, then two blanks, then the plain name of the zip without any path, "
                "which lets a check next to it succeed.",
                f"Whoever unpacks `{source.path}` from the zip `{target}` should not have files "
                f"strewn about, so put everything below one directory: `{top}/{name}` is how "
                f"member names begin. The companion `{target}.sha256` must verify wherever both "
                "files are put side by side. Its one line reads `<sum>  <file name>` with the "
                "SHA-256 sum, a double space, and the name alone.",
                f"Please wrap up `{source.path}` for delivery. What I expect to find: the zip "
                f"`{target}`, in it `{top}/{name}` as the beginning of all paths and nothing "
                f"outside that one folder; and `{target}.sha256`, which gives the zip's SHA-256 "
                "digest as `<sum>  <file name>`, the gap being two spaces and the file name "
                "being bare.",
            ],
            steps=[
                look(
                    f"find {quoted(source.path)} | head -n 12",
                    f"{source.path} goes into a zip, below a folder {top} that does not exist.",
                    "See what has to be packed.",
                ),
                do(
                    pack,
                    f"zip stores names as they are on disk, so {top}/{name} has to be built in a "
                    "scratch folder first.",
                    f"Copy it below {top} in a scratch folder, keeping times, and zip that.",
                ),
                do(
                    f"(cd {folder} && sha256sum {bare} > {bare}.sha256)",
                    "The zip is there. Its sum has to be written with the bare name.",
                    "Write the checksum from within the folder of the zip.",
                ),
                look(
                    f"unzip -tq {there}; zipinfo -1 {there} | head -n 5; cat {sidecar}; "
                    f"(cd {folder} && sha256sum -c {bare}.sha256)",
                    f"Is everything in it below {top}, and is the sum right?",
                    "Test the zip, look at names, and check the sum as the partner would.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {folder}\nsha256sum --strict -c {bare}.sha256\ncut -c 65- {bare}.sha256",
                    f"{target.rpartition('/')[2]}: OK\n  {target.rpartition('/')[2]}\n",
                    about=f"{target}.sha256 fits the zip and names it without a folder.",
                    paths=[target],
                    key="sum",
                )
            ],
            wrong=[
                Wrong(
                    "the checksum file names the zip with its folder",
                    command=f"sha256sum {there} > {sidecar}",
                ),
                Wrong(
                    "the zip has no top folder",
                    command=f"rm {there} && (cd {quoted(root)} && zip -q -X -r {there} {here}) && "
                    f"(cd {folder} && sha256sum {bare} > {bare}.sha256)",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"zip -r --top-folder {top} {there} {quoted(source.path)}",
                    symptom=r"long option 'top-folder' not supported",
                    diagnosis="zip cannot put members below another folder; the folder has to "
                    "exist on disk while packing.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd /tmp && zip -r {there} {top})",
                    symptom=r"zip error: Nothing to do!",
                    diagnosis="There is nothing of that name here; the structure has to be built "
                    "before it can be packed. No zip was written.",
                ),
            ],
        )
