"""How the isolation gate goes on by what its attacks have left, and what it costs in trials."""

import json
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.box import Ran
from shellwright.verify.case import Case
from shellwright.verify.gates import Gate, Report, isolation_gate
from shellwright.verify.isolation import PLANTED, READ, said
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Graded

TEST = "def test_x():\n    assert open('/app/n').read() == '4\\n'\n"
FOREIGN = tasks.foreign("x", TEST, deliverables=["/app/tool.py"])


def ran(text: str = "", code: int = 0) -> Ran:
    return Ran(code, text.encode(), 0.1, timed_out=False, truncated=False)


class FakeBench:
    """Trials in which plant.py traps what is given for the deliverables and for all others.

    Root runs `root_runs` in the trial of that number; rewards are those of the trials in turn.
    """

    def __init__(
        self,
        *traps: list[str] | None,
        open_: Any = (),
        rewards: Any = (),
        no_grades: int = 0,
        read: str = "",
        **root_runs: str,
    ) -> None:
        self.box = self
        self.user = "agent"
        self.trials: list[str] = []
        self.plans: list[dict[str, Any]] = []
        self._traps = list(traps)
        self._open = list(open_)
        self._rewards = list(rewards)
        self._root_runs = {int(number[1:]): path for number, path in root_runs.items()}
        self._alive: list[str] = []
        self._no_grades = no_grades
        self._read = read
        self.grades = 0

    def fresh(self) -> None:
        self.trials.append("fresh")

    def solve(self) -> None:
        self.trials.append("solve")

    def grade(self, *, real: bool, environment: Any = None) -> Graded:
        assert real
        self.grades += 1
        self.trials.append("grade")
        reward = self._rewards.pop(0) if self._rewards else min(1.0, self.grades - 1.0)
        problem = "the tests wrote no reward" if self.grades <= self._no_grades else ""
        return Graded(0.0 if problem else reward, None, None, problem, 0)

    def kill_all(self) -> list[str]:
        killed, self._alive = self._alive, []
        return killed

    def write(self, path: str, content: bytes) -> None: ...

    def run(self, argv: list[str], **given: Any) -> Ran:
        if argv == ["/bin/cat", READ]:
            return ran(self._read + "\n") if self._read else ran("", 1)
        if argv[0] == "/bin/cat":
            path = self._root_runs.get(self.grades)
            return ran(path + "\n") if path else ran("", 1)
        if argv[0] == "/bin/sh":
            assert given["user"] == "root"
            return ran()
        assert "user" not in given  # as the task's
        plan = json.loads(given["stdin"])
        self.plans.append(plan)
        if plan["home"]:
            self._alive.append("planted-survivo")
        trapped = [] if plan["home"] else self._traps.pop(0)
        if trapped is None:
            return ran("Traceback", 1)
        return ran("a warning\n" + json.dumps({"trapped": trapped, "open": self._open}))


def gate(bench: FakeBench, row: dict[str, Any] = FOREIGN) -> Gate:
    given: Any = bench
    return isolation_gate(Case.of_row(row), given, Settings(), Report())


def test_tests_that_only_call_checks_cost_one_trial() -> None:
    bench = FakeBench()
    assert gate(bench, tasks.row()).outcome == "pass"
    assert bench.trials == ["fresh", "grade"]


@pytest.mark.parametrize(
    ("traps", "trials"),
    [
        (([], []), ["fresh", "solve"]),
        ((["/app/tool.py"], []), ["fresh", "solve", "grade", "fresh", "solve"]),
        (([], ["/app/x.sh"]), ["fresh", "solve", "grade"]),
        (
            (["/app/tool.py"], ["/app/x.sh"]),
            ["fresh", "solve", "grade", "fresh", "solve", "grade"],
        ),
    ],
)
def test_other_tests_are_tried_with_the_programs_that_there_are(traps: Any, trials: Any) -> None:
    bench = FakeBench(*traps)
    assert gate(bench).outcome == "pass"
    assert bench.trials == ["fresh", "grade", *trials]


@pytest.mark.parametrize(
    ("bench", "reason", "grades"),
    [
        (FakeBench(_1="/srv/x/python3"), "planted-program-ran: the tests ran or loaded /srv/x", 1),
        (FakeBench(_1="/app/tool.py"), "deliverable-runs-as-root: the tests ran /app/tool.py", 1),
        (FakeBench(open_=["/opt/x"]), "open-to-agent: the tests run or look for", 1),
        (FakeBench(rewards=[0.5]), "planted-reward: reward 0.5 for planted files", 1),
        (
            FakeBench(["/app/tool.py"], _2="/app/tool.py"),
            "deliverable-runs-as-root: the tests ran /app/tool.py as root",
            2,
        ),
        (
            FakeBench(["/app/tool.py"], ["/app/x.sh"], _3="/app/x.sh"),
            "planted-program-ran: the tests ran or loaded /app/x.sh as root",
            3,
        ),
        (
            FakeBench(["/app/tool.py"], rewards=[0.0, PLANTED]),
            "planted-reward: a reward that /app/tool.py wrote",
            2,
        ),
        (
            FakeBench(["/app/tool.py"], read="/tests/expected/n"),
            "answers-readable: a program of the agent's (/app/tool.py) could read /tests/expected/",
            2,
        ),
        (FakeBench(None), "attack-failed: nothing could be planted in a solved box", 1),
    ],
)
def test_what_was_found_is_told_and_nothing_more_tried(
    bench: FakeBench, reason: str, grades: int
) -> None:
    found = gate(bench)
    assert found.outcome == "fail"
    assert found.reason.startswith(reason)
    assert bench.grades == grades


def test_an_attack_that_came_to_no_end_has_told_nothing() -> None:
    assert said(ran("Traceback\nKeyError"), "trapped") == []
    assert said(ran(""), "trapped") == []
    assert said(ran('noise\n{"trapped": ["/a"]}\n'), "trapped") == ["/a"]


def test_a_file_in_the_place_of_one_that_tests_write_harms_nobody_else() -> None:
    bench = FakeBench([], [], rewards=[0, 0], no_grades=1)
    assert gate(bench).outcome == "pass"
    first, second, *_ = bench.plans
    assert "/app" in first["within"] and second["within"] == []
    assert gate(FakeBench([], [], no_grades=2)).reason == "no-grade: the tests wrote no reward"
    assert gate(FakeBench(no_grades=1), tasks.row()).reason.startswith("no-grade")
