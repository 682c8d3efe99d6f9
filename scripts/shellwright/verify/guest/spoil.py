"""Tells of many spoiled outputs whether the tests notice each, and whether they hold without any.

The tests are loaded once, and called as the functions that they are: what pytest adds, an account
of each, is not asked for here and takes most of the time. Each answer comes from a fork in which
they run until the first one fails: those that speak of the spoiled file first, those that run
programs last. It lies beside the tests as tests/spoil.py with spoil.json, {"seconds": most for one
answer, "changes": [{"path", "content"}] (content in base64, null for a file that is away)}, and
writes spoiled.json, {"answers": [{"noticed": whether a test failed, "by": its name or null,
"seconds"} or, where the change could not be made, null]}, with one more for what is there without
any change. Every file is put back: content, mode, owner, links and times.
"""

import base64
import gc
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
    """Which test fails, tried in a fork that ends with the first one that does.

    When they take longer than the seconds it is the one that runs then. Without any test the answer
    is that they noticed, as nothing shows that they hold.
    """
    # Of the fork, where anything may run, nothing is read but a number of this size.
    at = mmap.mmap(-1, INDEX)
    began = time.monotonic()
    child = os.fork()
    if not child:
        failed = True
        try:
            signal.alarm(seconds)
            for index, test in enumerate(tests):
                at[:] = index.to_bytes(INDEX, "little")
                test()
            failed = not tests
        finally:
            # Whatever a test raises, the answer is the exit code and nothing is printed.
            os._exit(failed)
    noticed = os.waitpid(child, 0)[1] != 0
    index = int.from_bytes(at[:], "little")
    by = tests[index].__name__ if noticed and index < len(tests) else None
    return {"noticed": noticed, "by": by, "seconds": round(time.monotonic() - began, 3)}


def ordered(tests: Sequence[FunctionType], path: str | None = None) -> list[FunctionType]:
    """The tests in the order in which they are likely to fail soon."""

    def late(test: FunctionType) -> tuple[bool, bool]:
        spoiled = path is not None and path in test.__code__.co_consts
        return not spoiled, not SLOW.isdisjoint(test.__code__.co_names)

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
    answers.append(ask(ordered(tests), plan["seconds"]))
    (HERE / "spoiled.json").write_text(json.dumps({"answers": answers}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
