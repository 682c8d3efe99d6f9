"""The category of a skill that does not say one: from the kinds of things that it works on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

#: Where nothing tells: a skill that is a script of its own.
OTHER = "scripting-and-automation"

_KINDS = {
    "archives-and-compression": "archive delivery transfer",
    "build-and-dependency-management": "binary dependency package project",
    "data-querying": "database",
    "debugging": "codebase difference",
    "file-operations": "collection file manifest tree volume",
    "scientific-computing": "experiment model",
    "scripting-and-automation": "program script",
    "security-and-permissions": "certificate evidence key sealed secret signature signed",
    "system-administration": (
        "account address cloud cluster container disk endpoint log machine network process schedule"
        " service session settings snapshot system"
    ),
    "text-and-data-processing": ("audio document entry font image message page report table video"),
    "version-control": "history issue repository",
}
_MEANS = frozenset({"package", "secret"})
CATEGORIES: Mapping[str, str] = {
    kind: category for category, kinds in _KINDS.items() for kind in kinds.split()
}


def category_of(pre: Iterable[Mapping[str, Any]], post: Iterable[Mapping[str, Any]]) -> str:
    """The category that most of a skill's scenarios speak for, the first named in a tie.

    What it ends with counts as what it starts from, but a report is what nearly every skill ends
    with and counts only where there is nothing else. Software and secrets that must be there are
    means and do not count.
    """
    votes: Counter[str] = Counter()
    for sketch in [*(each for each in pre if each["kind"] not in _MEANS), *post]:
        category = CATEGORIES.get(sketch["kind"])
        if category is not None:
            votes[category] += 1 if sketch["kind"] == "report" else 10
    return votes.most_common(1)[0][0] if votes else OTHER
