"""Repair a folder of links after the files behind them moved."""

from __future__ import annotations

import posixpath

from shellwright.recipe import (
    Column,
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
    summary,
)

COLUMNS = (Column("shortcut", "shortcut"), Column("said", "target"))


class RepointBrokenShortcuts(Recipe):
    """Every shortcut leads straight to its file; a table has those that were beyond help."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        *("basename", "cat", "dirname", "find", "grep", "ln", "ls", "mktemp", "namei", "readlink"),
        *("realpath", "rm", "sed", "sort", "symlinks", "wc"),
    )
    packages = ("symlinks",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = [file.name for file in source.files if not file.target]
        bases = [name.rpartition("/")[2] for name in files]
        if (
            len(files) < 10
            or len(set(bases)) < len(bases)
            or any(set(n) & set(', "') for n in files)
        ):
            raise Unsuitable("too few files, or a name that is there twice")
        old = draw.choice(["/mnt/oldserver/share", "/export/fileserver", "/net/vault/docs"])
        folder = world.input(draw, ["shortcuts", "favourites", "desk"])
        chosen = draw.sample(files, 10)
        links: dict[str, str] = {}
        ends: dict[str, str] = {}
        for number, name in enumerate(chosen):
            stem = name.rpartition("/")[2].rpartition(".")[0]
            link = f"{draw.choice(['daily', 'weekly'])}/{stem}"
            ends[link] = f"{source.path}/{name}"
            # A moved file was in another folder then; some links are fine, but absolute.
            moved = f"{old}/{draw.choice(['inbox', 'misc'])}/{name.rpartition('/')[2]}"
            right = posixpath.relpath(ends[link], f"{folder}/{link.rpartition('/')[0]}")
            links[link] = (moved, f"{old}/{name}", ends[link], right)[number % 4]
        chained = draw.sample(sorted(ends), 3)
        for number, link in enumerate(chained):
            short = f"top-{number + 1}"
            ends[short], links[short] = ends[link], link
        lost = {
            f"weekly/{word}-{draw.integer(40, 99)}": f"{old}/misc/{word}-{draw.integer(40, 99)}.txt"
            for word in draw.sample(["budget", "phonebook", "holidays", "canteen"], 3)
        }
        rows = sorted(lost.items())
        result = Tree(
            path=folder,
            noun="shortcuts",
            files=tuple(
                sorted(
                    TreeFile(
                        link, target=posixpath.relpath(end, posixpath.dirname(f"{folder}/{link}"))
                    )
                    for link, end in ends.items()
                )
            ),
            condition="linked",
        )
        table = summary(
            world.output(draw, ["lost_shortcuts", "dead_links", "removed"], ".csv"),
            "list of the shortcuts that had to go",
            COLUMNS,
            rows,
        )
        brought = [Entry.folder(folder), *(Entry.folder(f"{folder}/{n}") for n in result.folders())]
        brought += [
            Entry(f"{folder}/{link}", kind="symlink", target=target, mode=0o777)
            for link, target in sorted({**links, **lost}.items())
        ]
        here, there, out = quoted(source.path), quoted(folder), quoted(table.path)
        script = (
            f"cd {there} && plan=$(mktemp)\n"
            "find . -type l -printf '%P\\n' | LC_ALL=C sort | while IFS= read -r link; do\n"
            "  last=$link\n"
            '  while [ -L "$last" ]; do\n'
            '    said=$(readlink "$last")\n'
            '    case $said in /*) last=$said ;; *) last=$(dirname "$last")/$said ;; esac\n'
            "  done\n"
            '  if [ -f "$last" ]; then file=$(realpath "$last")\n'
            f'  else file=$(find {here} -type f -name "$(basename "$said")"); fi\n'
            '  if [ -n "$file" ]; then printf \'%s\\t%s\\n\' "$link" "$file" >> "$plan"\n'
            '  else echo "$link,$(readlink "$link")"; fi\n'
            f"done | sed '1i shortcut,said' > {out}\n"
            'while IFS=$\'\\t\' read -r link file; do ln -sfnr "$file" "$link"; done < "$plan"\n'
            'symlinks -rd .\nrm "$plan"'
        )
        direct = quoted(f"{folder}/{chained[0]}")
        top = quoted(f"{folder}/top-1")
        dangling = next(link for link, target in links.items() if target.startswith(old))
        example = next(file for file in result.files if file.name == dangling)
        return Move(
            focus=table,
            makes=[table, result],
            brings=brought,
            request=[
                f"The links in `{folder}` were made when the files of `{source.path}` still lay "
                f"on another server under `{old}`. Make every one of them lead to its file by a "
                "relative link, as short as possible and without going through another link; "
                f"`{dangling}` will then point to `{example.target}`. A file that was moved is "
                "to be found by its name, which is unique in the folder. Where no file of that "
                f"name exists any more, remove the shortcut and list it in `{table.path}`: CSV, "
                "header `shortcut,said`, the path of the shortcut relative to its folder and "
                "the target that it had, sorted by shortcut in byte order.",
                f"Most shortcuts in `{folder}` are dead since the documents moved from `{old}` "
                f"to `{source.path}`, some of them into other sub-folders, though under the same "
                "names (no name is there twice). Each shortcut is to point straight at its file, "
                "not at another shortcut, with the shortest relative path (for example "
                f"`{dangling}` to `{example.target}`), also those that still work. If the file "
                "exists nowhere, delete the shortcut and note it with the target it named in "
                f"`{table.path}`, a CSV with `shortcut,said`, shortcuts relative to the folder "
                "and in byte order.",
            ],
            steps=[
                look(
                    f"symlinks -rv {there}; find {there} -type l | wc -l",
                    "The shortcuts are good and bad ones, mixed.",
                    "Sort the links into dangling, absolute and relative ones.",
                ),
                look(
                    f"namei -l {top} | grep -E '^ *l|No such'; readlink {direct}; "
                    f"find {here} -type f -name {quoted(example.target.rpartition('/')[2])}",
                    f"top-1 goes through {chained[0]}, so links have to be resolved before "
                    "anything is rewritten.",
                    "Follow one chain, and look for a moved file by its name.",
                ),
                do(
                    f"({script})",
                    f"{len(lost)} shortcuts name files that do not exist any more; their end has "
                    "to be known before links that others go through are changed.",
                    "Find the file behind each link, write down the lost ones, relink, and delete "
                    "what still dangles.",
                    0.5,
                ),
                look(
                    f"symlinks -rv {there}; cat {out}; ls -l {top} {direct}; "
                    f"find {there} -xtype l | wc -l",
                    "None of the links that are left may dangle.",
                    "Check the links again and read the list.",
                ),
            ],
            wrong=[
                Wrong("a link is absolute", command=f"ln -sfn {quoted(ends['top-1'])} {top}"),
                Wrong("a link leads through another", command=f"ln -sfn {chained[0]} {top}"),
                Wrong("a lost shortcut stayed", command=f"ln -s /nowhere {there}/{rows[0][0]}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"realpath -e {quoted(f'{folder}/{rows[0][0]}')}",
                    symptom=r"realpath: .*No such file or directory",
                    diagnosis="A dangling link has no real path; what it says is in readlink.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"symlinks --repair {there}",
                    symptom=r"(usage|Usage|unknown flag|unrecognized|invalid)",
                    diagnosis="symlinks can shorten and convert links, but it cannot know where "
                    "files went.",
                ),
            ],
        )
