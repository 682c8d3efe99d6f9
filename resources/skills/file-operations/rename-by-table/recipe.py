"""Rename files by a table of names."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class RenameByTable(Recipe):
    """Files have the names that a table gives them, numbered where they clash, in place."""

    needs = (Pattern.of("tree", content="documents", condition="misnamed"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("cut", "dirname", "find", "head", "mkdir", "mv", "sort", "tail", "uniq", "wc")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        rows = [(file.name, wanted(file.name)) for file in source.files]
        if any("\t" in old or not new for old, new in rows):
            raise Unsuitable("a name does not fit into the table")
        # Rows of files that were deleted meanwhile must not take part in the numbering.
        rows += [
            (f"{new.partition('/')[0]} (old).{new.rpartition('.')[2]}", new)
            for _, new in draw.sample(rows, 4)
        ]
        rows = draw.shuffled(rows)
        existing = {file.name for file in source.files}
        names = numbered([row for row in rows if row[0] in existing])
        if set(names.values()) & existing or len(set(names.values())) == len({n for _, n in rows}):
            raise Unsuitable("new names clash with current ones, or nothing needs a number")
        result = source.with_files(
            [file.renamed(names[file.name]) for file in source.files], condition="tidy"
        )
        table = world.input(draw, ["new_names", "renaming", "filing_plan"], ".tsv")
        text = "".join(f"{old}\t{new}\n" for old, new in [("current", "wanted"), *rows])
        here, there = quoted(source.path), quoted(table)
        script = (
            f"tail -n +2 {there} | while IFS=$'\\t' read -r current wanted; do\n"
            f'  [ -e {here}/"$current" ] || continue\n'
            "  name=$wanted; number=2\n"
            f'  while [ -e {here}/"$name" ]; do\n'
            '    name="${wanted%.*}-$number.${wanted##*.}"; number=$((number + 1))\n'
            "  done\n"
            f'  mkdir -p {here}/"$(dirname "$name")" && mv -n {here}/"$current" {here}/"$name"\n'
            "done\n"
            f"find {here} -mindepth 1 -type d -empty -delete"
        )
        double = next(new for new in names.values() if new not in {n for _, n in rows})
        first = next(new for old, new in rows if names.get(old) == double)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(table, text.encode())],
            request=[
                f"The files in `{source.path}` get new names and places, all relative to that "
                f"folder: `{table}` is tab-separated with the columns `current` and `wanted`. Go "
                "through it from top to bottom. Rows whose file does not exist do not count. "
                "Where a wanted name has been given to an earlier row, put `-2`, `-3` and so on "
                "before the extension. Folders that become empty are removed.",
                f"Rename everything in `{source.path}` as the tab-separated `{table}` says "
                "(columns `current` and `wanted`, both relative to the folder). Several files may "
                "be meant to have the same name: in the order of the table the first one gets it, "
                "the next ones get `-2`, `-3` ... before the extension. Ignore rows for files "
                "that are not there. No empty folder may be left, and no file may be lost.",
            ],
            steps=[
                look(
                    f"head -n 6 {there}; tail -n +2 {there} | cut -f 2 | sort | uniq -c | sort -rn "
                    f"| head -n 6; find {here} -type f | wc -l",
                    "Does the table have a row for every file, and does it want one name more "
                    "than once?",
                    "Look at the table, at the names wanted most often, and count the files.",
                ),
                do(
                    script,
                    f"Names clash: `{first}` is wanted more than once, for example. Some rows "
                    "name files that do not exist; they must not use up a number.",
                    "Work through the table in order, number clashes, and drop empty folders.",
                ),
                look(
                    f"find {here} -type f | sort | head -n 30; find {here} -type f | wc -l",
                    "There must be as many files as before.",
                    "List the new names and count.",
                ),
            ],
            wrong=[
                Wrong(
                    "numbering starts at 1",
                    command=f"mv {quoted(f'{source.path}/{double}')} "
                    f"{quoted(f'{source.path}/{double}'.replace('-2.', '-1.'))}",
                ),
                Wrong(
                    "a file was overwritten by one of the same name",
                    command=f"mv {quoted(f'{source.path}/{double}')} "
                    f"{quoted(f'{source.path}/{first}')}",
                ),
                Wrong(
                    "an empty folder was left",
                    command=f"mkdir {quoted(f'{source.path}/{source.folders()[0]}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd {here} && tail -n +2 {there} | while read current wanted; do "
                    "mv -n $current $wanted; done)",
                    symptom=r"mv: (target|cannot (stat|move)).*",
                    diagnosis="Without a tab as separator and without quotes, names fall apart at "
                    "their spaces; nor do the target folders exist yet.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mv --from-table={there} {here}",
                    symptom=r"mv: unrecognized option '--from-table",
                    diagnosis="mv cannot read names from a table; a loop has to do it.",
                ),
            ],
        )


def wanted(name: str) -> str:
    """The wanted name: the topic as folder, the old folder as name, the extension in lower case."""
    folder, _, last = name.rpartition("/")
    topic = last.lower().replace("-", " ").split(" ")[0]
    return f"{topic}/{folder}.{last.rpartition('.')[2].lower()}" if folder else ""


def numbered(rows: list[tuple[str, str]]) -> dict[str, str]:
    """The final name of each current one: repeated names get -2, -3 ... before the extension."""
    seen: dict[str, int] = {}
    found = {}
    for old, new in rows:
        seen[new] = seen.get(new, 0) + 1
        stem, _, extension = new.rpartition(".")
        found[old] = new if seen[new] == 1 else f"{stem}-{seen[new]}.{extension}"
    return found
