"""Lint of a bundle as a whole: layout, configuration, how the image is built."""

import fnmatch
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_leaks import of_verifier

REQUIRED = {
    "instruction.md": "what the agent is asked to do",
    "task.toml": "the configuration",
    "tests/test.sh": "what grades the work",
    "solution/solve.sh": "the oracle",
    "environment/Dockerfile": "the container",
}
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
#: A file in one of the verifier's folders, as a command of a Dockerfile may write it.
VERIFIERS = re.compile(r"(?<![\w./~}-])/(?:tests|solution|logs/verifier)/[\w.$*-]{1,80}")
COMMENT_OR_COPY = re.compile(r"\s*(?:#|COPY\b|ADD\b)", re.IGNORECASE)
MOST_COPIES = 500


def lint_layout(case: Case) -> Iterator[Finding]:
    """Findings about missing files."""
    for path, purpose in REQUIRED.items():
        if not case.text(path).strip():
            yield Finding("missing-file", path, 1, f"missing or empty: {purpose}", "Add it.")


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
        elif key.endswith("timeout_sec") and value <= 0:
            yield Finding("task-config", path, 1, f"{place} is {value}", "Give seconds > 0.")
        elif key == "workdir" and not value.startswith("/"):
            message = f"{place} is {value!r:.60}"
            yield Finding("task-config", path, 1, message, "Give a path from the root.")


def lint_dockerfile(case: Case, path: str) -> Iterator[Finding]:
    """Findings about sources that the build would not find, and targets that are the verifier's."""
    sources = {name.removeprefix("environment/") for name in case.below("environment")}
    folders = {str(parent) for name in sources for parent in PurePosixPath(name).parents}
    text = case.text(path)
    copied = list(copies(text))
    remedy = "Keep tests, solution and logs out of the environment."
    for number, line in enumerate(text.split("\n"), start=1):
        if not COMMENT_OR_COPY.match(line) and (used := VERIFIERS.search(line)):
            yield Finding("verifier-in-image", path, number, f"has {used[0]}", remedy)
    for number, words in copied[:MOST_COPIES]:
        if words and words[-1].startswith("/") and of_verifier(words[-1]):
            yield Finding("verifier-in-image", path, number, f"copies to {words[-1]}", remedy)
    found = [(number, source) for number, words in copied for source in words[:-1]]
    if len(found) > MOST_COPIES:
        message = f"copies from {len(found)} places, at most {MOST_COPIES} are looked for"
        yield Finding("too-large", path, 1, message, "Copy whole folders.")
        return
    for number, source in found:
        clean = source.removeprefix("./").rstrip("/") or "."
        if ".." in clean.split("/"):
            message, remedy = f"{source} leaves the build context", "Copy from inside it."
            yield Finding("path-escapes", path, number, message, remedy)
        elif not (clean in folders or any(fnmatch.fnmatch(name, clean) for name in sources)):
            message = f"{source} is not in environment/"
            remedy = "Add the file, or remove the instruction."
            yield Finding("missing-copy-source", path, number, message, remedy)


def copies(text: str) -> Iterator[tuple[int, list[str]]]:
    """The sources and the target of each COPY and ADD from the build context."""
    joined = re.sub(r"\\\n", "  ", text)
    for number, line in enumerate(joined.split("\n"), start=1):
        match = re.match(r"\s*(COPY|ADD)\s+(.*)", line, re.IGNORECASE)
        if not match or "--from=" in line or "<<" in line:
            continue
        rest = match[2].strip()
        words = [word for word in listed(rest) or rest.split() if not word.startswith("--")]
        yield number, [word for word in words if "://" not in word]


def listed(text: str) -> list[str]:
    """The words of an instruction in JSON's form; none if it is, as a build takes it, no JSON."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(word) for word in words] if isinstance(words, list) else []
