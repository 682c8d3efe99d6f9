"""Inventory of a folder tree."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)

COLUMNS = (
    Column("path", "path"),
    Column("bytes", "count"),
    Column("lines", "count"),
    Column("blake2b", "sum"),
)


class ListTreeContents(Recipe):
    """One row a file: path, size, lines and checksum."""

    needs = (Pattern.of("tree", condition=("tidy", "linked")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("b2sum", "cut", "du", "find", "head", "sed", "sort", "stat", "wc")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        contents = {file.name: file.content for file in source.files if not file.target}
        if not contents or any(set(name) & set(',"\\\n') for name in contents):
            raise Unsuitable("no files, or names that a CSV file has to quote")
        target = world.output(draw, ["inventory", "contents", "file_list"], ".csv")
        rows = [
            (
                name,
                str(len(contents[name])),
                str(contents[name].count(b"\n")),
                hashlib.blake2b(contents[name], digest_size=32).hexdigest(),
            )
            for name in byte_sorted(contents)
        ]
        result = summary(target, f"inventory of the {source.noun}", COLUMNS, rows)
        here, there = quoted(source.path), quoted(target)
        script = (
            f"(cd {here} && find . -type f -printf '%P\\n' | LC_ALL=C sort | "
            "while IFS= read -r file; do\n"
            '  printf \'%s,%s,%s,%s\\n\' "$file" "$(stat -c %s "$file")" '
            '"$(wc -l < "$file")" "$(b2sum -l 256 < "$file" | cut -c 1-64)"\n'
            f"done) | sed '1i path,bytes,lines,blake2b' > {there}"
        )
        links = ", symbolic links not among them" if len(contents) < len(source.files) else ""
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Write an inventory of the regular files below `{source.path}` to `{target}`: "
                "CSV with the header `path,bytes,lines,blake2b`, where the path is relative to "
                "the folder, lines are newline characters, and the last column is the `256`-bit "
                f"BLAKE2b sum in hexadecimal. Sort by path, byte by byte{links}.",
                f"We hand `{source.path}` over and need to say what is in it. One line for each "
                f"regular file in `{target}`, a CSV file with the columns "
                "`path,bytes,lines,blake2b`: relative path, size, number of newline characters, "
                f"BLAKE2b sum of `256` bits in hex; rows in byte order of the path{links}.",
            ],
            steps=[
                look(
                    f"find {here} -type f | sort | head -n 10; du -sb {here}",
                    f"{source.path} is to be listed file by file.",
                    "See what kind of names there are and how much it is.",
                ),
                do(
                    script,
                    "There are no commas in the names, so that plain CSV will do.",
                    "Print one line a file in byte order of the paths, under a header.",
                ),
                look(
                    f"head -n 3 {there}; wc -l {there}",
                    "There should be a row for each file. How many bytes is that in all?",
                    "Look at the first rows and count.",
                ),
            ],
            wrong=[
                *result.with_rows(
                    (f"./{name}", size, lines, digest) for name, size, lines, digest in rows
                ).as_wrong("paths begin with ./"),
                *result.with_rows(
                    (*row[:3], hashlib.blake2b(contents[row[0]]).hexdigest()) for row in rows
                ).as_wrong("the checksums have 512 bits"),
                *result.with_rows(
                    (row[0], row[1], str(int(row[2]) + 1), row[3]) for row in rows
                ).as_wrong("one line too many a file"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"b2sum -l 250 {here}/*",
                    symptom=r"b2sum: .*(length|multiple of 8)",
                    diagnosis="The length is given in bits and has to be a multiple of 8: 256.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"wc -l {here}/*",
                    symptom=r"wc: .*: Is a directory",
                    diagnosis="There are folders in between; every level has to be listed.",
                ),
            ],
        )
