"""Which files of a skill its own text and scripts name, wherever they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PATH = re.compile(r"[\w.@+-]{0,100}(?:/[\w.@+-]{1,100}){1,12}")
_MOST_ROUNDS = 8


def named_files(
    apart: Mapping[str, str], own: frozenset[str], texts: Iterable[str], run: frozenset[str]
) -> frozenset[str]:
    """Those of the files `apart` (their contents by path) that one of the `texts` names, or that a
    file so named names in turn. A name without its folder counts only among those that are `run`,
    and one that is an `own` file's means that file."""
    found: set[str] = set()
    names = {name for name in run if name not in own}
    waiting = list(texts)
    for _ in range(_MOST_ROUNDS):
        for text in waiting:
            names |= _paths(text)
        names -= own
        new = [path for path in apart if path not in found and not names.isdisjoint(_ends(path))]
        if not new:
            break
        found.update(new)
        waiting = [apart[path] for path in new]
    return frozenset(found)


def _paths(text: str) -> set[str]:
    """The paths that a text names, also what is below a folder that only the reader knows."""
    found: set[str] = set()
    for match in _PATH.finditer(text):
        parts = [part for part in match[0].split("/") if part not in ("", ".", "..")]
        found.update("/".join(parts[start:]) for start in range(len(parts) - 1))
    return found


def _ends(path: str) -> list[str]:
    """A path as it is named from its folders, and by its own name alone."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]
