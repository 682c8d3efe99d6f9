"""Unpack containers of old kinds into one folder."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
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
    summary,
    times_kept,
)
from shellwright.recipe.kinds.transfer import Transfer

COLUMNS = (Column("disk", "disk"), Column("format", "format"), Column("files", "count"))
#: In the order in which a transfer names its disks.
FORMATS = ("compress", "ARJ", "cabinet", "LHA", "uuencode")


class EmptyOldDisks(Recipe):
    """The files of five old containers lie in one folder, and a table tells where from."""

    needs = (Pattern.of("transfer", form="legacy"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        *("arj", "cabextract", "cat", "cp", "cpio", "file", "find", "head", "lsar", "mkdir"),
        *("rm", "sort", "tail", "tar", "unar", "uncompress", "uudecode", "wc"),
    )
    packages = ("arj", "cabextract", "cpio", "file", "ncompress", "sharutils", "unar")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Transfer)
        tree = source.payload
        assert isinstance(tree, Tree)
        names, again = source.fact("names"), source.fact("again")
        z, arj, cab, lzh, uu = names
        counts = source.fact("counts")
        result = tree.at(world.output(draw, ["recovered", "documents", "old-disks"]))
        rows = sorted(
            (name, form, count) for name, form, count in zip(names, FORMATS, counts, strict=True)
        )
        table = summary(
            world.output(draw, ["disks", "inventory", "disk_list"], ".csv"),
            "inventory of the disks",
            COLUMNS,
            rows,
        )
        here, there, out = quoted(source.path), quoted(result.path), quoted(table.path)
        work = "/tmp/disks"
        unpack = (
            f"mkdir -p {work}/{{{','.join(sorted(names))}}} && cd {here}\n"
            f"uncompress -c < {z} | tar -x -C {work}/{z}\n"
            f"cp {arj} {work}/{arj}.arj && arj x -y {work}/{arj}.arj {work}/{arj}/ > /dev/null\n"
            f"cabextract -q -d {work}/{cab} {cab}\n"
            f"unar -q -D -o {work}/{lzh} {lzh} > /dev/null\n"
            f"uudecode -o - {uu} | (cd {work}/{uu} && cpio -idm --quiet)"
        )
        listing = "\n".join(
            f'echo "{name},{form},$(find {work}/{name} -type f | wc -l)"' for name, form, _ in rows
        )
        double = quoted(f"{result.path}/{again[0]}")
        return Move(
            focus=result,
            makes=[table, result],
            request=[
                f"Unpack all five disks in `{source.path}` into the one folder `{result.path}`, "
                "with the paths and modification times that the files have in their containers "
                "(DOS times are UTC). Where two disks have the same path, the version modified "
                f"later is the right one. `{table.path}` is to say what the disks were: CSV with "
                "the header `disk,format,files`, sorted by `disk`; the format is one of "
                "`compress`, `ARJ`, `cabinet`, `LHA` and `uuencode` (the outermost layer), and "
                "`files` counts the files in that container, whether they were used or not.",
                f"We need the contents of the old containers in `{source.path}`; what they are, "
                f"nobody knows any more. All their files belong together into `{result.path}`, "
                "under the paths inside the containers and with their dates from there, taking "
                "DOS times as UTC; of two files with one path only the one with the later "
                f"modification time stays. Then list the disks in `{table.path}`, a CSV "
                "`disk,format,files` in order of `disk`, where the outermost layer makes the "
                "format (`compress`, `ARJ`, `cabinet`, `LHA` or `uuencode`) and `files` is the "
                "number of all files in the container.",
            ],
            steps=[
                look(
                    f"cd {here} && file -- *",
                    "The names say nothing about what the disks are.",
                    "Ask for the formats.",
                ),
                look(
                    f"cd {here} && uncompress -c < {z} | file -; uudecode -o - {uu} | file -",
                    f"Two of these, {z} and {uu}, may only be a layer around another.",
                    "Ask for what is under the outer layers.",
                ),
                look(
                    f"cd {here} && lsar {lzh} | tail -n 4; cabextract -l {cab} | tail -n 4; "
                    f"uncompress -c < {z} | tar -tv | head -n 3; uudecode -o - {uu} | "
                    "cpio -itv --quiet | head -n 3",
                    "Disks of all kinds of formats. How are paths and dates in them?",
                    "List what a few of them hold.",
                ),
                do(
                    f"({unpack})",
                    "All paths are relative, and some may be on two disks, so that each "
                    "disk gets a folder of its own for now.",
                    "Unpack each with its own program, times included.",
                    0.6,
                ),
                do(
                    f"{{ echo disk,format,files\n{listing}; }} > {out}",
                    "Some paths are on several disks, so files and paths are not the same number.",
                    "Count the files of each disk while they are still apart.",
                ),
                do(
                    f"mkdir -p {there} && for disk in {work}/disk-?; do\n"
                    f'  cp --archive --update "$disk/." {there}/ || exit 1\n'
                    f"done; rm -r {work}",
                    "cp with --update replaces a file by a newer one only, so the order of the "
                    "disks does not matter.",
                    "Bring the disks together, the newer version winning.",
                ),
                look(
                    f"find {there} -type f | wc -l; find {there} -type f -printf '%TF %P\\n' | "
                    f"sort | head -n 5; cat {out}; tail -n 1 {double}",
                    f"Every path should be there once; {again[0]} was on two disks.",
                    "Count, look at dates, and read one that had two versions.",
                ),
            ],
            checks=[times_kept(result)],
            wrong=[
                Wrong(
                    "an older draft won",
                    command=f"echo '(draft of 3 pages, not final)' >> {double}",
                ),
                Wrong("times were not kept", command=f"touch -d '2026-03-03' {double}"),
                *table.with_rows(
                    (d, "cpio" if form == "uuencode" else form, n) for d, form, n in rows
                ).as_wrong("the inner layer is named"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"cd {here} && uncompress {z}; cd -",
                    symptom=r"(No such file or directory|Read-only|unknown suffix|\.Z)",
                    diagnosis="uncompress looks for the name with .Z unless it reads its input.",
                ),
                Mistake(
                    "analysis",
                    before=3,
                    command=f"tar -tf {here}/{arj}",
                    symptom=r"This does not look like a tar archive",
                    diagnosis="That one is an ARJ archive, as file said; tar cannot read it.",
                ),
            ],
        )
