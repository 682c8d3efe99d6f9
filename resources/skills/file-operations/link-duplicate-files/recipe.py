"""Replace copies of files by links."""

from __future__ import annotations

import posixpath

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
)


class LinkDuplicateFiles(Recipe):
    """Later copies of a file become relative symbolic links to the oldest one, in place."""

    needs = (Pattern.of("tree", content="documents", condition="copies"),)
    gives = (Pattern.of("tree", content="documents", condition="linked"),)
    tools = ("find", "head", "jdupes", "ln", "wc")
    packages = ("jdupes",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        first: dict[bytes, TreeFile] = {}
        files: list[TreeFile] = []
        for file in sorted(source.files, key=lambda file: (file.mtime, file.name)):
            stays = first.setdefault(file.content, file)
            if stays is file:
                files.append(file)
            else:
                way = posixpath.relpath(stays.name, posixpath.dirname(file.name))
                files.append(TreeFile(file.name, target=way))
        links = [file for file in files if file.target]
        if not links or len({(f.content, f.mtime) for f in source.files}) < len(source.files):
            raise Unsuitable("no file is there twice, or copies of one time")
        result = source.with_files(files, condition="linked")
        here = quoted(source.path)
        link = draw.choice(links)
        link_path = quoted(f"{source.path}/{link.name}")
        original = posixpath.normpath(f"{source.path}/{posixpath.dirname(link.name)}/{link.target}")
        script = (
            f"cd {here} && jdupes -rq -o time . | {{ kept=\n"
            "  while IFS= read -r file; do\n"
            '    if [ -z "$kept" ] || [ -z "$file" ]; then kept=$file\n'
            '    else ln -sfr "$kept" "$file"; fi\n'
            "  done; }"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Files below `{source.path}` exist several times under different names. Leave "
                "the one with the oldest modification time of each content and turn every other "
                "one into a symbolic link to it, under the name it has now. The links have to be "
                f"relative and as short as can be: `{link.name}` then points to `{link.target}`.",
                f"Every content should exist only once in `{source.path}`, but all the names have "
                "to keep working. So: among files with the same content, the one modified first "
                "remains a file, and the others become relative symbolic links that lead to it "
                f"by the shortest way (for example `{link.name}` -> `{link.target}`).",
            ],
            steps=[
                look(
                    f"jdupes -rq {here} | head -n 12; find {here} -type f | wc -l",
                    f"Which files below {source.path} are the same?",
                    "See which files have the same content.",
                ),
                do(
                    f"({script})",
                    "In order of time the first file of a set is the one that stays, and a blank "
                    "line ends the set. ln makes a relative link of two paths by itself.",
                    "Replace the later copies by relative links to the oldest file.",
                ),
                look(
                    f"find {here} -type l -printf '%P -> %l\\n' | head -n 12; "
                    f"find {here} -xtype l; jdupes -rq {here}",
                    "Every later copy should be a link now, and none may dangle.",
                    "List the links, look for broken ones and for copies that are left.",
                ),
            ],
            wrong=[
                Wrong(
                    "the link is absolute",
                    command=f"ln -sfn {quoted(original)} {link_path}",
                ),
                Wrong(
                    "the copy is a hard link",
                    command=f"ln -f {quoted(original)} {link_path}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"ln -sr {quoted(original)} {link_path}",
                    symptom=r"ln: failed to create symbolic link .*: File exists",
                    diagnosis="ln does not replace a file that exists; it has to be told to with "
                    "-f.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"jdupes -r --relative-links {here}",
                    symptom=r"unrecognized option '--relative-links'",
                    diagnosis="jdupes has no such option. It can name the oldest of each set "
                    "first; the linking I leave to ln.",
                ),
            ],
        )
