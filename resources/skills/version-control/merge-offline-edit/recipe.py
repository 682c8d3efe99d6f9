"""Merge a copy that was edited away from RCS into the newest revision."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.history import History
from shellwright.recipe.kinds.table import record_columns
from shellwright.recipe.themes import PEOPLE


class MergeOfflineEdit(Recipe):
    """An edited copy of an old revision is merged into the newest and checked in."""

    needs = (Pattern.of("history", system="rcs"),)
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="records", extent="merged"),
    )
    tools = ("rlog", "co", "rcsdiff", "diffstat", "merge", "ci", "wc", "seq", "cp", "tail", "grep")
    packages = ("diffstat", "rcs")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, History)
        theme = world.theme
        name = f"data/{theme.records}.csv"
        versions = source.versions(name)
        if len(versions) < 4:
            raise Unsuitable("the records hardly ever changed")
        place = draw.integer(1, len(versions) - 3)
        base, newest = (_lines(versions[n].file(name)) for n in (place, -1))
        edits = _edits(base, theme.statuses, draw.child("edits"))
        if len(newest) < len(base) + 2:
            raise Unsuitable("too little was added since")
        copy = _edited(base, edits)
        merged = _edited(newest, edits)
        editor = draw.choice([p for p in PEOPLE if p != versions[-1].author])
        who = editor.lower().replace(" ", "")
        offline = world.input(draw, [f"{theme.records}-{who}", f"{theme.records}-laptop"], ".csv")
        target = world.output(draw, [f"{theme.records}-merged", f"{theme.records}-current"], ".csv")
        subject = draw.choice(
            [f"Work in what {editor} did offline", f"Corrections by {editor}, made on the road"]
        )
        result = Table(
            path=target,
            noun=f"{theme.record} records",
            columns=record_columns(theme),
            rows=tuple(_rows(merged)),
            extent="merged",
        )
        number = len(versions) + 1
        rcs = source.rcs_path(name)
        at, there = quoted(source.path), quoted(target)
        there_rcs, laptop = quoted(rcs), quoted(offline)
        changed = [key for key, line in edits.items() if line]
        gone = [key for key, line in edits.items() if not line]
        touched = [r for r in result.rows if r[0] not in changed]
        overwritten = result.with_rows(_rows(copy))
        kept = {key: line for key, line in edits.items() if line}
        revived = result.with_rows(_rows(_edited(newest, kept)))
        return Move(
            focus=result,
            makes=[replace(source, checked_in=(name,)), result],
            brings=[Entry(offline, "".join(copy).encode())],
            checks=[
                shell_prints(
                    f"co -q -p {there_rcs}\nrlog -h {there_rcs} | grep '^head:'\n"
                    f"co -q -p1.{place + 1} {there_rcs} | tail -n 1\n"
                    f"rlog -r {there_rcs} | sed -n 's/^date:.*author: \\([^;]*\\);.*/\\1/p'\n"
                    f"rlog -r {there_rcs} | tail -n 2 | head -n 1\nrlog -L -R {there_rcs}\n",
                    f"{''.join(merged)}head: 1.{number}\n{base[-1]}{who}\n{subject}\n",
                    about=f"{rcs} has the merged records as its newest revision, unlocked, "
                    "with author and message, on top of the old ones.",
                    paths=[rcs],
                    key="head",
                    weight=3.0,
                ),
            ],
            request=[
                f"{editor} took a copy of `{name}` from `{source.path}` along and worked on it on "
                f"the road; it came back as `{offline}`, and nobody noted which revision it was. "
                "Meanwhile others have checked in more. Find the revision that the copy differs "
                "from in the fewest lines (added and removed ones together), work the changes of "
                "the copy against that revision into the newest one, and check the outcome in as "
                f"the next revision `1.{number}` of `{rcs}`, with author `{who}` and the message "
                f"`{subject}`, no lock left behind. Older revisions and the other files stay as "
                f"they are. I want the merged records as `{target}`, too.",
                f"`{offline}` is what {editor} made of an unknown older revision of `{name}` (in "
                f"`{source.path}`, under RCS). It has to go in without undoing what came later: "
                "the base is the revision with the fewest lines added plus removed between it and "
                "the copy; what was edited, added or deleted since that base is to be done to the "
                f"newest revision as well. Check that in: `{rcs}` gets revision `1.{number}`, "
                f"author `{who}`, message `{subject}`, and is not locked afterwards; earlier "
                f"revisions and other files are left alone. Put the same records at `{target}`.",
            ],
            steps=[
                look(
                    f"cd {at} && rlog -h {there_rcs}; for n in $(seq {len(versions)}); do co -q "
                    f"-p1.$n {there_rcs} > /tmp/old.csv; wc -l < /tmp/old.csv; done; "
                    f"wc -l < {laptop}",
                    f"{name} has revisions, and there is a copy of one of them that was edited.",
                    "Compare the number of lines, as a first hint.",
                ),
                look(
                    f"cp {laptop} /tmp/{theme.records}.csv && cp {there_rcs} /tmp/ && cd /tmp && "
                    f"for n in $(seq {len(versions)}); do rcsdiff -q -u -r1.$n {theme.records}.csv "
                    "2> /tmp/none | diffstat -s; done",
                    "The number of lines alone can deceive, since rows were deleted as well.",
                    "Measure the difference between the copy and each revision, on copies.",
                ),
                do(
                    f"cd {at}/data && co -q -p1.{place + 1} {there_rcs} > /tmp/base.csv && co -q "
                    f"-l {theme.records}.csv && merge -q {theme.records}.csv /tmp/base.csv "
                    f"{laptop}",
                    f"Revision 1.{place + 1} is the base: {len(changed)} rows edited and "
                    f"{len(gone)} deleted, nothing else.",
                    "Lock the newest revision and work the edit into it, three ways.",
                ),
                do(
                    f"cd {at}/data && (rcsdiff -q {theme.records}.csv || true) && cp "
                    f"{theme.records}.csv {there} && ci -q -u -w{who} -m'{subject}' "
                    f"{theme.records}.csv",
                    "No overlap was reported, so the difference to the newest is the edit alone.",
                    f"Read it, keep the merged file, and check it in for {who}.",
                ),
                look(
                    f"rlog -r {there_rcs} | tail -n 6; rlog -L -R {there_rcs}; grep -c . {there}",
                    f"1.{number} should be the newest, unlocked, and have both sides' changes.",
                    "Read the log of the new revision and ask for locks.",
                ),
            ],
            wrong=[
                *overwritten.as_wrong("the copy replaced what came later"),
                *revived.as_wrong("deleted rows are back"),
                *result.with_rows(touched).as_wrong("edited rows are lost"),
                Wrong(
                    "the revision is still locked",
                    command=f"cd {at}/data && rcs -q -l {theme.records}.csv",
                ),
                Wrong(
                    "another message",
                    command=f"cd {at}/data && rcs -q -m1.{number}:Update {theme.records}.csv",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at}/data && cp {laptop} {theme.records}.csv && ci -q -u "
                    f"-m'{subject}' {theme.records}.csv",
                    symptom=r"no lock set by",
                    diagnosis="RCS wants a lock first, and checking the copy in as it is would "
                    "undo all later changes.",
                    recovery=f"rm -f {at}/data/{theme.records}.csv",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"rcs --find-base {laptop} {there_rcs}",
                    symptom=r"unknown option|invalid option|usage|unrecogni[sz]ed",
                    diagnosis="RCS cannot tell by itself where a copy comes from; the revisions "
                    "have to be compared.",
                ),
            ],
        )


def _lines(content: bytes) -> list[str]:
    return content.decode().splitlines(keepends=True)


def _rows(lines: Sequence[str]) -> list[Row]:
    """The records in the lines of a file."""
    return [tuple(row) for row in csv.reader(lines[1:])]


def _edits(lines: Sequence[str], statuses: Sequence[str], draw: Draw) -> dict[str, str]:
    """New lines for some of the early records by id; an empty one where it is deleted."""
    chosen = draw.sample(range(1, 15), 7)
    found: dict[str, str] = {}
    for number, place in enumerate(chosen):
        (row,) = csv.reader([lines[place]])
        if number < 2:
            found[row[0]] = ""
            continue
        others = [status for status in statuses if status != row[4]]
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow([*row[:4], draw.choice(others), *row[5:]])
        found[row[0]] = out.getvalue()
    return found


def _edited(lines: Sequence[str], edits: dict[str, str]) -> list[str]:
    """The lines after the edits."""
    return [text for line in lines if (text := edits.get(line.partition(",")[0], line))]
