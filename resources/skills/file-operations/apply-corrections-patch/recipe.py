"""Apply a patch to a folder of documents."""

from __future__ import annotations

import dataclasses
import difflib

from shellwright.recipe import (
    PEOPLE,
    Draw,
    Entry,
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
)


class ApplyCorrectionsPatch(Recipe):
    """A unified diff changes, adds and removes documents, in place."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("find", "grep", "head", "ls", "patch", "sort")
    packages = ("patch",)

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        # The patch was made when these files had two lines less, so that hunks are offset.
        long = [f for f in source.files if f.content.count(b"\n") >= 11 and not f.target]
        if len(long) < 3:
            raise Unsuitable("too few files are long enough")
        chosen = draw.sample(long, 4)
        gone = draw.choice([file for file in source.files if file not in chosen])
        folder = draw.choice(source.folders())
        added = TreeFile(
            f"{folder}/corrections.txt",
            f"Corrections of {world.theme.team}\n\n"
            f"Checked by {draw.choice(PEOPLE)} and {draw.choice(PEOPLE)}.\n".encode(),
        )
        if any(file.name == added.name for file in source.files):
            raise Unsuitable("the new file is there already")
        changed = {file.name: corrected(file.content.decode(), draw) for file in chosen}
        result = source.with_files(
            [
                added,
                *(
                    dataclasses.replace(f, content=changed.get(f.name, f.content.decode()).encode())
                    for f in source.files
                    if f is not gone
                ),
            ],
            condition="tidy",
        )
        patch = world.input(draw, ["corrections", "changes", "errata"], ".patch")
        pieces = [
            difference(file.name, earlier(file.content.decode()), earlier(changed[file.name]))
            for file in chosen
        ]
        pieces += [
            difference(gone.name, gone.content.decode(), ""),
            difference(added.name, "", added.content.decode()),
        ]
        here, there = quoted(source.path), quoted(patch)
        victim = quoted(f"{source.path}/{chosen[0].name}")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(patch, "".join(sorted(pieces)).encode())],
            request=[
                f"`{patch}` holds the corrections that were agreed for the files in "
                f"`{source.path}`, as a unified diff against that folder. Apply all of it. "
                "Afterwards the folder must hold nothing that the diff does not account for.",
                f"Bring `{source.path}` up to date with the unified diff `{patch}`, which was "
                "made in that folder: files that it changes, adds or deletes are to be changed, "
                "added or deleted, and no leftovers of the work may lie around there.",
            ],
            steps=[
                look(
                    f"grep -E '^(---|\\+\\+\\+) ' {there}; ls {here}",
                    "The patch concerns several files; I need to see which, and how their paths "
                    "are written.",
                    "List the files in the patch and the folders on disk.",
                ),
                look(
                    f"patch --dry-run -d {here} -p1 -i {there}",
                    "Paths begin with a/ and b/, so one part has to be stripped.",
                    "Try it without changing anything.",
                ),
                do(
                    f"patch -d {here} -p1 --no-backup-if-mismatch -i {there}",
                    "Every hunk fits, some with an offset because lines were added above since. "
                    "patch would keep .orig files of those.",
                    "Apply the patch without leaving backups.",
                ),
                look(
                    f"find {here} -name '*.orig' -o -name '*.rej'; find {here} -type f | sort | "
                    "head -n 30",
                    "No backups or rejects should lie there.",
                    "Look for leftovers and list the files.",
                ),
            ],
            wrong=[
                Wrong("a backup was left", command=f"cp {victim} {victim}.orig"),
                Wrong(
                    "one file was not corrected",
                    command=f"patch -s -R -p1 -d {here} --no-backup-if-mismatch <<'EOF'\n"
                    f"{pieces[0]}EOF",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"patch --batch --dry-run -d {here} -i {there}",
                    symptom=r"can't find file to patch|No file to patch",
                    diagnosis="Without -p1 patch drops the folders from the names and does not "
                    "find the files. It was only a dry run.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"patch --check -d {here} -p1 -i {there}",
                    symptom=r"patch: unrecognized option '--check'",
                    diagnosis="--check belongs to git apply; patch calls it --dry-run.",
                ),
            ],
        )


def corrected(text: str, draw: Draw) -> str:
    """The text with one of its lower lines changed and a line added after it."""
    lines = text.splitlines(keepends=True)
    place = draw.integer(7, len(lines) - 3)
    note = f"Correction: {draw.choice(PEOPLE)} is in charge since {draw.integer(2, 9)} March.\n"
    lines[place] = lines[place].replace("(", "(now ") if "(" in lines[place] else "(void)\n"
    lines.insert(place + 1, note)
    return "".join(lines)


def earlier(text: str) -> str:
    """The text as it was before its second and third line were written."""
    lines = text.splitlines(keepends=True)
    return "".join([lines[0], *lines[3:]])


def difference(name: str, before: str, after: str) -> str:
    """A unified diff of one file; an empty text stands for a file that does not exist."""
    old, new = (f"a/{name}" if before else "/dev/null"), (f"b/{name}" if after else "/dev/null")
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), old, new
        )
    )
