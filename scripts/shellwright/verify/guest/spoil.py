"""Tells of many spoiled outputs whether the tests notice each, and whether they hold without any.

The tests are loaded once, and called as the functions that they are: what pytest adds is not asked
for here and takes most of the time. Each answer comes from a fork: the tests that speak of the
spoiled file run first, those that run programs last, and only as long as none has failed. It lies
beside the tests as tests/spoil.py with spoil.json, {"seconds": most for one answer, "changes":
[{"path", "content"}] (content in base64, null for a file that is away), "repeats": how often to ask
without any change}, and writes spoiled.json, {"answers": [one for each change, null where it could
not be made], "without": [one for each repeat]}. An answer is {"noticed": whether a test failed,
"by": its name or null, "exit_code", "reward" (null where tests that were left out would decide it),
"passed", "total", "output": what the test said or null, "seconds"}. Every file is put back:
content, mode, owner, links and times.
"""

import base64
import gc
import glob
import importlib
import json
import mmap
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

HERE = Path(__file__).resolve().parent
OWNER = 1000
INDEX = 4  # bytes
MESSAGE = 2000  # bytes
NOT_RUN, PASSED, FAILED = range(3)
SIGNALLED = 128  # what a shell adds to the number of a signal
AWAY = ".spoiled-output"  # beside a file that is away; who looks for it notices both
SLOW = {"command_prints", "git_output"}


def load() -> list[FunctionType]:
    """The tests of test_outputs.py, in its order."""
    module = importlib.import_module("test_outputs")
    return [
        value
        for name, value in vars(module).items()
        if name.startswith("test")
        and isinstance(value, FunctionType)
        and value.__module__ == module.__name__
    ]


def ask(tests: Sequence[FunctionType], seconds: int) -> dict[str, Any]:
    """What the tests say, tried in a fork; whichever runs when the seconds are over has failed.

    Without any test the answer is that they noticed, as nothing shows that they hold.
    """
    # Of the fork, where anything may run, nothing is read but what fits here.
    shared = mmap.mmap(-1, INDEX + len(tests) + MESSAGE)
    began = time.monotonic()
    child = os.fork()
    if not child:
        failed = True
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # whatever is loaded may handle it
            signal.alarm(seconds)
            failed = run(tests, shared)
        finally:
            # Whatever a test raises, the answer is the exit code and nothing is printed.
            os._exit(failed)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    taken = time.monotonic() - began
    outcomes = shared[INDEX : INDEX + len(tests)]
    message = shared[INDEX + len(tests) :].rstrip(b"\0").decode("utf-8", "replace")
    if code < 0:
        late = f"the tests: still running after {seconds} s"
        message = late if code == -signal.SIGALRM else "killed"
        # Whoever was running did not come to its end.
        index = int.from_bytes(shared[:INDEX], "little")
        outcomes = outcomes[:index] + bytes([FAILED]) + outcomes[index + 1 :]
    by = next((test for test, o in zip(tests, outcomes, strict=False) if o == FAILED), None)
    return {
        "noticed": code != 0,
        "by": by and by.__name__,
        "exit_code": code if code >= 0 else SIGNALLED - code,
        "reward": reward(tests, outcomes) if tests else 0.0,
        "passed": outcomes.count(PASSED),
        "total": len(tests),
        "output": message or None,
        "seconds": round(taken, 3),
    }


def run(tests: Sequence[FunctionType], shared: mmap.mmap) -> bool:
    """Whether a test fails. After the first that does, those that run programs are left out."""
    failed = not tests
    for index, test in enumerate(tests):
        if failed and runs_programs(test):
            continue
        shared[:INDEX] = index.to_bytes(INDEX, "little")
        outcome = PASSED
        try:
            test()
        except BaseException as error:  # pytest's own, and SystemExit, are none of Exception
            outcome = FAILED
            if not failed:
                said = f"{error}".encode("utf-8", "replace")[:MESSAGE]
                shared[INDEX + len(tests) : INDEX + len(tests) + len(said)] = said
            failed = True
        shared[INDEX + index] = outcome
    return failed


