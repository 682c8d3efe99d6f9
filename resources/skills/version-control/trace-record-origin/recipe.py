"""Find the commits that brought records in."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Repository,
    Revision,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)


class TraceRecordOrigin(Recipe):
    """A report names, for some records, the commit that added each."""

    needs = (Pattern.of("repository", condition="clean"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("git", "jq", "cat")
    packages = ("git", "jq")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        name = f"data/{world.theme.records}.csv"
        origin: dict[str, Revision] = {}
        for revision in source.revisions:
            for key in ids(revision.file(name)):
                origin.setdefault(key, revision)
        first = source.revisions[0]
        later = sorted(key for key, revision in origin.items() if revision is not first)
        if len(later) < 2:
            raise Unsuitable("too few records were added after the first commit")
        wanted = sorted([*draw.sample(later, 2), draw.choice(ids(first.file(name)))])
        target = world.output(draw, ["origins", "added_by", "provenance"], ".json")
        findings = {key: described(origin[key]) for key in wanted}
        result = Report(path=target, noun="origin of the records", value=findings)
        last = source.tip()
        git, there = f"git -C {quoted(source.path)}", quoted(target)
        listed = ", ".join(f"`{key}`" for key in wanted)
        form = "{($id): {author: .[0], date: .[1], subject: .[2]}}"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Since when, and by whom, are the records {listed} in `{name}` of "
                f"`{source.path}`? Write `{target}`, a JSON object with these ids as keys; each "
                "value is an object with `author`, `date` (author date, UTC, `YYYY-MM-DD`) and "
                "`subject` of the commit that first brought the record in.",
                f"Find, in the history of `{source.path}`, the commit that first added each of "
                f"{listed} to `{name}`. The answer goes to `{target}` as a JSON object: record id "
                "to an object with `author`, `date` (the author date in UTC as `YYYY-MM-DD`) and "
                "`subject`.",
            ],
            steps=[
                look(
                    f"{git} log --oneline -- {name}",
                    f"The history of {name} has to tell who added the records.",
                    "List the commits that changed the file.",
                ),
                look(
                    f"{git} log --reverse --format='%an | %as | %s' -S'{wanted[0]},' -- {name}",
                    "The pickaxe finds commits that change how often an id occurs; the oldest "
                    "one brought it in.",
                    f"Try it for {wanted[0]}, with the comma, so that no longer id matches.",
                ),
                do(
                    f"for id in {' '.join(wanted)}; do TZ=UTC {git} log --reverse "
                    "--date=format-local:%Y-%m-%d --format='%an%x09%ad%x09%s' "
                    f'-S"$id," -- {name} | jq -R --arg id "$id" \'split("\\t") | {form}\' '
                    f"| jq -s '.[0]'; done | jq -s add > {there}",
                    "That works; the oldest commit is the first line.",
                    "Do it for every id and put the answers together into one object.",
                ),
                look(f"cat {there}", "Three ids are to be answered.", "Read the result."),
            ],
            wrong=[
                Report(
                    path=target,
                    noun="",
                    value={key: described(last) for key in wanted},
                ).as_wrong("the newest commit instead of the first one")[0],
                Report(path=target, noun="", value={k: findings[k] for k in wanted[:-1]}).as_wrong(
                    "one record is missing"
                )[0],
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"{git} blame -L '/{wanted[0]}/' {world.theme.records}.csv",
                    symptom=r"no such path|cannot stat|no match",
                    diagnosis="The file lies in data/; and blame shows the last change of a line, "
                    "which is not what was asked.",
                ),
            ],
        )


def ids(content: bytes) -> list[str]:
    """The record ids in a file, in order."""
    return [line.split(",")[0] for line in content.decode().splitlines()[1:]]


def described(revision: Revision) -> dict[str, str]:
    """Author, day and subject of a revision."""
    day = datetime.fromtimestamp(revision.time, UTC).strftime("%Y-%m-%d")
    return {"author": revision.author, "date": day, "subject": revision.subject}
