"""Tells for each of many spoiled outputs whether the tests notice it, and grades what is there.

The tests are collected once; each answer then comes from a fork in which they run until the first
one fails: those that speak of the spoiled file first, those that run programs last. It lies beside
the tests as tests/spoil.py with spoil.json, {"seconds": most for one answer, "changes": [{"path",
"content"}] (content in base64), "whole": whether what is there is graded by all tests}, and writes
spoiled.json, {"noticed": [true, false or, where the change could not be made, null], "reward": that
of what is there; without "whole" 1 or 0}. Every file is put back: content, mode, owner, links and
times.
"""

import base64
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
OWNER = 1000
SLOW = {"command_prints", "git_output"}


class Spoiler:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.changes: list[dict[str, str]] = plan["changes"]
        self.seconds: int = plan["seconds"]
        self.whole: bool = plan["whole"]
        self.noticed: list[bool | None] = []
        self.reward = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every change, undoing it after that, and then what is there without any."""
        grader = session.config.pluginmanager.get_plugin("grader")
        gc.freeze()  # a collection in a fork would copy every page that it looks at
        gc.disable()
        for change in self.changes:
            try:
                undo = apply(change["path"], base64.b64decode(change["content"]))
            except OSError:
                self.noticed.append(None)  # a folder in its place, for example: no answer at all
                continue
            self.noticed.append(self.grade(ordered(session, change["path"]), grader) < 1)
            undo()
        self.reward = self.grade(ordered(session), grader, whole=self.whole)
        return True

    def grade(self, items: list[pytest.Item], grader: Any, *, whole: bool = False) -> float:
        """The reward that the tests give in a fork; 0 when it does not end in time.

        Unless `whole` they end with the first one that fails, and the reward is below 1 then.
        """
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(source)
                signal.alarm(self.seconds)
                for item in items:
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                    if not whole and grader.checks[item.nodeid]["outcome"] != "passed":
                        break
                os.write(sink, repr(grader.reward()).encode())
            finally:
                os._exit(0)
        os.close(sink)
        with os.fdopen(source, "rb") as file:
            text = file.read()
        os.waitpid(child, 0)
        return float(text or 0)


def ordered(session: pytest.Session, path: str | None = None) -> list[pytest.Item]:
    """The tests in the order in which they are likely to fail soon."""

    def late(item: pytest.Item) -> tuple[bool, bool]:
        code = item.function.__code__  # type: ignore[attr-defined]
        spoiled = path is not None and path in code.co_consts
        return not spoiled, not SLOW.isdisjoint(code.co_names)

    return sorted(session.items, key=late)


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

    write(content)
    return lambda: write(before)


def main() -> int:
    """Grade what spoil.json asks for."""
    plan = json.loads((HERE / "spoil.json").read_text("utf-8"))
    run_tests = importlib.import_module("run_tests")
    run_tests.prepare()
    spoiler = Spoiler(plan)
    pytest.main(run_tests.GRADE, plugins=[spoiler])
    told = {"noticed": spoiler.noticed, "reward": spoiler.reward}
    (HERE / "spoiled.json").write_text(json.dumps(told), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
