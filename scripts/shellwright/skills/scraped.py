"""Skills from the wild: rows of the `skill` table from what a source holds.

Each skill is read, its licence looked for, judged by the four filters, and its scenarios inferred.
Nothing of it is ever executed.
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
Infer = Callable[[Document], tuple[list[Sketch], list[Sketch]]]

#: Command lines of a skill that its row shows, at most.
MOST_COMMANDS = 200


@dataclass(frozen=True)
class Reader:
    """How the skills of a source are read. `key` stands for everything that decides the outcome
    besides the skill: code, and what a model is asked."""

    key: str
    judge: Judge = judge
    infer: Infer = infer


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

    `pages` tells that the source holds tldr pages. `asserted` is the licence that the user says
    the source has where nothing in it says another.
    """
    found = {skill_id(source, skill.path): skill for skill in gathered.skills}
    items = [
        Item(id, digest([skill.digest, reader.key, pages, asserted]), skill)
        for id, skill in sorted(found.items())
    ]

    def make(item: Item) -> Row:
        return _read(item.payload, reader, asserted, read_page if pages else read_document)

    def failed(item: Item, reason: str) -> Row:
        return {"problem": reason}

    outcome = run_items(
        items, make, store, workers=workers, label=f"skills/{source}", failed_row=failed
    )
    outcome.rows = [
        _row(source, item, content, gathered, policy)
        for item, content in zip(items, outcome.rows, strict=True)
    ]
    return outcome


def skill_id(source: str, path: str) -> str:
    """The id of a scraped skill: its source and its place in it."""
    return f"{source}/{path.removesuffix('.md')}"


def _read(
    found: FoundSkill,
    reader: Reader,
    asserted: str | None,
    read: Callable[[FoundSkill], Document],
) -> Row:
    """Everything about a skill that its own content decides."""
    document = read(found)
    license_, evidence = find_license(found, document, asserted)
    pre, post = reader.infer(document)
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
        "root": any(call.root for call in document.calls),
        "filters": [asdict(verdict) for verdict in reader.judge(found, document)],
        "pre": [_sketch(sketch) for sketch in pre],
        "post": [_sketch(sketch) for sketch in post],
    }


def _sketch(sketch: Sketch) -> Row:
    state = [{"name": name, "value": value} for name, value in sketch.state]
    return {
        "kind": sketch.kind,
        "state": state,
        "text": sketch.text,
        "evidence": sketch.evidence,
    }


def _row(source: str, item: Item, content: Row, gathered: Gathered, policy: Policy) -> Row:
    """The row of the table: what was read, under the policy."""
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
        "category": category_of(read["pre"], read["post"]),
        "field": None,
        "digest": found.digest,
        "status": "broken" if problem else "rejected" if reasons else "ok",
        "reason": problem or "; ".join(reasons) or None,
        "provenance": [{"id": item.id, **place, "similarity": 1.0}],
        "packages": [],
        "domains": [],
        "recipe": False,
        "filters": [] if problem else [_filter(asdict(license_verdict)), *filters],
        "transitions": [],
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
    "root": False,
    "filters": [],
    "pre": [],
    "post": [],
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
