"""Bar charts as inline SVG, and text made safe for HTML."""

import html
import re
from collections.abc import Sequence

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_ROW = 22
_LABEL = 190
_BAR = 320
_WIDTH = 640
_LABEL_CHARACTERS = 28


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
    """Return a chart with one horizontal bar for each (label, count)."""
    most = max((count for _, count in rows), default=0) or 1
    height = _ROW * len(rows)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
    ]
    for place, (label, count) in enumerate(rows):
        top = place * _ROW
        width = count / most * _BAR
        parts.append(
            f"{_label(label, top)}"
            f'<rect x="{_LABEL}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}" rx="2"/>'
            f'<text x="{_LABEL + width + 6:.1f}" y="{top + 15}" class="count">{count}</text>'
        )
    return "".join([*parts, "</svg>"])


def _label(label: str, top: int) -> str:
    """Return the text beside a bar, cut to the space that there is; its title is the whole."""
    short = label if len(label) <= _LABEL_CHARACTERS else label[: _LABEL_CHARACTERS - 1] + "…"
    title = f"<title>{escape(label)}</title>" if short != label else ""
    return f'<text x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{title}{escape(short)}</text>'


def kept_bars(rows: Sequence[tuple[str, int, int]], title: str) -> str:
    """Return a chart with one bar for each (label, seen, kept): what stayed in front of all."""
    most = max((seen for _, seen, _ in rows), default=0) or 1
    height = _ROW * len(rows)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
    ]
    for place, (label, seen, kept) in enumerate(rows):
        top = place * _ROW
        whole, front = seen / most * _BAR, kept / most * _BAR
        note = f"{kept} of {seen}" if kept != seen else str(seen)
        parts.append(
            f"{_label(label, top)}"
            f'<rect x="{_LABEL}" y="{top + 3}" width="{whole:.1f}" height="{_ROW - 6}" rx="2"'
            f' class="lost"/><rect x="{_LABEL}" y="{top + 3}" width="{front:.1f}"'
            f' height="{_ROW - 6}" rx="2"/>'
            f'<text x="{_LABEL + whole + 6:.1f}" y="{top + 15}" class="count">{note}</text>'
        )
    return "".join([*parts, "</svg>"])
