"""The summary of a build: the funnel, the failures with examples, and where everything lies."""

from collections.abc import Sequence
from typing import Any

from shellwright.report.suspects import Suspect

Row = dict[str, Any]

_REASONS = 12
_LABELS = 4
_SUMMARY = """\
# {rows} trajectories of {tasks} verified tasks

{solved} of {rows} solve their task; {turns} turns, about {tokens} tokens in all.

{funnel}

## What did not stay

{lost}

## Filters and decontamination

{filters}

{decontamination}

## Where it is

    results/corpus.parquet               the corpus: a row per trajectory, with every filter column
    results/train/                       the same, as training frameworks read it
    results/tasks_export/harbor/         the tasks, as Harbor reads them
    results/report/index.html            charts, and a gallery of tasks and trajectories
    results/logs/<rule>/<shard>.log      what each job said

## What next

    make test-harbor                     the tasks run by Harbor itself
    make corpus                          after a change: only what is stale is made again
    . .venv/bin/activate                 then look into any table:
    python -c "import polars; print(polars.read_parquet('results/corpus.parquet'))"
"""


def summary(stats: Row, funnel: Sequence[Row], suspects: Sequence[Suspect] = ()) -> str:
    """Return the summary of a build in Markdown that also reads well as plain text.

    ``stats`` and ``funnel`` are those of the corpus. ``suspects`` are the skills that rejected
    tasks have in common. The same numbers give the same text.
    """
    return _SUMMARY.format(
        rows=stats["rows"],
        tasks=stats["tasks"],
        solved=stats["solved"],
        turns=stats["turns"],
        tokens=_rounded(stats["tokens"]),
        funnel=aligned(
            ["stage", "seen", "kept", "what stayed"],
            [
                [entry["stage"], entry["seen"], entry["kept"], _labels(entry["labels"])]
                for entry in funnel
            ],
        ),
        lost=_lost(funnel) + _suspects(suspects),
        filters=_filters(stats),
        decontamination=_decontamination(stats),
    )


def _rounded(number: int) -> str:
    for limit, unit in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return str(number)


def _labels(labels: dict[str, int]) -> str:
    most = sorted(labels.items(), key=lambda label: (-label[1], label[0]))
    shown = ", ".join(f"{name} {count}" for name, count in most[:_LABELS])
    return shown + (f" and {len(most) - _LABELS} more" if len(most) > _LABELS else "")


def _lost(funnel: Sequence[Row]) -> str:
    rows = [
        [entry["stage"], lost["count"], lost["reason"], lost["example"], lost["file"]]
        for entry in funnel
        for lost in entry["dropped"]
    ]
    if not rows:
        return "Everything stayed."
    rows.sort(key=lambda row: -row[1])
    text = aligned(["stage", "lost", "reason", "for example", "in"], rows[:_REASONS])
    more = len(rows) - _REASONS
    return text + (f"\n\n{more} more reasons: results/corpus/funnel.json" if more > 0 else "")


def _suspects(suspects: Sequence[Suspect]) -> str:
    if not suspects:
        return ""
    lines = "\n".join(suspect.line() for suspect in suspects)
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
    cells = [[" ".join(str(value).replace("|", "/").split()) for value in row] for row in rows]
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
