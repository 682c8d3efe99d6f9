"""The checks of a composition as test functions, each with the others that it rests on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from shellwright.recipe.checks import Check
from shellwright.tasks.bundle import CheckCall


def check_calls(staged: Sequence[tuple[int, Check]]) -> list[CheckCall]:
    """The checks as test functions with names of their own; each with the number of its stage."""
    names = _names([check for _, check in staged])
    return [
        CheckCall(
            function=check.function,
            kwargs=dict(check.arguments),
            name=name,
            doc=check.about,
            weight=check.weight,
            guard=check.guard,
            expected=dict(check.expected),
            after=tuple(names[other] for other in others),
        )
        for (_, check), name, others in zip(staged, names, resting(staged), strict=True)
    ]


def resting(staged: Sequence[tuple[int, Check]]) -> list[list[int]]:
    """For each check the places of those without which it is worth nothing.

    That an archive holds what lies beside it says nothing of whether that is right: who packs an
    empty file would be paid as for the work. Where a check speaks of a file from an earlier stage,
    all checks of what it looks at therefore rest on the checks of that file.
    """
    said: dict[str, str] = defaultdict(str)
    for _, check in staged:
        for path in check.paths[:1]:
            said[path] += "\n".join([*_texts(check.arguments), ""])
    found = []
    for stage, check in staged:
        text = "".join(said[path] for path in check.paths[:1]) if not check.guard else ""
        found.append(
            [
                place
                for place, (before, other) in enumerate(staged)
                if before < stage
                and not other.guard
                and any(path not in check.paths and _speaks_of(text, path) for path in other.paths)
            ]
        )
    return found


def _speaks_of(text: str, path: str) -> bool:
    """Whether a script names a file, by its path or by its folder and its name."""
    folder, _, name = path.rpartition("/")
    return _has(text, path) or (_has(text, folder) and _has(text, name))


def _has(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", text) is not None


def _texts(value: object) -> Iterator[str]:
    """Every text in the arguments of a check."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))


def _names(checks: Sequence[Check]) -> list[str]:
    """A name for each check, after its helper and the first file that it looks at."""
    used: Counter[str] = Counter()
    names = []
    for check in checks:
        subject = check.paths[0].rpartition("/")[2] if check.paths else ""
        base = "".join(c if c.isalnum() else "_" for c in f"{check.function}_{subject}".lower())
        name = base.encode("ascii", "replace").decode().replace("?", "_").strip("_")
        used[name] += 1
        names.append(name if used[name] == 1 else f"{name}_{used[name]}")
    return names
