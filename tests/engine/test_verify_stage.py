"""The verify stage: reuse, verdict rows, folders of rejected tasks, and running those again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright import tables
from shellwright.config import load
from shellwright.sandbox.box import Box, BoxLost, SandboxError
from shellwright.store import ItemStore
from shellwright.verify import gates
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

pytestmark = pytest.mark.engine

CONFIG = load({})
SETTINGS = replace(Settings.of_config(CONFIG["verify"]), oracle_runs=1, dropped_steps=False)
BROKEN = tasks.variant("broken", commands=["false"])


@pytest.fixture
def verify(engine: docker.DockerClient, images: Any, tmp_path: Path) -> Iterator[Any]:
    """A function that verifies rows as the one shard of a build in tmp_path."""
    with ItemStore(tmp_path / "items", "verify", "0", 0) as store:

        def run(rows: Any, **changes: Any) -> Any:
            arguments = {"settings": SETTINGS, "images": images, "code": "c", **changes}
            return verify_shard(
                rows,
                client=engine,
                store=store,
                workers=1,
                label="verify",
                run_id="test-verify-stage",
                **arguments,
            )

        yield run


def test_only_what_changed_is_verified_again(verify: Any) -> None:
    rows = [tasks.row(), tasks.row(BROKEN)]
    first = verify(rows)
    assert (first.made, first.reused, first.failed) == (2, 0, 1)
    assert dict(first.reasons) == {"oracle-exit": 1}
    again = verify(rows)
    assert (again.made, again.reused, again.failed) == (0, 2, 1)
    assert again.rows == first.rows
    assert verify([tasks.row(tags=["new"]), rows[1]]).made == 1
    assert verify([rows[1]], settings=replace(SETTINGS, wall_seconds=30.0)).made == 1
    assert verify([rows[1]], code="other").made == 1


def test_verdicts_are_legal_rows_and_the_same_every_time(verify: Any, tmp_path: Path) -> None:
    rows = [tasks.row(), tasks.row(BROKEN)]
    first = verify(rows).rows
    tables.write_table(tmp_path / "v.parquet", "verdict", first)
    assert [row["id"] for row in tables.read_table(tmp_path / "v.parquet", "verdict")] == [
        "broken",
        "sort-names",
    ]
    second = verify(rows, code="other").rows
    assert [steady(row) for row in first] == [steady(row) for row in second]


def steady(row: dict[str, Any]) -> dict[str, Any]:
    """A verdict without its times."""
    times = re.compile(r'"[a-z_]*seconds":[0-9.e-]+|"share_of_time_limit":\{[^}]*\}|in [0-9.]+s')
    gates = [{**g, "evidence_json": times.sub("", g["evidence_json"])} for g in row["gates"]]
    mutants = [{**mutant, "seconds": 0} for mutant in row["mutants"]]
    return {**row, "seconds": 0, "gates": gates, "mutants": mutants}


def test_tasks_that_cannot_be_tried_keep_their_reason(verify: Any, images: Any) -> None:
    failed = {**tasks.row(status="failed", reason="content unsuitable: no table"), "files": []}
    other = tasks.row(tasks.variant("other"), environment_key="f" * 64)
    verdicts = verify([failed, other]).rows
    assert [verdict["tier"] for verdict in verdicts] == ["rejected"] * 2
    assert verdicts[0]["reason"] == "content unsuitable: no table"
    assert verdicts[1]["reason"].startswith("no-image")
    assert {gate["outcome"] for gate in verdicts[0]["gates"]} == {"skip"}
    lost = [{**images[0], "status": "failed", "reason": "build-failed: apt"}]
    assert verify([tasks.row()], images=lost).rows[0]["reason"].endswith("build-failed: apt")


def test_a_lost_box_is_replaced_once(verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = Box.run_python, [1]

    def lose(self: Box, *arguments: Any, **options: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise BoxLost("a box ended")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Box, "run_python", lose)
    assert verify([tasks.row()]).rows[0]["tier"] == "rl"
    left[0] = 2
    verdict = verify([tasks.row()], code="other").rows[0]
    reason = "box-lost: in 2 boxes, the last in the initial_state gate: a box ended"
    assert verdict["reason"] == reason


def test_the_gate_in_which_a_box_of_root_writes_too_much_has_failed(verify: Any) -> None:
    fills = [f"head -c 40M /dev/zero > /usr/local/f{i}; sleep 0.5" for i in range(8)]
    spec = tasks.variant("fills", user="root", commands=[*tasks.GOOD.commands, *fills])
    limits = replace(SETTINGS.limits, disk_mb=100)
    (row,) = verify([tasks.row(spec)], settings=replace(SETTINGS, limits=limits)).rows
    assert [gate["outcome"] for gate in row["gates"]] == ["pass"] * 3 + ["fail"] + ["skip"] * 2
    assert row["tier"] == "rejected"
    assert row["noop_reward"] == 0
    assert row["seconds"] > 0
    assert "tests" in row["gates"][0]["evidence_json"]
    assert row["reason"].startswith("box-lost: in 2 boxes, the last in the oracle gate: a box ")
    assert row["reason"].endswith("more than its 100 MB (disk_mb)")


def test_a_box_that_is_lost_with_its_engine_says_nothing_of_the_task(
    verify: Any, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: Any, **__: Any) -> Any:
        raise BoxLost("a box ended")

    def refuse() -> bool:
        raise docker.errors.DockerException("connection refused")

    monkeypatch.setattr(Box, "run_python", lose)
    monkeypatch.setattr(engine, "ping", refuse)
    with pytest.raises(SandboxError, match="went away"):
        verify([tasks.row()])
    monkeypatch.undo()
    assert verify([tasks.row()]).made == 1


def test_a_compared_task_has_the_same_verdict_with_a_container_for_every_trial(
    verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    forks: list[list[str]] = []
    start, run = Box.start, Box.run_python
    monkeypatch.setattr(Box, "start", lambda *a, **k: (started.append(a[1]), start(*a, **k))[1])
    monkeypatch.setattr(Box, "run_python", lambda *a, **k: (forks.append(a[1]), run(*a, **k))[1])
    settings = replace(SETTINGS, oracle_runs=2, dropped_steps=True)
    fast = verify([tasks.row()], settings=settings).rows[0]
    assert len(started) == 2
    assert fast["differences"] is None
    few = len(forks)
    compared = verify([tasks.row()], settings=replace(settings, compared=1.0)).rows[0]
    # Two and two host names; then one each for the start, no work, two oracles, every mutant, the
    # solution once more, and the attack.
    assert len(started) == 2 + 2 + 1 + 1 + 2 + len(fast["mutants"]) + 1 + 1
    # No fork but the one for the tests of the initial state, which are no grade.
    assert forks[2 * few :] == [["/tests/run_tests.py", "initial"]]
    assert compared["differences"] == []
    assert compared["tier"] == fast["tier"] == "rl"
    assert {m["kind"] for m in compared["mutants"]} >= {"empty", "wrong", "dropped_step"}


@pytest.mark.parametrize("gate", ["oracle", "mutants"])
def test_a_fast_lane_that_fails_a_good_task_is_noticed(
    verify: Any, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    # As if a reset, or the grading in forks, spoiled what the task needs.
    run = gates.run_gates

    def spoiling(case: Any, bench: Any, settings: Any) -> Any:
        report = run(case, bench, settings)
        if not bench.plain:
            report.gates = [
                replace(each, outcome="fail", reason="why: detail") if each.gate == gate else each
                for each in report.gates
            ]
        return report

    monkeypatch.setattr(gates, "run_gates", spoiling)
    outcome = verify([tasks.row()], settings=replace(SETTINGS, compared=1.0))
    (row,) = outcome.rows
    assert row["tier"] == ("rejected" if gate == "oracle" else "sft")
    assert row["differences"] == [f"{gate}: fail, in the plain way pass"]
    assert row["reason"] == (
        f"depends-on-box: {gate}: fail, in the plain way pass; seen at first: why: detail"
    )
    assert dict(outcome.reasons) == ({"depends-on-box": 1} if gate == "oracle" else {})


def test_a_broken_engine_is_no_verdict(verify: Any, images: Any) -> None:
    gone = [{**images[0], "image": "sha256:" + "0" * 64}]
    with pytest.raises(SandboxError):
        verify([tasks.row()], images=gone)
