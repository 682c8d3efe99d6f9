"""What became of the skills: how many of each source were found, refused, merged, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shellwright.report.summary import aligned

Row = dict[str, Any]
STATUSES = ("ok", "duplicate", "rejected", "broken")
#: Filters whose refusals have a list of their own; those of the others stand in sections of theirs.
LISTED = ("linux", "workflow", "verifiable")
MOST = 15
#: Characters of a reason that are shown.
LONGEST = 200
_SKILLS = "'results/skills.parquet'"
_VERDICTS = f"(select *, unnest(filters) as verdict from {_SKILLS})"
_PAGE = """\
# {found} of {sources}, {usable} of them usable

{executable} are executable: they have a recipe, and the procedural teacher writes tasks with them.

{by_source}

Everything stands in results/skills.parquet, a row per skill, with the verdict and the evidence of
every filter. Nothing that was scraped is ever executed.

## What the filters refused

A skill can be refused by several; one that is `ok` all the same was only marked. The reasons count
skills that are no duplicates. The row `license` counts the skills whose licence `skills.licenses`
allows, and those whose licence it does not: these are refused, too. Executable skills of a library
have this verdict alone.

{by_filter}

{reasons}

{refusals}## What the filters let pass

Of the skills that are `ok`: what each verdict rests on.

{passes}

## Unsafe skills

With those that repeat another unsafe skill.

{unsafe}

## Broken skills

{broken}

## Licences

How many skills have each licence by each evidence, allowed or not. Duplicates and broken skills do
not count.

{licenses}

### Refused by their licence

{unlicensed}

## What was not read

{refused}
"""


def skills_report(rows: Sequence[Mapping[str, Any]], refused: Mapping[str, Sequence[str]]) -> str:
    """The report in Markdown. `rows` are the `skill` table, `refused` the lines of every source's
    list of entries that were not read."""
    judged = [row for row in rows if row["status"] in ("ok", "rejected")]
    return _PAGE.format(
        found=_counted(len(rows), "skill"),
        sources=_counted(len({row["source"] for row in rows} | refused.keys()), "source"),
        usable=sum(row["status"] == "ok" for row in rows),
        executable=sum(row["status"] == "ok" and row["recipe"] for row in rows),
        by_source=_by_source(rows, refused),
        by_filter=_by_filter(judged),
        reasons=_reasons(judged),
        refusals="".join(_refusals(judged, name) for name in LISTED),
        passes=_passes(judged),
        unsafe=_unsafe(rows),
        broken=_broken(rows),
        licenses=_licenses(judged),
        unlicensed=_unlicensed(judged),
        refused=_refused(refused),
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _by_source(rows: Sequence[Mapping[str, Any]], sources: Iterable[str]) -> str:
    # A source that holds nothing, or could not be read, has no rows.
    counts: dict[str, Counter[str]] = {name: Counter() for name in sources}
    for row in rows:
        found = counts.setdefault(row["source"], Counter())
        found[row["status"]] += 1
        found["with problems"] += bool(row["problems"])
    return aligned(
        ["source", "found", *STATUSES, "with problems"],
        [
            [
                name,
                sum(found[status] for status in STATUSES),
                *(found[status] for status in STATUSES),
                found["with problems"],
            ]
            for name, found in sorted(counts.items())
        ],
    )


def _by_filter(rows: Sequence[Mapping[str, Any]]) -> str:
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        for verdict in row["filters"]:
            (passed if verdict["verdict"] == "pass" else failed)[verdict["filter"]] += 1
    names = dict.fromkeys(verdict["filter"] for row in rows for verdict in row["filters"])
    return aligned(
        ["filter", "passed", "refused"], [[name, passed[name], failed[name]] for name in names]
    )


def _reasons(rows: Sequence[Mapping[str, Any]]) -> str:
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for row in rows:
        for verdict in row["filters"]:
            if verdict["verdict"] == "fail":
                key = (verdict["filter"], verdict["reason"].partition(":")[0])
                counts[key] += 1
                examples.setdefault(key, row["id"])
    if not counts:
        return "Nothing was refused."
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    return aligned(
        ["filter", "skills", "reason", "for example"],
        [[name, count, reason, examples[name, reason]] for (name, reason), count in most],
    )


def _refusals(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """The section on what one filter refused; nothing where it refused nothing."""
    found = [
        [_quoted(row["id"]), row["status"], _told(verdict["reason"]), _quoted(verdict["evidence"])]
        for row in rows
        for verdict in row["filters"]
        if verdict["filter"] == name and verdict["verdict"] == "fail"
    ]
    if not found:
        return ""
    table = _first(
        ["skill", "status", "reason", "evidence"],
        found,
        "id, status, verdict.reason, verdict.evidence",
        f"verdict.filter = '{name}' and verdict.verdict = 'fail' and status in ('ok', 'rejected')",
        _VERDICTS,
    )
    return f"### Refused by {name}\n\n{table}\n\n"


def _passes(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the verdicts rest on by which skills pass; licences have a section of their own."""
    found = [
        [
            _quoted(row["id"]),
            verdict["filter"],
            _told(verdict["reason"]),
            _quoted(verdict["evidence"]),
        ]
        for row in rows
        for verdict in row["filters"]
        if row["status"] == "ok" and verdict["verdict"] == "pass" and verdict["filter"] != "license"
    ]
    return _first(
        ["skill", "filter", "reason", "evidence"],
        found,
        "id, verdict.filter, verdict.reason, verdict.evidence",
        "verdict.filter <> 'license' and verdict.verdict = 'pass' and status = 'ok'",
        _VERDICTS,
    )


