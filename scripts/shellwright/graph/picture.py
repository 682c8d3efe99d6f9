"""A picture of the skill graph: scenarios around their kinds, skills as lines between them."""

from __future__ import annotations

import html
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx

from shellwright.digest import digest

Row = Mapping[str, Any]
Point = tuple[float, float]

SIZE = 1000.0
#: Lines that are drawn; of a larger graph an even choice of them.
MOST_LINES = 6000
#: Kinds that get their name written.
MOST_NAMES = 30
#: The golden angle, by which points on a spiral spread evenly.
_TURN = math.pi * (3 - math.sqrt(5))
#: Lines of scraped skills and of executable ones.
_COLOURS = {True: "#778", False: "#06c"}
#: Units between the lines of the legend, and how wide it is.
_ROW, _LEGEND = 20.0, 420.0
_DASHED = ' stroke-dasharray="2 1.5"'


def picture(scenarios: Sequence[Row], transitions: Sequence[Row]) -> str:
    """The graph as SVG. The same tables give the same picture, whatever their order.

    Every kind has a place, near the kinds that skills join it with; its scenarios lie around it,
    those with the most skills in the middle. The legend below says what dots and lines mean.
    """
    degrees = Counter(row[end] for row in transitions for end in ("pre", "post"))
    kinds = {row["id"]: row["kind"] for row in scenarios}
    members: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(scenarios, key=lambda row: (-degrees[row["id"]], row["id"])):
        members[row["kind"]].append(row)
    centres = _centres(members, kinds, transitions)
    spread = 0.42 * SIZE / math.sqrt(max(len(scenarios), 1))
    places = {
        row["id"]: _on_spiral(centres[kind], number, spread)
        for kind, rows in members.items()
        for number, row in enumerate(rows)
    }
    hues = {kind: 360 * number / len(members) for number, kind in enumerate(sorted(members))}
    parts = [
        *_lines(transitions, places),
        *_dots(members, places, degrees, hues, max(1.0, spread / 14)),
    ]
    return _framed([*parts, *_names(members, centres)], list(places.values()))


def _centres(
    members: Mapping[str, Sequence[Row]], kinds: Mapping[str, str], transitions: Sequence[Row]
) -> dict[str, Point]:
    """A place for every kind: joined kinds near each other, large ones with room around them."""
    joined: nx.Graph[str] = nx.Graph()
    joined.add_nodes_from(sorted(members))
    counts = Counter(tuple(sorted((kinds[row["pre"]], kinds[row["post"]]))) for row in transitions)
    for (one, other), count in sorted(counts.items()):
        if one != other:
            joined.add_edge(one, other, weight=math.log1p(count))
    if not joined:
        return {}
    layout = nx.spring_layout(joined, seed=1, k=2.2 / math.sqrt(len(joined)), iterations=200)
    found = {kind: (float(x) * SIZE / 2, float(y) * SIZE / 2) for kind, (x, y) in layout.items()}
    return _apart(found, {kind: math.sqrt(len(rows)) for kind, rows in members.items()})


def _apart(centres: dict[str, Point], sizes: Mapping[str, float]) -> dict[str, Point]:
    """The places, pushed away from each other until no two kinds overlap much."""
    scale = 0.42 * SIZE / math.sqrt(max(sum(size**2 for size in sizes.values()), 1))
    names = sorted(centres)
    for _ in range(60):
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                (x1, y1), (x2, y2) = centres[one], centres[other]
                gap = math.hypot(x2 - x1, y2 - y1) or 1e-6
                wanted = 1.1 * scale * (sizes[one] + sizes[other]) + 8
                if gap < wanted:
                    push = (wanted - gap) / gap / 2
                    dx, dy = (x2 - x1) * push, (y2 - y1) * push
                    centres[one] = (x1 - dx, y1 - dy)
                    centres[other] = (x2 + dx, y2 + dy)
    return centres


