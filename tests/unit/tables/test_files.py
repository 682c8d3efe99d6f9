"""Tables."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shellwright import schema, tables
from shellwright.errors import UserError

TABLES = sorted(
    path.name.removesuffix(".schema.yaml")
    for path in schema.SCHEMAS.glob("*.schema.yaml")
    if path.name != "config.schema.yaml"
)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_every_table_comes_back_as_it_was(table: str, row: Any, tmp_path: Path) -> None:
    rows = [row(table, id="a"), row(table, id="b")]
    tables.write_table(tmp_path / "t.parquet", table, rows)
    assert tables.read_table(tmp_path / "t.parquet", table) == rows


@pytest.mark.parametrize("table", TABLES)
def test_nulls_are_kept_where_they_are_allowed(table: str, row: Any, tmp_path: Path) -> None:
    columns = schema.load(table)["properties"].items()
    empty = row(table, **{name: None for name, column in columns if schema.nullable(column)})
    tables.write_table(tmp_path / "t.parquet", table, [empty])
    assert tables.read_table(tmp_path / "t.parquet", table) == [empty]


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_keeps_its_columns(table: str, tmp_path: Path) -> None:
    tables.write_table(tmp_path / "t.parquet", table, [])
    assert tables.read_table(tmp_path / "t.parquet", table) == []
    assert pl.read_parquet_schema(tmp_path / "t.parquet") == tables.polars_schema(table)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_required_and_described(table: str) -> None:
    described = schema.load(table)
    assert described["required"] == list(described["properties"])
    assert described["additionalProperties"] is False
    assert all(column["description"] for column in described["properties"].values())


@pytest.mark.parametrize("table", TABLES)
def test_volatile_columns_come_last(table: str) -> None:
    stable = tables.column_names(table, volatile=False)
    assert tables.column_names(table)[: len(stable)] == stable


def test_the_order_of_rows_does_not_count(row: Any, tmp_path: Path) -> None:
    rows = [row("task", id=f"{n:03}") for n in range(50)]
    tables.write_table(tmp_path / "one.parquet", "task", rows)
    tables.write_table(tmp_path / "two.parquet", "task", reversed(rows))
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


@settings(max_examples=30)
@given(content=st.binary(), text=st.text(st.characters(codec="utf-8")))
def test_bytes_and_text_of_any_kind_come_back(
    content: bytes, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("table") / "t.parquet"
    file = {"path": "a", "mode": 0o755, "content": content}
    task = {**_task(), "files": [file], "instruction": text}
    tables.write_table(path, "task", [task])
    assert tables.read_table(path, "task") == [task]


def _task() -> dict[str, Any]:
    from tests.conftest import sample

    return {name: sample(column) for name, column in schema.load("task")["properties"].items()}


def test_a_choice_of_columns(row: Any, tmp_path: Path) -> None:
    tables.write_table(tmp_path / "t.parquet", "task", [row("task", id="a")])
    assert tables.read_table(tmp_path / "t.parquet", "task", ["digest", "id"]) == [
        {"digest": "0" * 64, "id": "a"}
    ]


def test_an_unknown_column_is_named_with_the_row(row: Any, tmp_path: Path) -> None:
    wrong = {**row("task", id="a"), "lenght": 1}
    with pytest.raises(ValueError, match=r"row 'a': lenght: found an unknown key.*mean 'length'"):
        tables.write_table(tmp_path / "t.parquet", "task", [wrong])
    assert not (tmp_path / "t.parquet").exists()


def test_a_missing_column_is_named(row: Any, tmp_path: Path) -> None:
    wrong = row("verdict")
    del wrong["tier"]
    with pytest.raises(ValueError, match="tier: found nothing"):
        tables.write_table(tmp_path / "t.parquet", "verdict", [wrong])


def test_a_wrong_value_deep_inside_is_named(row: Any, tmp_path: Path) -> None:
    wrong = row("task", files=[{"path": "a", "mode": 0, "content": "text"}])
    with pytest.raises(ValueError, match=r'files\[0\]\.content: found "text"'):
        tables.write_table(tmp_path / "t.parquet", "task", [wrong])


def test_two_rows_with_one_id_are_refused(row: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two task rows have the id a"):
        tables.write_table(tmp_path / "t.parquet", "task", [row("task", id="a")] * 2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file; expected the task table"):
        tables.read_table(tmp_path / "t.parquet", "task")


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UserError, match="not a parquet file"):
        tables.read_table(tmp_path / "t.parquet", "task")


def test_a_table_of_another_version_is_named(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a"], "length": ["1"]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(UserError, match="column length is String; expected Int64"):
        tables.read_table(tmp_path / "t.parquet", "task", ["id", "length"])
