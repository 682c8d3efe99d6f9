"""What every test sees: a maker of table rows, and the container engine."""

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
def engine() -> Any:
    """A client of the container engine; the test fails, and is not skipped, when none answers."""
    from shellwright.sandbox.engine import connect

    client = connect("for the tests")
    yield client
    client.close()
