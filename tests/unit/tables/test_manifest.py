"""Manifests."""

from pathlib import Path
from typing import Any

import pytest

from shellwright import tables
from shellwright.errors import UserError


def test_a_manifest_is_sorted_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    tables.write_manifest(path, [("b", "2", "ok"), ("a", "1", "failed")])
    assert path.read_text() == (
        '{"digest":"1","id":"a","status":"failed"}\n{"digest":"2","id":"b","status":"ok"}\n'
    )
    assert tables.read_manifest(path) == [
        tables.Entry("a", "1", "failed"),
        tables.Entry("b", "2", "ok"),
    ]


def test_an_empty_manifest_is_legal(tmp_path: Path) -> None:
    tables.write_manifest(tmp_path / "m.jsonl", [])
    assert tables.read_manifest(tmp_path / "m.jsonl") == []


def test_times_do_not_count(row: Any) -> None:
    one, two = row("verdict", seconds=1.0), row("verdict", seconds=2.0)
    assert tables.stable_digest("verdict", one) == tables.stable_digest("verdict", two)
    other = row("verdict", tier="rl")
    assert tables.stable_digest("verdict", one) != tables.stable_digest("verdict", other)


def test_times_inside_of_columns_do_not_count(row: Any) -> None:
    mutant = {"name": "empty", "kind": "empty", "killed": True, "noticed_by": "test_a"}
    mutant |= {
        "reward": None,
        "exit_code": 1,
        "passed": 1,
        "total": 2,
        "output": "x",
        "seconds": 0.1,
    }
    gate = {"gate": "noop", "outcome": "pass", "reason": None, "evidence_json": "1"}

    def told(in_gate: dict[str, Any], in_mutant: dict[str, Any]) -> str:
        columns = {"gates": [gate | in_gate], "mutants": [mutant | in_mutant]}
        return tables.stable_digest("verdict", row("verdict", **columns))

    first = told({}, {})
    assert told({"evidence_json": "2"}, {"seconds": 0.2}) == first
    assert told({"outcome": "fail"}, {}) != first
    assert told({}, {"killed": False}) != first


def test_the_manifest_of_rows(row: Any) -> None:
    rows = [row("verdict", id="a", tier="sft")]
    (entry,) = tables.manifest_of("verdict", rows, "tier")
    assert (entry.id, entry.status) == ("a", "sft")
    assert entry.digest == tables.stable_digest("verdict", rows[0])


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"digest":"1","id":"a","status":"ok"}\n{"id":\n')
    with pytest.raises(UserError, match=r"m\.jsonl:2: found"):
        tables.read_manifest(path)
