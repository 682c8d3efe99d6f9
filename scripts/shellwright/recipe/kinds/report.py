"""Reports: a small file with the answer that somebody asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from shellwright.recipe.checks import Check, json_equals, text_equals
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.themes import Theme


@dataclass(frozen=True, kw_only=True)
class Report(Resource):
    """Findings: a JSON value, or lines of text (`format` is `json` or `text`).

    For `json` the value is `value`; for `text` it is a list of lines.
    """

    kind: ClassVar[str] = "report"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"format": ("json", "text")}

    value: Any
    format: str = "json"
    tolerance: float = 0.0
    weight: float = 2.0

    def state(self) -> dict[str, str]:
        return {"format": self.format}

    def text(self) -> str:
        """The content of the file."""
        if self.format == "json":
            return json.dumps(self.value, indent=2) + "\n"
        return "".join(f"{line}\n" for line in self.value)

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.text().encode())]

    def checks(self) -> list[Check]:
        if self.format == "json":
            return [
                json_equals(self.path, self.text(), tolerance=self.tolerance, weight=self.weight)
            ]
        return [text_equals(self.path, self.text(), weight=self.weight)]

    def situation(self) -> str:
        return f"`{self.path}` is the {self.noun}."

    def spoiled(self, draw: Draw) -> list[Wrong]:
        value = _altered(self.value)
        if value == self.value:
            return []
        content = json.dumps(value) if self.format == "json" else "\n".join(value)
        return [Wrong("one finding differs", path=self.path, content=(content + "\n").encode())]


def _altered(value: Any) -> Any:
    """The value with its last leaf changed to another one of the same type."""
    if isinstance(value, dict) and value:
        last = list(value)[-1]
        return {**value, last: _altered(value[last])}
    if isinstance(value, list) and value:
        return [*value[:-1], _altered(value[-1])]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return value + "x" if isinstance(value, str) else value


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Report:
    """A key-figure sheet of the organisation, by category."""
    figures = {
        category: {"open": draw.integer(0, 60), "closed": draw.integer(20, 400)}
        for category in theme.categories
    }
    if state["format"] == "json":
        return Report(path=path, noun=f"{theme.record} key figures", value=figures)
    lines = [f"{name}: {v['open']} open, {v['closed']} closed" for name, v in figures.items()]
    return Report(path=path, noun=f"{theme.record} key figures", value=lines, format="text")


KIND = Kind(
    Report,
    ({"format": "json"}, {"format": "text"}),
    generate,
    lambda state, theme: "figures.json" if state["format"] == "json" else "figures.txt",
)
