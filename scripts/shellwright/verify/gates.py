"""The gates, in order, each with its evidence. What they mean is in docs/verify.md."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from shellwright.sandbox.box import Ran, Refused, SandboxError
from shellwright.verify import collected, isolation
from shellwright.verify.case import Case
from shellwright.verify.lint import lint
from shellwright.verify.lint_answers import given_away
from shellwright.verify.mutants import Mutant
from shellwright.verify.mutating import try_mutants
from shellwright.verify.settings import Settings
from shellwright.verify.trial import PLACES, SHORT, Bench, Graded, Place, output

Tier = Literal["rejected", "sft", "rl"]
TIERS: tuple[Tier, ...] = ("rejected", "sft", "rl")
DEPENDS = "depends-on-box"
MOST_TOLD = 3  # differences in a reason
MOST_FINDINGS = 20
log = logging.getLogger(__name__)
TAIL = 1000


@dataclass(frozen=True)
class Gate:
    """The outcome of a gate. reason is "<short reason>: <detail>", "" when it passed."""

    gate: str
    outcome: Literal["pass", "fail", "skip"]
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What all gates together found out about one task.

    plain: what they found in the plain way, where the two were compared; differences: in what.
    """

    gates: list[Gate] = field(default_factory=list)
    oracle_rewards: list[float] = field(default_factory=list)
    noop_reward: float | None = None
    tests_total: int | None = None
    mutants: list[Mutant] = field(default_factory=list)
    seconds: float = 0.0
    plain: "Report | None" = None
    differences: list[str] | None = None

    @property
    def failed(self) -> Gate | None:
        """The first gate that failed."""
        return next((gate for gate in self.gates if gate.outcome == "fail"), None)

    @property
    def tier(self) -> Tier:
        """rl: every gate passed; sft: all that an sft task needs; rejected: the rest.

        Of a task that was tried in the plain way, too, the lower one.
        """
        if self.failed is None:
            own: Tier = "sft" if self.differences else "rl"
        else:
            own = "rejected" if self.failed.gate in NEEDED else "sft"
        return own if self.plain is None else min(own, self.plain.tier, key=TIERS.index)

    @property
    def reason(self) -> str:
        """Why the task is not in the highest tier, as "<short reason>: <detail>"; "" when it is."""
        failed = self.failed.reason if self.failed else ""
        if not self.differences or failed.startswith(DEPENDS):
            return failed
        told = "; ".join(self.differences[:MOST_TOLD])
        more = len(self.differences) - MOST_TOLD
        told += f"; and {more} more" if more > 0 else ""
        return f"{DEPENDS}: {told}" + (f"; seen at first: {failed}" if failed else "")

    @property
    def graded(self) -> bool:
        """Whether any tests were tried: the noop gate is the first with a grade."""
        return any(gate.gate == "noop" and gate.outcome != "skip" for gate in self.gates)

    @property
    def kill_rate(self) -> float | None:
        """The share of the mutants that the tests noticed; None when there were none."""
        if not self.mutants:
            return None
        return round(sum(mutant.killed for mutant in self.mutants) / len(self.mutants), 6)


def run_gates(case: Case, bench: Bench, settings: Settings) -> Report:
    """Put a task through every gate; after a needed gate has failed the rest is skipped.

    Raises SandboxError when engine or box fail, which says nothing about the task.
    """
    began = time.monotonic()
    report = Report()
    for name, gate in GATES.items():
        stopped = report.failed
        if stopped is not None and stopped.gate in NEEDED:
            report.gates.append(Gate(name, "skip", f"{stopped.gate} failed"))
        else:
            report.gates.append(timed(name, partial(gate, case, bench, settings, report)))
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
    if ran.exit_code == 0 and not ran.timed_out:
        return Gate("initial_state", "pass", "", evidence | output("output", ran.text, SHORT))
    evidence |= output("output", ran.text, TAIL)
    detail = last_failure(ran) if not ran.timed_out else "the tests did not end in time"
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
        return Gate("noop", "fail", "no-tests-ran: no check was collected", evidence)
    broken = next((check for check in graded.failures if check["kind"] == "guard"), None)
    if broken:
        detail = f"{broken['name']}: {broken['message'][:200]}"
        return Gate("noop", "fail", f"guard-fails-at-start: {detail}", evidence)
    if graded.reward != 0:
        detail = f"reward {graded.reward:g} for doing nothing; make what already holds a guard"
        return Gate("noop", "fail", f"noop-passes: {detail}", evidence)
    return Gate("noop", "pass", "", evidence)


