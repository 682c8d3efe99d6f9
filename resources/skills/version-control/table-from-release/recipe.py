"""Get a table as it was in a release."""

from __future__ import annotations

import csv
import io

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    Table,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.table import record_columns


class TableFromRelease(Recipe):
    """The records at a tag lie in a file of their own; the repository is untouched."""

    needs = (Pattern.of("repository", condition="clean"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="records"),)
    tools = ("git", "wc", "head")
    packages = ("git",)

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        tag, position = draw.choice(source.tags)
        name = f"data/{world.theme.records}.csv"
        target = world.output(draw, [f"{world.theme.records}-{tag}", "as_released", "old"], ".csv")

        def at(number: int) -> Table:
            text = source.revisions[number].file(name).decode()
            _, *rows = csv.reader(io.StringIO(text))
            return Table(
                path=target,
                noun=f"{world.theme.record} records of {tag}",
                columns=record_columns(world.theme),
                rows=tuple(tuple(row) for row in rows),
            )

        result, newest = at(position), at(dict(source.branches)["main"])
        git, there = f"git -C {quoted(source.path)}", quoted(target)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Give me `{name}` from `{source.path}` exactly as it was in release `{tag}`, as "
                f"`{target}`. The repository stays on the branch and in the state it is in.",
                f"What did `{name}` look like in release `{tag}` of `{source.path}`? Put that "
                f"version into `{target}`, unchanged, without switching the repository to "
                "anything else.",
                f"For a comparison with earlier days, `{target}` should be a copy of `{name}` as "
                f"of the release `{tag}`, byte for byte. Take it from the history of "
                f"`{source.path}`, whose branch and checked-out files must be the same "
                "afterwards as they are now.",
                f"Extract one file from the repository `{source.path}`: `{name}`, at the point "
                f"marked `{tag}`. It is stored as `{target}` without edits. Nothing in the "
                "repository itself may be moved to that point or otherwise touched.",
                f"Release `{tag}` came with a `{name}` of its own. Whatever that file contained "
                f"then is what I want in `{target}`, and `{source.path}` has to look as if "
                "nobody had been there.",
            ],
            steps=[
                look(
                    f"{git} tag --format '%(refname:short) %(subject)'; {git} log --oneline -n 4 "
                    f"{tag} -- {name}",
                    f"I need {name} as of {tag}, without checking anything out.",
                    "List the releases and the last changes of the file before that one.",
                ),
                do(
                    f"{git} show {tag}:{name} > {there}",
                    f"{tag} is there, and the file existed then.",
                    "Write the file as of the tag to the target.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}; {git} status -sb",
                    "Does it have a header and plausible records, and was nothing changed in the "
                    "repository?",
                    "Check the result, and that the repository was left alone.",
                ),
            ],
            wrong=newest.as_wrong("the newest version instead of the released one")
            if newest.rows != result.rows
            else [],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{git} show {tag}/{name}",
                    symptom=r"unknown revision or path|ambiguous argument",
                    diagnosis="A colon, not a slash, separates the revision from the path.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"{git} show {tag}:{world.theme.records}.csv",
                    symptom=r"does not exist in|exists on disk, but not in",
                    diagnosis="The file lies in the folder data of the repository, so its path "
                    "begins with data/.",
                ),
            ],
        )
