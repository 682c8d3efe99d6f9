"""Lint of the environment's compose file, which Harbor applies and the gates do not."""

from collections.abc import Iterator
from typing import Any

import yaml

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding

#: Files of other engines, by which Harbor would start something else.
OTHERS = "environment/singularity-compose.yaml"
#: What changes nothing about what a task can do here; None for any value.
MAIN: dict[str, Any] = {"network_mode": "none", "init": None, "stop_grace_period": None}
REMEDY = "Take it out: the task was verified without it."
SHOWN = 60


def lint_compose(case: Case, path: str) -> Iterator[Finding]:
    """Findings about a compose file that does more than cut the network off."""
    if OTHERS in case.files:
        yield Finding("unlike-verified", OTHERS, 1, "is not what the gates have run", REMEDY)
    if path not in case.files:
        return
    try:
        compose = yaml.safe_load(case.text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"not valid YAML: {' '.join(str(error).split())[:200]}"
        yield Finding("unlike-verified", path, 1, message, "Correct the syntax.")
        return
    for place in added(compose):
        yield Finding("unlike-verified", path, 1, f"sets {place}", REMEDY)


def added(compose: Any) -> Iterator[str]:
    """Where a compose file says something that the gates do not do; names only, never values.

    Values are looked at one by one and compared with texts alone: of a few bytes with aliases a
    tree can be made that has no end.
    """
    if compose is None:
        return
    if not isinstance(compose, dict):
        yield "something else than services"
        return
    yield from (named(key) for key in compose if key not in ("services", "version"))
    services = compose.get("services")
    if services is None:
        return
    if not isinstance(services, dict):
        yield "services"
        return
    for name, service in services.items():
        if name != "main" or not isinstance(service, dict):
            yield f"services.{named(name)}"
            continue
        for key, value in service.items():
            meant = MAIN.get(key) if isinstance(key, str) else None
            if key not in MAIN or (meant is not None and not is_text(value, meant)):
                yield f"services.main.{named(key)}"


def is_text(value: Any, text: str) -> bool:
    """Whether a value is that text."""
    return isinstance(value, str) and value == text


def named(key: Any) -> str:
    """A key as a finding names it."""
    return key[:SHOWN] if isinstance(key, str) else type(key).__name__