def _on_spiral(centre: Point, number: int, spread: float) -> Point:
    radius, angle = spread * math.sqrt(number), number * _TURN
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def _lines(transitions: Sequence[Row], places: Mapping[str, Point]) -> list[str]:
    chosen = sorted(transitions, key=lambda row: digest([row["pre"], row["skill"], row["post"]]))
    drawn: dict[bool, list[str]] = {True: [], False: []}
    for row in chosen[:MOST_LINES]:
        (x1, y1), (x2, y2) = places[row["pre"]], places[row["post"]]
        # Bent to one side, so that the two directions between a pair can be told apart.
        bend_x, bend_y = (x1 + x2) / 2 - (y2 - y1) * 0.15, (y1 + y2) / 2 + (x2 - x1) * 0.15
        path = f'<path d="M{x1:.1f} {y1:.1f}Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}"/>'
        drawn[_is_scraped(row)].append(path)
    opacity = max(0.08, min(0.6, 200 / max(sum(map(len, drawn.values())), 1)))
    return [
        part
        for scraped, paths in drawn.items()
        for part in (
            f'<g fill="none" stroke="{_COLOURS[scraped]}" stroke-width="0.7"'
            f' opacity="{opacity:.2f}">',
            *paths,
            "</g>",
        )
    ]


def _dots(
    members: Mapping[str, Sequence[Row]],
    places: Mapping[str, Point],
    degrees: Mapping[str, int],
    hues: Mapping[str, float],
    scale: float,
) -> list[str]:
    drawn = []
    for kind in sorted(members):
        colour = f"hsl({hues[kind]:.0f} 60% 45%)"
        for row in members[kind]:
            x, y = places[row["id"]]
            size = scale * (1.5 + 1.2 * math.log1p(degrees[row["id"]]))
            fill = colour if row["start"] else "#fff"
            title = html.escape(str(row["title"]))
            dashed = "" if row["typed"] else _DASHED
            drawn.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{fill}"'
                f' stroke="{colour}" stroke-width="0.8"{dashed}><title>{title}</title></circle>'
            )
    return drawn


def _names(members: Mapping[str, Sequence[Row]], centres: Mapping[str, Point]) -> list[str]:
    largest = sorted(members, key=lambda kind: (-len(members[kind]), kind))[:MOST_NAMES]
    return [
        f'<text x="{centres[kind][0]:.1f}" y="{centres[kind][1]:.1f}">{html.escape(kind)}</text>'
        for kind in sorted(largest)
    ]


def _is_scraped(transition: Row) -> bool:
    """Whether a transition is one of a scraped skill: those of others have been applied."""
    return bool(transition["evidence"] != "applied")


def _legend(left: float, top: float) -> list[str]:
    """What the dots and lines mean, in a column below the picture."""
    dot = '<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="#555"{more}/>'
    line = '<path d="M{start:.1f} {y:.1f}H{end:.1f}" stroke="{colour}" stroke-width="2"/>'
    marks = (
        (dot, {"fill": "#555", "more": ""}, "a scenario that a task can start from"),
        (dot, {"fill": "#fff", "more": ""}, "a scenario that executable skills lead to"),
        (dot, {"fill": "#fff", "more": _DASHED}, "a scenario that only scraped skills tell"),
        (line, {"colour": _COLOURS[False]}, "an executable skill"),
        (line, {"colour": _COLOURS[True]}, "a scraped skill"),
    )
    parts = ['<g class="legend">']
    for number, (mark, look, words) in enumerate(marks):
        y = top + number * _ROW
        parts.append(mark.format(x=left + 8, start=left, end=left + 16, y=y, **look))
        parts.append(f'<text x="{left + 24:.1f}" y="{y + 4:.1f}">{words}</text>')
    parts.append(
        f'<text x="{left:.1f}" y="{top + len(marks) * _ROW + 4:.1f}">'
        "Colours are kinds; a dot is larger the more skills meet there.</text>"
    )
    return [*parts, "</g>"]


def _framed(parts: Sequence[str], points: Sequence[Point]) -> str:
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    margin = 40
    left, top = min(xs) - margin, min(ys) - margin
    bottom = max(ys) + margin
    width = max(max(xs) - left + margin, _LEGEND)
    height = bottom - top + 7 * _ROW
    style = (
        "text{font:600 15px sans-serif;text-anchor:middle;paint-order:stroke;"
        "stroke:#fff;stroke-width:4px;fill:#223}"
        ".legend text{font:12px sans-serif;text-anchor:start}"
    )
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="The skill graph"'
        f' viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}">'
        f'<style>{style}</style><rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}" fill="#fff"/>'
    )
    legend = _legend(left + 12, bottom + _ROW)
    return "\n".join([head, *parts, *legend, "</svg>"]) + "\n"