def reward(tests: Sequence[FunctionType], outcomes: bytes) -> float | None:
    """What test.sh would give for the outcomes; None where tests that did not run decide that."""
    checks = []
    for test, outcome in zip(tests, outcomes, strict=True):
        marks = {mark.name: mark.kwargs for mark in getattr(test, "pytestmark", ())}
        kind = "guard" if "guard" in marks else "check"
        weight = 0.0 if kind == "guard" else float(marks.get("check", {}).get("weight", 1))
        told = "passed" if outcome == PASSED else "failed"
        checks.append({"kind": kind, "weight": weight, "outcome": told, "ran": outcome != NOT_RUN})
    if all(check["ran"] for check in checks) or any(
        check["ran"] and check["kind"] == "guard" and check["outcome"] == "failed"
        for check in checks
    ):
        return float(importlib.import_module("conftest").reward_of(checks, []))
    return None


def runs_programs(test: FunctionType) -> bool:
    """Whether a test runs a program, by what it calls."""
    return not SLOW.isdisjoint(test.__code__.co_names)


def ordered(tests: Sequence[FunctionType], path: str | None = None) -> list[FunctionType]:
    """The tests in the order in which they are likely to fail soon."""

    def late(test: FunctionType) -> tuple[bool, bool]:
        spoiled = path is not None and path in test.__code__.co_consts
        return not spoiled, runs_programs(test)

    return sorted(tests, key=late)


def apply(path: str, content: bytes) -> Callable[[], None]:
    """Give a file a content; returns what takes that back. Links are not followed."""
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    place = Path(path)
    if not os.path.lexists(path):
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(descriptor, "wb") as new:
            os.fchown(descriptor, OWNER, OWNER)
            new.write(content)
        return place.unlink
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        before, about = file.read(), os.fstat(file.fileno())

    def write(data: bytes) -> None:
        # In place, so that mode, owner, hard links and access lists stay.
        with os.fdopen(os.open(path, flags | os.O_TRUNC), "wb") as target:
            target.write(data)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        # Python would take what it has compiled of a file of this size and time for this one.
        for compiled in place.parent.glob(f"__pycache__/{glob.escape(place.stem)}.*.pyc"):
            compiled.unlink(missing_ok=True)

    write(content)
    return lambda: write(before)


def hide(path: str) -> Callable[[], None]:
    """Take a file away; returns what brings it back. Where it lay, its folder's time stays."""
    place = Path(path)
    about = place.parent.stat()

    def move(source: Path, target: Path) -> None:
        source.rename(target)
        os.utime(place.parent, ns=(about.st_atime_ns, about.st_mtime_ns))

    move(place, place.with_name(AWAY))
    return lambda: move(place.with_name(AWAY), place)


def change(path: str, content: str | None) -> Callable[[], None]:
    """Make a change of spoil.json; returns what takes it back."""
    return hide(path) if content is None else apply(path, base64.b64decode(content))


def main() -> int:
    """Answer what spoil.json asks."""
    plan = json.loads((HERE / "spoil.json").read_text("utf-8"))
    importlib.import_module("run_tests").prepare()
    tests = load()
    gc.freeze()  # a collection in a fork would copy every page that it looks at
    gc.disable()
    answers: list[dict[str, Any] | None] = []
    for wanted in plan["changes"]:
        try:
            undo = change(wanted["path"], wanted["content"])
        except OSError:
            answers.append(None)  # a folder in its place, for example: no answer at all
            continue
        answers.append(ask(ordered(tests, wanted["path"]), plan["seconds"]))
        undo()
    without = [ask(ordered(tests), plan["seconds"]) for _ in range(plan["repeats"])]
    told = {"answers": answers, "without": without}
    (HERE / "spoiled.json").write_text(json.dumps(told), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
