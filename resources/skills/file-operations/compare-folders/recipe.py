"""Compare two folder trees."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    PEOPLE,
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
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)

COLUMNS = (Column("path", "path"), Column("status", "status"))


class CompareFolders(Recipe):
    """One row a file that differs between a tree and a second one: added, removed, changed."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cmp", "comm", "cut", "diff", "find", "mktemp", "rm", "sed", "sort", "uniq")
    packages = ("diffutils",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        names = {file.name for file in source.files}
        if len(names) < 4 or any(set(name) & set(',"\\') for name in names):
            raise Unsuitable("too few files, or names that need quoting")
        other = edited(source, draw).at(world.input(draw, ["laptop", "branch_copy", "returned"]))
        rows = differences(source, other)
        target = world.output(draw, ["differences", "changes", "comparison"], ".csv")
        result = summary(target, "list of differences", COLUMNS, rows)
        here, there, out = quoted(source.path), quoted(other.path), quoted(target)
        listing = "find . -type f -printf '%P\\n' | LC_ALL=C sort"
        script = (
            "work=$(mktemp -d)\n"
            f'(cd {here} && {listing}) > "$work/a"\n'
            f'(cd {there} && {listing}) > "$work/b"\n'
            "{ diff --old-line-format=$'%l,removed\\n' --new-line-format=$'%l,added\\n' \\\n"
            '    --unchanged-line-format= "$work/a" "$work/b" || [ $? -eq 1 ]\n'
            '  LC_ALL=C comm -12 "$work/a" "$work/b" | while IFS= read -r file; do\n'
            f'    cmp -s {here}/"$file" {there}/"$file" || echo "$file,changed"\n'
            "  done\n"
            f"}} | LC_ALL=C sort -t, -k1,1 | sed '1i path,status' > {out}\n"
            'rm -r "$work"'
        )
        flip = {"added": "removed", "removed": "added", "changed": "changed"}
        by_size = {
            file.name
            for file in source.files
            for twin in other.files
            if twin.name == file.name and len(twin.content) == len(file.content)
        }
        sized = [row for row in rows if row[1] != "changed" or row[0] not in by_size]
        return Move(
            focus=result,
            makes=[result],
            brings=other.entries(),
            request=[
                f"`{other.path}` is a copy of `{source.path}` that somebody has worked in. List "
                f"in `{target}` what is different about it: CSV, header `path,status`, one row "
                "for each file (path relative to the folder) that is `added` or `removed` or "
                "whose content is `changed` compared with the original, in byte order of the "
                "paths. Equal files are left out.",
                f"How does `{other.path}` differ from `{source.path}`, of which it is a copy? I "
                f"would like a CSV file `{target}` with the columns `path,status`: relative path, "
                "and `added` for files that only the copy has, `removed` for those that it lacks, "
                "`changed` where contents differ. Sorted by path (bytes); nothing about files "
                "that are equal.",
            ],
            steps=[
                look(
                    f"diff -rq {here} {there}",
                    "Two folders with the same beginnings; the question is what differs.",
                    "Get an overview of the differences.",
                ),
                do(
                    script,
                    "diff tells whole folders in one line and in sentences. Of two lists of names "
                    "it makes rows, and cmp compares the common files.",
                    "Write the added, removed and changed files as a sorted table.",
                ),
                look(
                    f"cut -d, -f2 {out} | sort | uniq -c; cat {out}",
                    "Does each difference of the overview have its row?",
                    "Count by status and read the table.",
                ),
            ],
            wrong=[
                *result.with_rows((path, flip[status]) for path, status in rows).as_wrong(
                    "compared in the wrong direction"
                ),
                *(
                    result.with_rows(sized).as_wrong("only sizes were compared")
                    if sized != rows
                    else []
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"cmp {here} {there}",
                    symptom=r"cmp: .*: Is a directory",
                    diagnosis="cmp compares two files, not folders.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"comm --recursive {here} {there}",
                    symptom=r"comm: unrecognized option '--recursive'",
                    diagnosis="comm compares the lines of two sorted files; lists of names have "
                    "to be made for it first.",
                ),
            ],
        )


def edited(tree: Tree, draw: Draw) -> Tree:
    """The tree after somebody worked in it: files changed, some without another size, lost, new."""
    drawn = draw.sample(tree.files, min(7, len(tree.files) - 1))
    changed = [file for file in drawn[len(drawn) // 3 :] if file.content and not file.target]
    files = [file for file in tree.files if file not in drawn]
    for number, file in enumerate(changed):
        text = file.content.rstrip(b"\n")
        last = b"!" if text[-1:] != b"!" else b"?"
        content = text[:-1] + last + b"\n" if number % 2 else file.content + b"agreed\n"
        files.append(dataclasses.replace(file, content=content))
    for number in range(draw.integer(2, 3)):
        name = f"{draw.choice(['visits', 'annex'])}/note-{number}.txt"
        files.append(TreeFile(name, f"Note {number}, {draw.choice(PEOPLE)}\n".encode()))
    return tree.with_files(files, check_modes=False, folder_modes=(), folder_mode=0o755)


def differences(first: Tree, second: Tree) -> list[tuple[str, ...]]:
    """The path and status of every file that differs, in byte order."""
    ours = {file.name: file.content for file in first.files if not file.target}
    theirs = {file.name: file.content for file in second.files if not file.target}
    status = {name: "removed" for name in ours if name not in theirs}
    status |= {name: "added" for name in theirs if name not in ours}
    status |= {n: "changed" for n in ours if n in theirs and ours[n] != theirs[n]}
    return [(name, status[name]) for name in byte_sorted(status)]
