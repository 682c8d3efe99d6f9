"""The gates, in order, each with its evidence. What they mean is in docs/verify.md."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import docker

from shellwright.sandbox.box import BoxLost, Refused, SandboxError
from shellwright.sandbox.engine import insist
from shellwright.verify import isolation
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.lint import lint
from shellwright.verify.mutating import try_mutants
from shellwright.verify.oracle import oracle_gate
from shellwright.verify.report import NEEDED, Gate, Report
from shellwright.verify.said import counted, last_failure
from shellwright.verify.settings import Settings
from shellwright.verify.trial import SHORT, TAIL, Bench, output

MOST_FINDINGS = 20
ATTEMPTS = 2  # a box may be lost through no fault of the task
log = logging.getLogger(__name__)


class GateLost(BoxLost):
    """A box was lost in a gate; report holds the gates before that one."""

    def __init__(self, gate: str, report: Report, lost: BoxLost) -> None:
        super().__init__(str(lost))
        self.gate, self.report = gate, report


def try_gates(
    case: Case,
    image: str,
    boxes: Boxes,
    settings: Settings,
    client: docker.DockerClient,
    *,
    plain: bool = False,
) -> Report:
    """Put a task through every gate, from the first one on again in other boxes if one is lost.

    The gate that loses the last of them has failed, and what follows is not tried. plain: as a
    Bench takes it. Raises SandboxError when the engine fails, which says nothing about the task.
    """
    losses: list[GateLost] = []
    while len(losses) < ATTEMPTS:
        bench = Bench(boxes, image, case, settings.wall_seconds, plain=plain)
        try:
            return run_gates(case, bench, settings)
        except GateLost as error:
            insist(client, error)
            boxes.close()
            losses.append(error)
    last = losses[-1]
    reason = f"box-lost: in {ATTEMPTS} boxes, the last in the {last.gate} gate: {last}"
    told = [f"{lost.gate}: {lost}" for lost in losses]
    last.report.gates.append(Gate(last.gate, "fail", reason, {"boxes_lost": told}))
    return last.report


def run_gates(case: Case, bench: Bench, settings: Settings) -> Report:
    """Put a task through every gate; after a needed gate has failed the rest is skipped.

    Raises GateLost when a box is lost, and SandboxError when the engine fails.
    """
    began = time.monotonic()
    report = Report()
    for name, gate in GATES.items():
        stopped = report.failed
        if stopped is not None and stopped.gate in NEEDED:
            report.gates.append(Gate(name, "skip", f"{stopped.gate} failed"))
        else:
            try:
                report.gates.append(timed(name, partial(gate, case, bench, settings, report)))
            except BoxLost as error:
                raise GateLost(name, report, error) from error
            finally:
                report.seconds = time.monotonic() - began
    return report


def timed(name: str, gate: Callable[[], Gate]) -> Gate:
    """The outcome of a gate, with its seconds; one that cannot be tried to its end has failed.

    A bundle may do anything to the verifier, and must not end the job of all others.
    """
    began = time.monotonic()
    try:
        outcome = gate()
    except SandboxError:
        raise
    except Refused as error:
        outcome = Gate(name, "fail", f"refused: {error}")
    except Exception as error:
        log.exception("the gate %s could not be tried to its end", name)
        outcome = Gate(name, "fail", f"gate-broken: {type(error).__name__}: {str(error)[:200]}")
    seconds = round(time.monotonic() - began, 3)
    return replace(outcome, evidence={**outcome.evidence, "gate_seconds": seconds})


def lint_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """Nothing is wrong with the bundle that can be seen without running it."""
    findings, tests = lint(case, settings.limits)
    report.tests_total = tests or None
    evidence = {"tests": tests, "findings": [str(finding) for finding in findings[:MOST_FINDINGS]]}
    if findings:
        return Gate("lint", "fail", str(findings[0]), evidence)
    return Gate("lint", "pass", "", evidence)


def initial_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """The environment starts, and is as the task says before any work."""
    try:
        bench.fresh()
        ran = bench.initial()
    except Refused as error:
        return Gate("initial_state", "fail", f"bad-fixture: {error}")
    if ran is None:
        return Gate("initial_state", "pass", "", {"tests": "none"})
    evidence: dict[str, Any] = {"exit_code": ran.exit_code, "seconds": round(ran.seconds, 3)}
    evidence |= dict(zip(("passed", "total"), counted(ran.text) or (), strict=False))
    if ran.exit_code == 0 and not ran.timed_out:
        return Gate("initial_state", "pass", "", evidence | output("output", ran.text, SHORT))
    evidence |= output("output", ran.text, TAIL)
    detail = last_failure(ran.text) if not ran.timed_out else "the tests did not end in time"
    return Gate("initial_state", "fail", f"initial-state: {detail}", evidence)


def noop_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """Doing nothing is worth nothing, and the tests did run. Goes on with the untouched box."""
    bench.apart()
    graded = bench.grade()
    report.noop_reward = graded.reward
    evidence = graded.evidence()
    if graded.problem:
        return Gate("noop", "fail", f"no-grade: {graded.problem}", evidence)
    if graded.total is not None:
        report.tests_total = graded.total
    if not report.tests_total:
        return Gate("noop", "fail", f"no-tests-ran: {none_collected(case)}", evidence)
    broken = next((check for check in graded.failures if check["kind"] == "guard"), None)
    if broken:
        detail = f"{broken['name']}: {broken['message'][:200]}"
        return Gate("noop", "fail", f"guard-fails-at-start: {detail}", evidence)
    if graded.reward != 0:
        detail = f"reward {graded.reward:g} for doing nothing; make what already holds a guard"
        return Gate("noop", "fail", f"noop-passes: {detail}", evidence)
    return Gate("noop", "pass", "", evidence)


def none_collected(case: Case) -> str:
    """What is said of a bundle without tests, with the remedy."""
    if case.project_harness:
        return "no check was collected: mark functions of tests/test_outputs.py with @check"
    return (
        "no check was collected: have tests/test.sh run functions test_... in Python, compare by "
        "cmp, diff, grep, test or sha256sum -c, or start a program in /tests"
    )


def mutants_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """The tests notice every wrong solution, and give the same grade again and again."""
    tried = try_mutants(case, bench, settings)
    report.mutants = mutants = tried.mutants
    survivors = [mutant.name for mutant in mutants if not mutant.killed]
    evidence: dict[str, Any] = {"tried": len(mutants), "survivors": survivors}
    evidence |= {"tolerated": tried.tolerated, "form_only": tried.form_only}
    repeated = [*report.regrades, *tried.regrades]
    evidence["graded_again"] = len(repeated)
    if failed := [each for each in repeated if each.noticed]:
        evidence["graded_differently"] = [asdict(each) for each in failed]
        first = failed[0]
        detail = (
            f"{first.by or 'the tests'} failed in {len(failed)} of {len(repeated)} further grades "
            f"of the solved task: {first.output or 'without a word'}"
        )
        return Gate("mutants", "fail", f"not-repeatable: {detail}", evidence)
    wanted = settings.corrupted_outputs or settings.wrong_answers or settings.dropped_steps
    if wanted and not mutants:
        detail = (
            "no output could be spoiled and no step left out, so the tests have shown nothing: "
            "have the author's record name deliverables, steps or wrong answers"
        )
        return Gate("mutants", "fail", f"no-mutants: {detail}", evidence)
    if tried.shape_only:
        detail = (
            f"the tests accept any other values in {tried.form_only[0]}, and nowhere notice all: "
            "have them compare what the outputs hold, and not their form alone"
        )
        return Gate("mutants", "fail", f"shape-only: {detail}", evidence)
    if survivors:
        detail = (
            f"{len(survivors)} of {len(mutants)} accepted, e.g. {survivors[0]}: have the tests "
            "notice it, or take out what does not matter"
        )
        return Gate("mutants", "fail", f"mutant-survives: {detail}", evidence)
    return Gate("mutants", "pass", "", evidence)


def isolation_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """Nothing that somebody leaves in the box earns a reward: neither before the tests arrive, nor
    by what they run.
    """
    where = isolation.places(case)
    seen, graded, found = isolation.attacked(bench, where)
    if where and graded.problem and not found:
        # A file of the agent's in the place of one that tests write harms nobody else.
        seen, graded, found = isolation.attacked(bench, None)
    evidence = {**seen.evidence(), **graded.evidence()}
    reason = ""
    if not seen.survivor_ran:
        reason = "attack-failed: the process that was to survive never ran"
    elif seen.left:
        reason = f"process-survives: {', '.join(seen.left)}"
    elif found:
        evidence["ran_as_root"] = found[:MOST_FINDINGS]
        reason = isolation.runs_as_root(case, found)
    elif paths := isolation.said(seen.ran, "open"):
        reason = isolation.open_to_agent(paths)
    elif graded.problem:
        reason = f"no-grade: {graded.problem}"
    elif graded.reward != 0:
        reason = f"planted-reward: reward {graded.reward:g} for planted files"
    elif graded.total is not None and graded.total != report.tests_total:
        reason = f"fewer-tests: {graded.total} checks ran, {report.tests_total} before"
    elif case.user == "root":
        ran, replaced = isolation.replace(bench)
        evidence["replaced"] = {**isolation.ran_evidence(ran), **replaced.evidence()}
        if replaced.reward != 0:
            reason = f"replaced-programs: reward {replaced.reward:g} by programs put in their place"
    if not reason and where is not None:
        reason, evidence["trials_of_traps"] = isolation.trapped(case, bench, where)
    return Gate("isolation", "fail" if reason else "pass", reason, evidence)


GATES: dict[str, Callable[[Case, Bench, Settings, Report], Gate]] = {
    "lint": lint_gate,
    "initial_state": initial_gate,
    "noop": noop_gate,
    "oracle": oracle_gate,
    "mutants": mutants_gate,
    "isolation": isolation_gate,
}
