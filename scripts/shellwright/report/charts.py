"""Bar charts of plain HTML, and text made safe for it."""

import html
import re
from collections.abc import Sequence

from shellwright.report.steps import Step, most_frequent

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# More parts than this are not told apart within a bar.
_PARTS = 3


def escape(text: object) -> str:
    """Return ``text`` for HTML, in an element or a quoted attribute.

    Control characters, which no HTML may hold, are shown as their pictures (␛ for escape).
    """
    return html.escape(_CONTROL.sub(_picture, str(text)))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def bars(rows: Sequence[tuple[str, int]], title: str) -> str:
    """Return a chart with one horizontal bar for each (label, count).

    A label has the room that it needs. The style shortens one that does not fit at its end; the
    whole is its tooltip.
    """
    most = max((count for _, count in rows), default=0) or 1
    parts = [
        f"{_label(label)}<dd>{_bar([count], 0, most)}<span>{count:,}</span></dd>"
        for label, count in rows
    ]
    return f'<dl class="bars" aria-label="{escape(title)}">{"".join(parts)}</dl>'


def step_bars(steps: Sequence[Step]) -> str:
    """Return the funnel: a chart for each unit, a bar for each of its steps.

    Bars of one chart share a scale; what did not go on stands behind what did.
    """
    charts = []
    for unit in dict.fromkeys(step.unit for step in steps):
        mine = [step for step in steps if step.unit == unit]
        most = max(step.seen for step in mine) or 1
        parts = "".join(_step(step, most) for step in mine)
        charts.append(f'<dl class="bars steps" aria-label="Funnel of {escape(unit)}">{parts}</dl>')
    return "".join(charts)


def _step(step: Step, most: int) -> str:
    order = sorted(step.labels.items(), key=lambda label: (-label[1], label[0]))
    told = 0 < len(order) <= _PARTS
    counts = [count for _, count in order] if told else [step.kept]
    note = most_frequent(step.labels, _PARTS) if told else ""
    return (
        f"{_label(step.name)}<dd>{_bar(counts, step.seen - step.kept, most)}</dd>"
        f"<dd><b>{step.count}</b> {escape(note)}</dd>"
    )


def _label(label: str) -> str:
    return f'<dt title="{escape(label)}">{escape(label)}</dt>'


def _bar(counts: Sequence[int], lost: int, most: int) -> str:
    """Return the parts of a bar, as shares of the longest; ``lost`` is the last of them."""
    parts = [(f"p{place}", count) for place, count in enumerate(counts)] + [("lost", lost)]
    filled = [
        f'<i class="{kind}" style="--share:{count / most:.4f}"></i>'
        for kind, count in parts
        if count
    ]
    return f'<span class="bar">{"".join(filled)}</span>'
