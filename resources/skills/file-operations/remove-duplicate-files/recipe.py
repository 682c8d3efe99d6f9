"""Remove copies of files and list them."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)

HEADER = (Column("removed", "path"), Column("kept", "path"))


class RemoveDuplicateFiles(Recipe):
    """Of each content the oldest file is left; a list names the ones that went."""

    needs = (Pattern.of("tree", content="documents", condition="copies"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        "awk",
        "cut",
        "fdupes",
        "find",
        "head",
        "rm",
        "sed",
        "sort",
        "tail",
        "wc",
        "xargs",
    )
    packages = ("fdupes",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        copies = later_copies(source)
        if not copies or len({(f.content, f.mtime) for f in source.files}) < len(source.files):
            raise Unsuitable("no file is there twice, or copies of one time")
        newest = later_copies(source, newest=True)
        kept = [file for file in source.files if file.name not in copies]
        result = source.with_files(kept, condition="tidy")
        target = world.output(draw, ["removed", "duplicates", "removed_copies"], ".csv")
        listing = summary(
            target, "list of removed copies", HEADER, [(n, copies[n]) for n in byte_sorted(copies)]
        )
        here, there = quoted(source.path), quoted(target)
        find_copies = (
            f"(cd {here} && fdupes -rq -o time .) |\n"
            "  awk -v RS= -F '\\n' '{ for (n = 2; n <= NF; n++)\n"
            '    print substr($n, 3) "," substr($1, 3) }\' |\n'
            f"  LC_ALL=C sort -t, -k1,1 | sed '1i removed,kept' > {there}"
        )
        remove = (
            f"tail -n +2 {there} | cut -d, -f1 | (cd {here} && xargs -d '\\n' rm --) &&\n"
            f"  find {here} -mindepth 1 -type d -empty -delete"
        )
        victim = byte_sorted(copies)[0]
        again = quoted(f"{source.path}/{victim}")
        return Move(
            focus=result,
            makes=[listing, result],
            request=[
                f"Clear the copies out of `{source.path}`: where several files anywhere below it "
                "have the same content, only the one with the oldest modification time stays, and "
                "folders that end up empty go too. What was deleted is to be listed in "
                f"`{target}`, a CSV file with the header `removed,kept`, paths relative to "
                f"`{source.path}`, ordered by the first column.",
                f"`{source.path}` is full of copies under other names. Keep the oldest file (by "
                "modification time) of each content and delete the rest, including folders in "
                f"which nothing is left. I want a record in `{target}`: CSV, header "
                "`removed,kept`, a line for each deleted file with the file that stayed in its "
                "place, both relative to the folder, sorted by the deleted one.",
            ],
            steps=[
                look(
                    f"fdupes -rq {here} | head -n 12; find {here} -type f | wc -l",
                    f"Some files below {source.path} are said to be copies.",
                    "See whether contents really repeat, and under which names.",
                ),
                do(
                    find_copies,
                    "The oldest file of each content stays. In order of time the first of a set "
                    "is the one to keep, every later one a copy.",
                    "Write the list of copies with the file that each of them repeats.",
                ),
                look(
                    f"head -n 5 {there}; tail -n +2 {there} | wc -l",
                    "What is about to be deleted should be just the copies, never the file that "
                    "stays.",
                    "Read the list before deleting from it.",
                ),
                do(
                    remove,
                    "The list is right, and one file of each content stays.",
                    "Delete what is listed, then the folders that have become empty.",
                ),
                look(
                    f"fdupes -rq {here}; find {here} -type f | wc -l",
                    "No repeated content should be left.",
                    "Look for remaining copies and count.",
                ),
            ],
            wrong=[
                *listing.with_rows((n, newest[n]) for n in byte_sorted(newest)).as_wrong(
                    "the newest file was kept instead of the oldest"
                ),
                *listing.with_rows((kept, gone) for gone, kept in listing.rows).as_wrong(
                    "kept and removed are mixed up"
                ),
                Wrong(
                    "one copy is still there",
                    command=f"mkdir -p $(dirname {again}) && "
                    f"cp -p {quoted(f'{source.path}/{copies[victim]}')} {again}",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"fdupes -r --keep-oldest {here}",
                    symptom=r"unrecognized option '--keep-oldest'",
                    diagnosis="fdupes has no such option. It can name the oldest of each set "
                    "first, and deletes by my own list.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"sha256sum {here}/*",
                    symptom=r"sha256sum: .*: Is a directory",
                    diagnosis="The files lie in sub-folders; the sums have to be taken of what "
                    "find reports, not of the top level.",
                ),
            ],
        )


def later_copies(tree: Tree, newest: bool = False) -> dict[str, str]:
    """The name of each copy with the name of the file that stays: the oldest, or the newest."""
    stays: dict[bytes, TreeFile] = {}
    found = {}
    order = sorted(tree.files, key=lambda file: (file.mtime, file.name), reverse=newest)
    for file in order:
        first = stays.setdefault(file.content, file)
        if first is not file:
            found[file.name] = first.name
    return found
