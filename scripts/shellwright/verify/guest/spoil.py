"""Grades a solved task once for each of many spoiled outputs, and once more as it is.

The tests are collected once; each grade is then a fork in which they run. It lies beside the tests
as tests/spoil.py with spoil.json, {"seconds": most for one grade, "changes": [{"path", "content"}]}
(content in base64), and writes spoiled.json, the rewards in that order. Every file is put back:
content, mode, owner, links and times.
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


class Spoiler:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, changes: list[dict[str, str]], seconds: int) -> None:
        self.changes, self.seconds = changes, seconds
        self.rewards: list[float | None] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Grade every change, undoing it after that, and then what is there without any."""
        grader = session.config.pluginmanager.get_plugin("grader")
        gc.freeze()  # a collection in a fork would copy every page that it looks at
        gc.disable()
        for change in self.changes:
            try:
                undo = apply(change["path"], base64.b64decode(change["content"]))
            except OSError:
                self.rewards.append(None)  # a folder in its place, for example: no answer at all
                continue
            self.rewards.append(self.grade(session, grader))
            undo()
        self.rewards.append(self.grade(session, grader))
        return True

    def grade(self, session: pytest.Session, grader: Any) -> float:
        """The reward that the tests give in a fork; 0 when it does not end in time."""
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(source)
                signal.alarm(self.seconds)
                following = [*session.items[1:], None]
                for item, nextitem in zip(session.items, following, strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
                os.write(sink, repr(grader.reward()).encode())
            finally:
                os._exit(0)
        os.close(sink)
        with os.fdopen(source, "rb") as file:
            text = file.read()
        os.waitpid(child, 0)
        return float(text or 0)


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
    spoiler = Spoiler(plan["changes"], plan["seconds"])
    pytest.main(run_tests.GRADE, plugins=[spoiler])
    (HERE / "spoiled.json").write_text(json.dumps(spoiler.rewards), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
