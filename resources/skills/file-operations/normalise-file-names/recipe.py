"""Rename files to lower case with hyphens."""

from __future__ import annotations

import re
import shlex

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    do,
    look,
)


class NormaliseFileNames(Recipe):
    """Names with capitals and blanks become plain ones, in place."""

    needs = (Pattern.of("tree", condition="misnamed"),)
    gives = (Pattern.of("tree", condition="tidy"),)
    tools = ("find", "tr", "sed", "mv", "basename", "dirname", "wc", "sort", "head")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        renamed = [file.renamed(plain(file.name)) for file in source.files]
        if len({file.name for file in renamed}) < len(renamed):
            raise Unsuitable("two names become one")
        changed = sum(old.name != plain(old.name) for old in source.files)
        if not changed:
            raise Unsuitable("every name is plain already")
        result = source.with_files(renamed, condition="tidy")
        here = shlex.quote(source.path)
        script = (
            f"find {here} -type f -print0 | while IFS= read -r -d '' old; do\n"
            '  name=$(basename "$old" | tr "A-Z" "a-z" | sed -E "s/[ -]+/-/g")\n'
            '  [ "$name" = "$(basename "$old")" ] || mv -n "$old" "$(dirname "$old")/$name"\n'
            "done"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Rename the files in `{source.path}` (all levels; the folders stay as they are): "
                "lower case throughout, extension included, and every run of spaces and hyphens "
                "becomes a single `-`. Contents must not change and nothing may get lost.",
                f"Our scripts choke on the file names below `{source.path}`. Give every file there "
                "a plain name in the folder it is in: all letters in lower case, also in the "
                "extension, and one `-` wherever there are spaces, hyphens or a mix of both. "
                "Folders keep their names.",
            ],
            steps=[
                look(
                    f"find {here} -type f | sort | head -n 20; find {here} -type f | wc -l",
                    f"I need to see which names are in use below {source.path}.",
                    "List the files and count them.",
                ),
                do(
                    script,
                    "Many names have capitals, spaces or runs of hyphens. No two of them become "
                    "the same name.",
                    "Rename the files whose plain name differs, without overwriting anything.",
                ),
                look(
                    f"find {here} -type f | sort | head -n 20; find {here} -type f | wc -l",
                    "No file may have been lost by renaming.",
                    "List and count again.",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"for f in $(find {here} -type f -name '* *'); do mv $f ${{f,,}}; done",
                    symptom=r"mv: cannot stat",
                    diagnosis="The loop splits names at their spaces, so mv is given pieces of "
                    "names. Names have to be passed on with a NUL between them.",
                ),
            ],
        )


def plain(name: str) -> str:
    """The relative name with its last part in lower case and single hyphens."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + re.sub(r"[ -]+", "-", last.lower())
