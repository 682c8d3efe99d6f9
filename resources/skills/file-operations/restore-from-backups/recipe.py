"""Repair a folder with the help of its checksums and several backups."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Manifest,
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
    shell_prints,
)
from shellwright.recipe.kinds.manifest import sums


class RestoreFromBackups(Recipe):
    """A folder holds what its list of checksums says; other files lie in a folder of their own."""

    needs = (Pattern.of("manifest", condition="stale"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        "comm",
        "cut",
        "dirname",
        "find",
        "head",
        "install",
        "mkdir",
        "mv",
        "sha256sum",
        "sort",
        "wc",
    )
    packages = ("diffutils",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Manifest)
        now, listed = sums(source.tree), sums(source.listed)
        bad = [file for file in source.listed.files if now.get(file.name) != listed[file.name]]
        extra = [file for file in source.tree.files if file.name not in listed]
        if len(bad) < 3 or not extra or any("\\" in name for name in {*now, *listed}):
            raise Unsuitable("too little to repair")
        result = source.listed
        first, second = backups(source, bad, draw)
        first = first.at(world.input(draw, ["backup-monday", "snapshot-1"]))
        second = second.at(world.input(draw, ["backup-friday", "snapshot-2"]))
        aside = Tree(
            path=world.output(draw, ["set_aside", "not_listed", "strays"]),
            noun="files that nobody listed",
            files=tuple(extra),
        )
        here, folder, out = quoted(source.path), quoted(source.tree.path), quoted(aside.path)
        one, two = quoted(first.path), quoted(second.path)
        set_aside = (
            f"LC_ALL=C comm -13 <(cut -c 67- {here} | LC_ALL=C sort) \\\n"
            f"  <(find {folder} -type f -printf '%P\\n' | LC_ALL=C sort) |\n"
            "while IFS= read -r file; do\n"
            f'  mkdir -p {out}/"$(dirname "$file")" && mv -n {folder}/"$file" {out}/"$file"\n'
            "done"
        )
        restore = (
            "while read -r sum file; do\n"
            f"  for place in {folder} {one} {two}; do\n"
            '    if [ -f "$place/$file" ] &&\n'
            '      [ "$(sha256sum < "$place/$file" | cut -c 1-64)" = "$sum" ]; then\n'
            f'      [ "$place" = {folder} ] ||\n'
            f'        install -D -p -m 644 "$place/$file" {folder}/"$file"\n'
            "      break\n"
            "    fi\n"
            "  done\n"
            f"done < {here}"
        )
        spoiled = {file.name: file for file in second.files}
        victim = next(file for file in bad if spoiled[file.name].content != file.content)
        stray = quoted(f"{source.tree.path}/{victim.name}")
        return Move(
            focus=result,
            makes=[aside, result],
            brings=[*first.entries(), *second.entries()],
            request=[
                f"Repair `{source.tree.path}` so that it is again what `{source.path}` lists. "
                f"There are two backups of it, `{first.path}` and `{second.path}`; neither is "
                "good throughout, but every file is intact in at least one of them. Files that "
                f"the list does not know move to `{aside.path}`, under the same relative names. "
                "The backups stay as they are.",
                f"The disk under `{source.tree.path}` was failing. Put every file that "
                f"`{source.path}` lists back to its listed content; an intact version is either "
                f"in `{first.path}` or in `{second.path}`, which have suffered as well and must "
                "not be changed. Whatever is not on the list goes to "
                f"`{aside.path}` with its relative path, so that the folder holds the listed "
                "files and nothing else.",
            ],
            steps=[
                look(
                    f"(cd {folder} && sha256sum -c --quiet {here} 2>&1 || true) | head; "
                    f"wc -l < {here}; find {folder} -type f | wc -l",
                    "The list says what should be there; what does the folder look like?",
                    "Check the folder against the list.",
                    fails=True,
                ),
                look(
                    f"for copy in {one} {two}; do (cd $copy && sha256sum -c --quiet {here} "
                    "2> /dev/null | head -n 12; echo); done",
                    "Files are changed or missing, and some are not listed. Which backup has "
                    "which of them whole?",
                    "Check both backups against the same list.",
                ),
                do(
                    set_aside,
                    "Both backups have bad files, so each file has to be taken from where its sum "
                    "is right. First the files that do not belong there.",
                    "Move files that are not listed aside, keeping their relative names.",
                ),
                do(
                    restore,
                    "Now each listed file: where it is bad or missing, the first backup with the "
                    "listed sum provides it.",
                    "Restore every file whose sum is not the listed one.",
                ),
                look(
                    f"(cd {folder} && sha256sum -c --quiet {here}); find {folder} -type f | wc -l",
                    "All files of the list should check out now.",
                    "Verify against the list and count.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {folder} && sha256sum --strict -c {here} | grep -vc ': OK$' || true",
                    "0\n",
                    about="Every listed file has the listed sum.",
                    paths=[source.tree.path],
                    key="verified",
                )
            ],
            wrong=[
                Wrong(
                    "a damaged file of the second backup was taken",
                    command=f"cp {quoted(f'{second.path}/{victim.name}')} {stray}",
                ),
                Wrong("files that are not listed were deleted", command=f"rm -r {out}"),
                Wrong(
                    "a file that is not listed was left as well",
                    command=f"cp {out}/{quoted(extra[0].name)} {folder}/{quoted(extra[0].name)}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"install -p -m 644 {one}/{quoted(victim.name)} {folder}/absent/",
                    symptom=r"install: .*(No such file or directory|[Nn]ot a directory)",
                    diagnosis="install does not create missing folders by itself; with -D it does.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"cmp {one}/{quoted(victim.name)} {two}/{quoted(victim.name)}",
                    symptom=r"differ|EOF on",
                    diagnosis="The two backups do not agree on this file; only the listed sum can "
                    "tell which of them is right.",
                ),
            ],
        )


def backups(manifest: Manifest, bad: list[TreeFile], draw: Draw) -> tuple[Tree, Tree]:
    """Two backups: of the files to repair each is intact in one of them, some in both."""
    order = draw.shuffled(bad)
    half = len(order) // 2

    def spoil(victims: list[TreeFile]) -> Tree:
        names = {file.name for file in victims}
        return manifest.listed.with_files(
            dataclasses.replace(file, content=file.content[: len(file.content) // 2])
            if file.name in names
            else file
            for file in manifest.listed.files
        )

    return spoil(order[:half]), spoil(order[half : half + 2])
