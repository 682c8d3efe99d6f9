"""The oracle gate: the solution earns the full reward, again and again, here and elsewhere."""

from dataclasses import replace
from typing import Any

from shellwright.sandbox.box import Ran
from shellwright.verify import collected, time_limits
from shellwright.verify.case import Case
from shellwright.verify.crashing import crash_passes
from shellwright.verify.lint_answers import given_away
from shellwright.verify.report import Gate, Report
from shellwright.verify.said import last_failure, missing
from shellwright.verify.settings import Settings
from shellwright.verify.spoiling import answer
from shellwright.verify.trial import PLACES, SHORT, TAIL, Bench, Graded, Place, output

SURE = 3  # runs in one place that agree, before what they say is not put down to chance


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
            if why := cause(bench, place, runs, settings, first=number == 0):
                reason = f"{why}: in run {number + 1}: {reason}"
            return Gate("oracle", "fail", reason, {"runs": runs})
    reason, shares = time_limits.held(case, [run for run in runs if run["reward"] >= 1])
    evidence: dict[str, Any] = {"runs": runs, "share_of_time_limit": shares}
    # This project's harness writes one reward, and lint has looked for its expected files.
    if not reason and not case.project_harness:
        if told := bench.disagreement():
            return Gate("oracle", "fail", f"two-rewards: {told}", evidence)
        outputs = {entry.path: entry.content for entry in bench.snapshot(case.deliverables)}
        reason = (
            given_away(case, outputs)
            or left_out(case, bench, report, evidence)
            or crash_passes(case, bench, evidence)
        )
    return Gate("oracle", "fail" if reason else "pass", reason, evidence)


def left_out(case: Case, bench: Bench, report: Report, evidence: dict[str, Any]) -> str:
    """Which tests of a bundle count for nothing where it earns the full reward, or "".

    Another grade than before is no matter of this gate: it is added to those of the next one.
    """
    tests = collected.defined(case)
    if not tests:
        return ""
    graded, written = bench.account()
    runs = collected.accounts(written)
    evidence["tests_defined"] = len(tests)
    evidence["runs_of_pytest_seen"] = len(runs)
    if runs:  # else the option itself may have been what failed
        report.regrades.append(answer(graded))
    if graded.reward != 1:
        return ""
    if runs:
        return collected.problem(tests, runs)
    whole = len(graded.tail) < TAIL  # else earlier runs may have told more
    return missing(graded.tail, len(tests) if whole else 0)


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


def cause(
    bench: Bench, place: Place, runs: list[dict[str, Any]], settings: Settings, *, first: bool
) -> str:
    """Why an oracle has failed in a place, told by running it again; "" where it always fails.

    It is chance when it succeeds there now, and when it succeeds elsewhere only now and then. It is
    the clock when it always succeeds there at the true time, the user's name in the environment
    when it does with that, the host name when it does in the first place only. It is chance, too,
    when nothing helps any more. In the `first` run nothing has succeeded yet that could differ.
    """
    failed = replace(place, hours_ahead=bench.hours_ahead)

    def succeeds(where: Place) -> bool:
        return not oracle_problem(*solved(bench, where, runs, real=first), settings)

    if any(succeeds(failed) for _ in range(SURE - 1)):
        return "flaky"
    if first:
        return ""
    others = {
        "depends-on-clock": replace(place, hours_ahead=0),
        "depends-on-user": Place(place.hostname),
        "depends-on-host": PLACES[0],
    }
    for reason, other in others.items():
        if other != failed and succeeds(other):
            return reason if all(succeeds(other) for _ in range(SURE - 1)) else "flaky"
    return "flaky"


def last_commands(bench: Bench, place: Place) -> list[str]:
    """The last commands of the oracle before it failed, from a run that tells each."""
    bench.fresh(place)
    lines = bench.solve(trace=True).text.split("\n")
    return [line[:300] for line in lines if line.startswith("+")][-3:]


def why(graded: Graded) -> str:
    """What says best why a grade is less than the full one."""
    if graded.failures:
        first = graded.failures[0]
        return f"{first['name']}: {first['message'][:200]}"
    return f"test.sh ended with {graded.exit_code} after: {last_failure(graded.tail)}"


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
        return f"oracle-fails: reward {graded.reward:g}: {why(graded)}"
    return ""
