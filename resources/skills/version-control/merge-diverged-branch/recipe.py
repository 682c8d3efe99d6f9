"""Merge a branch that conflicts with the checked-out one."""

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
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.repository import changed


class MergeDivergedBranch(Recipe):
    """Two branches become one; of the two settings in conflict the larger one stays."""

    needs = (Pattern.of("repository", condition="diverged"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = ("git", "cat")
    packages = ("git",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        branch, theirs_at = source.branches[1]
        ours_at = dict(source.branches)["main"]
        ours, theirs = source.revisions[ours_at], source.revisions[theirs_at]
        larger = max(timeout(ours), timeout(theirs))
        side = "ours" if timeout(ours) == larger else "theirs"
        settings = (ours if side == "ours" else theirs).file("settings.ini")
        subject = draw.choice([f"Merge {branch}", f"Bring in {branch}", f"Merge branch {branch}"])
        files = changed(
            changed(ours.files, "settings.ini", settings), "CHANGES.md", theirs.file("CHANGES.md")
        )
        merged = Revision(subject, source.owner, theirs.time + 60, files, (ours_at, theirs_at))
        result = replace(source.with_commit(merged), condition="clean")
        git = f"git -C {quoted(source.path)}"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Merge the branch `{branch}` of `{source.path}` into `main` with a real merge "
                f"commit whose message is `{subject}`. Both sides changed `timeout` in "
                "`settings.ini`: the larger value stays. Everything else from both branches is to "
                f"be kept, and `{branch}` itself stays where it is.",
                f"`main` in `{source.path}` has to get everything from `{branch}`: one merge "
                "commit "
                f"with two parents and the message `{subject}`. Where they disagree about "
                f"`timeout` in `settings.ini`, take the larger value. Do not move `{branch}`.",
            ],
            steps=[
                look(
                    f"{git} log --oneline --graph --all -n 8; {git} diff main {branch}",
                    f"{branch} is to be merged into main in {source.path}.",
                    "See how the branches lie and in what they differ.",
                ),
                do(
                    f"{git} merge --no-ff --no-commit {branch} || {git} status --short",
                    f"main says {timeout(ours)} and {branch} says {timeout(theirs)} for the "
                    "timeout, so the merge will stop there; the rest merges by itself.",
                    "Start the merge and list what is in conflict.",
                ),
                do(
                    f"{git} checkout --{side} settings.ini && {git} add settings.ini "
                    f"&& {git} commit -q -m '{subject}'",
                    f"Only settings.ini is in conflict, and only its timeout. {larger} is the "
                    f"larger value: that is the side called {side}.",
                    f"Take {side} for that file and commit the merge.",
                ),
                look(
                    f"{git} log --oneline --graph -n 5; cat {quoted(source.path)}/settings.ini; "
                    f"{git} status --short",
                    "The merge is committed.",
                    "Check the history, the setting and that nothing is pending.",
                ),
            ],
            checks=[
                custom(
                    "git_output",
                    about="The newest commit of main is a merge of both branches.",
                    paths=[source.path],
                    repo=source.path,
                    args=["rev-list", "--count", "--merges", "main"],
                    text="1\n",
                )
            ],
            wrong=[
                Wrong(
                    "the smaller value was kept",
                    command=f"sed -i 's/^timeout = .*/timeout = "
                    f"{min(timeout(ours), timeout(theirs))}/' {quoted(source.path)}/settings.ini "
                    f"&& {git} commit -q --amend --no-edit -a",
                ),
                Wrong(
                    "squashed instead of merged",
                    command=f"{git} reset -q --soft main~1 && {git} commit -qm '{subject}'",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{git} merge --ff-only {branch}",
                    symptom=r"Not possible to fast-forward|Diverging branches",
                    diagnosis="Both branches have commits of their own, so a fast-forward cannot "
                    "work; a merge commit is needed.",
                ),
                Mistake(
                    "requirement",
                    before=2,
                    command=f"{git} commit -m '{subject}'",
                    symptom=r"unmerged files|Committing is not possible",
                    diagnosis="settings.ini still has conflict markers; it has to be settled and "
                    "added before the merge can be committed.",
                ),
            ],
        )


def timeout(revision: Revision) -> int:
    """The timeout that a revision's settings state."""
    lines = revision.file("settings.ini").decode().splitlines()
    return next(int(line.split("=")[1]) for line in lines if line.startswith("timeout"))
