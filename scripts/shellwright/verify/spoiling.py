"""Grading a solved task with spoiled outputs, in the box in which it was solved."""

import ast
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shellwright.sandbox.box import Refused
from shellwright.verify.case import Case
from shellwright.verify.trial import Bench, Entry

SCRIPT = Path(__file__).parent / "guest" / "spoil.py"
RESULT_BYTES = 1 << 20
LOADING = 10.0  # seconds to load the tests on a busy machine


@dataclass(frozen=True)
class Change:
    """One spoiled output: a file and the content that it gets."""

    name: str
    kind: str
    path: str
    content: bytes


def grade_spoiled(
    case: Case, bench: Bench, changes: Sequence[Change], seconds: float
) -> tuple[list[float | None], float]:
    """The reward for each change, undone after its grade, and for the solution at the end.

    None stands for a change that could not be made. Where the tests are known to look at nothing
    before they run, they are loaded once for all grades.
    """
    if case.own_harness and only_calls_checks(case.text("tests/test_outputs.py")):
        rewards = together(bench, changes, seconds)
        if rewards is not None:
            return rewards[:-1], rewards[-1] or 0.0
    return [one_by_one(case, bench, change) for change in changes], bench.grade().reward


def only_calls_checks(text: str) -> bool:
    """Whether a test file has nothing but imports of checks and undecorated or marked tests."""
    body = ast.parse(text).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return all(
        (isinstance(node, ast.ImportFrom) and node.module == "checks")
        or (
            isinstance(node, ast.FunctionDef)
            and not node.args.args
            and all(ast.unparse(d).startswith(("check(", "guard")) for d in node.decorator_list)
        )
        for node in body
    )


def together(bench: Bench, changes: Sequence[Change], seconds: float) -> list[float | None] | None:
    """All rewards from one run of guest/spoil.py; None when it did not end as it should."""
    plan = {
        "seconds": max(1, round(seconds)),
        "changes": [
            {"path": change.path, "content": base64.b64encode(change.content).decode()}
            for change in changes
        ],
    }
    bench.upload_tests()
    box = bench.box
    box.remove("/tests/spoiled.json")
    box.write("/tests/spoil.json", json.dumps(plan).encode(), 0o600)
    box.write("/tests/spoil.py", SCRIPT.read_bytes(), 0o600)
    # Each grade is bounded by itself.
    ran = box.run_python(["/tests/spoil.py"], timeout=seconds * (len(changes) + 1) + LOADING)
    box.kill_all()
    if ran.exit_code != 0:
        return None
    try:
        rewards: list[float | None] = json.loads(box.read("/tests/spoiled.json", RESULT_BYTES))
    except Refused:
        return None
    return rewards if len(rewards) == len(changes) + 1 else None


def one_by_one(case: Case, bench: Bench, change: Change) -> float | None:
    """The reward for one change, graded as any other solution, and undone."""
    entry = next((e for e in bench.snapshot([change.path]) if e.path == change.path), None)
    try:
        if entry is None:
            bench.box.write(change.path, change.content, user=case.user)
        else:
            bench.overwrite(entry, change.content)
    except Refused:
        return None
    reward = bench.grade().reward
    restore(bench, change.path, entry)
    return reward


def restore(bench: Bench, path: str, entry: Entry | None) -> None:
    """Put a path back as it was."""
    if entry is None:
        bench.box.remove(path)
    else:
        bench.overwrite(entry, entry.content)
