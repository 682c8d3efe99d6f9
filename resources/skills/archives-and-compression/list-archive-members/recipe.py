"""Table of the files in an archive."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Archive,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)


class ListArchiveMembers(Recipe):
    """One row a file in an archive: name, size and checksum."""

    needs = (Pattern.of("archive", holds="tree"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "cut",
        "grep",
        "head",
        "sed",
        "sha512sum",
        "sort",
        "tail",
        "tar",
        "unzip",
        "wc",
        "zipinfo",
    )
    packages = ("bzip2", "unzip", "xz-utils", "zstd")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        members = {name: e for name, e in source.members().items() if e.kind == "file"}
        if any(entry.kind == "symlink" for entry in source.members().values()):
            raise Unsuitable("links cannot be piped into a checksum")
        if len(members) < 2 or any(set(name) & set(',"\\[*?\n') for name in members):
            raise Unsuitable("too few files, or names that need quoting")
        columns = (Column("file", "path"), Column("bytes", "count"), Column("sha512", "sum"))
        rows = [
            (name, str(len(e.content)), hashlib.sha512(e.content).hexdigest())
            for name, e in sorted(members.items(), key=lambda item: item[0].encode())
        ]
        target = world.output(draw, ["members", "archive_contents", "packing_list"], ".csv")
        result = summary(target, "list of archived files", columns, rows)
        here, there = quoted(source.path), quoted(target)
        if source.format == "zip":
            listing = f"zipinfo -1 {here}"
            unpacked = f"unzip -q {here} -d /tmp/unpacked"
            table = (
                f"zipinfo -1 {here} | grep -v '/$' | while IFS= read -r file; do\n"
                f'  printf \'%s,%s,%s\\n\' "$file" "$(unzip -p {here} "$file" | wc -c)" \\\n'
                f'    "$(unzip -p {here} "$file" | sha512sum | cut -c 1-128)"\n'
                "done"
            )
            mistake = Mistake(
                "command",
                before=1,
                command=f"unzip -p {here} {quoted(next(iter(members)) + '.txt.bak')} | wc -c",
                symptom=r"caution: filename not matched",
                diagnosis="No member has that name; names have to come from the list.",
            )
        else:
            listing = f"tar -tf {here}"
            unpacked = f"mkdir /tmp/unpacked && tar -xf {here} -C /tmp/unpacked"
            table = (
                f'tar -xf {here} --to-command=\'printf "%s,%s,%s\\n" '
                f'"$TAR_FILENAME" "$TAR_SIZE" "$(sha512sum | cut -c 1-128)"\''
            )
            mistake = Mistake(
                "command",
                before=1,
                command=f"tar -xOf {here} {quoted(next(iter(members)) + '.txt.bak')} | wc -c",
                symptom=r"tar: .*: Not found in archive",
                diagnosis="No member has that name; names have to come from the list.",
            )
        header = ",".join(result.header)
        script = f"{table} | LC_ALL=C sort -t, -k1,1 | sed '1i {header}' > {there}"
        short = [(n, s, hashlib.sha256(members[n].content).hexdigest()) for n, s, _ in rows]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"What is in `{source.path}`? Write a packing list to `{target}`: CSV, header "
                f"`{header}`, one row for each regular file with its name as in the archive, "
                f"its size and its SHA-512 sum in hexadecimal, in byte order of the names. No "
                "rows for folders, and nothing unpacked may be left lying around.",
                f"Before `{source.path}` goes to the shelf we need `{target}`, a CSV file with "
                f"the columns `{header}`: every regular file in the archive by its full name in "
                f"it, the number of bytes, and the SHA-512 sum (hex). Sort by name, byte by "
                "byte, leave folders out, and do not leave any unpacked files behind.",
                f"An inventory of `{source.path}` is needed, `{target}`. It is a CSV file that "
                f"begins with `{header}`. Each ordinary file inside gets a line: the path that "
                "the archive gives it, how many bytes it has when unpacked, and the hexadecimal "
                "digest, which is SHA-512. Directories get none. Order the lines by path, "
                "comparing bytes. No extracted copies may remain on the disk.",
                f"Can we tell later on whether everything in `{source.path}` is still intact? "
                f"For that I want `{target}` with the columns `{header}` as CSV: file names in "
                "full as they are in the archive, sizes in bytes, sums by SHA-512 as hex "
                "digits. Only regular files count, names go up bytewise, and whatever you "
                "unpack on the way is gone in the end.",
            ],
            steps=[
                look(
                    f"{listing} | head -n 8; {listing} | grep -c '/$' || true",
                    f"First the names in {source.path}: is there a top folder, and are folders "
                    "members too?",
                    "List some members and count the folders.",
                ),
                do(
                    script,
                    "Folders are not wanted. Each member can be piped into the checksum without "
                    "being written to disk.",
                    "Print a row for each file, sort, and put the header on top.",
                ),
                look(
                    f"head -n 3 {there}; tail -n +2 {there} | wc -l",
                    "Is there a row for every file, and none for a folder?",
                    "Look at the first rows and count.",
                ),
            ],
            checks=[
                shell_prints(
                    left_over(source, world, target),
                    "",
                    about=f"No file of {source.path} lies about unpacked.",
                    paths=[target],
                    key="unpacked",
                )
            ],
            wrong=[
                Wrong("a copy was left where it was unpacked", command=unpacked),
                *result.with_rows(short).as_wrong("SHA-256 instead of the sum asked for"),
                *result.with_rows((n.rpartition("/")[2], s, d) for n, s, d in rows).as_wrong(
                    "names without their folders"
                ),
            ],
            mistakes=[
                mistake,
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --list-sums=sha512 -tf {here}",
                    symptom=r"tar: unrecognized option '--list-sums",
                    diagnosis="tar prints no checksums; members have to be piped into a program "
                    "that does.",
                ),
            ],
        )


def left_over(archive: Archive, world: World, target: str) -> str:
    """A bash script that prints the files that look like a member, once the list is there.

    A copy has a member's name and size. What lay there before is none, even where it was packed
    into this archive; an empty file could be anything.
    """
    known = {e.path for r in world.resources.values() for e in r.entries()}
    known |= {entry.path for entry in world.brought}
    marks = {
        (name.rpartition("/")[2], len(entry.content))
        for name, entry in archive.members().items()
        if entry.kind == "file" and entry.content
    }
    alike = " -o ".join(f"-name {quoted(name)} -size {size}c" for name, size in sorted(marks))
    names = {name for name, _ in marks}
    spared = "".join(
        f" ! -path {quoted(path)}" for path in sorted(known) if path.rpartition("/")[2] in names
    )
    return (
        f"test -s {quoted(target)}\n"
        "for place in /app /data /home /srv /tmp /var/tmp; do\n"
        '  [ ! -d "$place" ] || find "$place" '
        f"-type f{spared} '(' {alike} ')' 2> /dev/null || true\ndone"
    )
