"""The train set: what the consumers' own loaders and checks say about it."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml
from tiny_build import (
    blueprint,
    conversation,
    settings,
    skill,
    solved,
    task,
    trajectory,
    turn,
    verdict,
    write_shards,
)

from shellwright import tables
from shellwright.corpus.funnel import FunnelInputs, funnel
from shellwright.corpus.stage import build_corpus
from shellwright.corpus.stats import corpus_stats
from shellwright.train.messages import TrainReport, write_messages

HARBOR = ["agent", "model", "model_provider", "task", "episode", "run_id", "trial_name", "result"]


def build(folder: Path, trajectories: list[dict[str, Any]], shard_rows: int = 100) -> TrainReport:
    ids = sorted({row["task_id"] for row in trajectories})
    tasks = [task(id, f"Do {id} | and more.") for id in ids]
    shards = write_shards(folder, tasks, [verdict(row) for row in tasks], trajectories)
    tables.write_table(folder / "skills.parquet", "skill", [skill("bundled/a")])
    tables.write_table(folder / "b.parquet", "blueprint", [blueprint(i, 0) for i in ids])
    chosen = settings("duplicate")
    report = build_corpus(shards, chosen, folder / "corpus.parquet")
    inputs = FunnelInputs(folder / "skills.parquet", [folder / "b.parquet"], [])
    return write_messages(
        folder / "corpus.parquet",
        folder / "train",
        shard_rows=shard_rows,
        stats=corpus_stats(folder / "corpus.parquet", report, chosen),
        funnel=funnel(inputs, shards, report),
    )


def good(count: int) -> list[dict[str, Any]]:
    return [trajectory(f"t{n}", solved(f"Do {n}.", f"f{n}")) for n in range(count)]


def llama_factory_keeps(messages: list[dict[str, str]]) -> bool:
    """LLaMA-Factory's rule: odd turns are the user's, even ones the assistant's, their number is
    even; it skips anything else with no more than a warning."""
    accepted = (("user",), ("assistant",))
    broken = any(each["role"] not in accepted[n % 2] for n, each in enumerate(messages))
    return not broken and len(messages) % 2 == 0 and len(messages) > 0


def test_polars_and_pyarrow_read_every_row(tmp_path: Path) -> None:
    report = build(tmp_path, good(5))
    assert (report.seen, report.kept, report.files) == (5, 5, 1)
    path = tmp_path / "train" / "train-00000-of-00001.parquet"
    rows = pl.read_parquet(path).to_dicts()
    assert rows == pq.read_table(path).to_pylist()
    assert [row["task"] for row in rows] == [f"t{n}" for n in range(5)]
    assert rows[2]["messages"] == solved("Do 2.", "f2")
    assert all(llama_factory_keeps(row["messages"]) for row in rows)


def test_columns_are_those_of_harbors_exporter_and_provenance(tmp_path: Path) -> None:
    rows = [
        *good(1),
        trajectory(
            "x",
            solved("Do x.", "x"),
            model="openai/gpt-x",
            reward=None,
            failure="AgentTimeoutError",
            success=False,
        ),
    ]
    build(tmp_path, rows)
    own, other = pl.read_parquet(tmp_path / "train" / "*.parquet").to_dicts()
    assert list(own)[: 1 + len(HARBOR)] == ["messages", *HARBOR]
    assert list(own)[-1] == "date"
    assert {name: own[name] for name in HARBOR} == {
        "agent": "terminus-2",
        "model": "",
        "model_provider": "",
        "task": "t0",
        "episode": "episode-3",
        "run_id": "oracle-" + "3" * 12,
        "trial_name": "t0/oracle/0",
        "result": "1.0",
    }
    assert (other["model_provider"], other["model"]) == ("openai", "gpt-x")
    assert other["result"] == "AgentTimeoutError"
    assert own["tests_digest"] == "1" * 64 and own["license"] == "Apache-2.0"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda messages: messages[1:],
        lambda messages: messages[:-1],
        lambda messages: [{"role": "system", "content": "Be good."}, *messages],
        lambda messages: [*messages[:2], *messages[3:]],
    ],
)
def test_what_does_not_alternate_is_left_out_and_counted(tmp_path: Path, spoil: Any) -> None:
    rows = [*good(2), trajectory("x", spoil(solved("Do x.", "x")))]
    assert not llama_factory_keeps(rows[-1]["messages"])
    report = build(tmp_path, rows)
    assert (report.seen, report.kept) == (3, 2)
    manifest = json.loads((tmp_path / "train" / "manifest.json").read_text())
    assert manifest["left_out"] == {"not alternating": 1}
    assert "Not in this set: 1 not alternating." in (tmp_path / "train" / "README.md").read_text()


def test_files_hold_at_most_so_many_rows_and_stale_ones_go(tmp_path: Path) -> None:
    build(tmp_path, good(7), shard_rows=3)
    folder = tmp_path / "train"
    names = [f"train-0000{n}-of-00003.parquet" for n in range(3)]
    assert sorted(path.name for path in folder.glob("*.parquet")) == names
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [file["rows"] for file in manifest["files"]] == [3, 3, 1]
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names]
    assert [file["sha256"] for file in manifest["files"]] == digests
    assert pl.read_parquet(folder / "*.parquet")["task"].to_list() == [f"t{n}" for n in range(7)]
    build(tmp_path, good(2), shard_rows=3)
    assert [path.name for path in folder.glob("*.parquet")] == ["train-00000-of-00001.parquet"]


def test_the_same_corpus_gives_the_same_bytes(tmp_path: Path) -> None:
    build(tmp_path / "a", good(6), shard_rows=4)
    build(tmp_path / "b", good(6), shard_rows=4)
    for path in (tmp_path / "a" / "train").iterdir():
        other = tmp_path / "b" / "train" / path.name
        if path.name != "README.md":
            assert path.read_bytes() == other.read_bytes(), path.name


def test_no_rows_give_one_file_with_the_columns(tmp_path: Path) -> None:
    assert build(tmp_path, []).files == 1
    frame = pl.read_parquet(tmp_path / "train" / "train-00000-of-00001.parquet")
    assert frame.height == 0 and frame.columns[0] == "messages"
    assert "no benchmark" in (tmp_path / "train" / "README.md").read_text()


def test_the_card_is_valid_for_the_hub(tmp_path: Path) -> None:
    build(tmp_path, good(3))
    card = (tmp_path / "train" / "README.md").read_text()
    front = yaml.safe_load(re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)[1])  # type: ignore[index]
    assert front["license"] == ["apache-2.0"]
    assert front["task_categories"] == ["text-generation"]
    assert front["size_categories"] == ["n<1K"]
    assert front["configs"][0]["data_files"] == [{"split": "train", "path": "train-*.parquet"}]
    for section in ("How it was made", "Funnel", "Distributions", "Licences", "Limitations"):
        assert f"## {section}" in card
    assert "| verified | 3 | 3 |" in card
    assert "{" not in card


def test_reasoning_is_stated(tmp_path: Path) -> None:
    first, second, *rest = solved("Do.", "x")
    second["content"] = "<think>hm</think>\n" + second["content"]
    build(tmp_path, [*good(1), trajectory("x", [first, second, *rest])])
    assert "1 rows hold reasoning" in (tmp_path / "train" / "README.md").read_text()


def test_a_conversation_of_one_exchange_is_enough(tmp_path: Path) -> None:
    assert build(tmp_path, [trajectory("x", conversation("Go.", turn()))]).kept == 1
