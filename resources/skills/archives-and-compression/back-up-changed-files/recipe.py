"""Back up what has changed since the last full backup."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Archive,
    Draw,
    Entry,
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
)
from shellwright.recipe.kinds.manifest import sums


class BackUpChangedFiles(Recipe):
    """New and changed files of a tree lie in a tar.xz; a list names those that are gone."""

    needs = (Pattern.of("tree", condition="tidy"),)
    gives = (Pattern.of("archive", format="tar.xz", holds="tree", origin="made"),)
    tools = ("cat", "comm", "cut", "find", "head", "sha256sum", "sort", "tar", "wc", "xargs")
    packages = ("xz-utils",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        now = sums(source)
        if len(now) < 4 or any("\\" in name for name in now) or len(now) < len(source.files):
            raise Unsuitable("too few files, or links")
        drawn = draw.sample(byte_sorted(now), min(5, len(now) - 1))
        new, changed = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
        then = {name: digest for name, digest in now.items() if name not in new}
        for name in changed:
            then[name] = hashlib.sha256(f"earlier {name}".encode()).hexdigest()
        gone = [f"{drawn[0].rpartition('/')[0]}/discarded-{n}.txt".lstrip("/") for n in (1, 2, 3)]
        then |= {name: hashlib.sha256(name.encode()).hexdigest() for name in gone}
        full = world.input(draw, ["full-backup", "last_full", "sunday"], ".sha256")
        text = "".join(f"{then[name]}  {name}\n" for name in byte_sorted(then))
        target = world.output(draw, ["incremental", "changed-files", "monday"], ".tar.xz")
        deleted = Report(
            path=world.output(draw, ["deleted", "gone_since"], ".txt"),
            noun="list of deleted files",
            value=byte_sorted(gone),
            format="text",
        )
        subset = source.with_files(
            (file for file in source.files if file.name in drawn), folder_modes=()
        )
        result = Archive(
            path=target,
            noun="changed files",
            payload=subset,
            root=source.path,
            format="tar.xz",
            origin="made",
            packed_from=source.path,
        )
        here, old, there = quoted(source.path), quoted(full), quoted(target)
        listing = "find . -type f -printf '%P\\n' | LC_ALL=C sort"
        pack = (
            f"(cd {here} && {listing} | xargs -d '\\n' sha256sum) | LC_ALL=C sort |\n"
            f"  LC_ALL=C comm -13 <(LC_ALL=C sort {old}) - | cut -c 67- | LC_ALL=C sort |\n"
            f"  tar -C {here} --verbatim-files-from -T - -cJf {there}"
        )
        vanish = (
            f"LC_ALL=C comm -23 <(cut -c 67- {old} | LC_ALL=C sort) <(cd {here} && {listing}) "
            f"> {quoted(deleted.path)}"
        )
        lines_only = byte_sorted([*gone, *changed])
        return Move(
            focus=result,
            makes=[deleted, result],
            brings=[Entry(full, text.encode())],
            request=[
                f"`{full}` lists the SHA-256 sums of `{source.path}` at the last full backup. Make "
                f"an incremental one: `{target}`, an xz-compressed tar with just the files that "
                "are new or have another sum since, named relative to the folder; and "
                f"`{deleted.path}`, the relative paths of the files that were backed up then and "
                "do not exist any more, one a line in byte order.",
                f"Back up what has happened in `{source.path}` since the full backup whose sums "
                f"are in `{full}`. New files and files with another content go into `{target}` "
                "(tar, xz; names relative to the folder, no other files); the names of deleted "
                f"ones, relative as well, go to `{deleted.path}`, a line each, sorted by bytes. "
                "Dates cannot be trusted, only sums.",
            ],
            steps=[
                look(
                    f"head -n 3 {old}; wc -l < {old}; find {here} -type f | wc -l",
                    "The list tells what was there then; I need to know what is there today.",
                    "Look at the list and count both sides.",
                ),
                do(
                    pack,
                    "A file that is new or changed gives a line of sum and name that the old list "
                    "does not have.",
                    "Compare today's lines with the old ones and pack the files that differ.",
                ),
                do(
                    vanish,
                    "For deleted files only names count; by lines, changed files would look "
                    "deleted too.",
                    "Write the names that only the old list has.",
                ),
                look(
                    f"tar -tf {there}; cat {quoted(deleted.path)}",
                    "Is what was packed just what changed, and is what is gone on its list?",
                    "List the archive and the deleted files.",
                ),
            ],
            wrong=[
                *Report(path=deleted.path, noun="", value=lines_only, format="text").as_wrong(
                    "changed files are listed as deleted"
                ),
                Wrong(
                    "everything was packed",
                    command=f"tar -cJf {there} -C {here} $(ls {here})",
                ),
                Wrong(
                    "new files were left out",
                    command=f"tar -cJf {there} -C {here} "
                    + " ".join(quoted(name) for name in changed),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"LC_ALL=C comm -13 <(sort -r {old}) {old} | wc -l",
                    symptom=r"comm: file 1 is not in sorted order",
                    diagnosis="comm needs both inputs sorted in the same order.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --changed-since={old} -cJf {there} -C {here} .",
                    symptom=r"tar: unrecognized option '--changed-since",
                    diagnosis="tar can go by dates or by a snapshot file of its own, not by sums.",
                ),
            ],
        )
