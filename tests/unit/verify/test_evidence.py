"""What a verdict keeps of runs and mutants: enough to see what happened, and never much."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright import tables
from shellwright.sandbox.box import Ran
from shellwright.verify.gates import initial_gate
from shellwright.verify.isolation import Seen, ran_evidence
from shellwright.verify.mutants import Answer, Mutant
from shellwright.verify.oracle import run_evidence, why
from shellwright.verify.report import Report
from shellwright.verify.settings import Settings
from shellwright.verify.spoiling import answer, read_answer
from shellwright.verify.stage import verdict_row
from shellwright.verify.trial import PLACES, SHORT, Graded

LONG = b"." * 5000 + b"the end"
RAN = Ran(0, LONG, 1.2345, timed_out=False, truncated=False)
FAILURE = {"name": "test_x", "kind": "check", "message": "no"}


@pytest.mark.parametrize("failures", [[], [FAILURE]])
def test_a_grade_that_explains_itself_keeps_the_end_of_its_output(failures: Any) -> None:
    reward = 0.0 if failures else 1.0
    kept = Graded(reward, 1, 1, "", 0, failures=failures, tail=LONG.decode(), seconds=2.0)
    assert kept.evidence()["output"] == LONG.decode()[-SHORT:]
    assert kept.evidence()["seconds"] == 2.0


def test_a_grade_that_nothing_explains_keeps_more() -> None:
    kept = Graded(0.0, None, None, "the tests wrote no reward", 1, tail="x" * 1500)
    assert len(kept.evidence()["output"]) == 1500
    assert "output" not in Graded(1.0, 1, 1, "", 0).evidence()


def test_runs_keep_their_exit_codes_seconds_and_the_end_of_their_output() -> None:
    kept = run_evidence(PLACES[0], 0, RAN, Graded(1.0, 1, 1, "", 0))
    assert kept["oracle_output"] == LONG.decode()[-SHORT:]
    attack = Seen(RAN, ["planted-survivo"]).evidence()
    assert attack["attack_exit_code"] == 0 and attack["attack_seconds"] == 1.234
    assert attack["attack_output"].endswith("the end") and len(attack["attack_output"]) == SHORT
    assert ran_evidence(Ran(3, b"", 0.1, timed_out=False, truncated=False)) == {
        "attack_exit_code": 3,
        "attack_seconds": 0.1,
    }


def test_tests_of_the_initial_state_that_hold_keep_it_too() -> None:
    class FakeBench:
        def fresh(self) -> None: ...

        def initial(self) -> Ran:
            return replace(RAN, output=LONG + b"\n3 passed in 0.01s\n")

    bench: Any = FakeBench()
    case: Any = None
    gate = initial_gate(case, bench, Settings(), Report())
    assert gate.outcome == "pass"
    assert gate.evidence["output"].endswith("the end\n3 passed in 0.01s\n")
    assert len(gate.evidence["output"]) == SHORT
    assert (gate.evidence["passed"], gate.evidence["total"]) == (3, 3)


def test_a_mutant_tells_who_noticed_it_what_it_earned_and_how_long_that_took() -> None:
    graded = Graded(0.25, 1, 4, "", 1, failures=[FAILURE], seconds=1.23456)
    assert Mutant.of("m", "wrong", answer(graded)) == Mutant(
        *("m", "wrong", True),
        *("test_x", 0.25, 1, 1, 4, "no", 1.235),
    )
    assert answer(Graded(1.0, 1, 1, "", 0, seconds=1.0)) == Answer(False, None, 1.0, 1.0, 0, 1, 1)
    problem = answer(Graded(0.0, None, None, "the tests " * 90, 1))
    assert problem.by is not None and len(problem.by) == 100


def test_a_grade_without_a_report_says_what_the_tests_printed() -> None:
    printed = (
        "FAILED ../tests/test_outputs.py::test_n - AssertionError: 4\n1 failed, 2 passed in 0.1s\n"
    )
    graded = Graded(0.0, None, None, "", 1, tail=printed)
    told = answer(graded)
    assert (told.by, told.passed, told.total) == ("test_n", 2, 3)
    assert told.output == printed.split("\n")[0]
    assert (graded.evidence()["passed"], graded.evidence()["total"]) == (2, 3)
    assert why(graded) == f"test.sh ended with 1 after: {printed.split(chr(10))[0]}"
    assert why(Graded(0.5, 1, 2, "", 0, failures=[FAILURE])) == "test_x: no"


def test_what_a_fork_says_is_bounded_and_typed() -> None:
    told = {
        "noticed": True,
        "by": "x" * 5000 + "\ud800",
        "exit_code": 1,
        "reward": None,
        "passed": 0,
        "total": 1,
        "output": "y" * 5000,
        "seconds": 1,
    }
    read = read_answer(json.loads(json.dumps(told)))
    assert (read.by, read.reward, read.output) == ("x" * 100, None, "y" * 200)
    assert read_answer({**told, "by": None, "reward": 0, "output": None}).reward == 0.0
    late = f"{'z' * 900}: still running after 5 s"
    assert [read_answer({**told, "output": text}).late for text in (late, "z")] == [True, False]
    wrongs: list[Any] = ["x", [], {"noticed": True}, None]
    wrongs += [{**told, "seconds": "soon"}, {**told, "seconds": []}, {**told, "reward": "all"}]
    for wrong in wrongs:
        with pytest.raises((KeyError, TypeError, ValueError)):
            read_answer(wrong)


def test_mutants_are_legal_rows(tmp_path: Any) -> None:
    mutants = [
        Mutant("a", "wrong", True, "test_x", 0.5, 1, 3, 4, "no", 0.1),
        Mutant("b", "empty", False),
    ]
    row = verdict_row(tasks.row(), None, Report(mutants=mutants), "")
    tables.write_table(tmp_path / "v.parquet", "verdict", [row])
    (read,) = tables.read_table(tmp_path / "v.parquet", "verdict")
    assert [mutant["noticed_by"] for mutant in read["mutants"]] == ["test_x", None]
