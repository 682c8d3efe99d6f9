"""Compare a folder with an archive of it."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    PEOPLE,
    Archive,
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


class CompareArchiveWithFolder(Recipe):
    """One row a file of a folder that is not as in an archive: changed, missing, extra."""

    needs = (Pattern.of("archive", format=("tar.gz", "tar.bz2", "tar.xz", "zip"), holds="tree"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cut", "grep", "head", "mktemp", "rm", "rsync", "sed", "sort", "tar",
             "uniq", "unzip", "zipinfo")  # fmt: skip
    packages = ("bzip2", "rsync", "unzip", "xz-utils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        packed = source.payload
        assert isinstance(packed, Tree)
        if len(packed.files) < 4 or any(
            file.target or set(file.name) & set(',"\\') for file in packed.files
        ):
            raise Unsuitable("too few files, links, or names that need quoting")
        live, rows = aged(packed, draw)
        live = live.at(world.input(draw, ["live", "current", "in_use"]))
        target = world.output(draw, ["drift", "changes", "live_vs_archive"], ".csv")
        result = summary(target, "differences from the archive", COLUMNS, rows)
        here, folder, out = quoted(source.path), quoted(live.path), quoted(target)
        relative = packed.path.removeprefix(source.root.rstrip("/")).strip("/")
        inner = f'"$work"/{quoted(relative)}/' if relative else '"$work"/'
        if source.format == "zip":
            listing, unpack = f"zipinfo -1 {here}", f'unzip -q {here} -d "$work"'
        else:
            listing, unpack = f"tar -tf {here}", f'tar -xf {here} -C "$work"'
        script = (
            "work=$(mktemp -d)\n"
            f"{unpack}\n"
            f"rsync -rcni --delete {inner} {folder}/ | grep -v '/$' |\n"
            "  sed -E 's/^>f[+]+ (.*)$/\\1,missing/; s/^>f[^ ]* (.*)$/\\1,changed/; "
            "s/^[*]deleting +(.*)$/\\1,extra/' |\n"
            f"  LC_ALL=C sort -t, -k1,1 | sed '1i path,status' > {out}\n"
            'rm -r "$work"'
        )
        flip = {"missing": "extra", "extra": "missing", "changed": "changed"}
        inside = f"(in the archive below `{relative}`)" if relative else "(at the top)"
        return Move(
            focus=result,
            makes=[result],
            brings=live.entries(),
            request=[
                f"The folder `{live.path}` once had the contents of `{source.path}` {inside}. "
                f"Report in `{target}` what became of them: CSV, header `path,status`, a row for "
                "each file that is `changed` (other content), `missing` from the folder or "
                "`extra` in it; paths relative to the folder, in byte order. Neither the folder "
                "nor the archive may be altered.",
                f"Compare the files in `{live.path}` with those in `{source.path}` {inside} and "
                f"write the differences to `{target}`, a CSV file with the columns `path,status` "
                "in byte order of the relative paths. `changed` means another content, `missing` "
                "that only the archive has the file, `extra` that only the folder has it. Both "
                "have to stay as they are.",
            ],
            steps=[
                look(
                    f"{listing} | head -n 12",
                    "The archive is the reference; below which folder do its files lie?",
                    "List the first members.",
                ),
                do(
                    script,
                    "A dry run of rsync from the unpacked archive to the folder compares by "
                    "content and marks missing, changed and extra files.",
                    "Unpack to a scratch folder, compare, turn the marks into rows, clean up.",
                ),
                look(
                    f"cat {out}; cut -d, -f2 {out} | sort | uniq -c",
                    "Are the states those that the first look lets one expect?",
                    "Read the table and count by status.",
                ),
            ],
            wrong=[
                *result.with_rows((path, flip[status]) for path, status in rows).as_wrong(
                    "compared in the wrong direction"
                ),
                *result.with_rows(row for row in rows if row[1] != "extra").as_wrong(
                    "files that only the folder has were overlooked"
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"rsync -rcn --list-extra {folder}/ /tmp/reference/",
                    symptom=r"rsync: .*--list-extra: unknown option",
                    diagnosis="rsync shows what is extra with --delete and -i in a dry run.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"rsync -rcn {here}/ {folder}/",
                    symptom=r"rsync: .*(Not a directory|failed)",
                    diagnosis="rsync cannot look into an archive; it has to be unpacked first.",
                ),
            ],
        )


def aged(tree: Tree, draw: Draw) -> tuple[Tree, list[tuple[str, ...]]]:
    """The folder some time after it was packed, and the rows that say what happened to it."""
    drawn = draw.sample(tree.files, min(6, len(tree.files) - 1))
    lost = len(drawn) // 3
    status = {file.name: "missing" for file in drawn[:lost]}
    files = [file for file in tree.files if file not in drawn]
    for number, file in enumerate(drawn[lost:]):
        status[file.name] = "changed"
        text = file.content.rstrip(b"\n")
        last = b"." if text[-1:] != b"." else b";"
        content = text[:-1] + last + b"\n" if number % 2 else file.content + b"checked\n"
        files.append(dataclasses.replace(file, content=content))
    for number in range(draw.integer(2, 3)):
        name = f"{draw.choice(['new', 'calls'])}/entry-{number}.txt"
        files.append(TreeFile(name, f"Entry {number}, {draw.choice(PEOPLE)}\n".encode()))
        status[name] = "extra"
    live = tree.with_files(files, check_modes=False, folder_modes=(), folder_mode=0o755)
    return live, [(name, status[name]) for name in byte_sorted(status)]
