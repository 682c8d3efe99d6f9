"""Unified diffs of documents, as recipes that hand out patches need them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping


def difference(name: str, before: str, after: str) -> str:
    """A unified diff of one file; an empty text stands for a file that does not exist."""
    old, new = (f"a/{name}" if before else "/dev/null"), (f"b/{name}" if after else "/dev/null")
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), old, new
        )
    )


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The unified diff of every file that differs, by name in the order of names."""
    return {
        name: difference(name, before.get(name, ""), after.get(name, ""))
        for name in sorted(before.keys() | after.keys())
        if before.get(name, "") != after.get(name, "")
    }


def changed_lines(diff: str) -> list[str]:
    """The lines that a unified diff adds or takes away, without their mark."""
    body = [line for line in diff.splitlines() if not line.startswith(("--- ", "+++ "))]
    return [line[1:] for line in body if line.startswith(("+", "-"))]