def _unsafe(rows: Sequence[Mapping[str, Any]]) -> str:
    found = [
        [_quoted(row["id"]), row["status"], _told(verdict["reason"]), _quoted(verdict["evidence"])]
        for row in rows
        for verdict in row["filters"]
        if verdict["filter"] == "safe" and verdict["verdict"] == "fail"
    ]
    if not found:
        return "None was found."
    return aligned(["skill", "status", "reason", "evidence"], found)


def _broken(rows: Sequence[Mapping[str, Any]]) -> str:
    found = [
        [_quoted(row["id"]), _told(row["reason"])] for row in rows if row["status"] == "broken"
    ]
    return _first(["skill", "reason"], found, "id, reason", "status = 'broken'")


def _unlicensed(rows: Sequence[Mapping[str, Any]]) -> str:
    found = [
        [_quoted(row["id"]), _quoted(row["license"]), _quoted(row["license_evidence"])]
        for row in rows
        for verdict in row["filters"]
        if verdict["filter"] == "license" and verdict["verdict"] == "fail"
    ]
    return _first(
        ["skill", "licence", "found in"],
        found,
        "id, license, license_evidence",
        "reason like 'licence %'",
    )


def _first(
    head: Sequence[str],
    found: Sequence[Sequence[str | int]],
    columns: str,
    where: str,
    table: str = _SKILLS,
) -> str:
    """The first rows of a table, and the query that gives all of them."""
    if not found:
        return "None was found."
    shown = aligned(head, found[:MOST])
    if len(found) <= MOST:
        return shown
    query = f"select {columns} from {table} where {where}"
    return f'{shown}\n\n{len(found) - MOST} more:\n\n    python -m shellwright.query "{query}"'


def _licenses(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter((row["license"], row["license_evidence"]) for row in rows)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return _first(
        ["licence", "skills", "found in"],
        [[name, count, _quoted(evidence)] for (name, evidence), count in most],
        "license, count(*), license_evidence",
        "status in ('ok', 'rejected') group by all order by 2 desc",
    )


def _refused(refused: Mapping[str, Sequence[str]]) -> str:
    lines = [
        [source, _quoted(line.partition("\t")[0]), _quoted(line.partition("\t")[2])]
        for source, entries in sorted(refused.items())
        for line in entries[:MOST]
    ]
    if not lines:
        return "Everything was read."
    table = aligned(["source", "entry", "why"], lines)
    more = sum(max(len(entries) - MOST, 0) for entries in refused.values())
    return table + (f"\n\n{more} more: results/skills/<source>.refused.tsv" if more else "")


def _told(reason: str) -> str:
    """A reason on one line, cut where it is long; a model may have written it."""
    return _quoted(" ".join(reason.split())[:LONGEST])


def _quoted(text: str) -> str:
    """Foreign text as code, so that no viewer takes it for Markdown or HTML."""
    return "`" + text.replace("`", "'") + "`" if text else ""
