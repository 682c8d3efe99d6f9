"""Turns the outcome of the tests into a reward.

A test is a check (`@check(weight=2)`; weight 1 without the decorator) or a guard (`@guard`). The
reward is the weight of the passed checks over the weight of all checks; it is 0 when a guard
fails, when no check was collected, or when anything could not be collected. Skipped and expected
failures count as failed: a check that did not run has shown nothing.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

MESSAGE_LIMIT = 2000


class Grader:
    """Follows one test session and writes its grade into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checks: dict[str, dict[str, Any]] = {}
        self.errors: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        if not report.passed:
            self.errors.append(f"{report.nodeid}: {report.longreprtext}"[-MESSAGE_LIMIT:])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """List every test as not run, so that one which never runs has failed."""
        for item in session.items:
            mark = item.get_closest_marker("check")
            guard = item.get_closest_marker("guard") is not None
            weight = float(mark.kwargs.get("weight", 1)) if mark else 1.0
            self.checks[item.nodeid] = {
                "name": item.name,
                "kind": "guard" if guard else "check",
                "weight": 0.0 if guard else weight,
                "outcome": "failed",
                "message": "did not run",
            }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the call itself, and a set-up or tear-down only when it went wrong."""
        check = self.checks[report.nodeid]
        if hasattr(report, "wasxfail"):
            check.update(outcome="failed", message="expected failures count as failed")
        elif report.skipped:
            check.update(outcome="failed", message="skipped tests count as failed")
        elif report.failed:
            check.update(outcome="failed", message=failure_message(report))
        elif report.when == "call":
            check.update(outcome="passed", message="")

    def pytest_internalerror(self, excrepr: object) -> None:
        """Note an error of pytest itself."""
        self.errors.append(str(excrepr)[-MESSAGE_LIMIT:])

    def pytest_sessionfinish(self) -> None:
        """Write the grade."""
        checks, reward = list(self.checks.values()), self.reward()
        report = {"reward": reward, "checks": checks, "errors": self.errors}
        write_new(self.folder / "report.json", json.dumps(report, indent=1) + "\n")
        write_new(self.folder / "reward.json", json.dumps({"reward": reward}) + "\n")
        write_new(self.folder / "reward.txt", f"{reward:.6g}\n")

    def reward(self) -> float:
        """The reward as far as the tests have run."""
        return reward_of(list(self.checks.values()), self.errors)


def reward_of(checks: list[dict[str, Any]], errors: list[str]) -> float:
    """The reward in 0..1 that the outcomes are worth."""
    total = sum(check["weight"] for check in checks)
    if errors or total <= 0:
        return 0.0
    if any(check["kind"] == "guard" and check["outcome"] != "passed" for check in checks):
        return 0.0
    passed = sum(check["weight"] for check in checks if check["outcome"] == "passed")
    return 1.0 if passed == total else float(round(passed / total, 6))


def failure_message(report: pytest.TestReport) -> str:
    """What the failed assertion said, bounded, in one text."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash is not None else report.longreprtext
    return str(message).removeprefix("AssertionError: ")[:MESSAGE_LIMIT]


def write_new(path: Path, text: str) -> None:
    """Write a file that did not exist; whatever stood in its place is never written through."""
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8") as file:
        file.write(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --grade-into, which run_tests.py gives; without it the tests write nothing."""
    parser.addoption("--grade-into", default="", help="folder for reward and report")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks and, where a grade is wanted, the grader."""
    config.addinivalue_line("markers", "check(weight): a check and its share of the reward")
    config.addinivalue_line("markers", "guard: held at the start and must still hold")
    folder = str(config.getoption("--grade-into"))
    if folder:
        config.pluginmanager.register(Grader(Path(folder)), "grader")
