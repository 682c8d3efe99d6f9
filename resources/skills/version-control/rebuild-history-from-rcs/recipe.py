"""Put the histories of RCS files together into a git repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from shellwright.recipe import (
    Blobbed,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    Revision,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.history import History, login


class RebuildHistoryFromRcs(Recipe):
    """A git repository holds what RCS kept file by file, one commit for each joint change."""

    needs = (Pattern.of("history", system="rcs"),)
    gives = (Pattern.of("repository", condition="clean"),)
    tools = (
        "rlog", "find", "co", "git", "awk", "sort", "cut", "dirname", "mkdir", "head", "cmp", "cat",
        "wc", "chmod",
    )  # fmt: skip
    packages = ("findutils", "git", "mawk", "rcs")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, History)
        target = world.output(draw, [f"{world.theme.key}-register", "register", "register.repo"])
        tags = draw.choice([("start", "final"), ("first", "last-rcs"), ("rcs-begin", "rcs-end")])
        revisions: list[Revision] = []
        for revision in source.revisions:
            files = tuple(
                Blobbed(f.name, f.content, f.name.endswith(".sh")) for f in revision.files
            )
            if not revisions or revisions[-1].files != files:
                parents = (len(revisions) - 1,) if revisions else ()
                revisions.append(
                    replace(revision, author=login(revision), files=files, parents=parents)
                )
        last = len(revisions) - 1
        if last < 4:
            raise Unsuitable("hardly any history")
        result = Repository(
            path=target,
            noun=source.noun,
            revisions=tuple(revisions),
            branches=(("main", last),),
            tags=((tags[0], 0), (tags[1], last)),
            owner=revisions[-1].author,
        )
        at, there, git = quoted(source.path), quoted(target), f"git -C {quoted(target)}"
        records = f"data/{world.theme.records}.csv"
        asked = "".join(
            f"{r.author} <{r.email}> "
            f"{datetime.fromtimestamp(r.time, UTC):%Y-%m-%dT%H:%M:%SZ} "
            f"{replace(result, branches=(('main', number),)).tree_id('main')}\n"
            for number, r in reversed(list(enumerate(revisions)))
        )
        return Move(
            focus=result,
            makes=[result],
            checks=[
                custom(
                    "git_output",
                    about="Each commit of main has its author, its date and its files.",
                    paths=[target],
                    weight=3.0,
                    repo=target,
                    args=[
                        "log",
                        "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                        "--format=%an <%ae> %ad %T",
                        "refs/heads/main",
                        "--",
                    ],
                    text=asked,
                ),
                custom(
                    "git_output",
                    about=f"The tag {tags[0]} is on the first commit.",
                    paths=[target],
                    repo=target,
                    args=["rev-list", "--count", f"refs/tags/{tags[0]}"],
                    text="1\n",
                ),
                custom(
                    "git_output",
                    about=f"The tag {tags[1]} is on the newest commit.",
                    paths=[target],
                    repo=target,
                    args=["rev-list", "--count", f"refs/tags/{tags[1]}"],
                    text=f"{len(revisions)}\n",
                ),
            ],
            request=[
                f"Move the register in `{source.path}` from RCS to a new git repository `{target}` "
                "with its history. Revisions of different files with the same date, author and "
                "message were one change and become one commit on `main`; commits follow one "
                "another by date, and each holds all files as they were at that moment, at the "
                "places that they have beside their `RCS` folders. Keep the messages; author date "
                "is the date in RCS (UTC), the author's name is the login and the address the "
                "login at `example.org`. Files called `.sh` are executable throughout. Tag the "
                f"first commit `{tags[0]}` and the newest `{tags[1]}`, leave `main` checked out "
                "and clean, and do not change anything in the old folder.",
                f"Everything we still have under RCS goes to git: please make `{target}` out of "
                f"`{source.path}`. I want real changesets on `main`, oldest first: what was "
                "checked in with equal date, author and message belongs to a single commit, and "
                "every commit has the complete set of files of its time, laid out as around the "
                "`RCS` folders. Message and date (UTC, as author date) come from RCS; author name "
                "is the login, address is that login at `example.org`; `.sh` files carry the "
                f"execute bit from the start. Put a tag `{tags[0]}` on the oldest commit and "
                f"`{tags[1]}` on the newest. The work tree ends up on `main` without changes; the "
                "RCS files stay as they are.",
            ],
            steps=[
                look(
                    f"cd {at} && find . -name '*,v' && rlog data/RCS/*,v | head -n 26",
                    f"{source.path} has a ,v file for each file, and they were numbered apart.",
                    "List them and read the beginning of a log.",
                ),
                look(
                    f"cd {at} && rlog -zLT $(find . -name '*,v') | awk "
                    "'/^RCS file: / {file = $3} "
                    '/^revision / {r = $2} /^date: / {split($0, p, ";"); date = substr(p[1], 7); '
                    'sub(/.*author: /, "", p[2]); getline; print date "\\t" p[2] "\\t" $0 '
                    '"\\t" file "\\t" r}\' | sort > /tmp/revisions.tsv; cut -f1-3 '
                    "/tmp/revisions.tsv | sort -u | wc -l; head -n 5 /tmp/revisions.tsv",
                    "Each file has revisions of its own. Date, author and message together tell "
                    "which belong to one change.",
                    "Put all revisions into one list by date and count the changes.",
                ),
                do(
                    f"git init -q -b main {there} && {git} config user.email agent@example.org && "
                    f"{git} config user.name agent && cd {at} && rlog -zLT $(find . -name '*,v') | "
                    "awk '/^RCS file: / {file = $3} /^revision / {r = $2} /^date: / {split($0, p, "
                    '";"); sub(/.*author: /, "", p[2]); getline; print substr(p[1], 7) "\\t" p[2] '
                    '"\\t" $0 "\\t" file "\\t" r}\' | sort > /tmp/all.tsv && cut -f1-3 '
                    "/tmp/all.tsv | sort -u > /tmp/changes.tsv && while IFS=$'\\t' read -r when "
                    "who what; do while IFS=$'\\t' read -r w a m file r; do name=${file/RCS\\//}; "
                    f'mkdir -p {there}/"$(dirname "$name")"; name=${{name%,v}}; co -q -ko -p$r '
                    f'"$file" > {there}/"$name"; case $name in *.sh) chmod +x {there}/"$name";; '
                    'esac; done < <(awk -F\'\\t\' -v w="$when" -v a="$who" -v m="$what" \'$1 == w '
                    f"&& $2 == a && $3 == m' /tmp/all.tsv); {git} add -A && {git} commit -q "
                    f'--author="$who <$who@example.org>" --date="$when" -m "$what"; '
                    "done < /tmp/changes.tsv",
                    "Only what a change names is checked out; the rest of the work tree stays "
                    "from the change before.",
                    "Make a commit of each change, without touching the RCS files.",
                    duration=4.0,
                ),
                do(
                    f"{git} tag {tags[0]} $({git} rev-list --max-parents=0 main) && {git} tag "
                    f"{tags[1]} main",
                    "The commits are there; two of them get names.",
                    "Tag the first and the newest commit.",
                ),
                look(
                    f"{git} log --format='%h %an %ai %s%d' | cat; cd {at} && co -q -p "
                    f"data/RCS/{world.theme.records}.csv,v | cmp - {there}/{records} && {git} "
                    "status --short",
                    "Every change should be a commit, and the newest records the same.",
                    "Read the history and compare a file with its newest revision.",
                ),
            ],
            wrong=[
                Wrong(
                    "the commits were made by whoever moved them",
                    command=f"{git} commit -q --amend --no-edit --reset-author",
                ),
                Wrong(
                    "the last two changes are one commit",
                    command=f"{git} reset -q --soft HEAD~2 && {git} commit -q "
                    f"-m '{revisions[-1].subject}' && {git} tag -f {tags[1]}",
                ),
                Wrong("the first tag sits on the newest commit", command=f"{git} tag -f {tags[0]}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at} && rlog {world.theme.records}.csv",
                    symptom=r"No such file|rlog:",
                    diagnosis="The file lies in data/, and its ,v file in the RCS folder there.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command="cut -f5 /tmp/revisions.tsv | sort | uniq -c | sort -rn | head -n 3",
                    symptom=rf"{len(source.names())} 1\.1\b",
                    diagnosis="Equal numbers do not mean equal times: each file counts for itself, "
                    "so revisions cannot be matched by number.",
                ),
            ],
        )
