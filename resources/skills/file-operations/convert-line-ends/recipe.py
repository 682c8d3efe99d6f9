"""Convert Windows line ends where there are any."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    times_kept,
)


class ConvertLineEnds(Recipe):
    """Files with CRLF line ends have LF ones, dates as before; a list names them."""

    needs = (Pattern.of("tree", content="documents", condition="crlf"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("dos2unix", "file", "find", "grep", "head", "sed", "sort", "wc", "xargs")
    packages = ("dos2unix", "file")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files, converted = [], []
        for file in source.files:
            content = file.content.replace(b"\r\n", b"\n")
            if content != file.content:
                converted.append(file.name)
            files.append(dataclasses.replace(file, content=content))
        if not 0 < len(converted) < len(files):
            raise Unsuitable("all files have the same line ends")
        result = source.with_files(files, condition="tidy")
        target = world.output(draw, ["converted", "changed_files", "windows_files"], ".txt")
        listing = Report(
            path=target,
            noun="list of converted files",
            value=byte_sorted(converted),
            format="text",
        )
        here, there = quoted(source.path), quoted(target)
        one = quoted(f"{source.path}/{draw.choice(converted)}")
        every = byte_sorted(file.name for file in files)
        return Move(
            focus=result,
            makes=[listing, result],
            request=[
                f"Some files below `{source.path}` have CRLF line ends. Give those LF ones; their "
                "modification times must stay what they are, and so must all other files. The "
                f"converted ones go into the list `{target}`, one path relative to "
                f"`{source.path}` a line, in byte order.",
                f"Get rid of the CRLF line ends in `{source.path}` (all levels): every line ends "
                "with LF afterwards, while no file changes its modification time, since the "
                f"nightly backup goes by it. List in `{target}` which files had to be changed, as "
                "paths relative to the folder, one a line, sorted by bytes.",
            ],
            steps=[
                look(
                    f"find {here} -type f | sort | head -n 8 | xargs -d '\\n' file; "
                    f"grep -rlI $'\\r$' {here} | wc -l",
                    "I need to know which files have carriage returns, and how many there are.",
                    "Look at the kinds of line ends and count the files with CRLF.",
                ),
                do(
                    f"(cd {here} && grep -rlI $'\\r$' .) | sed 's,^\\./,,' | "
                    f"LC_ALL=C sort > {there}",
                    "Only part of the files has CRLF line ends.",
                    "Write the list now; after the conversion nothing would show it.",
                ),
                do(
                    f"(cd {here} && xargs -d '\\n' dos2unix -k -q < {there})",
                    "The list holds the files to convert. -k keeps their dates.",
                    "Convert exactly the listed files and keep their modification times.",
                ),
                look(
                    f"grep -rlI $'\\r' {here} | wc -l; find {here} -newer {there} -type f | wc -l",
                    "No carriage return may be left, and no file may be newer than my list.",
                    "Count files with carriage returns and files with a new date.",
                ),
            ],
            checks=[times_kept(result, gone="{ grep -rlI $'\\r' . || true; }")],
            wrong=[
                *dataclasses.replace(listing, value=every).as_wrong("every file is listed"),
                *dataclasses.replace(
                    listing, value=[f"./{name}" for name in listing.value]
                ).as_wrong("paths begin with ./"),
                Wrong("the conversion gave the file a new date", command=f"touch {one}"),
                Wrong("one file still has CRLF", command=f"unix2dos -k -q {one}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"dos2unix -k {here}",
                    symptom=r"dos2unix: Skipping .*, not a regular file",
                    diagnosis="dos2unix does not descend into folders; it needs the files.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"dos2unix --keep-times {one} | head -n 3",
                    symptom=r"Usage: dos2unix",
                    diagnosis="There is no --keep-times, so it only printed its usage; the option "
                    "is called -k or --keepdate.",
                ),
            ],
        )
