"""The kinds of resource, one module each; a module's `KIND` registers it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from shellwright.recipe.kind import Kind


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    found: dict[str, Kind] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        kind = importlib.import_module(f"{__name__}.{module}").KIND
        found[kind.name] = kind
    return found
