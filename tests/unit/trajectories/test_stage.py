"""The stage without an engine: what makes an item, and what becomes of one that cannot be made."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.sandbox.channel import BoxLost, SandboxError
from shellwright.store import ItemStore, Outcome
from shellwright.trajectories import stage
from shellwright.trajectories.stage import Settings, collect_shard

Row = dict[str, Any]


def task(name: str = "t", **columns: Any) -> Row:
    steps = [{"skill": "s", "kind": "do", "command": "true", "duration": 0.1}]
    steps[0] |= {"analysis": "a", "plan": "p"}
    row = {"id": name, "instruction": "Do it.", "environment_key": "k", "user": "agent"}
    row |= {"digest": "d" * 64, "authoring_json": json.dumps({"steps": steps, "deliverables": []})}
    file = {"path": "tests/test.sh", "mode": 0o755, "content": b"exit"}
    return {**row, "files": [file, {**file, "path": "solution/solve.sh"}], **columns}


@pytest.fixture
def collect(tmp_path: Path) -> Callable[..., Outcome]:
    def run(tasks: list[Row], tier: str = "sft", **changes: Any) -> Outcome:
        arguments: dict[str, Any] = {
            "prompt_template": "{instruction}{terminal_state}",
            "policy": "oracle",
            "attempt": 0,
            "settings": Settings(),
            "workers": 1,
            "code": "c",
            # An engine that answers: what is lost is a box.
            "client": SimpleNamespace(ping=lambda: True),
            "run_id": "r",
            "label": "trajectories/0",
        }
        with ItemStore(tmp_path, "trajectories", "0", 0) as store:
            return collect_shard(
                tasks,
                [{"id": one["id"], "tier": tier} for one in tasks],
                [{"id": "k", "image": "sha256:i"}, {"id": "gone", "image": None}],
                store=store,
                **{**arguments, **changes},
            )

    return run


def fails(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> list[Exception]:
    """Let the attempts fail with these errors, one by one."""
    left = list(errors)

    def attempt(*_: Any) -> Any:
        raise left.pop(0)

    monkeypatch.setattr(stage, "_collect", attempt)
    return left


def test_a_box_that_is_lost_twice_is_a_row(
    collect: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, row: Any
) -> None:
    fails(monkeypatch, BoxLost("gone: silent"), BoxLost("gone: again"))
    outcome = collect([task()])
    (made,) = outcome.rows
    assert made.keys() == row("trajectory").keys()
    assert (made["id"], made["termination"], made["cause"]) == (
        "t-oracle-0",
        "box_lost",
        "infrastructure",
    )
    assert (made["failure"], made["reward"], made["messages"]) == ("gone: again", None, [])
    assert json.loads(made["steps_json"])["steps"] == [
        {"step_id": 1, "source": "user", "message": "Do it."}
    ]
    assert outcome.reasons == {"box_lost": 1}


def test_a_broken_engine_is_no_row(
    collect: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, SandboxError("no engine"))
    with pytest.raises(SandboxError, match="no engine"):
        collect([task()])


def test_rejected_tasks_get_no_trajectory(collect: Callable[..., Outcome]) -> None:
    assert collect([task()], tier="rejected").rows == []


@pytest.mark.parametrize(
    "change",
    [
        {"code": "other"},
        {"prompt_template": "{terminal_state}{instruction}"},
        {"settings": Settings(width=100)},
        {"attempt": 1},
    ],
)
def test_whatever_counts_makes_an_item_anew(
    collect: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, change: Row
) -> None:
    fails(monkeypatch, *(BoxLost("x") for _ in range(4)))
    assert collect([task()]).made == 1
    assert collect([task()], workers=3, run_id="other", label="l").reused == 1
    assert collect([task()], **change).made == 1


def test_a_changed_task_is_an_item_anew(
    collect: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, *(BoxLost("x") for _ in range(4)))
    first = collect([task()])
    second = collect([task(digest="e" * 64)])
    assert (first.made, second.made) == (1, 1)


def test_mistakes_are_told_before_any_work(collect: Callable[..., Outcome]) -> None:
    with pytest.raises(UserError, match="no image with the key gone"):
        collect([task(environment_key="gone")])
    with pytest.raises(UserError, match="'nobody' is no policy"):
        collect([task()], policy="nobody")


def test_the_settings_are_those_of_the_configuration() -> None:
    terminal = {"width": 100, "height": 30, "history_limit": 2000}
    limits = {"memory_mb": 2048, "cpus": 2.0, "pids": 64, "disk_mb": 100, "output_kb": 8}
    made = Settings.of_config(
        {"terminal": terminal, "max_turns": 7, "wall_seconds": 50},
        {"limits": limits, "wall_seconds": 9},
    )
    assert (made.width, made.height, made.history_limit) == (100, 30, 2000)
    assert (made.limits.turns, made.limits.seconds, made.tests_seconds) == (7, 50.0, 9.0)
    assert made.box.memory_mb == 2048
