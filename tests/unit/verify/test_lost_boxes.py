"""A task that loses its boxes fails the gate in which it does, and what was seen before stays."""

from typing import Any
from unittest.mock import Mock

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import BoxLost, SandboxError
from shellwright.verify import gates
from shellwright.verify.case import Case
from shellwright.verify.gates import GATES, try_gates
from shellwright.verify.report import NEEDED, Gate, Report
from shellwright.verify.settings import Settings

CASE = Case.of_row(tasks.row())


class Scripted:
    """Gates that pass, but for those named in `losing`, which lose a box in that order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *losing: str) -> None:
        self.losing = list(losing)
        self.boxes, self.client = Mock(), Mock()
        monkeypatch.setattr(gates, "GATES", {name: self.gate(name) for name in GATES})

    def gate(self, name: str) -> Any:
        def run(case: Case, bench: Any, settings: Settings, report: Report) -> Gate:
            if self.losing and self.losing[0] == name:
                self.losing.pop(0)
                raise BoxLost(f"box {name} {len(self.losing)}")
            if name == "noop":
                report.noop_reward = 0.0
            return Gate(name, "pass", "", {"seen": name})

        return run

    def report(self) -> Report:
        return try_gates(CASE, "image", self.boxes, Settings(), self.client)


def test_one_lost_box_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(monkeypatch, "oracle")
    report = scripted.report()
    assert [(gate.gate, gate.outcome) for gate in report.gates] == [
        (name, "pass") for name in GATES
    ]
    assert scripted.boxes.close.call_count == 1


@pytest.mark.parametrize("name", GATES)
def test_the_gate_that_loses_a_second_box_has_failed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scripted = Scripted(monkeypatch, name, name)
    report = scripted.report()
    *before, last = report.gates
    assert [(gate.gate, gate.outcome) for gate in before] == [
        (earlier, "pass") for earlier in list(GATES)[: list(GATES).index(name)]
    ]
    assert all(gate.evidence["seen"] == gate.gate for gate in before)
    assert report.noop_reward == (0.0 if "noop" in [gate.gate for gate in before] else None)
    assert (last.gate, last.outcome) == (name, "fail")
    assert report.reason == f"box-lost: in 2 boxes, the last in the {name} gate: box {name} 0"
    assert report.tier == ("rejected" if name in NEEDED else "sft")
    assert report.seconds > 0
    assert scripted.boxes.close.call_count == 2


def test_where_each_box_was_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    last = Scripted(monkeypatch, "mutants", "oracle").report().gates[-1]
    assert last.gate == "oracle"
    assert last.evidence == {"boxes_lost": ["mutants: box mutants 1", "oracle: box oracle 0"]}


def test_a_box_that_is_lost_with_its_engine_decides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted = Scripted(monkeypatch, "oracle")
    scripted.client.ping.side_effect = docker.errors.DockerException("connection refused")
    with pytest.raises(SandboxError, match="went away") as told:
        scripted.report()
    assert not isinstance(told.value, BoxLost)
