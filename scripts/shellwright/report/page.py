"""The report's page: one static HTML file without anything from outside.

Its one script, the player of the gallery, is the only one that the page's policy lets run.
"""

import base64
import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shellwright.report.charts import bars, escape, step_bars
from shellwright.report.gallery import Exhibit, exhibits, render
from shellwright.report.names import Named, read_names, title_of
from shellwright.report.steps import TIERS, library, step_at, step_name, steps
from shellwright.report.summary import summary
from shellwright.report.suspects import Suspect, read_suspects
from shellwright.store import write_text

Row = dict[str, Any]

_TOP = 15
_DETAIL_CHARACTERS = 160
_HERE = Path(__file__).parent
# The other pages of the build, beside this one.
_PAGES = (
    ("../graph/explorer.html", "Explorer of the skill graph"),
    ("../graph/graph.svg", "Picture of the graph"),
    ("skills.md", "What became of the skills"),
    ("census.md", "Census of skills, tools and tasks"),
    ("coverage.json", "Coverage"),
    ("summary.md", "Summary"),
)


def write_report(
    corpus: Path,
    tasks: Sequence[Path],
    verdicts: Sequence[Path],
    skills: Path,
    *,
    stats: Row,
    funnel: Sequence[Row],
    out: Path,
    sources: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write ``index.html`` and ``summary.md`` to the folder ``out``.

    ``tasks`` and ``verdicts`` are the tables of all shards, for the gallery. ``sources`` are the
    configured sources of skills, for the paths of recipes. The same inputs give the same bytes.
    """
    names = read_names(skills, sources)
    suspects = read_suspects(tasks, verdicts, names)
    shown = exhibits(corpus, tasks, verdicts)
    write_text(out / "index.html", page(stats, funnel, shown, names, suspects))
    write_text(out / "summary.md", summary(stats, funnel, suspects))


def page(
    stats: Row,
    funnel: Sequence[Row],
    shown: Sequence[Exhibit],
    names: Mapping[str, Named],
    suspects: Sequence[Suspect] = (),
) -> str:
    """Return the page's HTML."""
    style = _HERE.joinpath("page.css").read_text(encoding="utf-8")
    script = _HERE.joinpath("player.js").read_text(encoding="utf-8")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Shellwright corpus</title><style>{style}</style></head><body>",
            f"<header><h1>Shellwright corpus</h1>{_links()}</header>",
            _headline(stats, funnel),
            "<h2>Library</h2>",
            _numbers([*library(funnel), *_used(stats)], "small"),
            "<h2>Funnel</h2>",
            step_bars(steps(funnel)),
            f"<p class=id>{TIERS}</p>",
            _lost(funnel),
            _suspects(suspects),
            "<h2>What is in it</h2>",
            _charts(stats, names),
            "<h2>Filters</h2>",
            _filters(stats),
            _decontamination(stats),
            f"<h2>Gallery</h2><p>{len(shown)} tasks, drawn from all categories. Open one to read it"
            " and to replay what the agent did.</p>",
            *(render(exhibit, names) for exhibit in shown),
            f"<script>{script}</script></body></html>\n",
        ]
    )


def _policy(script: str) -> str:
    """Return the page's policy: nothing from outside, and no script but this one."""
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{hashed}'; style-src 'unsafe-inline';"
        " base-uri 'none'; form-action 'none'"
    )


def _links() -> str:
    links = "".join(f'<a href="{path}">{escape(name)}</a>' for path, name in _PAGES)
    return f"<nav>{links}</nav>"


def _headline(stats: Row, funnel: Sequence[Row]) -> str:
    return _numbers(
        [
            (step_at(funnel, "planned").kept, "tasks planned"),
            (step_at(funnel, "verified").kept, "tasks verified"),
            (stats["rows"], "trajectories in the corpus"),
            (stats["solved"], "of them solve their task"),
            (stats["turns"], "turns"),
            (stats["tokens"], "tokens (estimate)"),
        ]
    )


def _used(stats: Row) -> list[tuple[int, str]]:
    counts = stats["counts"]
    return [(len(counts[name]), f"{name} in the corpus") for name in ("skills", "tools")]


def _numbers(shown: Sequence[tuple[int, str]], kind: str = "") -> str:
    cells = "".join(f"<div><b>{count:,}</b><span>{name}</span></div>" for count, name in shown)
    return f'<div class="numbers {kind}">{cells}</div>'


def _charts(stats: Row, names: Mapping[str, Named]) -> str:
    named = [
        ("Categories", _counted(stats, "category")),
        ("Difficulty", _counted(stats, "difficulty")),
        *_measured(stats),
        ("Skills in a task", _histogram(stats, "length")),
        ("Turns", _histogram(stats, "turns")),
        ("Tokens (estimate)", _histogram(stats, "tokens")),
        ("Tiers", _counted(stats, "tier")),
        (f"Skills ({_TOP} most frequent)", _skills(stats, names)),
        (f"Tools ({_TOP} most frequent)", _counted(stats, "tools")),
        ("Licences", _counted(stats, "license")),
        ("How episodes ended", _counted(stats, "termination")),
    ]
    cells = "".join(f"<div><h3>{title}</h3>{bars(rows, title)}</div>" for title, rows in named)
    return f'<div class="grid">{cells}</div>'


def _measured(stats: Row) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the chart of the bands of difficulty; none where nothing was measured."""
    rows = [
        (str(each["value"]), each["rows"])
        for each in stats["counts"]["difficulty_band"]
        if each["value"] is not None
    ]
    return [("Difficulty as an agent meets it", rows)] if rows else []


def _counted(stats: Row, name: str) -> list[tuple[str, int]]:
    """Return the most frequent values as labels."""
    return [(str(each["value"]), each["rows"]) for each in stats["counts"][name][:_TOP]]


def _skills(stats: Row, names: Mapping[str, Named]) -> list[tuple[str, int]]:
    return [(title_of(skill, names), count) for skill, count in _counted(stats, "skills")]


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
            step_name(entry["stage"]),
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
    return table(["step", "lost", "reason", "for example", "", "in"], rows)


def _suspects(suspects: Sequence[Suspect]) -> str:
    if not suspects:
        return ""
    items = []
    for suspect in suspects:
        advice = "".join(
            f"<br>{escape(name)}: <code>{escape(what)}</code>" for name, what in suspect.advice
        )
        items.append(f"<li><b>{escape(suspect.finding)}</b>{advice}</li>")
    return f"<p>Skills that rejected tasks have in common:</p><ul>{''.join(items)}</ul>"


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
