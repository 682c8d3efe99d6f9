"""Assertions in coroutines and generators that are only called, and paths that are asserted."""

import pytest
from tests.support import verify_tasks as tasks

HEAD = "import asyncio, pytest\nfrom pathlib import Path\n"
ASSERTS = "    assert open('/app/n').read() == '4\\n'\n"
COROUTINE = f"async def check():\n{ASSERTS}\n"
GENERATOR = f"def check():\n{ASSERTS}    yield\n\n"


def rules(source: str, **helpers: str) -> set[str]:
    files: dict[str, str | None] = {f"tests/{name}.py": text for name, text in helpers.items()}
    return tasks.rules(tasks.foreign("deferred", HEAD + source, files=files))


@pytest.mark.parametrize("check", [COROUTINE, GENERATOR])
def test_an_assertion_that_a_call_alone_does_not_run(check: str) -> None:
    assert rules(f"{check}def test_x():\n    check()\n") == {"asserts-nothing"}
    called = "from helpers import check\ndef test_x():\n    check()\n"
    assert rules(called, helpers=check) == {"asserts-nothing"}
    between = "def both():\n    check()\n\n"
    assert rules(f"{check}{between}def test_x():\n    both()\n") == {"asserts-nothing"}


@pytest.mark.parametrize(
    ("check", "body"),
    [
        (COROUTINE, "asyncio.run(check())"),
        (COROUTINE, "task = check()\n    asyncio.run(task)"),
        (COROUTINE, "asyncio.run(asyncio.wait_for(check(), 5))"),
        (COROUTINE, "check().send(None)"),
        (COROUTINE.replace("async", "@synchronous\nasync"), "check()"),
        (COROUTINE + "check = synchronous(check)\n", "check()"),
        (GENERATOR, "next(check())"),
        (GENERATOR, "list(check())"),
        (GENERATOR, "for _ in check():\n        pass"),
        (GENERATOR, "with contextmanager(check)():\n        pass"),
        (GENERATOR, "check()\n    [*check()]"),
        # The generator is another function, inside.
        (f"def check():\n    def each():\n        yield 1\n{ASSERTS}    list(each())\n", "check()"),
    ],
)
def test_coroutines_and_generators_that_are_run(check: str, body: str) -> None:
    assert rules(f"{check}def test_x():\n    {body}\n") == set()


def test_a_coroutine_that_is_awaited_runs() -> None:
    test = "@pytest.mark.asyncio\nasync def test_x():\n    await check()\n"
    assert rules(COROUTINE + test) == set()


def test_a_path_is_true_without_its_file() -> None:
    for path in ("Path('/app/n')", "Path('/app') / 'n'"):
        wanted = {"vacuous-test"} if path.endswith("n')") else set()
        assert rules(f"def test_x():\n    assert {path}\n") == wanted
    own = "def Path(name):\n    return open(name).read() == '4\\n'\n"
    assert rules(f"{own}def test_x():\n    assert Path('/app/n')\n") == set()
    assert rules("def test_x():\n    assert Path('/app/n').read_text() == '4\\n'\n") == set()
