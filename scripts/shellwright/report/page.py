"""The report's page: one static HTML file without anything from outside."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shellwright.report.charts import bars, escape, kept_bars
from shellwright.report.gallery import Exhibit, exhibits, render
from shellwright.report.summary import summary
from shellwright.report.suspects import read_suspects
from shellwright.store import write_text

Row = dict[str, Any]

_TOP = 15
_DETAIL_CHARACTERS = 160
_STYLE = """\
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6878; --line: #d5dae2;
  --back: #fff; --card: #f5f7fa; --bar: #2f6fb5; --lost: #c9d3df; --good: #1d7f4a; --bad: #b3322b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #98a3b3; --line: #353d49;
  --back: #14181e; --card: #1c222b; --bar: #5b9be0; --lost: #39434f; --good: #58bd85;
  --bad: #e3776f; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1.5rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 2rem; margin: 1rem 0; }
.numbers b { display: block; font-size: 1.8rem; font-weight: 600; line-height: 1.2; }
.numbers span, .id { color: var(--soft); font-size: .9rem; }
svg { width: 100%; max-width: 40rem; } svg text { font-size: 13px; fill: var(--ink); }
svg .count { fill: var(--soft); } rect { fill: var(--bar); } rect.lost { fill: var(--lost); }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
details.task { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .6rem 1rem; margin: .6rem 0; }
summary { cursor: pointer; } details details { margin: .5rem 0; }
.label, .gate { font-size: .8rem; border: 1px solid var(--line); border-radius: 1rem;
  padding: 0 .6rem; margin-right: .2rem; white-space: nowrap; }
.gate.pass { color: var(--good); } .gate.fail { color: var(--bad); } .gate.skip {
  color: var(--soft); }
.instruction { white-space: pre-wrap; margin: .6rem 0 1rem; max-width: 46rem; }
pre { background: var(--back); border: 1px solid var(--line); border-radius: 4px; padding: .6rem;
  overflow-x: auto; font-size: .8rem; line-height: 1.35; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.turn { border-left: 3px solid var(--bar); padding-left: .8rem; margin: .8rem 0; }
.turn p { margin: .3rem 0; } .screen { margin: .4rem 0 .4rem 2rem; }
.think { font-style: italic; color: var(--soft); } .done { color: var(--good); }
"""


def write_report(
    corpus: Path,
    tasks: Sequence[Path],
    verdicts: Sequence[Path],
    *,
    stats: Row,
    funnel: Sequence[Row],
    out: Path,
) -> None:
    """Write ``index.html`` and ``summary.md`` to the folder ``out``.

    ``tasks`` and ``verdicts`` are the tables of all shards, for the gallery. The same inputs give
    the same bytes.
    """
    write_text(out / "index.html", page(stats, funnel, exhibits(corpus, tasks, verdicts)))
    write_text(out / "summary.md", summary(stats, funnel, read_suspects(tasks, verdicts)))


def page(stats: Row, funnel: Sequence[Row], shown: Sequence[Exhibit]) -> str:
    """Return the page's HTML."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Shellwright corpus</title><style>{_STYLE}</style></head><body>",
            "<h1>Shellwright corpus</h1>",
            _numbers(stats),
            "<h2>Funnel</h2>",
            kept_bars([(e["stage"], e["seen"], e["kept"]) for e in funnel], "Funnel"),
            _lost(funnel),
            "<h2>What is in it</h2>",
            _charts(stats),
            "<h2>Filters</h2>",
            _filters(stats),
            _decontamination(stats),
            f"<h2>Gallery</h2><p>{len(shown)} tasks, drawn from all categories.</p>",
            *map(render, shown),
            "</body></html>\n",
        ]
    )


def _numbers(stats: Row) -> str:
    shown = [
        (stats["rows"], "trajectories"),
        (stats["tasks"], "tasks"),
        (stats["solved"], "solved"),
        (stats["turns"], "turns"),
        (stats["tokens"], "tokens (estimate)"),
        (len(stats["counts"]["skills"]), "skills"),
        (len(stats["counts"]["tools"]), "tools"),
    ]
    cells = "".join(f"<div><b>{count:,}</b><span>{name}</span></div>" for count, name in shown)
    return f'<div class="numbers">{cells}</div>'


