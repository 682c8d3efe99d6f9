"""Skills from the wild through the real Snakefile: read, judged, brought together, drawn from."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.builds import CONFIG, Build
from tests.support.embedding_server import embedding_body
from tests.support.git_server import switched_server
from tests.support.model_server import Exchange, ModelServer, completion
from tests.support.wild import NAMES, QUOTE, SKILL, configure, pack, texts

from shellwright import tables

TARGETS = [
    "results/blueprints/all.parquet",
    "results/report/skills.md",
    "results/blueprints/coverage.json",
]


def skills_of(build: Build) -> dict[str, dict[str, Any]]:
    rows = tables.read_table(build.folder / "results" / "skills.parquet", "skill")
    return {row["name"]: row for row in rows if row["source"] == "wild"}


@pytest.fixture
def packed(new_build: Callable[..., Build]) -> Build:
    build = new_build()
    pack(build.folder / "skills.tar.gz", texts())
    configure(build, {"kind": "archive", "path": str(build.folder / "skills.tar.gz")})
    return build


def test_scraped_skills_are_judged_merged_and_drawn_from(packed: Build) -> None:
    packed.good(*TARGETS)
    rows = skills_of(packed)
    assert [rows[name]["status"] for name in NAMES] == ["ok"] * 4, rows["apples"]["reason"]
    assert (rows["eggplant"]["status"], rows["figs"]["status"]) == ("rejected", "rejected")
    assert "safe" in rows["eggplant"]["reason"]
    assert "licence" in rows["figs"]["reason"]
    assert rows["apples-again"]["status"] == "duplicate"
    assert len(rows["apples"]["provenance"]) == 2
    drawn = tables.read_table(packed.folder / TARGETS[0], "blueprint")
    assert any(not row["executable"] for row in drawn)
    assert any(row["executable"] for row in drawn)
    planned = json.loads((packed.folder / TARGETS[2]).read_text())
    share = sum(row["executable"] for row in drawn) / len(drawn)
    assert planned["executable_share"] == pytest.approx(share, abs=0.0001)
    assert not (packed.folder / "results" / "images").exists()
    report = (packed.folder / TARGETS[1]).read_text()
    assert "skills/eggplant" in report.partition("## Unsafe skills")[2]
    assert "outside" in report.partition("## What was not read")[2]
    assert "{{" not in (packed.folder / "results" / "graph" / "explorer.html").read_text()


def test_one_changed_skill_is_read_alone(packed: Build) -> None:
    packed.good(*TARGETS)
    changed = SKILL.format(name="beans", license="MIT").replace("uniq -c", "uniq")
    pack(packed.folder / "skills.tar.gz", texts(beans=changed))
    again = packed.good(*TARGETS)
    assert re.search(r"skills/wild: 7 items, 6 reused, 1 made", again.text)
    assert "Nothing to be done" in packed.good(*TARGETS).text


def make_repository(repository: Path) -> str:
    """Make a repository of skills, with a link that leads out of it; return its commit."""
    for name in NAMES:
        (repository / name).mkdir(parents=True)
        (repository / name / "SKILL.md").write_text(SKILL.format(name=name, license="MIT"))
    (repository / "beans" / "link").symlink_to("/etc/passwd")
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    return subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()


def test_a_git_repository_at_a_pinned_commit(new_build: Callable[..., Build]) -> None:
    build = new_build()
    repository = build.folder / "repository"
    commit = make_repository(repository)
    configure(build, {"kind": "git", "url": repository.as_uri(), "ref": commit})
    build.good(*TARGETS)
    rows = skills_of(build)
    assert {row["commit"] for row in rows.values()} == {commit}
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert "link" in (build.folder / "results" / "skills" / "wild.refused.tsv").read_text()


def test_a_server_that_hangs_is_survived_and_asked_again_until_it_answers(
    new_build: Callable[..., Build],
) -> None:
    build = new_build()
    targets = ["results/skills.parquet", TARGETS[1]]
    commit = make_repository(build.folder / "repository")
    with switched_server(build.folder / "repository", silent=True) as server:
        source = {"kind": "git", "url": server.url, "ref": commit}
        configure(build, source, skills={"limits": {"seconds": 10}})
        # Twice: a build that could not ask the server is not done with it.
        for _ in range(2):
            result = build.good(*targets)
            assert result.jobs["collect_skills"] >= 1
            assert "wild: fetching" in result.text
            assert not skills_of(build)
            report = (build.folder / TARGETS[1]).read_text().partition("## What was not read")[2]
            assert server.url in report
            assert "see whether the server answers" in report
        server.silent = False
        answered = build.good(*targets)
        assert answered.jobs["collect_skills"] == 1
        assert {row["status"] for row in skills_of(build).values()} == {"ok"}
        assert server.url not in (build.folder / TARGETS[1]).read_text()
        assert "Nothing to be done" in build.good(*targets).text


def test_a_build_whose_every_source_is_away_fails(new_build: Callable[..., Build]) -> None:
    build = new_build()
    with switched_server(build.folder, silent=True) as server:
        source = {"name": "wild", "kind": "git", "url": server.url, "ref": "main"}
        skills = {"sources": [source], "limits": {"seconds": 1}}
        build.configure({**CONFIG, "skills": skills})
        result = build.run("results/skills.parquet")
    assert result.status == 1
    assert "wild: fetching" in result.text
    assert "none of them usable" in result.text


def test_a_source_that_is_not_there_is_named(new_build: Callable[..., Build]) -> None:
    build = new_build()
    configure(build, {"kind": "archive", "path": "nowhere.tar.gz"})
    result = build.run(*TARGETS)
    assert result.status == 1
    assert "nowhere.tar.gz" in result.text
    assert "Traceback" not in result.text


def answering(exchange: Exchange) -> None:
    """A model that passes every skill, tells one table before and one after, and accepts all."""
    body = exchange.seen.body
    if "input" in body:
        exchange.send(200, json.dumps(embedding_body(body["input"])).encode())
        return
    asked = json.dumps(body["messages"])
    scenario = {"kind": "table", "text": "A table of orders.", "evidence": QUOTE}
    verdict = {"reason": "It sorts a file.", "quote": QUOTE, "passed": True}
    before = {**scenario, "state": [{"attribute": "format", "value": "csv"}]}
    after = {**scenario, "state": [{"attribute": "format", "value": "tsv"}]}
    ids = re.findall(r'\\"id\\": ?\\"(\w+)\\"', asked)
    if ids:
        rulings = [{"id": id, "reason": "yes", "accepted": True} for id in dict.fromkeys(ids)]
        text = json.dumps({"answers": rulings})
    elif "verifiable" in json.dumps(body.get("response_format", {})):
        filters = ("linux", "workflow", "safe", "verifiable")
        text = json.dumps(dict.fromkeys(filters, verdict))
    else:
        text = json.dumps({"before": [before], "after": [after]})
    exchange.send(200, json.dumps(completion(text)).encode())


def test_models_may_judge_tell_and_embed(packed: Build) -> None:
    with ModelServer(default=answering) as server:
        model = {"base_url": server.base_url, "model": "test", "api_key_env": "TEST_KEY"}
        source = {"kind": "archive", "path": str(packed.folder / "skills.tar.gz")}
        configure(
            packed,
            source,
            skills={"reader": "openai", "openai": model},
            graph={"embeddings": "openai", "judge": "openai", "openai": model},
        )
        result = packed.run(*TARGETS, TEST_KEY="secret-0123456789")
        assert result.status == 0, result.text[-3000:]
        asked = server.count
        assert asked >= 2 * len(NAMES)
        forced = ["--forcerun", "collect_skills", "build_graph"]
        assert packed.run(*TARGETS, *forced, TEST_KEY="secret-0123456789").status == 0
        assert server.count == asked
    rows = skills_of(packed)
    assert {each["judge"] for each in rows["beans"]["filters"]} == {"procedural", "test"}
    # What the procedural judge refuses as unsafe is not shown to the model.
    assert {each["judge"] for each in rows["eggplant"]["filters"]} == {"procedural"}
    judgements = packed.folder / "results" / "graph" / "judgements.parquet"
    assert "test" in {row["judge"] for row in tables.read_table(judgements, "judgement")}
    assert "secret-0123456789" not in result.text
