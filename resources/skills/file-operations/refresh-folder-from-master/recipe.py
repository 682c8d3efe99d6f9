"""Bring a folder up to date with a master copy."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    PEOPLE,
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


class RefreshFolderFromMaster(Recipe):
    """A folder becomes the same as another one, save for what is excluded."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("diff", "find", "rsync", "wc")
    packages = ("diffutils", "rsync")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if len(source.files) < 8 or any(file.target for file in source.files):
            raise Unsuitable("too few files, or links")
        path = world.input(draw, ["master", "head_office", "current_edition"])
        drawn = draw.sample(source.files, 6)
        rotten, gone, edited = drawn[0], drawn[1:3], drawn[3:]
        folder = draw.choice(source.folders())
        news = [
            TreeFile(
                f"{folder}/circular-{number}.txt",
                f"Circular {number}\n\n{draw.choice(PEOPLE)} reports to {draw.choice(PEOPLE)}.\n"
                .encode(),
                mtime=source.files[0].mtime + 86_400 * number,
            )
            for number in (61, 62)
        ]  # fmt: skip
        kept = [file for file in source.files if file not in drawn]
        wanted = source.with_files(
            [
                *kept,
                *news,
                # Same size, same time: only the content shows the difference.
                dataclasses.replace(rotten, content=swapped(rotten.content)),
                *(
                    dataclasses.replace(
                        file,
                        content=file.content + f"Seen by {draw.choice(PEOPLE)}.\n".encode(),
                        mtime=file.mtime + 7200,
                    )
                    for file in edited
                ),
            ],
            condition="tidy",
        )
        drafts = draw.choice(["drafts", "scratch", "private"])
        suffix = draw.choice(["bak", "tmp", "swp"])
        excluded = [
            TreeFile(f"{drafts}/circular-63.txt", b"Circular 63\n\nNot yet agreed.\n"),
            TreeFile(f"{drafts}/figures.txt", b"do not send\n"),
            TreeFile(f"{folder}/circular-61.{suffix}", b"Circular 61\n"),
        ]
        master = wanted.with_files([*wanted.files, *excluded]).at(path)
        here, there = quoted(source.path), quoted(path)
        options = f"--exclude='/{drafts}/' --exclude='*.{suffix}'"
        damaged = quoted(f"{source.path}/{rotten.name}")
        draft = quoted(f"{source.path}/{drafts}")
        return Move(
            focus=wanted,
            makes=[wanted],
            brings=master.entries(),
            request=[
                f"`{source.path}` has fallen behind `{path}`. Make it the same again: same files, "
                "same contents, same modification times, and nothing that the master lacks. Leave "
                f"out the master's top-level folder `{drafts}` and all `*.{suffix}` files. Some "
                "files have gone bad without a trace in size or date, so do not go by those.",
                f"Please bring `{source.path}` in line with its master `{path}`, times of "
                "modification included; whatever does not exist there has to disappear here. The "
                f"folder `{drafts}` at the master's top level and any `*.{suffix}` file are not "
                "for us. Mind that equal size and date do not prove that two files are equal: "
                "there was trouble with the disk.",
            ],
            steps=[
                look(
                    f"diff -rq {there} {here}; "
                    f"rsync -an --delete --out-format='%o %n' {options} {there}/ {here}/",
                    "I want to know what differs, and what a plain rsync would see of it.",
                    "Compare contents, and dry-run rsync with the exclusions.",
                ),
                do(
                    f"rsync -a --checksum --delete {options} {there}/ {here}/",
                    f"{rotten.name} differs although rsync would skip it: size and time are the "
                    "same. So contents have to be compared.",
                    "Copy what differs by content, delete what the master lacks, leave out what "
                    "is excluded.",
                ),
                look(
                    f"diff -rq {there} {here}; find {here} -type f | wc -l",
                    "Only excluded names may differ now.",
                    "Compare again and count.",
                ),
            ],
            checks=[times_kept(wanted)],
            wrong=[
                Wrong(
                    "the file that only differs in content was skipped",
                    command=f"cat > {damaged} <<'EOF'\n{rotten.content.decode()}EOF\n"
                    f"touch -d @{rotten.mtime} {damaged}",
                ),
                Wrong("the excluded folder was copied", command=f"cp -a {there}/{drafts} {draft}"),
                Wrong(
                    "files that the master lacks are still there",
                    command=f"touch {quoted(f'{source.path}/{gone[0].name}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"rsync -a --by-content --delete {options} {there}/ {here}/",
                    symptom=r"rsync: .*--by-content: unknown option",
                    diagnosis="rsync has no --by-content; comparing contents is --checksum.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"cmp {there} {here}",
                    symptom=r"cmp: .*: Is a directory",
                    diagnosis="cmp compares files; folders are compared by diff -r.",
                ),
            ],
        )


def swapped(content: bytes) -> bytes:
    """The content with two different neighbouring letters of its last line swapped."""
    text = bytearray(content)
    for place in range(len(text) - 3, 0, -1):
        if text[place] != text[place + 1] and bytes(text[place : place + 2]).isalnum():
            text[place], text[place + 1] = text[place + 1], text[place]
            return bytes(text)
    raise Unsuitable("no two letters to swap")
