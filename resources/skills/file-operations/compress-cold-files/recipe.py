"""Compress the files of a tree that have not been modified for long."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

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
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)

COLUMNS = (Column("path", "path"), Column("stored_as", "stored"), Column("sha1", "sum"))
#: Which suffix files get by their own one, and what compresses and reads them.
SUFFIXES = {"txt": "lz", "md": "lz4", "log": "lzo"}
READERS = {"lz": "lzip -dc", "lz4": "lz4 -dc", "lzo": "lzop -dc"}


class CompressColdFiles(Recipe):
    """Old files of a tree are compressed one by one, and an index says what they were."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        *("awk", "cut", "find", "head", "ls", "lz4", "lzip", "lzop", "sed", "sha1sum", "sort"),
        *("tail", "wc", "xargs"),
    )
    packages = ("lz4", "lzip", "lzop")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not source.keeps_times(world.given):
            raise Unsuitable("the files carry the times of today")
        if any(f.target or set(f.name) & set(', "\\') for f in source.files):
            raise Unsuitable("links, or names that need quoting")
        if any(f.name.rpartition(".")[2] not in SUFFIXES for f in source.files):
            raise Unsuitable("other sorts of files")
        times = sorted(file.mtime for file in source.files)
        cut = times[len(times) * draw.integer(45, 70) // 100]
        day = datetime.fromtimestamp(cut, UTC).date()
        limit = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        cold = [file for file in source.files if file.mtime < limit]
        if len({file.name.rpartition(".")[2] for file in cold}) < 3 or len(cold) == len(times):
            raise Unsuitable("not every sort of file among the old ones")
        stored = {f.name: f"{f.name}.{SUFFIXES[f.name.rpartition('.')[2]]}" for f in cold}
        sums = {file.name: hashlib.sha1(file.content).hexdigest() for file in cold}
        rows = [(name, stored[name], sums[name]) for name in byte_sorted(stored)]
        index = summary(
            world.output(draw, ["cold", "compressed", "cold_index"], ".csv"),
            "index of the compressed files",
            COLUMNS,
            rows,
        )
        here, out = quoted(source.path), quoted(index.path)
        pick = f"find . -type f ! -newermt '{day}'"
        write = (
            f"cd {here} && {pick} -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha1sum |\n"
            '  awk -v OFS=, \'BEGIN { print "path", "stored_as", "sha1"\n'
            '      to["txt"] = "lz"; to["md"] = "lz4"; to["log"] = "lzo" }\n'
            '    { name = substr($0, 43); kind = name; sub(/.*[.]/, "", kind)\n'
            f'      print name, name "." to[kind], $1 }}\' > {out}'
        )
        shrink = (
            f"cd {here}\n"
            f"tail -n +2 {out} | cut -d, -f1 | while IFS= read -r file; do\n"
            "  case $file in\n"
            '    *.txt) lzip -9 "$file" ;;\n'
            '    *.md) lz4 -q --rm "$file" "$file.lz4" ;;\n'
            '    *.log) lzop -U "$file" ;;\n'
            "  esac\ndone"
        )
        after = {stored.get(f.name, f.name): f for f in source.files}
        listing = "".join(f"{name} {after[name].mtime}\n" for name in byte_sorted(after))
        unpack = "\n".join(
            f"{READERS[target.rpartition('.')[2]]} {quoted(target)} | sha1sum"
            for _, target, _ in rows
        )
        warm = next(f for f in source.files if f.mtime >= limit)
        one = rows[0]
        reader = READERS[one[1].rpartition(".")[2]]
        hot_rows = byte_sorted(f.name for f in source.files)
        everything = [
            (n, f"{n}.{SUFFIXES[n.rpartition('.')[2]]}", hashlib.sha1(f.content).hexdigest())
            for n in hot_rows
            for f in source.files
            if f.name == n
        ]
        return Move(
            focus=index,
            makes=[index],
            # Some of its files are no longer what they were, and none may be taken for an input.
            removes=[source.path],
            request=[
                f"Whatever in `{source.path}` was last modified before `{day}` (UTC, the start "
                "of that day) is to be compressed file by file, in place of the original, with "
                "the modification time of the original: `.txt` with lzip to `.txt.lz`, `.md` "
                "with LZ4 to `.md.lz4`, `.log` with LZO to `.log.lzo`. Later files stay as they "
                f"are. The index `{index.path}`, CSV with `path,stored_as,sha1`, has a row for "
                "each of them in byte order of `path`: old and new path relative to the folder, "
                "and the SHA-1 of the uncompressed content.",
                f"Shrink `{source.path}` without packing it up: every file not modified since "
                f"`{day}` began (UTC) is replaced by a compressed one beside which nothing of "
                "the original remains. `.txt` files become `.txt.lz` (lzip), `.md` files "
                "`.md.lz4` (LZ4 frames), `.log` files `.log.lzo` (lzop), all with the "
                "modification time they had. Newer files are not touched. Note each of the "
                f"compressed files in `{index.path}`: CSV with the header "
                "`path,stored_as,sha1`, relative paths before and after, SHA-1 of what was in "
                "it, sorted by `path` in byte order.",
            ],
            steps=[
                look(
                    f"cd {here} && find . -type f -printf '%TF %P\\n' | sort | head -n 30; "
                    f"{pick} | wc -l",
                    f"Which files are from before {day}?",
                    "List dates and count the old ones.",
                ),
                do(
                    f"({write})",
                    "These are cold. Their sums can only be taken now.",
                    "Write the index while the originals are there.",
                ),
                do(
                    f"({shrink})",
                    "Each program has its own way to remove the original: lzip does by itself, "
                    "lz4 with --rm, lzop with -U. Dates are kept by all three.",
                    "Compress what the index names, each sort with its program.",
                    0.6,
                ),
                look(
                    f"cd {here} && find . -type f -printf '%TF %s %P\\n' | sort | head -n 30; "
                    f"{reader} {quoted(one[1])} | sha1sum; sed -n 2p {out}; ls | wc -l",
                    "The cold files should have new names and old dates; sums must agree.",
                    "Look at dates again and compare one sum with the index.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {here}\nfind . -type f -printf '%P %T@\\n' | sed 's/[.]0*$//' | sort",
                    "".join(sorted(listing.splitlines(keepends=True), key=str.encode)),
                    about=f"{source.path} has the expected names and modification times.",
                    paths=[source.path],
                    key="names",
                ),
                shell_prints(
                    f"cd {here}\n{unpack}",
                    "".join(f"{row[2]}  -\n" for row in rows),
                    about="Each cold file is compressed by its program and holds the original.",
                    paths=[source.path],
                    key="contents",
                ),
            ],
            wrong=[
                *index.with_rows(everything).as_wrong("recent files are in the index, too"),
                Wrong(
                    "a recent file was compressed",
                    command=f"lzip {quoted(f'{source.path}/{warm.name}')}",
                ),
                Wrong(
                    "a date was lost",
                    command=f"touch -d 2026-03-03 {quoted(f'{source.path}/{one[1]}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"lzip -t {quoted(f'{source.path}/{warm.name}')}",
                    symptom=r"(Bad magic number|lzip format|bad magic)",
                    diagnosis="That file is not compressed yet; testing comes afterwards.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"lzop --remove-source {quoted(f'{source.path}/{one[0]}')}",
                    symptom=r"lzop: unrecognized option",
                    diagnosis="lzop calls it -U or --unlink.",
                ),
            ],
        )
