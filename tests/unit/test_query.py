"""Questions to tables."""

import subprocess
import sys
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


def test_a_reader_that_has_seen_enough_is_no_error(table: Path) -> None:
    command = [sys.executable, "-m", "shellwright.query", "--plain", "select * from range(100000)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        assert asked.stdout and asked.stderr
        assert asked.stdout.readline() == b"0\n"
        asked.stdout.close()
        assert asked.stderr.read() == b""
    assert asked.returncode == 0
