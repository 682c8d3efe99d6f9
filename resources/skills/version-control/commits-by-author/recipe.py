"""Count commits by author."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    World,
    do,
    look,
    quoted,
    summary,
)


class CommitsByAuthor(Recipe):
    """One row an author: commits, and the day of the latest of them."""

    needs = (Pattern.of("repository", condition="clean"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("git", "awk", "sort", "cat")
    packages = ("git", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        release, position = source.tags[-1]
        target = world.output(draw, ["authors", "contributors", "commits_by_author"], ".csv")
        reached = source.revisions[: position + 1]
        counts: dict[str, list[str]] = {}
        for revision in reached:
            day = datetime.fromtimestamp(revision.time, UTC).strftime("%Y-%m-%d")
            counts.setdefault(revision.author, []).append(day)
        rows = sorted(
            ((name, str(len(days)), max(days)) for name, days in counts.items()),
            key=lambda row: (-int(row[1]), row[0]),
        )
        columns = [
            Column("author", "category"),
            Column("commits", "count"),
            Column("latest", "date"),
        ]
        result = summary(target, "commits by author", columns, rows)
        git, there = f"git -C {quoted(source.path)}", quoted(target)
        program = (
            "{n[$1]++; if ($2 > d[$1]) d[$1] = $2} "
            'END {for (a in n) printf "%s,%d,%s\\n", a, n[a], d[a]}'
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Who contributed how much to `{source.path}` up to release `{release}`? Make a "
                "CSV "
                f"file `{target}` with the header `author,commits,latest`: one row for each "
                "author, "
                "the number of commits, and the author date (UTC, `YYYY-MM-DD`) of the latest one. "
                "Most commits first, authors with as many in alphabetical order.",
                f"For the minutes I need `{target}`, CSV with the columns `author,commits,latest`, "
                f"about the history of `{source.path}` that release `{release}` contains: every "
                "author with the count of their commits and the day (`YYYY-MM-DD`, UTC) of their "
                "last one by author date, in descending order of commits, then by name.",
            ],
            steps=[
                look(
                    f"{git} rev-list --count {release}; {git} log -n 4 --format='%an|%as|%s' "
                    f"{release}",
                    f"The commits up to {release} have to be counted by author.",
                    "See how many commits there are and what the fields look like.",
                ),
                do(
                    f"{{ echo author,commits,latest; TZ=UTC {git} log --date=format-local:%Y-%m-%d "
                    f"--format='%an|%ad' {release} | awk -F'|' '{program}' "
                    f"| sort -t, -k2,2nr -k1,1; }} > {there}",
                    "No author has a comma or a bar in the name.",
                    "Print author and day of every commit, group, count, and sort.",
                ),
                look(
                    f"cat {there}",
                    "The authors' commits should add up to all that are reached.",
                    "Read the result.",
                ),
            ],
            wrong=[
                *(
                    result.with_rows(sorted(rows)).as_wrong("sorted by name, not by commits")
                    if sorted(rows) != rows
                    else []
                ),
                *result.with_rows((n, str(int(c) + 1), d) for n, c, d in rows).as_wrong(
                    "every count is one too many"
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{git} log --format='%an|%ad' release-{release}",
                    symptom=r"unknown revision or path|ambiguous argument",
                    diagnosis=f"The tag is called {release}, without a prefix.",
                ),
            ],
        )
