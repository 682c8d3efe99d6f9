"""Lint of task.toml: what Harbor would refuse, or ignore, or do otherwise than the gates have."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from shellwright.sandbox.limits import AGENT
from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import of_verifier

NUMBER = (int, float)
USER = (str, int)
NETWORK = {"network_mode": str, "allowed_hosts": list}
# Harbor's schema 1.4; a key that is not in it would be ignored without a word.
SCHEMA: dict[str, dict[str, Any]] = {
    "": {"schema_version": str, "version": str, "source": str, "artifacts": list},
    "task": {
        "name": str,
        "version": str,
        "description": str,
        "keywords": list,
        "authors": list,
    },
    "verifier": {
        "timeout_sec": NUMBER,
        "env": dict,
        "user": USER,
        "environment_mode": str,
        "environment": dict,
        "collect": list,
        **NETWORK,
    },
    "agent": {"timeout_sec": NUMBER, "user": USER, **NETWORK},
    "environment": {
        "build_timeout_sec": NUMBER,
        "docker_image": str,
        "os": str,
        "cpus": NUMBER,
        "memory_mb": int,
        "storage_mb": int,
        "gpus": int,
        "gpu_types": list,
        "tpu": dict,
        "env": dict,
        "workdir": str,
        "skills_dir": str,
        "mcp_servers": list,
        "healthcheck": dict,
        **NETWORK,
    },
    "solution": {"env": dict},
}
FREE_SECTIONS = ("metadata",)
ORG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
DOTTED = re.compile(r"(\.\s?[\w\"'-]{1,60}\s?){40}")
#: The users of an image, as a configuration may name them.
USERS = {"agent": "agent", str(AGENT): "agent", "root": "root", "0": "root"}
CHOICES = {
    "os": ("linux",),
    "network_mode": ("no-network", "allowlist", "public"),
    "environment_mode": ("shared", "separate"),
}
#: The least that can be meant; no engine starts a container with less memory.
LEAST = {"timeout_sec": 1, "cpus": 0.01, "memory_mb": 6, "storage_mb": 1, "gpus": 0}
UNLIKE = {
    "environment": {"docker_image", "healthcheck", "mcp_servers"},
    "verifier": {"environment", "collect"},
}
#: Variables that change nothing about what programs do, but how: all others may decide anything.
HARMLESS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "DEBIAN_FRONTEND"}


def lint_config(case: Case, path: str) -> Iterator[Finding]:
    """Findings in task.toml against the schema that Harbor reads."""
    text = case.text(path)
    if DOTTED.search(text):  # which the library takes minutes for
        yield Finding("task-config", path, 1, "a key of too many parts", "Nest it less.")
        return
    try:
        config = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number too long for Python is a ValueError
        yield Finding("task-config", path, 1, f"not valid TOML: {error}", "Correct the syntax.")
        return
    top = {key: value for key, value in config.items() if not isinstance(value, dict)}
    sections = {key: value for key, value in config.items() if isinstance(value, dict)}
    for name, values in {"": top, **sections}.items():
        if name in FREE_SECTIONS:
            continue
        if name not in SCHEMA:
            remedy = f"Use one of {', '.join(sorted(filter(None, SCHEMA)))}, metadata."
            yield Finding("task-config", path, 1, f"unknown section [{name}]", remedy)
            continue
        yield from lint_section(path, name, values)
        yield from lint_unlike(path, name, values, case.user)
    if "schema_version" not in top and "version" not in top:
        remedy = 'Add schema_version = "1.4".'
        yield Finding("task-config", path, 1, "no schema_version", remedy)
    name = str(sections.get("task", {}).get("name", "a/b"))
    if not ORG_NAME.fullmatch(name) or ".." in name:
        remedy = "Name it <organisation>/<task> with letters, digits, dots and dashes."
        yield Finding("task-config", path, 1, f"task.name is {name!r}", remedy)


def lint_section(path: str, section: str, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings in one section of task.toml."""
    for key, value in values.items():
        wanted = SCHEMA[section].get(key)
        place = f"{section}.{key}".lstrip(".")
        if wanted is None:
            known = ", ".join(sorted(SCHEMA[section]))
            yield Finding("task-config", path, 1, f"unknown key {place}", f"Known: {known}.")
        elif not isinstance(value, wanted) or isinstance(value, bool):
            message = f"{place} is {value!r:.60}"
            yield Finding("task-config", path, 1, message, "Give a value of the right type.")
        elif problem := value_problem(key, value):
            message = f"{place} is {value!r:.60}"
            yield Finding("task-config", path, 1, message, problem)


def value_problem(key: str, value: Any) -> str:
    """What to give instead of a value that cannot be meant, or ""."""
    least = LEAST["timeout_sec" if key.endswith("timeout_sec") else key] if is_limit(key) else 0
    if isinstance(value, int | float) and not (math.isfinite(value) and value >= least):
        return f"Give a number from {least:g}."
    if key == "workdir":
        plain = value.startswith("/") and ".." not in value.split("/") and value.isprintable()
        if not plain or of_verifier(value):
            return "Give a path from the root, outside of /tests, /logs and /solution."
    if key == "user" and str(value) not in USERS:
        return f"Give one of {', '.join(USERS)}: the image has no other."
    if key in CHOICES and value not in CHOICES[key]:
        return f"Give one of {', '.join(CHOICES[key])}."
    if key == "artifacts" and any(".." in path.split("/") for path in texts(value)):
        return "Give paths without `..`."
    return ""


def is_limit(key: str) -> bool:
    """Whether the value of a key bounds something."""
    return key in LEAST or key.endswith("timeout_sec")


def texts(value: Any) -> Iterator[str]:
    """The texts in a value, at most three lists or tables deep."""
    pending = [(value, 0)]
    while pending:
        part, depth = pending.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list | dict) and depth < 3:
            inner = part.values() if isinstance(part, dict) else part
            pending += [(each, depth + 1) for each in inner]


def lint_unlike(path: str, section: str, values: Mapping[str, Any], user: str) -> Iterator[Finding]:
    """Findings about what Harbor would do and the gates do not: what they found holds without it.

    user: whose work the gates have tried.
    """
    remedy = "Take it out: the task was verified without it."
    for key in values.keys() & UNLIKE.get(section, set()):
        yield Finding("unlike-verified", path, 1, f"sets {section}.{key}", remedy)
    if values.get("network_mode") in ("public", "allowlist") or values.get("allowed_hosts"):
        network = f"gives {section} the network"
        yield Finding("unlike-verified", path, 1, network, 'Write network_mode = "no-network".')
    if values.get("environment_mode") == "separate":
        message = "has the tests run in a container of their own"
        yield Finding("unlike-verified", path, 1, message, 'Write environment_mode = "shared".')
    env = values.get("env")
    for name in sorted(env.keys() - HARMLESS) if isinstance(env, dict) else ():
        yield Finding("unlike-verified", path, 1, f"sets {section}.env.{name:.60}", remedy)
    tried = {"agent": user, "verifier": "root"}.get(section)
    named = USERS.get(str(values.get("user")))
    if tried and named and named != tried:
        message = f"{section}.user is {named}, and the gates have tried it as {tried}"
        yield Finding("unlike-verified", path, 1, message, f'Write user = "{tried}".')
