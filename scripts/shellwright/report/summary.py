"""The summary of a build: the funnel, the failures with examples, and where everything lies."""

from collections.abc import Sequence
from typing import Any

from shellwright.report.steps import TIERS, library, most_frequent, step_at, step_name, steps
from shellwright.report.suspects import Suspect

Row = dict[str, Any]

_REASONS = 12
_LABELS = 4
_SUMMARY = """\
# {verified} verified tasks of {planned} planned, {rows} trajectories in the corpus

- Tasks: {progress}.
- Corpus: {rows} trajectories of {tasks} tasks, {solved} of {rows} solve their task;
  {turns} turns, about {tokens} tokens in all.
- Library: {library}.

{funnel}

{tiers}

## What did not stay

{lost}

## Filters and decontamination

{filters}

{decontamination}

## Where it is

    results/corpus.parquet               the corpus: a row per trajectory, with every filter column
    results/train/                       the same, as training frameworks read it
    results/tasks_export/harbor/         the tasks, as Harbor reads them
    results/report/index.html            charts, and a gallery of tasks with their replays
    results/report/skills.md             the skills of every source: refused, merged, and why
    results/graph/explorer.html          the graph of the skills, to search and walk
    results/logs/<rule>/<shard>.log      what each job said

Any table answers SQL, in the environment (`. .venv/bin/activate`):

    python -m shellwright.query "select id, success, turns from 'results/corpus.parquet' limit 5"
"""


def summary(stats: Row, funnel: Sequence[Row], suspects: Sequence[Suspect] = ()) -> str:
    """Return the summary of a build in Markdown that also reads well as plain text.

    ``stats`` and ``funnel`` are those of the corpus. ``suspects`` are the skills that rejected
    tasks have in common. The same numbers give the same text.
    """
    planned, written, verified = (
        step_at(funnel, name) for name in ("planned", "written", "verified")
    )
    rejected = verified.seen - verified.kept
    tiers = {**verified.labels, **({"rejected": rejected} if rejected else {})}
    return _SUMMARY.format(
        planned=planned.kept,
        verified=verified.kept,
        progress=f"{planned.kept} planned, {written.kept} written, {verified.kept} verified"
        + (f" ({most_frequent(tiers, _LABELS)})" if tiers else ""),
        rows=stats["rows"],
        tasks=stats["tasks"],
        solved=stats["solved"],
        turns=stats["turns"],
        tokens=_rounded(stats["tokens"]),
        library=", ".join(f"{count} {name}" for count, name in library(funnel)),
        funnel=aligned(
            ["step", "counts", "seen", "kept", "what stayed"],
            [
                [step.name, step.unit, step.seen, step.kept, most_frequent(step.labels, _LABELS)]
                for step in steps(funnel)
            ],
        ),
        tiers=TIERS,
        lost=_lost(funnel) + _suspects(suspects),
        filters=_filters(stats),
        decontamination=_decontamination(stats),
    )


def _rounded(number: int) -> str:
    for limit, unit in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return str(number)


def _lost(funnel: Sequence[Row]) -> str:
    rows = [
        [step_name(entry["stage"]), lost["count"], lost["reason"], lost["example"], lost["file"]]
        for entry in funnel
        for lost in entry["dropped"]
    ]
    if not rows:
        return "Everything stayed."
    rows.sort(key=lambda row: -row[1])
    text = aligned(["step", "lost", "reason", "for example", "in"], rows[:_REASONS])
    more = len(rows) - _REASONS
    return text + (f"\n\n{more} more reasons: results/corpus/funnel.json" if more > 0 else "")


def _suspects(suspects: Sequence[Suspect]) -> str:
    if not suspects:
        return ""
    lines = "\n".join(suspect.lines() for suspect in suspects)
    return f"\n\nSkills that rejected tasks have in common:\n\n{lines}"


def _filters(stats: Row) -> str:
    objecting = [
        f"{each['filter']} {each['objections']} ({'dropped' if each['drops'] else 'marked'})"
        for each in stats["filters"]
        if each["objections"]
    ]
    return "Rows objected to: " + (", ".join(objecting) or "none") + "."


def _decontamination(stats: Row) -> str:
    found = stats["decontamination"]
    if not found["benchmarks"]:
        return "No benchmark was given to decontaminate against."
    names = ", ".join(f"{each['name']} ({each['tasks']} tasks)" for each in found["benchmarks"])
    text = f"Searched for {found['ngram']} words in a row of {names}: {found['contaminated']} rows."
    hot = len(found["hot"])
    return text + (
        f" {hot} common phrases did not count: results/corpus/stats.json." if hot else ""
    )


def aligned(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table whose columns line up; numbers are set to the right."""
    cells = [[" ".join(str(value).replace("|", "\\|").split()) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(row[at], int) for row in rows) for at in range(len(head))
    ]
    rule = [
        "-" * (width - 1) + ":" if flag else "-" * width
        for width, flag in zip(widths, right, strict=True)
    ]
    lines = [
        [
            cell.rjust(width) if flag else cell.ljust(width)
            for cell, width, flag in zip(line, widths, right, strict=True)
        ]
        for line in (head, *cells)
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in (lines[0], rule, *lines[1:]))