def oracle_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """The oracle earns the full reward every time, elsewhere and at another time, too.

    Leaves the box as the last run did: solved and graded.
    """
    runs: list[dict[str, Any]] = []
    for number in range(settings.oracle_runs):
        place = PLACES[number % len(PLACES)]
        ran, graded = solved(bench, place, runs, real=number == 0)
        if bench.hours_ahead and (ran.timed_out or graded.timed_out):
            # It may wait for a moment of the wall clock, which is far away now: that tells nothing.
            place = replace(place, hours_ahead=0)
            ran, graded = solved(bench, place, runs)
        report.oracle_rewards.append(graded.reward)
        reason = oracle_problem(ran, graded, settings)
        if reason:
            if ran.exit_code != 0:
                commands = last_commands(bench, place)
                runs[-1]["last_commands"] = commands
                if commands and not ran.text.strip():
                    reason += f"; its last command was {commands[-1].lstrip('+ ')[:200]}"
            if number:
                why = difference(bench, place, runs, settings)
                reason = f"{why}: in run {number + 1}: {reason}"
            return Gate("oracle", "fail", reason, {"runs": runs})
    evidence: dict[str, Any] = {"runs": runs}
    reason = ""
    if not case.own_harness:  # whose expected files lint has looked for
        outputs = {entry.path: entry.content for entry in bench.snapshot(case.deliverables)}
        reason = given_away(case, outputs) or left_out(case, bench, evidence)
    return Gate("oracle", "fail" if reason else "pass", reason, evidence)


def left_out(case: Case, bench: Bench, evidence: dict[str, Any]) -> str:
    """Which tests of a bundle count for nothing where it earns the full reward, or "".

    Another grade than before is no matter of this gate: such a task is not repeatable.
    """
    tests = collected.defined(case)
    if not tests:
        return ""
    graded, written = bench.account()
    runs = collected.accounts(written)
    evidence["tests_defined"] = len(tests)
    evidence["runs_of_pytest_seen"] = len(runs)
    return collected.problem(tests, runs) if graded.reward == 1 else ""


def solved(
    bench: Bench, place: Place, runs: list[dict[str, Any]], *, real: bool = False
) -> tuple[Ran, Graded]:
    """A run of the oracle in a clean box, and its grade; its evidence is added to `runs`.

    Where a program that a check runs took too long, it is graded once more: it may have been the
    machine. What never ends does not end then, either.
    """
    bench.fresh(place)
    ran = bench.solve()
    graded = bench.grade(real=real)
    runs.append(run_evidence(place, bench.hours_ahead, ran, graded))
    if graded.out_of_time:
        graded = bench.grade(real=real)
        runs.append(run_evidence(place, bench.hours_ahead, ran, graded) | {"graded": "again"})
    return ran, graded


def run_evidence(place: Place, hours_ahead: int, ran: Ran, graded: Graded) -> dict[str, Any]:
    """What a verdict keeps of a run of the oracle, and why its clock was not that of the place."""
    kept = {
        "hostname": place.hostname,
        "clock_hours_ahead": hours_ahead,
        "user_named": place.named,
        "oracle_exit_code": ran.exit_code,
        "oracle_seconds": round(ran.seconds, 3),
        **graded.evidence(),
    }
    if hours_ahead != place.hours_ahead:
        kept["clock"] = "the image has no datefudge, so the clock was true"
    if ran.timed_out:
        kept["oracle_timed_out"] = True
    good = ran.exit_code == 0 and graded.reward >= 1
    return kept | output("oracle_output", ran.text, SHORT if good else TAIL)


