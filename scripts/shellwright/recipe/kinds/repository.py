"""Repositories: the histories that tasks start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import table
from shellwright.recipe.repository import Blobbed, Repository, Revision
from shellwright.recipe.resource import DEFAULT_MTIME
from shellwright.recipe.themes import PEOPLE, Theme


def project_files(theme: Theme, draw: Draw, rows: Sequence[table.Row]) -> tuple[Blobbed, ...]:
    """The files of a small project: records, settings, a script and a read-me."""
    records = table.Table(
        path="/", noun="", columns=table.record_columns(theme), rows=tuple(rows)
    ).text()
    settings = (
        f"[{theme.key}]\nowner = {theme.team.removeprefix('the ')}\nretention_days = 90\n"
        f"batch_size = {draw.integer(2, 9) * 50}\ntimeout = {draw.integer(2, 12) * 5}\n"
    )
    script = (
        f"#!/bin/sh\n# Counts the {theme.records}.\ntail -n +2 data/{theme.records}.csv | wc -l\n"
    )
    readme = f"# {theme.organisation}: {theme.records}\n\nKept by {theme.team}.\n"
    return tuple(
        sorted(
            [
                Blobbed("README.md", readme.encode()),
                Blobbed(f"data/{theme.records}.csv", records.encode()),
                Blobbed("settings.ini", settings.encode()),
                Blobbed("tools/count.sh", script.encode(), executable=True),
            ]
        )
    )


def changed(files: Sequence[Blobbed], name: str, content: bytes | None) -> tuple[Blobbed, ...]:
    """The files with one replaced, added, or (None) left out."""
    kept = {file.name: file for file in files}
    old = kept.pop(name, None)
    if content is not None:
        kept[name] = Blobbed(name, content, old.executable if old else False)
    return tuple(sorted(kept.values()))


def linear_history(theme: Theme, draw: Draw, count: int) -> list[Revision]:
    """`count` revisions in a row: records are added, settings change, the read-me grows."""
    rows = table.record_rows(theme, draw, 24 + 4 * count)
    people = draw.sample(PEOPLE, 4)
    shown = 20
    files = project_files(theme, draw.child("files"), rows[:shown])
    time = DEFAULT_MTIME - 86_400 * draw.integer(60, 90)
    found = [Revision(f"Start the {theme.record} register", people[0], time, files)]
    for number in range(1, count):
        time += draw.integer(3_600, 86_400 * 3)
        what = draw.choice(("records", "records", "readme", "settings"))
        before = found[-1].files
        if what == "records":
            added = draw.integer(1, 4)
            shown += added
            records = project_files(theme, draw.child("files"), rows[:shown])
            name = f"data/{theme.records}.csv"
            content = next(file.content for file in records if file.name == name)
            subject = f"Add {added} {theme.record if added == 1 else theme.records}"
        elif what == "readme":
            name = "README.md"
            content = (
                found[-1].file(name) + f"\nSee {draw.choice(theme.components)} notes.\n".encode()
            )
            subject = f"Mention the {draw.choice(theme.components)} notes"
        else:
            name, old = "settings.ini", found[-1].file("settings.ini").decode()
            days = draw.integer(30, 400)
            line = next(line for line in old.splitlines() if line.startswith("retention_days"))
            content = old.replace(line, f"retention_days = {days}").encode()
            subject = f"Keep data for {days} days"
        author = draw.choice(people)
        files = changed(before, name, content)
        found.append(Revision(subject, author, time, files, (number - 1,)))
    return found


def _lose(repository: Repository, draw: Draw) -> Repository:
    """The last two to four revisions are reset away; the reflog still knows them."""
    last = len(repository.revisions) - 1
    kept = last - draw.integer(2, 4)
    moves = [(n - 1, n, f"commit: {r.subject}") for n, r in enumerate(repository.revisions)]
    moves.append((last, kept, f"reset: moving to HEAD~{last - kept}"))
    return replace(
        repository,
        branches=(("main", kept),),
        tags=tuple(tag for tag in repository.tags if tag[1] <= kept),
        reflog=tuple(moves),
        condition="lost",
    )


def _diverge(repository: Repository, draw: Draw) -> Repository:
    """Two branches change the same setting and each something of its own."""
    base = len(repository.revisions) - 1
    tip = repository.revisions[base]
    old = tip.file("settings.ini").decode()
    line = next(line for line in old.splitlines() if line.startswith("timeout"))
    # A side that "sets" the value that is there already changes nothing, and nothing conflicts.
    ours, theirs = draw.sample([n for n in (7, 20, 45, 75, 90, 120) if line != f"timeout = {n}"], 2)
    time = tip.time
    mine = Revision(
        f"Set the timeout to {ours}",
        repository.owner,
        time + 3_600,
        changed(tip.files, "settings.ini", old.replace(line, f"timeout = {ours}").encode()),
        (base,),
    )
    note = (
        f"# Changes\n\nThe {draw.choice(('nightly', 'weekly', 'hourly'))} job waits longer now.\n"
    )
    other = Revision(
        f"Set the timeout to {theirs} and note it",
        draw.choice([name for name in PEOPLE if name != repository.owner]),
        time + 7_200,
        changed(
            changed(tip.files, "settings.ini", old.replace(line, f"timeout = {theirs}").encode()),
            "CHANGES.md",
            note.encode(),
        ),
        (base,),
    )
    branch = draw.choice(("slow-network", "longer-timeout", "field-office"))
    return replace(
        repository,
        revisions=(*repository.revisions, mine, other),
        branches=(("main", base + 1), (branch, base + 2)),
        condition="diverged",
    )


def _leak(repository: Repository, draw: Draw) -> Repository:
    """A file with a password comes in with an early revision and stays in all later ones."""
    name = draw.choice(("credentials.env", "deploy-key.txt", "passwords.ini"))
    secret = f"password={draw.hex(16)}\nhost=db.{draw.choice(('north', 'south'))}.example.org\n"
    first = draw.integer(1, 3)
    revisions = [
        replace(revision, files=changed(revision.files, name, secret.encode()))
        if number >= first
        else revision
        for number, revision in enumerate(repository.revisions)
    ]
    return replace(repository, revisions=tuple(revisions), condition="leaked")


def _soil(repository: Repository, draw: Draw, theme: Theme) -> Repository:
    """The work tree holds a changed setting, a new note, and files that a program left behind."""
    tip = repository.tip()
    old = tip.file("settings.ini").decode()
    line = next(line for line in old.splitlines() if line.startswith("batch_size"))
    size = draw.integer(10, 30) * 50
    work = changed(tip.files, "settings.ini", old.replace(line, f"batch_size = {size}").encode())
    note = f"# {theme.team}\n\nAsk {draw.choice(PEOPLE)} before the next release.\n"
    work = changed(work, "docs/handover.md", note.encode())
    for number in range(draw.integer(2, 4)):
        work = changed(work, f"build/part-{number}.tmp", draw.bytes(40))
    work = changed(work, "run.log", f"started\nbatch_size={size}\ndone\n".encode())
    return replace(repository, work=work, condition="dirty")


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Repository:
    """A repository with 9 to 16 revisions in a row, three of them tagged, in the given state."""
    revisions = linear_history(theme, draw, draw.integer(9, 16))
    last = len(revisions) - 1
    tags = tuple((f"v0.{n + 1}", position) for n, position in enumerate((2, last // 2, last - 1)))
    repository = Repository(
        path=path,
        noun=f"{theme.record} register",
        revisions=tuple(revisions),
        branches=(("main", last),),
        tags=tags,
        owner=revisions[0].author,
    )
    condition = state["condition"]
    if condition == "lost":
        return _lose(repository, draw)
    if condition == "diverged":
        return _diverge(repository, draw)
    if condition == "leaked":
        return _leak(repository, draw)
    return _soil(repository, draw, theme) if condition == "dirty" else repository


KIND = Kind(
    Repository,
    tuple({"condition": condition} for condition in Repository.domain["condition"]),
    generate,
    lambda state, theme: f"{theme.key}-register",
)