def _charts(stats: Row) -> str:
    named = [
        ("Categories", _counted(stats, "category")),
        ("Difficulty", _counted(stats, "difficulty")),
        ("Skills in a task", _histogram(stats, "length")),
        ("Turns", _histogram(stats, "turns")),
        ("Tokens (estimate)", _histogram(stats, "tokens")),
        ("Tiers", _counted(stats, "tier")),
        (f"Skills ({_TOP} most frequent)", _counted(stats, "skills")),
        (f"Tools ({_TOP} most frequent)", _counted(stats, "tools")),
        ("Licences", _counted(stats, "license")),
        ("How episodes ended", _counted(stats, "termination")),
    ]
    cells = "".join(f"<div><h3>{title}</h3>{bars(rows, title)}</div>" for title, rows in named)
    return f'<div class="grid">{cells}</div>'


def _counted(stats: Row, name: str) -> list[tuple[str, int]]:
    """Return the most frequent values as labels; of an id (`<source>/<name>`) its name."""
    counts = stats["counts"][name][:_TOP]
    return [(str(each["value"]).rpartition("/")[2], each["rows"]) for each in counts]


def _histogram(stats: Row, name: str) -> list[tuple[str, int]]:
    """Return the bins as labels and counts, without the empty ones at both ends."""
    bins = stats["histograms"][name]
    filled = [place for place, part in enumerate(bins) if part["rows"]]
    rows = []
    for place in range(filled[0], filled[-1] + 1) if filled else ():
        low = bins[place]["from"]
        high = bins[place + 1]["from"] - 1 if place + 1 < len(bins) else None
        label = f"{low:,} or more" if high is None else f"{low:,}" if high == low else ""
        rows.append((label or f"{low:,}–{high:,}", int(bins[place]["rows"])))
    return rows


def _lost(funnel: Sequence[Row]) -> str:
    rows = [
        [
            entry["stage"],
            lost["count"],
            lost["reason"],
            lost["example"],
            _detail(lost),
            lost["file"],
        ]
        for entry in funnel
        for lost in entry["dropped"]
    ]
    if not rows:
        return "<p>Everything stayed.</p>"
    return table(["stage", "lost", "reason", "for example", "", "in"], rows)


def _detail(lost: Row) -> str:
    """Return the detail of ``<short reason>: <detail>``, which stands beside the reason."""
    detail = lost["detail"].removeprefix(f"{lost['reason']}:")
    return textwrap.shorten(detail, _DETAIL_CHARACTERS, placeholder=" …")


def _filters(stats: Row) -> str:
    rows = [
        [each["filter"], each["objections"], "drops" if each["drops"] else "marks", each["meaning"]]
        for each in stats["filters"]
    ]
    return table(["filter", "rows", "", "objects when"], rows)


def _decontamination(stats: Row) -> str:
    found = stats["decontamination"]
    if not found["benchmarks"]:
        return "<p>No benchmark was given to decontaminate against.</p>"
    rows = [[each["name"], each["tasks"], each["grams"]] for each in found["benchmarks"]]
    text = (
        f"<p>{found['contaminated']} rows hold {found['ngram']} words in a row of a benchmark;"
        " a planted control was found.</p>"
    )
    hot = [[each["words"], each["tasks"]] for each in found["hot"][:_TOP]]
    phrases = "<p>Phrases of many tasks, which do not count:</p>" + table(["phrase", "tasks"], hot)
    return text + table(["benchmark", "tasks", "n-grams"], rows) + (phrases if hot else "")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return an HTML table of escaped cells; numbers are set to the right."""
    lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    for row in rows:
        cells = (
            f"<td class=number>{cell:,}</td>"
            if isinstance(cell, int)
            else f"<td>{escape(cell)}</td>"
            for cell in row
        )
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return f"<table>{''.join(lines)}</table>"
