"""Purge a file from the whole history."""

from __future__ import annotations

from dataclasses import replace

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.repository import changed

SECRETS = ("credentials.env", "deploy-key.txt", "passwords.ini")


class PurgeFileFromHistory(Recipe):
    """A file disappears from every commit, and nothing else changes."""

    needs = (Pattern.of("repository", condition="leaked"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = ("git", "head", "rm")
    packages = ("git",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        names = {file.name for revision in source.revisions for file in revision.files}
        secret = next((name for name in SECRETS if name in names), None)
        if secret is None:
            raise Unsuitable("no secret in the history")
        revisions = [replace(r, files=changed(r.files, secret, None)) for r in source.revisions]
        result = replace(source, revisions=tuple(revisions), reflog=(), condition="clean")
        _, ids = result.objects()
        git, here = f"git -C {quoted(source.path)}", quoted(source.path)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"`{secret}` was committed to `{source.path}` by mistake. Remove it from the "
                "entire "
                "history, `main` and all tags, so that no object of the repository contains it any "
                "more, not even an unreachable one. All other files, messages, authors and dates "
                "stay as they are, and each tag stays on the commit that corresponds to its old "
                "one.",
                f"Nobody may be able to dig `{secret}` out of `{source.path}` again: take it out "
                "of "
                "every commit of `main` and of every tag, and get rid of the old objects, reflogs "
                "and backup references as well. Apart from that file the history must remain the "
                "same, commit by commit, with its messages, authors, dates and tags.",
            ],
            steps=[
                look(
                    f"{git} log --oneline --all -- {secret}; {git} tag; "
                    f"{git} log --oneline --all | head -n 20",
                    f"{secret} has to vanish from all of history.",
                    "Find the commits that touch it, and the tags that have to be rewritten too.",
                ),
                do(
                    f"cd {here} && FILTER_BRANCH_SQUELCH_WARNING=1 git filter-branch "
                    f"--index-filter 'git rm -q --cached --ignore-unmatch {secret}' "
                    "--tag-name-filter cat -- --all && cd /app",
                    "Several commits contain the file, and tags point into that range.",
                    "Rewrite every branch and tag without the file, leaving all else alone.",
                    duration=4.0,
                ),
                do(
                    f"rm -rf {here}/.git/refs/original && {git} reflog expire --expire=now --all "
                    f"&& {git} gc -q --prune=now",
                    "The rewritten history is in place, but the old commits are still in the "
                    "object store, held by refs/original and the reflogs.",
                    "Drop the backup references and reflogs and prune what nothing refers to.",
                    duration=1.0,
                ),
                look(
                    f"{git} log --oneline --all -- {secret}; {git} fsck --unreachable "
                    "--no-reflogs; "
                    f"{git} status --short",
                    "No commit should know the path now and no old object should be left.",
                    "Check the history, the object store and the work tree.",
                ),
            ],
            checks=[
                custom(
                    "git_output",
                    about="No old object is left in the repository.",
                    paths=[source.path],
                    guard=True,
                    repo=source.path,
                    args=["fsck", "--unreachable", "--no-reflogs", "--no-progress"],
                    text="",
                ),
                custom(
                    "git_output",
                    about="The rewritten commits keep their messages, authors and dates.",
                    paths=[source.path],
                    repo=source.path,
                    args=["rev-parse", "main", *(name for name, _ in source.tags)],
                    text="".join(
                        ids[position].decode() + "\n"
                        for position in (
                            dict(source.branches)["main"],
                            *(n for _, n in source.tags),
                        )
                    ),
                ),
            ],
            wrong=[
                Wrong(
                    "a backup branch of the old history is kept",
                    command=f"{git} branch old main && touch {here}/{secret} "
                    f"&& {git} add -f {secret} && {git} commit -qm keep "
                    f"&& {git} reset -q --hard old && {git} branch -qD old",
                ),
                Wrong("a tag was lost", command=f"{git} tag -d {source.tags[0][0]}"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"{git} purge --all {secret}",
                    symptom=r"'purge' is not a git command",
                    diagnosis="git has no purge; the history has to be rewritten with a filter.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"{git} filter-branch --index-filter 'git rm {secret}' -f --alll",
                    symptom=r"(?i)usage|unknown option|unrecognized|bad revision|filter-branch",
                    diagnosis="--alll is a typing error; nothing was rewritten.",
                ),
            ],
        )