def difference(bench: Bench, place: Place, runs: list[dict[str, Any]], settings: Settings) -> str:
    """Why an oracle fails in a place that has succeeded before, told by running it again.

    It is no matter of the place when it succeeds there now. It is the clock when it succeeds there
    at the true time, the user's name in the environment when it succeeds with that, the host name
    when it succeeds in the first place only, and none when it fails there, too.
    """
    failed = replace(place, hours_ahead=bench.hours_ahead)
    if not oracle_problem(*solved(bench, failed, runs), settings):
        return "flaky"
    others = {
        "depends-on-clock": replace(place, hours_ahead=0),
        "depends-on-user": Place(place.hostname),
        "depends-on-host": PLACES[0],
    }
    for reason, other in others.items():
        if other != failed and not oracle_problem(*solved(bench, other, runs), settings):
            return reason
    return "flaky"


def last_commands(bench: Bench, place: Place) -> list[str]:
    """The last commands of the oracle before it failed, from a run that tells each."""
    bench.fresh(place)
    lines = bench.solve(trace=True).text.split("\n")
    return [line[:300] for line in lines if line.startswith("+")][-3:]


def oracle_problem(ran: Ran, graded: Graded, settings: Settings) -> str:
    """Why a run of the oracle is not good enough, or ""."""
    if ran.timed_out:
        return f"oracle-timeout: more than {settings.wall_seconds:g} s"
    if ran.exit_code != 0:
        said = ran.text.strip().split("\n")[-1][:200] or "it printed nothing"
        return f"oracle-exit: exit code {ran.exit_code}: {said}"
    if graded.problem:
        return f"oracle-no-grade: {graded.problem}"
    if graded.reward != 1:
        first = graded.failures[0] if graded.failures else {"name": "?", "message": "no report"}
        detail = f"reward {graded.reward:g}: {first['name']}: {first['message'][:200]}"
        return f"oracle-fails: {detail}"
    return ""


def mutants_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """The tests notice every wrong solution, and give the same grade again and again."""
    mutants, repeated = try_mutants(case, bench, settings)
    report.mutants = mutants
    survivors = [mutant.name for mutant in mutants if not mutant.killed]
    evidence: dict[str, Any] = {"tried": len(mutants), "survivors": survivors}
    if repeated != 1:
        evidence["repeated"] = repeated
        detail = f"reward {repeated:g} when the solved task was graded once more"
        return Gate("mutants", "fail", f"not-repeatable: {detail}", evidence)
    wanted = settings.corrupted_outputs or settings.wrong_answers or settings.dropped_steps
    if wanted and not mutants:
        detail = "no output could be spoiled and no step left out, so the tests have shown nothing"
        return Gate("mutants", "fail", f"no-mutants: {detail}", evidence)
    if survivors:
        detail = f"{len(survivors)} of {len(mutants)} accepted, e.g. {survivors[0]}"
        return Gate("mutants", "fail", f"mutant-survives: {detail}", evidence)
    return Gate("mutants", "pass", "", evidence)


def isolation_gate(case: Case, bench: Bench, settings: Settings, report: Report) -> Gate:
    """Nothing that somebody leaves in the box earns a reward: neither before the tests arrive, nor
    by what they run.
    """
    where = isolation.places(case)
    bench.fresh()
    seen = isolation.attack(bench, where)
    graded = bench.grade(real=True, environment=where.environment if where else None)
    found = isolation.fooled(bench, where)
    if where and graded.problem and not found:
        # A file of the agent's in the place of one that tests write harms nobody else.
        bench.fresh()
        seen = isolation.attack(bench, None)
        graded = bench.grade(real=True)
        found = isolation.fooled(bench, None)
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


def last_failure(ran: Ran) -> str:
    """The line of pytest's summary that says what failed first, or the last line."""
    lines = [line for line in ran.text.split("\n") if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return (failed or lines or ["no output"])[0 if failed else -1][:300]


GATES: dict[str, Callable[[Case, Bench, Settings, Report], Gate]] = {
    "lint": lint_gate,
    "initial_state": initial_gate,
    "noop": noop_gate,
    "oracle": oracle_gate,
    "mutants": mutants_gate,
    "isolation": isolation_gate,
}
# Without these a task teaches nothing true; the others make it fit for reinforcement learning.
NEEDED = ("lint", "initial_state", "noop", "oracle")
