"""Questions to tables."""

from pathlib import Path

import polars as pl
import pytest

from shellwright.query import main


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    pl.DataFrame({"tier": ["rl", "rl", "sft"], "note": ["a\nb", "c", "d"]}).write_parquet(path)
    return path


def test_an_answer_is_a_table(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"select tier, count(*) as tasks from '{table}' group by tier"]) == 0
    said = capsys.readouterr().out
    assert "tasks" in said
    assert "sft" in said


def test_a_plain_answer_is_the_values_alone(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--plain", f"select note, tier from '{table}' limit 2"]) == 0
    assert capsys.readouterr().out == "a\nb\trl\nc\trl\n"


def test_a_question_that_cannot_be_answered_is_said_in_short(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["select * from 'nowhere.parquet'"]) == 1
    said = capsys.readouterr().err
    assert "nowhere.parquet" in said
    assert "Traceback" not in said
