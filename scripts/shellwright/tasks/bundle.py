"""The bundle of a task: all its files, in Harbor's layout.

A bundle is a list of {path, mode, content}: relative posix paths, confined to the bundle.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

from shellwright.tasks.fixture import (
    AGENT_ID,
    DEFAULT_MTIME,
    WORLD_ROOTS,
    BundleError,
    Fixture,
    fixture_tar,
)
from shellwright.tasks.rendering import CheckCall, render_initial_state, render_tests
from shellwright.tasks.unpacking import unpack

__all__ = [
    "AGENT_ID",
    "DEFAULT_MTIME",
    "WORLD_ROOTS",
    "BundleError",
    "BundleFile",
    "CheckCall",
    "Fixture",
    "TaskSpec",
    "build_bundle",
    "fixture_tar",
    "render_initial_state",
    "render_tests",
    "solve_script",
    "unpack",
]

HARNESS = Path(__file__).parent / "harness"
SCHEMA_VERSION = "1.4"

COMPOSE = """\
# The task runs without any network; init and the short grace period make it stop at once.
services:
  main:
    network_mode: none
    init: true
    stop_grace_period: 1s
"""


class BundleFile(TypedDict):
    """One file of a bundle."""

    path: str
    mode: int
    content: bytes


@dataclass(frozen=True)
class TaskSpec:
    """Everything that a bundle is built from.

    commands are the oracle's state-changing commands in order; calls the checks; absent the paths
    at which nothing may lie at the start; tools the commands that must be installed. image is the
    reference that the Dockerfile starts from. Timeouts are in seconds, memory and storage in MiB.
    """

    id: str
    instruction: str
    image: str
    fixture: Sequence[Fixture]
    commands: Sequence[str]
    calls: Sequence[CheckCall]
    difficulty: str
    category: str
    domain: str
    title: str = "What must hold when the task is done."
    user: Literal["agent", "root"] = "agent"
    tags: Sequence[str] = ()
    skills: Sequence[str] = ()
    tools: Sequence[str] = ()
    absent: Sequence[str] = ()
    license: str = "Apache-2.0"
    author: str = "Shellwright"
    expert_minutes: float = 10.0
    junior_minutes: float = 40.0
    agent_timeout: float = 900.0
    verifier_timeout: float = 240.0
    build_timeout: float = 600.0
    cpus: int = 1
    memory_mb: int = 2048
    storage_mb: int = 10240
    workdir: str = "/app"
    metadata: Mapping[str, Any] = field(default_factory=dict)


def build_bundle(spec: TaskSpec) -> list[BundleFile]:
    """All files of the task, sorted by path; equal specs give equal bytes.

    Raises BundleError when the spec cannot become a bundle.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", spec.id) or ".." in spec.id:
        raise BundleError(f"task id {spec.id!r}: letters, digits, dot, dash and underscore only")
    files: dict[str, bytes] = {
        "instruction.md": (spec.instruction.strip() + "\n").encode(),
        "task.toml": task_toml(spec).encode(),
        "environment/Dockerfile": dockerfile(spec.image).encode(),
        "environment/docker-compose.yaml": COMPOSE.encode(),
        "environment/fixture.tar": fixture_tar(spec.fixture),
        "solution/solve.sh": solve_script(spec.commands, spec.workdir).encode(),
        **harness_files(),
        **render_tests(spec.calls, spec.title),
        "tests/test_initial_state.py": render_initial_state(
            given_files(spec.fixture), spec.absent, spec.tools
        ),
    }
    scripts = (".sh",)
    return [
        {"path": path, "mode": 0o755 if path.endswith(scripts) else 0o644, "content": content}
        for path, content in sorted(files.items())
    ]


def harness_files() -> dict[str, bytes]:
    """The verifier's own files, copied verbatim into every bundle's tests folder."""
    return {
        f"tests/{path.relative_to(HARNESS).as_posix()}": path.read_bytes()
        for path in sorted(HARNESS.rglob("*"))
        if path.suffix in (".py", ".sh")
    }


def given_files(fixture: Iterable[Fixture]) -> dict[str, str | None]:
    """What the initial state must hold: path -> SHA-256 of a file, None for a folder or link."""
    return {
        entry.path: hashlib.sha256(entry.content).hexdigest() if entry.kind == "file" else None
        for entry in fixture
    }


def solve_script(commands: Sequence[str], workdir: str = "/app") -> str:
    """The oracle: the commands in order; the first one that fails ends it."""
    body = "\n".join(command.rstrip("\n") for command in commands)
    return f"#!/bin/bash\nset -euo pipefail\ncd {workdir}\n{body}\n"


def dockerfile(image: str) -> str:
    """The task's Dockerfile: its input files on the image of its domain."""
    return f"FROM {image}\nADD fixture.tar /\n"


def task_toml(spec: TaskSpec) -> str:
    """Harbor's task configuration."""
    metadata = {
        "author_name": spec.author,
        "difficulty": spec.difficulty,
        "category": spec.category,
        "domain_image": spec.domain,
        "tags": list(spec.tags),
        "skills": list(spec.skills),
        "license": spec.license,
        "expert_time_estimate_min": float(spec.expert_minutes),
        "junior_time_estimate_min": float(spec.junior_minutes),
        **spec.metadata,
    }
    sections: dict[str, Mapping[str, Any]] = {
        "task": {"name": f"shellwright/{spec.id}", "keywords": list(spec.tags)},
        "metadata": metadata,
        "agent": {"timeout_sec": float(spec.agent_timeout), "user": spec.user},
        # The verifier reads what only root may read, and writes what the agent may not.
        "verifier": {"timeout_sec": float(spec.verifier_timeout), "user": "root"},
        "environment": {
            "build_timeout_sec": float(spec.build_timeout),
            "cpus": spec.cpus,
            "memory_mb": spec.memory_mb,
            "storage_mb": spec.storage_mb,
            "workdir": spec.workdir,
        },
    }
    text = f"schema_version = {toml_value(SCHEMA_VERSION)}\n"
    for name, values in sections.items():
        text += f"\n[{name}]\n"
        text += "".join(f"{key} = {toml_value(value)}\n" for key, value in values.items())
    return text


def toml_value(value: object) -> str:
    """A TOML value; the metadata of a task needs texts, numbers, truth values and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, except that TOML escapes DEL too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    raise BundleError(f"task.toml: {value!r} is neither text, number, truth value nor list")
