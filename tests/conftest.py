"""What every test sees: a maker of table rows, and the container engine."""

import fcntl
import os
from typing import Any

import pytest
from hypothesis import settings

from shellwright import schema
from shellwright.schema import Schema

Row = dict[str, Any]

# How long an example may take is measured by the benchmarks: here a busy machine would decide.
settings.register_profile("shellwright", deadline=None)
settings.load_profile("shellwright")


def sample(column: Schema) -> Any:
    """Return a legal value of a column, the same one every time."""
    if "enum" in column:
        return column["enum"][0]
    if column.get("contentEncoding") == "base64":
        return b"\x00content"
    kind = schema.types_of(column)[0]
    if kind == "array":
        return [sample(column["items"])]
    if kind == "object":
        return {name: sample(part) for name, part in column["properties"].items()}
    if kind == "string":
        return "0" * 64 if "0-9a-f" in column.get("pattern", "") else "text"
    return {"integer": 1, "number": 1.0, "boolean": True}[kind]


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two groups stay together where tests are run by several processes.

    The tests with an engine count what is in it, and Snakemake locks the folder that it runs in.
    """
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.xdist_group("engine"))
        elif "workflow" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("workflow"))


@pytest.fixture
def row() -> Any:
    """A function that makes a legal row of a table: ``row("task", id="a", status="failed")``."""

    def make(table: str, **columns: Any) -> Row:
        described = schema.load(table)["properties"]
        unknown = columns.keys() - described.keys()
        assert not unknown, f"the table {table} has no columns {sorted(unknown)}"
        return {**{name: sample(column) for name, column in described.items()}, **columns}

    return make


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A client of the container engine; the test fails, and is not skipped, when none answers.

    It fails as well where two processes of one run have such tests: each would find the other's
    containers and images.
    """
    from shellwright.sandbox.engine import connect

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        client = connect("for the tests")
        yield client
        client.close()
