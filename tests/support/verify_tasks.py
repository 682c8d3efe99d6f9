"""Hand-written tasks for the gates: a good one, and the known ways to be bad."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shellwright.digest import digest
from shellwright.tasks.bundle import CheckCall, Fixture, TaskSpec, build_bundle
from shellwright.verify.case import Case
from shellwright.verify.lint import lint

Row = dict[str, Any]
KEY = "e" * 64
NAMES = b"zoe\nadam\nmia\nadam\n"
SHA256 = hashlib.sha256(NAMES).hexdigest()
SORTED = b"adam\nmia\nzoe\n"

GOOD = TaskSpec(
    id="sort-names",
    instruction="Put the distinct names of /app/in/names.txt in order into /app/out/names.txt.",
    image="domain:1",
    fixture=[Fixture("/app/in/names.txt", content=NAMES)],
    commands=["mkdir -p out", "sort -u in/names.txt > out/names.txt", "wc -l < in/names.txt > n"],
    calls=[
        CheckCall(
            "text_equals",
            {"path": "/app/out/names.txt", "expected": "names"},
            "names_are_sorted",
            "The names are there, each once, in order.",
            weight=2,
            expected={"names": SORTED},
        ),
        CheckCall(
            "text_equals",
            {"path": "/app/n", "expected": "n"},
            "lines_are_counted",
            "The number of lines is there.",
            expected={"n": b"4\n"},
        ),
        CheckCall(
            "unchanged",
            {"path": "/app/in/names.txt", "sha256": SHA256},
            "input_is_unchanged",
            "The input is as it was.",
            guard=True,
        ),
    ],
    difficulty="easy",
    category="text-and-data-processing",
    domain="file-operations",
    absent=["/app/out", "/app/n"],
    tools=["sort"],
)
WRONG: list[dict[str, str | None]] = [
    {"name": "unsorted", "path": "/app/out/names.txt", "content_b64": "em9lCmFkYW0KbWlhCg=="},
    {"name": "empty folder", "path": None, "command": "rm out/names.txt"},
]


def row(
    spec: TaskSpec = GOOD,
    *,
    files: Mapping[str, str | None] | None = None,
    steps: Sequence[str] | None = None,
    wrong: Sequence[Mapping[str, Any]] = WRONG,
    deliverables: Sequence[str] = ("/app/out/names.txt", "/app/n"),
    **columns: Any,
) -> Row:
    """The row of a task; `files` replaces files of its bundle, or with None takes them out."""
    spec = replace(spec, user=columns.get("user", spec.user))
    bundle = {file["path"]: dict(file) for file in build_bundle(spec)}
    for path, text in (files or {}).items():
        bundle.pop(path, None)
        if text is not None:
            mode = 0o755 if path.endswith(".sh") else 0o644
            bundle[path] = {"path": path, "mode": mode, "content": text.encode()}
    commands = spec.commands if steps is None else steps
    made: Row = {
        "id": spec.id,
        "status": "ok",
        "reason": None,
        "instruction": spec.instruction,
        "files": [bundle[path] for path in sorted(bundle)],
        "environment_key": KEY,
        "domain": spec.domain,
        "user": spec.user,
        "category": spec.category,
        "difficulty": spec.difficulty,
        "tags": [],
        "tools": [],
        "skills": [],
        "length": 1,
        "license": spec.license,
        "authoring_json": json.dumps(
            {
                "steps": [{"skill": "s", "kind": "do", "command": c} for c in commands],
                "deliverables": [{"path": path, "kind": "text"} for path in deliverables],
                "wrong": list(wrong),
                "mistakes": [],
            }
        ),
        "lineage_json": "{}",
        "facts": [],
        "digest": "",
        **columns,
    }
    made["digest"] = digest(made)
    return made


def variant(name: str, **changes: Any) -> TaskSpec:
    """The good task with another id and other fields."""
    return replace(GOOD, id=name, **changes)


def foreign(name: str, outputs: str, *, grade: str = "", **options: Any) -> Row:
    """A task that brings a test.sh of its own, as other projects write them."""
    script = grade or (
        "#!/bin/bash\nmkdir -p /logs/verifier\n"
        "if python3 -m pytest -p no:cacheprovider -q /tests/test_outputs.py; then\n"
        "    echo 1 > /logs/verifier/reward.txt\n"
        "else\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
    )
    files: dict[str, str | None] = {
        "tests/test.sh": script,
        "tests/test_outputs.py": outputs,
        "tests/conftest.py": None,
        "tests/run_tests.py": None,
        "tests/test_initial_state.py": None,
    }
    return row(variant(name), files={**files, **options.pop("files", {})}, **options)


def rules(task: Row) -> set[str]:
    """The rules of the lint gate that a task breaks."""
    return {finding.rule for finding in lint(Case.of_row(task))[0]}


def findings(task: Row) -> list[str]:
    """What the lint gate says of a task: rule and message."""
    return [f"{finding.rule}: {finding.message}" for finding in lint(Case.of_row(task))[0]]
