"""Restore files from a store whose names are encoded paths."""

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
from shellwright.recipe.kinds.transfer import Transfer, encoded_name

COLUMNS = (Column("stored_as", "stored"), Column("path", "path"))


class RestoreEncodedStore(Recipe):
    """The files of a store lie under their own paths, and a table maps the names."""

    needs = (Pattern.of("transfer", form="encoded"),)
    gives = (Pattern.of("tree", content="documents", condition="misnamed"),)
    tools = (
        *("base32", "basenc", "cat", "cp", "cut", "dirname", "find", "head", "ls", "mkdir"),
        *("sed", "sort", "tail", "wc"),
    )
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Transfer)
        tree = source.payload
        assert isinstance(tree, Tree)
        old = set(source.fact("old"))
        stored = {
            f.name: encoded_name(f.name, "b32" if f.name in old else "u64") for f in tree.files
        }
        result = tree.at(world.output(draw, ["restored", "files", "from-store"]))
        rows = sorted((name, path) for path, name in stored.items())
        table = summary(
            world.output(draw, ["names", "name_map", "mapping"], ".tsv"),
            "table of names",
            COLUMNS,
            rows,
            "tsv",
        )
        here, there, out = quoted(source.path), quoted(result.path), quoted(table.path)
        partial = [entry.path.rpartition("/")[2] for entry in source.items if "/tmp_" in entry.path]
        example = next(name for path, name in sorted(stored.items()) if path in old)
        newer = next(name for path, name in sorted(stored.items()) if path not in old)
        script = (
            f"cd {here}\n"
            "plain() {\n"
            "  local code=${1#*_}\n"
            "  case $1 in\n"
            '    b32_*) while [ $((${#code} % 8)) -ne 0 ]; do code+="="; done\n'
            '      base32 -d <<< "$code" ;;\n'
            '    u64_*) while [ $((${#code} % 4)) -ne 0 ]; do code+="="; done\n'
            '      basenc --base64url -d <<< "$code" ;;\n'
            "  esac\n"
            "}\n"
            "for file in b32_* u64_*; do\n"
            '  path=$(plain "$file")\n'
            '  case /$path/ in //*|*/../*) echo "unsafe: $path" >&2; exit 1 ;; esac\n'
            f'  mkdir -p "$(dirname {there}/"$path")" && cp -p "$file" {there}/"$path"\n'
            '  printf \'%s\\t%s\\n\' "$file" "$path"\n'
            f"done | LC_ALL=C sort | sed $'1i stored_as\\tpath' > {out}"
        )
        victim = quoted(f"{result.path}/{tree.files[0].name}")
        return Move(
            focus=result,
            makes=[table, result],
            request=[
                f"Restore the files in `{source.path}` to `{result.path}` under their own "
                "paths, unchanged and with their modification times. The store has encoded each "
                "path in the file name: after `b32_` as base32, after `u64_` as URL-safe base64, "
                "both without the padding at the end. What begins with `tmp_` are uploads that "
                f"never finished; those stay where they are. `{table.path}` is to list, tab-"
                "separated under the header `stored_as` and `path`, the name in the store and "
                "the restored path relative to the new folder, in byte order of the former.",
                f"Bring back what is in the store `{source.path}`: into `{result.path}`, each "
                "file at the path that is encoded in its name (base32 behind `b32_`, base64 in "
                "its URL-safe form behind `u64_`, padding dropped in either case), content and "
                "date of modification as in the store. Ignore the half-uploaded `tmp_` ones. For "
                f"whoever looks for a file later, write `{table.path}` with two columns separated "
                "by a tab, `stored_as` and `path` (relative), with a header, sorted by the first "
                "column in byte order.",
            ],
            steps=[
                look(
                    f"ls -l {here} | head -n 30; find {here} -type f | wc -l",
                    "A flat store with names that mean nothing to a person.",
                    "Look at the names and count them.",
                ),
                look(
                    f"basenc --base64url -d <<< {newer[4:] + '=' * (-len(newer[4:]) % 4)}; echo; "
                    f"base32 -d <<< {example[4:] + '=' * (-len(example[4:]) % 8)}; echo",
                    "Names begin with b32_ or u64_, and some are unfinished.",
                    "Decode one of each by hand, with the padding put back.",
                ),
                do(
                    f"({script})",
                    "Both decode to relative paths, some with blanks. The padding has to be "
                    "filled up to 8 or 4 characters.",
                    "Decode every name, refuse unsafe paths, copy with times, write the table.",
                    0.6,
                ),
                look(
                    f"find {there} -type f | wc -l; cut -f2 {out} | tail -n +2 | head -n 6; "
                    f"cat {out} | wc -l",
                    "There should be as many files as the table has lines below its header.",
                    "Count both and read some of the paths.",
                ),
            ],
            checks=[times_kept(result)],
            wrong=[
                Wrong("a file has a new date", command=f"touch -d '2026-03-03' {victim}"),
                Wrong(
                    "an unfinished upload was restored",
                    command=f"cp -p {here}/{partial[0]} {there}/",
                ),
                *table.with_rows(sorted(rows, key=lambda row: row[1])).as_wrong("sorted by path"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"base32 -d <<< {example[4:]} > /dev/null; "
                    f"base32 -d <<< {example[4:].lower()}",
                    symptom=r"base32: invalid input",
                    diagnosis="base32 wants capitals, and the padding that the names leave out.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"base32 -d <<< {newer}",
                    symptom=r"base32: invalid input",
                    diagnosis="Names with lower case are base64url, and the prefix is no part of "
                    "the code.",
                ),
            ],
        )
