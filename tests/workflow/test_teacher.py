"""The teacher that asks a model, through the real Snakefile and a real local server."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.builds import CONFIG, TASKS, Build
from tests.support.model_server import ModelServer

from shellwright import tables

NOTHING = "Nothing to be done"


def asking(base_url: str, **changes: Any) -> dict[str, Any]:
    """Return a configuration whose tasks are rewritten by the model at ``base_url``."""
    model = {"model": "test", "api_key_env": "TEST_KEY", "attempts": 1, "retries": 0}
    openai = {**model, "base_url": base_url, **changes}
    return {**CONFIG, "tasks": {"teacher": "openai", "openai": openai}}


def test_a_model_is_asked_once_for_each_task(new_build: Callable[..., Build]) -> None:
    build = new_build()
    with ModelServer() as server:
        build.configure(asking(server.base_url))
        first = build.run(*TASKS, TEST_KEY="secret-0123456789")
        assert first.status == 0, first.text
        assert server.count == first.made("tasks") == 8
        assert "secret-0123456789" not in first.text
    rows = [row for path in TASKS for row in tables.read_table(build.folder / path, "task")]
    # The server's answer says nothing of the task, so no instruction is taken from it.
    for row in rows:
        lineage = json.loads(row["lineage_json"])
        assert (lineage["teacher"], lineage["accepted"]) == ("openai", False)

    # The endpoint is gone, and at another address: neither decides what a task is.
    build.configure(asking("http://127.0.0.1:9/v1", timeout_s=1, concurrency=1))
    assert NOTHING in build.run(*TASKS, TEST_KEY="").text
    (build.folder / TASKS[0]).unlink()
    again = build.run(*TASKS, TEST_KEY="secret-0123456789")
    assert again.status == 0, again.text
    assert again.made("tasks") == 0


def test_an_endpoint_that_is_not_there_stops_the_build_with_a_sentence(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    build.configure(asking("http://127.0.0.1:9/v1"))
    without = build.run(*TASKS, TEST_KEY="")
    (line,) = [line for line in without.text.splitlines() if "TEST_KEY is not set" in line]
    assert line.startswith(f"{build.folder}/mine.yaml: tasks.openai.api_key_env: ")
    assert not without.jobs
    result = build.run(*TASKS, TEST_KEY="secret-0123456789")
    assert result.status == 1
    assert "http://127.0.0.1:9/v1" in result.text
    assert "Traceback" not in result.text
