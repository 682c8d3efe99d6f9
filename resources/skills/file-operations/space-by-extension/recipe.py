"""Figures of a folder by file extension."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
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

COLUMNS = (
    Column("extension", "category"),
    Column("files", "count"),
    Column("bytes", "count"),
    Column("largest", "path"),
)


class SpaceByExtension(Recipe):
    """One row an extension: how many files, how many bytes, which is the largest."""

    needs = (Pattern.of("tree"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "du", "find", "sed", "sort", "uniq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = [file for file in source.files if not file.target]
        names = [file.name.rpartition("/")[2] for file in files]
        if not files or any("." not in name[1:] or set(name) & set(',"\\') for name in names):
            raise Unsuitable(
                "no files, or one without an extension, or a name that CSV has to quote"
            )
        rows = figures(files, fold=True)
        target = world.output(draw, ["by_extension", "space", "disk_use"], ".csv")
        result = summary(target, "space by file extension", COLUMNS, rows)
        here, there = quoted(source.path), quoted(target)
        script = (
            f"find {here} -type f -printf '%P\\t%s\\n' | LC_ALL=C sort -t $'\\t' -k 1,1 |\n"
            "  awk -F '\\t' '{ ext = tolower($1); sub(/.*[.]/, \"\", ext)\n"
            "    files[ext]++; bytes[ext] += $2\n"
            "    if (!(ext in top) || $2 > max[ext]) { max[ext] = $2; top[ext] = $1 } }\n"
            "    END { for (e in files)\n"
            '      printf "%s,%d,%d,%s\\n", e, files[e], bytes[e], top[e] }\' |\n'
            f"  LC_ALL=C sort -t, -k3,3nr -k1,1 | sed '1i extension,files,bytes,largest' > {there}"
        )
        strict = figures(files, fold=False)
        by_name = sorted(rows)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"What takes up the space in `{source.path}`? Put it into `{target}`: CSV, header "
                "`extension,files,bytes,largest`, one row for each file extension (lower case, "
                "without the dot, `TXT` counts as `txt`), with the number of regular files, the "
                "sum of their sizes in bytes and the path of the largest, relative to the folder; "
                "among equals the first in byte order. Most bytes first, then by extension.",
                f"Add up the regular files below `{source.path}` by extension, upper and lower "
                f"case taken as one (`TXT` is `txt`), and save the result as `{target}`, a CSV "
                "file with the header `extension,files,bytes,largest`. The last column is the "
                "relative path of the biggest file; if two are equally big, the one that comes "
                "first in byte order. Sort by bytes, descending, and by extension on a tie.",
            ],
            steps=[
                look(
                    f"du -sb {here}; find {here} -type f -printf '%f\\n' | sed 's/.*[.]//' | "
                    "sort | uniq -c",
                    "First an overview: how much is there, and which extensions?",
                    "Show the total and count the extensions.",
                ),
                do(
                    script,
                    "Case has to be folded before anything is added up. With the paths in byte "
                    "order, keeping the first of equal sizes settles ties.",
                    "Add up by extension, keep the largest file of each, sort by bytes.",
                ),
                look(
                    f"cat {there}; awk -F, 'NR > 1 {{ sum += $3 }} END {{ print sum }}' {there}",
                    "Do the rows add up to the bytes of the whole tree?",
                    "Read the table and add its bytes up.",
                ),
            ],
            wrong=[
                *(
                    result.with_rows(strict).as_wrong("case was not folded")
                    if strict != rows
                    else []
                ),
                *(result.with_rows(by_name).as_wrong("sorted by name") if by_name != rows else []),
                *result.with_rows(
                    (row[0], row[1], str(-(-int(row[2]) // 1024)), row[3]) for row in rows
                ).as_wrong("kibibytes instead of bytes"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"du -b --by-extension {here}",
                    symptom=r"du: unrecognized option '--by-extension'",
                    diagnosis="du knows folders and files, not extensions; I have to add up.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"find {here} -type f -printf '%f\\n' | awk -F. '{{ n[$NF++] }} "
                    "END { for (e in n) print e, n[e }'",
                    symptom=r"awk: .*syntax error",
                    diagnosis="A bracket is missing in the awk program; nothing was printed.",
                ),
            ],
        )


def figures(files: list[TreeFile], fold: bool) -> list[Row]:
    """The rows of the table, most bytes first."""
    groups: dict[str, list[TreeFile]] = {}
    by_name = {file.name: file for file in files}
    for name in byte_sorted(by_name):
        extension = name.rpartition(".")[2]
        groups.setdefault(extension.lower() if fold else extension, []).append(by_name[name])
    rows: list[Row] = []
    for extension, members in groups.items():
        largest = max(members, key=lambda file: len(file.content))
        size = sum(len(file.content) for file in members)
        rows.append((extension, str(len(members)), str(size), largest.name))
    return sorted(rows, key=lambda row: (-int(row[2]), row[0]))
