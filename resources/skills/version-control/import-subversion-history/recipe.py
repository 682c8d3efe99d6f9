"""Turn the dump of a Subversion repository into a git repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
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
from shellwright.recipe.kinds.history import History
from shellwright.recipe.kinds.repository import changed


class ImportSubversionHistory(Recipe):
    """A git repository holds the trunk and the tags of a Subversion repository."""

    needs = (Pattern.of("history", system="svn"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = (
        "svnadmin", "svn", "svnlook", "git", "cat", "head", "awk", "find", "rm", "tac", "cut",
        "diff", "mkdir", "grep", "sed",
    )  # fmt: skip
    packages = ("findutils", "git", "mawk", "subversion")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, History)
        target = world.output(draw, [f"{world.theme.key}-register", "register", "register.repo"])
        people = world.input(draw, ["authors", "committers", "people"], ".txt")
        logins = source.logins()
        lines = "".join(
            f"{login} = {name} <{name.lower().replace(' ', '.')}@example.org>\n"
            for login, name in logins.items()
        )
        ignored = next(v for c in source.changes for _, n, v in c.properties if n == "svn:ignore")
        revisions, tags = _converted(source, ignored)
        result = Repository(
            path=target,
            noun=source.noun,
            revisions=tuple(revisions),
            branches=(("main", len(revisions) - 1),),
            tags=tags,
            owner=revisions[-1].author,
        )
        git, there, dump, who = (
            f"git -C {quoted(target)}", quoted(target), quoted(source.path), quoted(people)
        )  # fmt: skip
        url = "file:///tmp/svn"
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(people, lines.encode())],
            checks=_checks(result),
            request=[
                f"Turn the Subversion dump `{source.path}` into a git repository `{target}`. Each "
                "revision that changed files below `trunk` becomes one commit on `main`, oldest "
                "first, with its log message as message and its date (UTC) as author date; "
                "authors are the people that "
                f"`{people}` lists for the logins. What `trunk` holds is the root, with the files "
                "executable that are so in Subversion, and the patterns of `svn:ignore` on "
                "`trunk`, one a line, are in `.gitignore` from the commit on in which they "
                "come up. Revisions that changed nothing but other properties, or only made "
                "folders, are left out. Each folder in `tags` becomes a tag of the same name on "
                "the commit that it was copied from. `main` is checked out at the end, with "
                "nothing pending.",
                f"We keep everything in git now, so please bring the history in `{source.path}` (a "
                f"Subversion dump) over to a new git repository `{target}`: `trunk` as `main`, one "
                "commit per revision that touched its files, none for those that set nothing but "
                "properties or made empty folders, in their order. Messages stay; the author comes "
                f"from `{people}`, which maps the logins; the author date is the date of the "
                "revision in UTC. Keep the execute bits, and write the `svn:ignore` patterns of "
                "`trunk` to `.gitignore`, a line each, as soon as they are there. The copies in "
                "`tags` are to be git tags with their names, each on the commit that was current "
                "when it was made. Leave `main` checked out and clean.",
            ],
            steps=[
                look(
                    f"head -n 3 {dump}; cat {who}; svnadmin create /tmp/look && svnadmin load -q "
                    f"/tmp/look < {dump} && svnlook tree --full-paths /tmp/look | head -n 12 && "
                    "svn log -q -v file:///tmp/look | grep from",
                    f"{source.path} is a dump; a scratch repository makes it readable.",
                    "Load it, and look at its layout and at what the tags were copied from.",
                ),
                do(
                    f"svnadmin create /tmp/svn && svnadmin load -q /tmp/svn < {dump} && mkdir -p "
                    f"{there} && git init -q -b main {there} && for r in $(svn log -q {url}/trunk "
                    "| awk '/^r[0-9]/ {print substr($1, 2)}' | tac); do "
                    f"find {there} -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {{}} + && "
                    f"svn export -q --force -r $r {url}/trunk {there} && "
                    "(svnlook propget -r $r /tmp/svn svn:ignore trunk 2> /tmp/none | sed '/^$/d' "
                    f"> /tmp/ignore; ! grep -q . /tmp/ignore || cat /tmp/ignore > "
                    f"{there}/.gitignore) && {git} add -A -f && "
                    f"if ! {git} diff --cached --quiet; then "
                    "login=$(svnlook author -r $r /tmp/svn); "
                    f'name=$(sed -n "s/^$login = //p" {who}); when=$(svnlook date -r $r /tmp/svn '
                    "| cut -d' ' -f1-3); svnlook log -r $r /tmp/svn > /tmp/message; "
                    f'{git} -c user.name="${{name% <*}}" -c user.email="$(cut -d\'<\' -f2 <<< '
                    '"${name%>}")" commit -q -F /tmp/message --date="$when" && '
                    f"echo $r $({git} rev-parse HEAD) >> /tmp/map; fi; done",
                    "By the log some revisions set properties only or made folders, and would be "
                    "empty commits. Trunk is taken whole each time.",
                    "Replay trunk revision by revision and note which commit each became.",
                    duration=5.0,
                ),
                do(
                    f"for tag in $(svn ls {url}/tags); do from=$(svn log -q -v --stop-on-copy "
                    f"{url}/tags/$tag | sed -n 's|.*(from /trunk:\\([0-9]*\\))|\\1|p'); "
                    f"{git} tag ${{tag%/}} $(awk -v from=$from '$1 <= from {{c = $2}} END {{print "
                    "c}' /tmp/map); done",
                    "A tag was copied from trunk at a revision, which may itself have been one "
                    "that made no commit.",
                    "Tag the last commit up to that revision.",
                ),
                look(
                    f"{git} log --date=iso --format='%h %an %ad %s%d' | head -n 8; svn export -q "
                    f"{url}/trunk /tmp/trunk && diff -r -x .git -x .gitignore /tmp/trunk {there} "
                    f"&& {git} status --short && cat {there}/.gitignore",
                    "Are all commits and tags there?",
                    "Read the history and compare the files with an export of trunk.",
                ),
            ],
            wrong=[
                Wrong("the tags sit on the newest commit", command=f"{git} tag -f {tags[0][0]}"),
                Wrong(
                    "the last commit was made today by its importer",
                    command=f"{git} -c user.name=agent -c user.email=agent@example.org commit -q "
                    "--amend --no-edit --reset-author --date='2026-03-02T08:00:00Z'",
                ),
                Wrong(
                    "an empty commit for a change of properties",
                    command=f"{git} -c user.name=agent -c user.email=agent@example.org commit -q "
                    "--allow-empty -m 'Set audience of README.md'",
                ),
                Wrong(
                    "without the rules for what is ignored",
                    command=f"{git} rm -q .gitignore && {git} -c user.name=agent "
                    "-c user.email=agent@example.org commit -q --amend --no-edit",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"svn log file://{dump}",
                    symptom=r"Unable to open|E\d{6}",
                    diagnosis="A dump is not a repository; it has to be loaded into one first.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"git svn clone {url} /tmp/clone",
                    symptom=r"'svn' is not a git command|git-svn",
                    diagnosis="The bridge between the two is not installed; trunk has to be "
                    "replayed by hand.",
                ),
            ],
        )


def _converted(source: History, ignored: str) -> tuple[list[Revision], tuple[tuple[str, int], ...]]:
    """The commits of trunk with their ignore rules, and the tags."""
    rules = "".join(f"{line}\n" for line in ignored.split()).encode()
    found: list[Revision] = []
    tags: list[tuple[str, int]] = []
    for change in source.changes:
        if change.tag:
            tags.append((change.tag, len(found) - 1))
        elif change.revision:
            files = changed(change.revision.files, ".gitignore", rules)
            if not found or found[-1].files != files:
                parents = (len(found) - 1,) if found else ()
                found.append(replace(change.revision, files=files, parents=parents))
    return found, tuple(tags)


def _checks(result: Repository) -> list[Check]:
    """Who made each commit, when, and with which files; and what each tag holds."""
    lines = "".join(
        f"{r.author} <{r.email}> {datetime.fromtimestamp(r.time, UTC):%Y-%m-%dT%H:%M:%SZ} "
        f"{replace(result, branches=(('main', number),)).tree_id('main')}\n"
        for number, r in reversed(list(enumerate(result.revisions)))
    )
    found = [
        custom(
            "git_output",
            about="Each commit of main has its author, its date and its files.",
            paths=[result.path],
            weight=3.0,
            repo=result.path,
            args=[
                "log",
                "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                "--format=%an <%ae> %ad %T",
                "refs/heads/main",
                "--",
            ],
            text=lines,
        )
    ]
    for name, position in result.tags:
        found.append(
            custom(
                "git_output",
                about=f"The tag {name} is on the right commit.",
                paths=[result.path],
                repo=result.path,
                args=["rev-list", "--count", f"refs/tags/{name}"],
                text=f"{position + 1}\n",
            )
        )
    return found
