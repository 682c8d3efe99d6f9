"""The gates that ask a model, through the real Snakefile, real boxes and a real local server."""

import json
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from tests.support.agent import acting
from tests.support.builds import CONFIG, TASKS, Build
from tests.support.model_server import Exchange, ModelServer, ok

from shellwright import tables
from shellwright.rubric.criteria import CRITERIA

pytestmark = pytest.mark.engine

KEY = "secret-0123456789"
VERDICTS = ["results/verified/0.parquet", "results/verified/1.parquet"]
DIFFICULTY = ["results/difficulty/0.parquet", "results/difficulty/1.parquet"]
SMALL: dict[str, Any] = {**CONFIG, "blueprints": {"count": 3, "length": {"max": 1}}}
BLOCK = re.compile(r"=== BEGIN (\w+) ===\n(.*?)\n=== END \1 ===", re.DOTALL)


def judging(bad: str) -> Callable[[Exchange], None]:
    """A judge who finds all tasks in order but the one with the instruction ``bad``."""

    def step(exchange: Exchange) -> None:
        user = exchange.seen.body["messages"][1]["content"]
        blocks = [text for _, text in BLOCK.findall(user)]
        shown = {"instruction": blocks[0], "tests": blocks[1]}
        answer = {
            criterion.name: {
                "reason": "As I see it.",
                "quote": shown[criterion.source][:60],
                "score": 1 if criterion.name == "self_contained" and bad in blocks[0] else 5,
            }
            for criterion in CRITERIA
        }
        ok(json.dumps(answer))(exchange)

    return step


def rows(build: Build, table: str, paths: list[str]) -> dict[str, dict[str, Any]]:
    return {
        row["id"]: row for path in paths for row in tables.read_table(build.folder / path, table)
    }


def asking(server: ModelServer, least: int = 4) -> dict[str, Any]:
    model = {"base_url": server.base_url, "model": "test", "api_key_env": "TEST_KEY"}
    return {
        **SMALL,
        "verify": {"rubric": {"judge": "openai", "least_score": least, "openai": model}},
        "difficulty": {"agent": "model", "attempts": 2, "openai": model},
    }


def test_a_judge_and_an_agent_leave_their_mark_on_the_corpus(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    build.configure(SMALL)
    build.good(*VERDICTS)
    plain = rows(build, "verdict", VERDICTS)
    assert {row["tier"] for row in plain.values()} == {"rl"}
    assert all(row["gates"][-1]["gate"] == "isolation" for row in plain.values())

    written = rows(build, "task", TASKS)
    bad, solved, *_ = sorted(written)
    script = next(
        file["content"] for file in written[solved]["files"] if file["path"].endswith("solve.sh")
    )
    act = acting({written[solved]["instruction"]: script}, seconds=5.0)
    judge = judging(written[bad]["instruction"].strip())

    def answer(exchange: Exchange) -> None:
        (judge if "response_format" in exchange.seen.body else act)(exchange)

    with ModelServer(default=answer) as server:
        build.configure(asking(server))
        result = build.run("results/corpus.parquet", TEST_KEY=KEY)
        assert result.status == 0, result.text[-4000:]
        # One question for each task; two attempts with three answers, or with two.
        assert server.count == 3 + 2 * (3 + 2 + 2)
        # The boxes of the gates were not needed again.
        assert (result.made("verified"), result.made("rubric")) == (0, 3)
        assert KEY not in result.text

        verdicts = rows(build, "verdict", VERDICTS)
        tiers = {name: row["tier"] for name, row in verdicts.items()}
        assert tiers == {name: "sft" if name == bad else "rl" for name in written}
        assert verdicts[bad]["reason"].startswith("not-self-contained: score 1 of 5")
        assert all(row["gates"][-1]["gate"] == "rubric" for row in verdicts.values())
        failures = build.folder / "results" / "verified" / "failures"
        assert [folder.name for folder in failures.iterdir()] == [bad]
        assert "not-self-contained" in (failures / bad / "README.md").read_text()

        bands = {name: row["band"] for name, row in rows(build, "difficulty", DIFFICULTY).items()}
        assert bands == {name: "trivial" if name == solved else "unsolved" for name in written}
        attempts = build.folder / "results" / "difficulty" / "attempts"
        assert len(pl.read_parquet(attempts / "*.parquet")) == 6

        corpus = pl.read_parquet(build.folder / "results" / "corpus.parquet")
        assert dict(corpus.select("task_id", "difficulty_band").iter_rows()) == bands
        assert dict(corpus.select("task_id", "tier").iter_rows()) == tiers

        # Another threshold and other bands ask nothing and run nothing again.
        config = asking(server, least=2)
        config["difficulty"]["bands"] = {"hard": 0.1}
        build.configure(config)
        again = build.run("results/corpus.parquet", TEST_KEY=KEY)
        assert again.status == 0, again.text[-4000:]
        assert again.jobs["verify_tasks"] == again.jobs["measure_difficulty"] == 2
        made = [again.made(stage) for stage in ("verified", "rubric", "difficulty")]
        assert made == [0, 0, 0]
        assert server.count == 17
    assert "Nothing to be done" in build.run("results/corpus.parquet", TEST_KEY="").text


def test_without_an_answer_the_build_stops_and_keeps_what_boxes_made(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    model = {
        "base_url": "http://127.0.0.1:9/v1",
        "model": "test",
        "api_key_env": "TEST_KEY",
        "retries": 0,
    }
    build.configure({**SMALL, "verify": {"rubric": {"judge": "openai", "openai": model}}})
    result = build.run(*VERDICTS, TEST_KEY=KEY)
    assert result.status == 1
    assert "verify.rubric.openai.base_url: http://127.0.0.1:9/v1" in result.text
    assert "Traceback" not in result.text and KEY not in result.text
    build.configure(SMALL)
    assert build.good(*VERDICTS).made("verified") == 0


def test_nobody_is_asked_unless_the_configuration_says_so(new_build: Callable[..., Build]) -> None:
    build = new_build()
    build.configure(SMALL)
    planned = build.good("--dry-run").text
    assert "collect_trajectories" in planned and "measure_difficulty" not in planned
