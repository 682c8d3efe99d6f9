"""Packages of an image that was lost and built again, held against those that were recorded."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

log = logging.getLogger(__name__)

MOST_TOLD = 20


def changed(recorded: Iterable[str], found: Iterable[str]) -> list[str]:
    """`name: from -> to` of each package (name=version) that differs, sorted; `none` stands for a
    package that is not there.
    """
    before, after = _versions(recorded), _versions(found)
    return [
        f"{name}: {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Package and version; of one that is there several times, all versions in order."""
    versions: dict[str, list[str]] = {}
    for package in packages:
        name, _, version = package.partition("=")
        versions.setdefault(name, []).append(version)
    return {name: ", ".join(sorted(found)) for name, found in versions.items()}


def tell(record: Mapping[str, Any], found: Iterable[str]) -> None:
    """Log in what an image differs from its record, whose key it has all the same."""
    differing = changed(record["packages"], found)
    if differing:
        more = len(differing) - MOST_TOLD
        log.warning(
            "%s was lost and built again, with other packages than those recorded: %s%s",
            record["reference"],
            "; ".join(differing[:MOST_TOLD]),
            f"; and {more} more" if more > 0 else "",
        )
