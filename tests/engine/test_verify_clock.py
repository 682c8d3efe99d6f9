"""Oracles under another clock: what depends on the day is found, the rest is left alone."""

import time
from dataclasses import replace
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright.config import load
from shellwright.tasks.bundle import Fixture
from shellwright.verify import clock
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.gates import run_gates
from shellwright.verify.report import Gate
from shellwright.verify.settings import Settings
from shellwright.verify.trial import PLACES, Bench

pytestmark = pytest.mark.engine

SETTINGS = replace(
    Settings.of_config(load({})["verify"]),
    dropped_steps=False,
    wrong_answers=False,
    corrupted_outputs=False,
)
AHEAD = PLACES[1].hours_ahead
YEAR = time.strftime("%Y", time.gmtime())
WAITING = (
    "sleep 0.5; timeout 0.2 sleep 30 || true",
    "python3 -c 'import time; b = time.monotonic(); time.sleep(0.5); assert time.monotonic() > b'",
    "perl -e 'alarm 1; $SIG{ALRM} = sub { exit 0 }; select undef, undef, undef, 9; exit 1'",
    'test -z "$(find /dev/shm -mindepth 1)"',
)
# Of Python's semaphores, which wait for a moment of the wall clock.
SEMAPHORE = "python3 -c 'import multiprocessing as m; m.Semaphore(0).acquire(timeout=0.5)'"
CERTIFICATE = """\
#!/bin/bash
set -e
cd /app
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 9 -keyout key -out cert 2>/dev/null
"""
VALID = (
    "import subprocess\n\n\ndef test_x() -> None:\n"
    "    argv = ['openssl', 'verify', '-CAfile', '/app/cert', '/app/cert']\n"
    "    assert subprocess.run(argv).returncode == 0\n"
)


@pytest.fixture(scope="module")
def oracle(engine: docker.DockerClient, image: str) -> Any:
    """A function that puts a task through the gates and returns that of the oracle."""
    with Boxes(engine, "test-clock", SETTINGS.limits) as boxes:

        def run(row: dict[str, Any], seconds: float = 20.0) -> Gate:
            case = Case.of_row(row)
            report = run_gates(case, Bench(boxes, image, case, seconds), SETTINGS)
            return next(gate for gate in report.gates if gate.gate == "oracle")

        yield run


def task(name: str, *lines: str, user: str = "agent", fixture: Any = ()) -> dict[str, Any]:
    """The good task, whose oracle does something more."""
    given = [*tasks.GOOD.fixture, *fixture]
    commands = [*tasks.GOOD.commands, *lines]
    return tasks.row(tasks.variant(name, commands=commands, user=user, fixture=given))


def hours_ahead(gate: Gate) -> list[int]:
    return [run["clock_hours_ahead"] for run in gate.evidence["runs"]]


def this_year(user: str) -> dict[str, Any]:
    log = Fixture("/app/in/log", content=f"{YEAR}-01-01 started\n".encode())
    line = 'grep -q "^$(date +%Y)" in/log || rm n'
    return task("this-year", line, user=user, fixture=[log])


def recent_files() -> dict[str, Any]:
    new = Fixture("/app/in/new", content=b"", mtime=int(time.time()) - 9000)
    return task("recent", 'test -n "$(find in -name new -mtime -7)" || rm n', fixture=[new])


@pytest.mark.parametrize(
    "row",
    [
        this_year("agent"),
        this_year("root"),
        recent_files(),
        task("python", f"python3 -c 'import time; exit(time.gmtime().tm_year != {YEAR})' || rm n"),
    ],
    ids=lambda row: row["id"],
)
def test_an_oracle_that_works_on_this_day_only_is_found(oracle: Any, row: Any) -> None:
    gate = oracle(row)
    assert gate.outcome == "fail"
    assert gate.reason.startswith("depends-on-clock: in run 2: oracle-fails")
    # The first run, the one that failed, the same twice more, and three that tell why.
    assert hours_ahead(gate) == [0, *[AHEAD] * 3, *[0] * 3]


def test_a_test_that_works_on_this_day_only_is_found(oracle: Any) -> None:
    # As lint would find it, were it not taken from a list.
    outputs = (
        "import time\n\nMODULES = [time]\n\n\ndef test_x() -> None:\n"
        "    assert open('/app/n').read() == '4\\n'\n"
        f"    assert MODULES[0].gmtime()[0] == {YEAR}\n"
    )
    gate = oracle(tasks.foreign("test-of-this-year", outputs))
    assert gate.reason.startswith("depends-on-clock")


@pytest.mark.parametrize("user", ["agent", "root"])
def test_waiting_and_what_is_in_the_box_are_the_same_under_another_clock(
    oracle: Any, user: Any
) -> None:
    gate = oracle(task("waiting", *(f"{line} || rm n" for line in WAITING), user=user))
    assert gate.outcome == "pass", gate
    assert hours_ahead(gate) == [0, AHEAD]


def test_files_have_their_true_times_under_another_clock(oracle: Any) -> None:
    old = Fixture("/app/in/old", content=b"", mtime=978_307_200)
    lines = (
        'test "$(date -u -r in/old +%F)" = 2001-01-01 || rm n',
        "touch mark; echo x > later; test later -nt mark || rm n",
    )
    assert oracle(task("files", *lines, fixture=[old])).outcome == "pass"


def test_a_program_that_waits_for_the_wall_clock_is_no_reason_to_reject(oracle: Any) -> None:
    gate = oracle(task("semaphore", SEMAPHORE), seconds=5.0)
    assert gate.outcome == "pass", gate
    assert hours_ahead(gate) == [0, AHEAD, 0]
    assert gate.evidence["runs"][1]["oracle_timed_out"]


def test_tests_of_another_project_see_the_clock_of_the_solution(oracle: Any) -> None:
    files = {"solution/solve.sh": CERTIFICATE, "instruction.md": "Make the certificate /app/cert."}
    none: dict[str, Any] = {"wrong": [], "deliverables": [], "steps": []}
    row = tasks.foreign("certificate", VALID, files=files, **none)
    gate = oracle(row)
    assert gate.outcome == "pass", gate
    assert hours_ahead(gate) == [0, AHEAD]


def test_an_image_without_the_library_is_tried_at_the_true_time(
    oracle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "LIBRARY", "/usr/lib/no-such-library.so")
    gate = oracle(this_year("agent"))
    assert gate.outcome == "pass"
    assert hours_ahead(gate) == [0, 0]
    assert "datefudge" in gate.evidence["runs"][1]["clock"]
