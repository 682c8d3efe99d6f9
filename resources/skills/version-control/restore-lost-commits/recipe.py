"""Restore commits that a reset took off a branch."""

from __future__ import annotations

from dataclasses import replace

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)


class RestoreLostCommits(Recipe):
    """Commits that only the reflog knows are on the branch again, with their own ids."""

    needs = (Pattern.of("repository", condition="lost"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = ("git",)
    packages = ("git",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        last = len(source.revisions) - 1
        result = replace(source, branches=(("main", last),), reflog=(), condition="clean")
        lost = last - dict(source.branches)["main"]
        _, ids = source.objects()
        git = f"git -C {quoted(source.path)}"
        newest = source.revisions[last]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"In `{source.path}` somebody reset `main` too far back, and the newest commits "
                "are "
                "no longer on it. Get every one of them back onto `main`, as the very commits they "
                "were, so that the branch ends where it did before the reset. No new commits.",
                f"Commits have disappeared from `main` in `{source.path}` through a reset. Put the "
                "branch back to where it stood just before that: the original commits, all of "
                "them, nothing added and nothing pending.",
            ],
            steps=[
                look(
                    f"{git} status -sb; {git} log --oneline -n 5",
                    f"Work is missing from main in {source.path}; first I want to see where the "
                    "branch is now and whether anything is pending.",
                    "Show the state of the work tree and the newest commits.",
                ),
                look(
                    f"{git} reflog -n 8",
                    "The work tree is clean. The reflog remembers where HEAD was before.",
                    "Look for the reset and for the entry before it.",
                ),
                do(
                    f"{git} merge --ff-only {ids[last].decode()[:7]}",
                    f"HEAD stood at {ids[last].decode()[:7]} before the reset, {lost} commits "
                    "ahead "
                    "of main. They lie directly on top of it, so a fast-forward is enough.",
                    "Fast-forward main to the last commit before the reset.",
                ),
                look(
                    f"{git} log --oneline -n 6; {git} status -sb",
                    f'The newest commit should be "{newest.subject}" again.',
                    "Check the history and the work tree.",
                ),
            ],
            checks=[
                custom(
                    "git_output",
                    about="main ends at the very commit that it ended at before the reset.",
                    paths=[source.path],
                    weight=2.0,
                    repo=source.path,
                    args=["rev-parse", "main"],
                    text=ids[last].decode() + "\n",
                )
            ],
            wrong=[
                Wrong("one commit too few", command=f"{git} reset -q --hard main~1"),
                Wrong(
                    "squashed into one new commit",
                    command=f"{git} reset -q --soft main~{lost} && {git} commit -qm 'Restore work'",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"{git} undelete main",
                    symptom=r"'undelete' is not a git command",
                    diagnosis="There is no such subcommand; the branch has to be moved to the "
                    "commit that the reflog names.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"{git} merge --ff-only 'main@{{999}}'",
                    symptom=r"only has \d+ entries|not something we can merge|unknown revision",
                    diagnosis="The reflog of main has no such entry; the id that the reflog of "
                    "HEAD shows is the safe way to name the commit.",
                ),
            ],
        )
