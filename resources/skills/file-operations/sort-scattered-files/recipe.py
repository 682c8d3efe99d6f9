"""Sort a heap of files into folders."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
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
    do,
    look,
    quoted,
    times_kept,
)

RULES = {
    "year": "the year in which a file was last modified (UTC)",
    "month": "the year and month in which a file was last modified (UTC)",
    "topic": "the topic, which is the word before the first hyphen of a file name",
    "year/topic": "the year in which a file was last modified (UTC) and, inside of it, the topic, "
    "which is the word before the first hyphen of a file name",
}
EXPRESSIONS = {
    "year": '$(date -u -r "$file" +%Y)',
    "month": '$(date -u -r "$file" +%Y-%m)',
    "topic": '${name%%-*}',
    "year/topic": '$(date -u -r "$file" +%Y)/${name%%-*}',
}  # fmt: skip


class SortScatteredFiles(Recipe):
    """The files of one folder lie in sub-folders by year, month or topic, in place."""

    needs = (Pattern.of("tree", content="documents", condition="scattered"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("basename", "date", "find", "head", "mkdir", "mv", "tree", "wc")
    packages = ("tree",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        scheme = draw.choice(sorted(RULES))
        result = source.with_files(
            [file.renamed(f"{folder(file, scheme)}/{file.name}") for file in source.files],
            condition="tidy",
        )
        if len(result.folders()) < 2:
            raise Unsuitable("everything would go into one folder")
        example, here = draw.choice(result.files).name, quoted(source.path)
        first = result.files[0].name
        script = (
            f"find {here} -maxdepth 1 -type f -print0 | while IFS= read -r -d '' file; do\n"
            '  name=$(basename "$file")\n'
            f"  target={here}/{EXPRESSIONS[scheme]}\n"
            '  mkdir -p "$target" && mv -n "$file" "$target/"\n'
            "done"
        )
        listing = f"tree -D --timefmt %F {here} | head -n 24; find {here} -type f | wc -l"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Sort the heap in `{source.path}` into folders below it, by {RULES[scheme]}; one "
                f"of the files then lies at `{example}`. Names, contents and modification times "
                "have to survive, and no file stays at the top level.",
                f"Nobody finds anything in `{source.path}` any more. File everything away in "
                f"sub-folders there, by {RULES[scheme]} (`{example}` is where one of them ends "
                "up). Move the files as they are: same name, same content, same modification "
                "time, none left over.",
            ],
            steps=[
                look(
                    listing,
                    f"Everything lies in one folder. The rule is {RULES[scheme]}.",
                    "See names and dates, and count the files.",
                ),
                do(
                    script,
                    "Names have the form topic-number, dates are there: that is enough to tell "
                    "the folder of each file.",
                    "Work out the folder of each file, create it and move the file there.",
                ),
                look(
                    listing,
                    "All files should be in folders now.",
                    "Look at the new arrangement and count again.",
                ),
            ],
            checks=[times_kept(result)],
            wrong=[
                Wrong(
                    "one file was forgotten at the top level",
                    command=f"mv {quoted(f'{source.path}/{first}')} {here}/",
                ),
                Wrong(
                    "a copied file has a new modification time",
                    command=f"touch -d '2026-03-03 10:00:00Z' {quoted(f'{source.path}/{first}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"mv {quoted(f'{source.path}/{source.files[0].name}')} "
                    f"{quoted(f'{source.path}/{folder(source.files[0], scheme)}/')}",
                    symptom=r"mv: .*(No such file or directory|[Nn]ot a directory)",
                    diagnosis="mv does not create the folder that it moves to; mkdir -p has to "
                    "come first. Nothing was moved.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"date -u --file-time {quoted(f'{source.path}/{first}')}",
                    symptom=r"date: unrecognized option '--file-time'",
                    diagnosis="date reads a file's time with -r; there is no --file-time.",
                ),
            ],
        )


def folder(file: TreeFile, scheme: str) -> str:
    """The folder that a file belongs into."""
    moment = datetime.fromtimestamp(file.mtime, UTC)
    topic = file.name.partition("-")[0]
    return {
        "year": f"{moment:%Y}",
        "month": f"{moment:%Y-%m}",
        "topic": topic,
        "year/topic": f"{moment:%Y}/{topic}",
    }[scheme]
