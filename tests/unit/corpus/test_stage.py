"""The whole stage on a tiny build."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tiny_build import settings, solved, task, trajectory, turn, verdict, write_shards

from shellwright import schema, tables
from shellwright.corpus import index
from shellwright.corpus.stage import Shard, build_corpus
from shellwright.corpus.streams import Ordered

BENCH = (
    "Weigh every crate of the north depot twice and note the mean of both weights in tons please"
)


def tiny(folder: Path, count: int = 2) -> list[Shard]:
    tasks = [task(f"t{n}", f"Sort the lines of file number {n}.") for n in range(6)]
    verdicts = [verdict(row) for row in tasks]
    trajectories = [trajectory(f"t{n}", solved(f"Task {n}", f"f{n}.txt")) for n in range(6)]
    return write_shards(folder, tasks, verdicts, trajectories, count)


def read(path: Path) -> list[dict[str, object]]:
    return tables.read_table(path, "corpus")


def test_rows_fit_the_schema_and_come_in_order(tmp_path: Path) -> None:
    out = tmp_path / "corpus.parquet"
    report = build_corpus(tiny(tmp_path), settings("duplicate"), out)
    rows = read(out)
    assert (report.seen, report.kept) == (6, 6)
    assert [row["id"] for row in rows] == [f"t{n}/oracle/0" for n in range(6)]
    check = schema.checker("corpus")
    assert [check(row) for row in rows] == [[]] * 6
    assert rows[3]["instruction"] == "Sort the lines of file number 3."
    assert rows[3]["messages"] == solved("Task 3", "f3.txt")
    assert rows[3]["tier"] == "rl"


def test_difficulty_is_joined_where_it_was_measured(tmp_path: Path, row: Any) -> None:
    out = tmp_path / "corpus.parquet"
    shards = tiny(tmp_path)
    build_corpus(shards, settings(), out)
    assert {(each["pass_rate"], each["difficulty_band"]) for each in read(out)} == {(None, None)}
    measured = []
    for number, shard in enumerate(shards):
        found = row("difficulty", id=f"t{number}", pass_rate=0.25, band="hard")
        lost = row("difficulty", id=f"t{number + 2}", pass_rate=None, band="unmeasured")
        path = tmp_path / "difficulty" / f"{number}.parquet"
        tables.write_table(path, "difficulty", [found, lost])
        measured.append(replace(shard, difficulty=path))
    build_corpus(measured, settings(), out)
    bands = {each["task_id"]: (each["pass_rate"], each["difficulty_band"]) for each in read(out)}
    nothing = (None, None)
    assert bands == {
        "t0": (0.25, "hard"),
        "t1": (0.25, "hard"),
        **dict.fromkeys(["t2", "t3", "t4", "t5"], nothing),
    }


def test_the_bytes_do_not_depend_on_the_shards(tmp_path: Path) -> None:
    build_corpus(tiny(tmp_path / "a", 1), settings(), tmp_path / "a.parquet")
    build_corpus(tiny(tmp_path / "b", 4), settings(), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.parquet", "b", "b.parquet"]


def test_an_empty_build_gives_an_empty_table(tmp_path: Path) -> None:
    out = tmp_path / "corpus.parquet"
    report = build_corpus(write_shards(tmp_path, [], [], [], 2), settings(), out)
    assert report.seen == 0
    assert pl.read_parquet(out).schema == tables.polars_schema("corpus")


def test_duplicates_point_at_the_row_that_stays(tmp_path: Path) -> None:
    tasks = [task(id, f"Do {id}.") for id in ("a", "b", "c")]
    same = solved("Do it.", "x.txt")
    trajectories = [
        trajectory("a", same, reward=0.5, success=False, tests_passed=1),
        trajectory("b", same),
        trajectory("c", solved("Do it.", "y.txt")),
    ]
    out = tmp_path / "corpus.parquet"
    shards = write_shards(tmp_path, tasks, [verdict(row) for row in tasks], trajectories)
    build_corpus(shards, settings(), out)
    assert {row["id"]: row["duplicate_of"] for row in read(out)} == {
        "a/oracle/0": "b/oracle/0",
        "b/oracle/0": None,
        "c/oracle/0": None,
    }
    report = build_corpus(shards, settings("duplicate"), out)
    assert [row["id"] for row in read(out)] == ["b/oracle/0", "c/oracle/0"]
    assert report.reasons == {"duplicate": 1}
    assert report.examples["duplicate"]["example"] == "a/oracle/0"
    assert report.examples["duplicate"]["file"] == str(shards[0].trajectories)


def test_the_same_task_twice_is_a_duplicate_in_the_better_tier(tmp_path: Path) -> None:
    first = task("a", "Sort these lines.")
    second = {**task("b", "sort  THESE lines!"), "files": first["files"]}
    other = task("c", "Sort these lines.")
    verdicts = [verdict(first, "sft"), verdict(second, "rl"), verdict(other)]
    trajectories = [trajectory(id, solved(id, f"{id}.txt")) for id in ("a", "b", "c")]
    out = tmp_path / "corpus.parquet"
    build_corpus(
        write_shards(tmp_path, [first, second, other], verdicts, trajectories), settings(), out
    )
    assert {row["id"][0]: row["duplicate"] for row in read(out)} == {
        "a": True,
        "b": False,
        "c": False,
    }


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path: Path) -> None:
    tasks = [task(id, f"Do {id}.") for id in ("a", "b", "c")]
    verdicts = [
        verdict(tasks[0]),
        verdict(tasks[1], "rejected", "oracle: failed"),
        verdict(tasks[2]),
    ]
    trajectories = [
        trajectory("a", solved("A", "a"), cause="infrastructure", success=False),
        trajectory("b", solved("B", "b")),
        trajectory("c", []),
    ]
    out = tmp_path / "corpus.parquet"
    report = build_corpus(write_shards(tmp_path, tasks, verdicts, trajectories), settings(), out)
    assert report.reasons == {"infrastructure": 1, "unverified": 1, "empty": 1}
    assert read(out) == []


@pytest.mark.parametrize("where", ["instruction", "screen", "keystrokes"])
def test_contamination_is_found_wherever_it_stands(tmp_path: Path, where: str) -> None:
    path = tmp_path / "bench.idx"
    path.write_bytes(index.encode_index(index.build_index("bench", {"crates": BENCH}), "a test"))
    messages = solved("Do it.", "x.txt")
    if where == "screen":
        messages[2]["content"] += BENCH
    if where == "keystrokes":
        messages[1]["content"] = turn("Write.", ("cat > x\n" + BENCH.replace(" ", "\n"),))
    tasks = [task("a", BENCH if where == "instruction" else "Do a."), task("b", "Do b.")]
    trajectories = [trajectory("a", messages), trajectory("b", solved("Do b.", "b.txt"))]
    shards = write_shards(tmp_path, tasks, [verdict(row) for row in tasks], trajectories)
    out = tmp_path / "corpus.parquet"
    report = build_corpus(shards, settings(indexes=(path,)), out)
    assert {row["id"][0]: row["contaminated_by"] for row in read(out)} == {
        "a": ["bench/crates"],
        "b": [],
    }
    assert report.objections["contaminated"] == 1
    assert report.benchmarks == [{"name": "bench", "tasks": 1, "grams": 5}]
    build_corpus(shards, settings("contaminated", indexes=(path,)), out)
    assert [row["id"] for row in read(out)] == ["b/oracle/0"]


def test_boilerplate_of_many_tasks_is_reported_and_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "bench.idx"
    long = BENCH + " " + " ".join(f"word{n}" for n in range(40))
    path.write_bytes(index.encode_index(index.build_index("bench", {"crates": long}), "a test"))
    boilerplate = " ".join(BENCH.split()[:14])
    tasks = [task(f"t{n:02}", f"{boilerplate} {n}.") for n in range(11)]
    trajectories = [trajectory(row["id"], solved(row["id"], row["id"])) for row in tasks]
    shards = write_shards(tmp_path, tasks, [verdict(row) for row in tasks], trajectories)
    report = build_corpus(shards, settings(indexes=(path,)), tmp_path / "corpus.parquet")
    assert report.objections["contaminated"] == 0
    assert report.hot == [{"words": boilerplate.lower(), "tasks": 11}]


def test_what_a_killed_build_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".corpus.parquet.work.old").mkdir()
    (tmp_path / ".corpus.parquet.work.old" / "work.duckdb").write_text("half a file")
    build_corpus(tiny(tmp_path), settings(), tmp_path / "corpus.parquet")
    assert not list(tmp_path.glob(".corpus*"))


def test_unknown_filters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"corpus\.drop names no filter: nonsense"):
        settings("nonsense")


def test_ordered_reads_across_batches(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    ids = [f"{n:04}" for n in range(300)]
    pl.DataFrame({"id": ids, "text": [id * 2 for id in ids]}).write_parquet(path)
    ordered = Ordered(path, ["text"])
    for part in (["0000"], ["0003", "0200"], ids[201:299:3]):
        assert ordered.take(part).rows() == [(id, id * 2) for id in part]


def test_messages_survive_any_text(tmp_path: Path) -> None:
    messages = solved("Emoji 🎉, NUL \x00, escapes \x1b[0m and \\n.", "x")
    rows = [task("a", "Do a.")]
    shards = write_shards(tmp_path, rows, [verdict(rows[0])], [trajectory("a", messages)])
    build_corpus(shards, settings(), tmp_path / "corpus.parquet")
    assert json.dumps(read(tmp_path / "corpus.parquet")[0]["messages"]) == json.dumps(messages)
