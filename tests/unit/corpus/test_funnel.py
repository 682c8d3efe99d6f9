"""The funnel and the statistics of a tiny build in which something fails at every stage."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_build import (
    blueprint,
    failed_task,
    settings,
    skill,
    solved,
    task,
    trajectory,
    verdict,
    write_shards,
)

from shellwright import tables
from shellwright.corpus.funnel import FunnelInputs, funnel
from shellwright.corpus.stage import build_corpus
from shellwright.corpus.stats import corpus_stats


@pytest.fixture
def built(tmp_path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    tables.write_table(
        tmp_path / "skills.parquet",
        "skill",
        [skill("bundled/a"), skill("bundled/b", "rejected", "licence: NOASSERTION")],
    )
    tables.write_table(
        tmp_path / "blueprints.parquet", "blueprint", [blueprint(f"t{n}", n) for n in range(5)]
    )
    tables.write_table(tmp_path / "images.parquet", "image", [])
    tasks = [task(f"t{n}", f"Do {n}.") for n in range(4)] + [failed_task("t4", "facts: none")]
    verdicts = [verdict(tasks[0]), verdict(tasks[1], "sft", "mutants: 1 lives"), verdict(tasks[2])]
    verdicts.append(verdict(tasks[3], "rejected", "oracle: reward 0.5"))
    trajectories = [
        trajectory("t0", solved("Do 0.", "a")),
        trajectory("t0", solved("Do 0 again.", "a"), attempt=1),
        trajectory("t1", solved("Do 1.", "b"), success=False, reward=0.5, tests_passed=1),
        trajectory("t2", solved("Do 2.", "c"), cause="infrastructure", failure="engine: gone"),
    ]
    shards = write_shards(tmp_path, tasks, verdicts, trajectories)
    chosen = settings("duplicate")
    report = build_corpus(shards, chosen, tmp_path / "corpus.parquet")
    inputs = FunnelInputs(
        tmp_path / "skills.parquet",
        [tmp_path / "blueprints.parquet"],
        [tmp_path / "images.parquet"],
    )
    return funnel(inputs, shards, report), corpus_stats(tmp_path / "corpus.parquet", report, chosen)


def test_every_stage_accounts_for_all_it_saw(built: Any) -> None:
    stages, _ = built
    assert [(entry["stage"], entry["seen"], entry["kept"]) for entry in stages] == [
        ("skills", 2, 1),
        ("blueprints", 5, 5),
        ("tasks", 5, 4),
        ("images", 0, 0),
        ("verified", 4, 3),
        ("trajectories", 4, 3),
        ("corpus", 4, 2),
    ]
    for entry in stages:
        assert entry["unit"] in ("skills", "images", "tasks", "trajectories")
        assert entry["seen"] - entry["kept"] == sum(lost["count"] for lost in entry["dropped"])
    json.dumps(stages)


def test_reasons_come_with_an_example_and_its_file(built: Any) -> None:
    stages, _ = built
    lost = {entry["stage"]: entry["dropped"] for entry in stages}
    assert lost["skills"][0]["reason"] == "rejected: licence"
    assert lost["tasks"][0]["reason"] == "facts"
    assert lost["verified"][0] | {"file": ""} == {
        "reason": "oracle",
        "count": 1,
        "example": "t3",
        "detail": "oracle: reward 0.5",
        "file": "",
    }
    assert lost["verified"][0]["file"].endswith("verified/1.parquet")
    assert lost["trajectories"][0]["reason"] == "infrastructure: engine"
    assert {entry["reason"] for entry in lost["corpus"]} == {"duplicate", "infrastructure"}


def test_what_stays_is_counted_by_label(built: Any) -> None:
    labels = {entry["stage"]: entry["labels"] for entry in built[0]}
    assert labels["verified"] == {"rl": 2, "sft": 1}
    assert labels["trajectories"] == {"oracle: not solved": 1, "oracle: solved": 2}


def test_statistics(built: Any) -> None:
    _, stats = built
    assert (stats["rows"], stats["tasks"], stats["solved"]) == (2, 2, 1)
    assert stats["counts"]["category"] == [{"value": "text-processing", "rows": 2}]
    assert stats["counts"]["tools"] == [{"value": "sort", "rows": 2}]
    assert stats["quantiles"]["turns"]["max"] == 4
    assert sum(part["rows"] for part in stats["histograms"]["turns"]) == 2
    assert stats["outcomes"] == [{"category": "text-processing", "rows": 2, "solved": 1}]
    objections = {each["filter"]: each["objections"] for each in stats["filters"]}
    assert objections["duplicate"] == 1 and objections["unsuccessful"] == 1
    assert stats["excluded"][0]["count"] == 1
    json.dumps(stats)


def test_statistics_of_nothing(tmp_path: Path) -> None:
    out = tmp_path / "corpus.parquet"
    report = build_corpus(write_shards(tmp_path, [], [], []), settings(), out)
    stats = corpus_stats(out, report, settings())
    assert stats["rows"] == 0 and stats["quantiles"]["turns"]["p50"] is None
    json.dumps(stats)
