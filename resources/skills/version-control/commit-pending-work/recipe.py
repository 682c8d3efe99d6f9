"""Commit pending work in clean steps."""

from __future__ import annotations

from dataclasses import replace

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    Revision,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.repository import changed


class CommitPendingWork(Recipe):
    """A dirty work tree becomes three commits; what programs left behind is ignored."""

    needs = (Pattern.of("repository", condition="dirty"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = ("git",)
    packages = ("git",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository) and source.work is not None
        pending = {file.name: file.content for file in source.work}
        tip = source.tip()
        names = {
            "ignore": draw.choice(["Ignore generated files", "Do not track what programs write"]),
            "settings": draw.choice(["Raise the batch size", "Use larger batches"]),
            "note": draw.choice(["Add the handover note", "Note who to ask before a release"]),
        }
        rules = b"build/\n*.log\n"
        result = replace(source, work=None, condition="clean")
        files, at = tip.files, tip.time
        for number, (subject, name, content) in enumerate(
            (
                (names["ignore"], ".gitignore", rules),
                (names["settings"], "settings.ini", pending["settings.ini"]),
                (names["note"], "docs/handover.md", pending["docs/handover.md"]),
            )
        ):
            files = changed(files, name, content)
            parent = len(result.revisions) - 1
            result = result.with_commit(
                Revision(subject, source.owner, at + 60 * (number + 1), files, (parent,))
            )
        git, here = f"git -C {quoted(source.path)}", quoted(source.path)
        leftovers = sum(name.startswith("build/") or name.endswith(".log") for name in pending)
        order = [names["ignore"], names["settings"], names["note"]]
        listed = ", then ".join(f"`{subject}`" for subject in order)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Tidy up the work tree of `{source.path}` in three commits on `main`, in this "
                f"order and with these messages: {listed}. The first adds a `.gitignore` with "
                "exactly the two lines `build/` and `*.log`, the second holds the change of "
                "`settings.ini`, the third the new file `docs/handover.md`. Nothing else is "
                "committed, and nothing is deleted.",
                f"Somebody left `{source.path}` dirty. I want three commits on `main`: {listed}. "
                "They contain, in that order, a new `.gitignore` (two lines, `build/` and "
                "`*.log`), the pending change in `settings.ini`, and `docs/handover.md`. What "
                "programs have written stays on disk and out of git.",
            ],
            steps=[
                look(
                    f"{git} status --short; {git} diff",
                    f"{source.path} has changes that were never committed.",
                    "See what has changed and what is new.",
                ),
                do(
                    f"printf 'build/\\n*.log\\n' > {here}/.gitignore && {git} add .gitignore && "
                    f"{git} commit -q -m '{names['ignore']}'",
                    f"Besides the setting and the note there are {leftovers} files that programs "
                    "wrote, below build/ and with the ending .log.",
                    "Ignore those first, in a commit of its own.",
                ),
                do(
                    f"{git} commit -q -m '{names['settings']}' settings.ini",
                    "The generated files are out of the way.",
                    "Commit the change of the setting alone.",
                ),
                do(
                    f"{git} add docs/handover.md && {git} commit -q -m '{names['note']}'",
                    "Only the new note is left.",
                    "Add and commit the note.",
                ),
                look(
                    f"{git} status --short; {git} log --oneline --stat -n 3",
                    "Three commits should be there and nothing should be pending.",
                    "Check the work tree and the new commits.",
                ),
            ],
            wrong=[
                Wrong(
                    "everything in one commit",
                    command=f"{git} reset -q --soft HEAD~3 && {git} commit -qm '{order[2]}'",
                ),
                Wrong(
                    "a generated file was committed too",
                    command=f"{git} add -f run.log && {git} commit -q --amend --no-edit",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"{git} commit -m '{names['settings']}' setting.ini",
                    symptom=r"pathspec 'setting.ini' did not match",
                    diagnosis="The file is called settings.ini; nothing was committed.",
                ),
                Mistake(
                    "requirement",
                    before=1,
                    command=f"{git} commit -m '{names['ignore']}'",
                    symptom=r"no changes added to commit|nothing added to commit",
                    diagnosis="Nothing is staged yet; the ignore file has to be written and added "
                    "first.",
                ),
            ],
        )
