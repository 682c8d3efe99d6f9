"""Skills from the wild: rows of the `skill` table from what a source holds.

Each skill is read, its licence looked for, and judged by the four filters; of those that may be
used the scenarios are inferred. Nothing of it is ever executed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shellwright.digest import digest
from shellwright.skills.categories import category_of
from shellwright.skills.document import Document, Sketch, Verdict
from shellwright.skills.filters.judge import judge
from shellwright.skills.found import FoundSkill, Gathered
from shellwright.skills.reading.document import read_document
from shellwright.skills.reading.licenses import find_license
from shellwright.skills.reading.tldr import read_page
from shellwright.skills.scenarios.infer import infer
from shellwright.skills.spdx import NOASSERTION, may_use
from shellwright.store import ItemStore
from shellwright.store.stage import Item, Outcome, run_items

Row = dict[str, Any]
Judge = Callable[[FoundSkill, Document], Sequence[Verdict]]
Infer = Callable[[FoundSkill, Document], tuple[list[Sketch], list[Sketch]]]
Read = Callable[[FoundSkill], Document]

#: Command lines of a skill that its row shows, at most.
MOST_COMMANDS = 200


def _infer(_found: FoundSkill, document: Document) -> tuple[list[Sketch], list[Sketch]]:
    return infer(document)


@dataclass(frozen=True)
class Reader:
    """How the skills of a source are read. `key` stands for everything that decides the outcome
    besides the skill: code, and what a model is asked."""

    key: str
    judge: Judge = judge
    infer: Infer = _infer


@dataclass(frozen=True)
class Policy:
    """Which skills may be used: of these licences, and passing these filters."""

    licenses: frozenset[str]
    filters: frozenset[str]


def collect_scraped(
    source: str,
    gathered: Gathered,
    store: ItemStore,
    reader: Reader,
    policy: Policy,
    *,
    pages: bool,
    asserted: str | None,
    workers: int,
) -> Outcome:
    """The rows of a source, by id; only skills that are new or changed are read again.

    There are two rounds of items: what each skill says with the verdicts on it, and then the
    scenarios of those that `policy` lets through. It decides which items there are, and is in no
    item's key: a wider one infers the scenarios that are missing, and judges nothing again.

    `pages` tells that the source holds tldr pages. `asserted` is the licence that the user says
    the source has where nothing in it says another. The outcome's counts are of both rounds.
    """
    found = {skill_id(source, skill.path): skill for skill in gathered.skills}
    read: Read = read_page if pages else read_document

    def key(skill: FoundSkill) -> str:
        return digest([skill.digest, reader.key, pages, asserted])

    items = [Item(id, key(skill), skill) for id, skill in sorted(found.items())]
    judged = run_items(
        items,
        lambda item: _read(item.payload, reader, asserted, read),
        store,
        workers=workers,
        label=f"skills/{source}",
        failed_row=_failed,
    )
    rows = [
        _row(source, item, content, gathered, policy)
        for item, content in zip(items, judged.rows, strict=True)
    ]
    usable = [row for row in rows if row["status"] == "ok"]
    told = run_items(
        # No name of a source has a colon, so that no skill has such an id.
        [Item(f"scenarios:{row['id']}", key(found[row["id"]]), found[row["id"]]) for row in usable],
        lambda item: _scenarios(item.payload, reader, read),
        store,
        workers=workers,
        label=f"skills/{source}, scenarios",
        failed_row=_failed,
    )
    for row, content in zip(usable, told.rows, strict=True):
        row |= _broken(content["problem"]) if content["problem"] else _told(content)
    return Outcome(
        rows,
        judged.reused + told.reused,
        judged.made + told.made,
        judged.failed + told.failed,
        judged.reasons + told.reasons,
    )


def _failed(_item: Item, reason: str) -> Row:
    return {"problem": reason}


def skill_id(source: str, path: str) -> str:
    """The id of a scraped skill: its source and its place in it."""
    return f"{source}/{path.removesuffix('.md')}"


def _read(
    found: FoundSkill,
    reader: Reader,
    asserted: str | None,
    read: Read,
) -> Row:
    """What a skill says, its licence, and the verdicts on it."""
    document = read(found)
    license_, evidence = find_license(found, document, asserted)
    calls = document.calls[:MOST_COMMANDS]
    return {
        "problem": "",
        "name": document.name,
        "title": document.title,
        "description": document.description,
        "body": document.body,
        "license": license_,
        "license_evidence": evidence,
        "problems": list(document.problems),
        "commands": list(
            dict.fromkeys(" ".join([each.program, *each.arguments]) for each in calls)
        ),
        "tools": sorted({call.program for call in document.calls}),
        "oracle_tools": [],
        "root": any(call.root for call in document.calls),
        "filters": [asdict(verdict) for verdict in reader.judge(found, document)],
    }


def _scenarios(found: FoundSkill, reader: Reader, read: Read) -> Row:
    """The scenarios that a skill leads between."""
    pre, post = reader.infer(found, read(found))
    return {
        "problem": "",
        "pre": [sketch_row(sketch) for sketch in pre],
        "post": [sketch_row(sketch) for sketch in post],
    }


def _told(content: Row) -> Row:
    """What the scenarios of a skill say in its row."""
    pre, post = content["pre"], content["post"]
    return {"pre": pre, "post": post, "category": category_of(pre, post)}


def _broken(problem: str) -> Row:
    """What a skill that nobody could judge, or tell the scenarios of, has in its row."""
    return {"status": "broken", "reason": problem, "filters": []}


def sketch_row(sketch: Sketch) -> Row:
    """A scenario as the table of skills has it."""
    state = [{"name": name, "value": value} for name, value in sketch.state]
    return {
        "kind": sketch.kind,
        "state": state,
        "text": sketch.text,
        "evidence": sketch.evidence,
    }


def _row(source: str, item: Item, content: Row, gathered: Gathered, policy: Policy) -> Row:
    """The row of the table: what was read, under the policy, without scenarios."""
    found: FoundSkill = item.payload
    read = {**_NOTHING, **content}
    problem = read.pop("problem")
    filters = [_filter(verdict) for verdict in read.pop("filters")]
    licensed = may_use(read["license"], policy.licenses)
    reasons = [] if licensed else [f"licence {read['license']} is not allowed"]
    reasons += [
        f"{verdict['filter']}: {verdict['reason']}"
        for verdict in filters
        if verdict["verdict"] == "fail" and verdict["filter"] in policy.filters
    ]
    place = {
        "source": source,
        "url": gathered.url,
        "commit": gathered.commit,
        "path": found.path,
        "license": read["license"],
    }
    license_verdict = Verdict("license", licensed, read["license"], read["license_evidence"])
    return {
        **read,
        **place,
        "id": item.id,
        "name": read["name"] or found.path.rpartition("/")[2],
        "category": category_of([], []),
        "field": None,
        "digest": found.digest,
        "status": "rejected" if reasons else "ok",
        "reason": "; ".join(reasons) or None,
        "provenance": [{"id": item.id, **place, "similarity": 1.0}],
        "packages": [],
        "domains": [],
        "recipe": False,
        "filters": [_filter(asdict(license_verdict)), *filters],
        "pre": [],
        "post": [],
        "transitions": [],
        **(_broken(problem) if problem else {}),
    }


_NOTHING: Row = {
    "name": "",
    "title": "",
    "description": "",
    "body": "",
    "license": NOASSERTION,
    "license_evidence": "",
    "problems": [],
    "commands": [],
    "tools": [],
    "oracle_tools": [],
    "root": False,
    "filters": [],
}


def _filter(verdict: Row) -> Row:
    """A verdict as the table has it."""
    outcome = "pass" if verdict["passed"] else "fail"
    return {
        "filter": verdict["filter"],
        "verdict": outcome,
        "reason": verdict["reason"],
        "evidence": verdict["evidence"],
        "judge": verdict["judge"],
    }
