"""The report: what a person is told, and that nothing of it can break the page."""

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from shellwright.report import runs
from shellwright.report.charts import bars, escape
from shellwright.report.gallery import choose
from shellwright.report.page import write_report
from shellwright.report.summary import aligned, summary

NASTY = 'Sort <script>alert("x")</script> & \x1b[31mred\x1b[0m\x00 "quotes"'


class Strict(HTMLParser):
    """Checks that every element is closed where it should be, and collects what is there."""

    VOID = frozenset({"meta", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def build(folder: Path, count: int = 5, text: str = "Sort it.") -> tuple[Path, Any, Any]:
    tasks = [
        task(f"t{n:02}", f"{text} ({n})", category=("a", "b")[n % 2]) for n in range(count)
    ] + [failed_task("x", "facts: a value is missing")]
    verdicts = [verdict(row) for row in tasks[:count]]
    verdicts[0] = verdict(tasks[0], "rejected", f"oracle: {text}")
    trajectories = [trajectory(f"t{n:02}", solved(text, f"f{n}")) for n in range(1, count)]
    shards = write_shards(folder, tasks, verdicts, trajectories)
    sort = skill("bundled/sort-lines") | {"title": f"Sort lines {text[4:]}"}
    tables.write_table(folder / "skills.parquet", "skill", [sort])
    tables.write_table(
        folder / "b.parquet", "blueprint", [blueprint(row["id"], n) for n, row in enumerate(tasks)]
    )
    report = build_corpus(shards, settings("duplicate"), folder / "corpus.parquet")
    inputs = FunnelInputs(folder / "skills.parquet", [folder / "b.parquet"], [])
    stages = funnel(inputs, shards, report)
    stats = corpus_stats(folder / "corpus.parquet", report, settings("duplicate"))
    write_report(
        folder / "corpus.parquet",
        [shard.tasks for shard in shards],
        [shard.verdicts for shard in shards],
        folder / "skills.parquet",
        stats=stats,
        funnel=stages,
        out=folder / "report",
        sources=[{"name": "bundled", "kind": "library", "path": "lib"}],
    )
    return folder / "report", stats, stages


def test_the_summary_says_what_came_out_and_what_did_not(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path)
    text = (folder / "summary.md").read_text()
    first = text.splitlines()[0]
    assert first == "# 4 verified tasks of 6 planned, 4 trajectories in the corpus"
    assert "6 planned, 5 written, 4 verified (rl 4, rejected 1)" in text
    assert "1 skills found, 1 skills usable, 1 skills executable, 0 images in use" in text
    assert re.search(r"\| written +\| tasks +\| +6 \| +5 \|", text)
    assert not re.search(r"\| (skills|images) +\|", text)
    assert re.search(r"\| verified +\| +1 \| oracle +\| t00 +\| .*verified/0\.parquet", text)
    assert "results/train/" in text
    assert len(text.splitlines()) < 60


def test_the_summary_stays_short_however_much_fails() -> None:
    dropped = [
        {"reason": f"reason {n}", "count": n, "example": "x", "detail": "", "file": "f"}
        for n in range(1, 100)
    ]
    stage = {"stage": "tasks", "seen": 9999, "kept": 0, "labels": {}, "dropped": dropped}
    names = ("skills", "blueprints", "tasks", "images", "verified", "trajectories", "corpus")
    stats = {
        **dict.fromkeys(("rows", "tasks", "solved", "turns", "tokens"), 0),
        "filters": [],
        "decontamination": {"benchmarks": []},
    }
    text = summary(stats, [{**stage, "stage": name} for name in names])
    assert len(text.splitlines()) < 60
    assert "more reasons: results/corpus/funnel.json" in text


def test_measured_difficulty_has_a_chart_and_else_there_is_none(tmp_path: Path) -> None:
    title = "Difficulty as an agent meets it"
    folder, stats, stages = build(tmp_path)
    assert stats["counts"]["difficulty_band"] == [{"value": None, "rows": 4}]
    assert title not in (folder / "index.html").read_text()
    stats["counts"]["difficulty_band"].append({"value": "unsolved", "rows": 3})
    write_report(
        tmp_path / "corpus.parquet",
        sorted((tmp_path / "tasks").glob("*.parquet")),
        sorted((tmp_path / "verified").glob("*.parquet")),
        tmp_path / "skills.parquet",
        stats=stats,
        funnel=stages,
        out=folder,
        sources=[{"name": "bundled", "kind": "library", "path": "lib"}],
    )
    chart = (
        (folder / "index.html").read_text().partition(f"<h3>{title}</h3>")[2].partition("</dl>")[0]
    )
    assert "unsolved" in chart and "None" not in chart


def test_aligned_columns() -> None:
    assert aligned(["name", "n"], [["a|b", 5], ["long name", 12]]).splitlines() == [
        "| name      |  n |",
        "| --------- | -: |",
        "| a\\|b      |  5 |",
        "| long name | 12 |",
    ]


def test_the_page_is_well_formed_and_needs_nothing_from_outside(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path, text=NASTY)
    page = (folder / "index.html").read_text()
    parser = Strict()
    parser.feed(page)
    assert parser.open == []
    assert not parser.seen & {"img", "link", "iframe", "object", "base", "form"}
    assert not {name for name, _ in parser.attributes if name == "src" or name.startswith("on")}
    assert {value for name, value in parser.attributes if name == "href"} == {
        "../graph/explorer.html",
        "../graph/graph.svg",
        "skills.md",
        "census.md",
        "coverage.json",
        "summary.md",
    }
    assert "http" not in page.replace("http-equiv", "")
    assert "&lt;script&gt;alert(&quot;x&quot;)" in page
    assert "␛[31mred" in page and "\x1b" not in page and "\x00" not in page
    assert page.count('<details class="task">') == 4


def test_the_page_runs_its_own_script_only(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path, text=NASTY)
    page = (folder / "index.html").read_text()
    [script] = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = re.findall('Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy and f"script-src 'sha256-{hashed}';" in policy
    # What tasks and agents wrote is read and shown as text.
    assert "textContent" in script
    assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval", script)


def test_a_task_is_called_by_its_skills(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path)
    page = (folder / "index.html").read_text()
    assert '<details class="task"><summary><b>Sort lines  it.</b>' in page
    assert '<span class="label">easy</span>' in page
    assert '<span class="label">image text</span>' in page


def test_the_page_shows_tests_gates_and_turns(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path)
    page = (folder / "index.html").read_text()
    assert "tests/test_outputs.py" in page and "def test_written" in page
    assert "sort /app/in.txt &gt; /app/out.txt" in page
    assert "mutants pass" in page
    assert '<pre class="keys">ls f1\n</pre>' in page
    assert "task complete" in page
    assert '<div class="player"></div>' in page


def test_a_rejected_skill_s_recipe_is_named(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path, count=1)
    for name in ("summary.md", "index.html"):
        text = (folder / name).read_text()
        assert "lib/text-processing/sort-lines/recipe.py" in text
        assert "python -m shellwright.check_skill sort-lines" in text


def test_the_same_build_gives_the_same_report(tmp_path: Path) -> None:
    first, stats, stages = build(tmp_path)
    content = {path.name: path.read_bytes() for path in first.iterdir()}
    second, *_ = build(tmp_path)
    assert {path.name: path.read_bytes() for path in second.iterdir()} == content
    json.dumps([stats, stages])


def test_an_empty_build_has_a_report(tmp_path: Path) -> None:
    folder, _, _ = build(tmp_path, count=1)
    assert "# 0 verified tasks of 2 planned, 0 trajectories" in (folder / "summary.md").read_text()
    assert "0 tasks, drawn" in (folder / "index.html").read_text()


def test_the_gallery_is_spread_over_categories(tmp_path: Path) -> None:
    build(tmp_path, count=12)
    chosen = choose(tmp_path / "corpus.parquet", 4)
    assert len(chosen) == 4
    assert [int(id[1:3]) % 2 for id in chosen] == [0, 1, 0, 1]
    assert chosen == choose(tmp_path / "corpus.parquet", 4)


@given(st.text())
def test_escaped_text_holds_no_markup_and_no_control_characters(text: str) -> None:
    safe = escape(text)
    assert not re.search(r"[<>\"'\x00-\x08\x0b\x0c\x0e-\x1f]", safe)
    safe.encode("utf-8")


def test_bars_scale_to_the_largest() -> None:
    chart = bars([("a", 10), ("<b>", 5)], "Title")
    assert re.findall(r"--share:([\d.]+)", chart) == ["1.0000", "0.5000"]
    assert "&lt;b&gt;" in chart
    assert "<i" not in bars([], "Title")


def test_labels_are_whole() -> None:
    label = "build-and-dependency-management-of-everything"
    assert f'<dt title="{label}">{label}</dt>' in bars([(label, 1)], "Title")


def test_runs_are_read_from_the_logs_of_this_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs" / "write_tasks"
    logs.mkdir(parents=True)
    (logs / "0.log").write_text(
        "INFO x: tasks/0: 9 items, 0 reused, 9 made, 0 failed\n"
        "INFO x: tasks/0: 12 items, 10 reused, 2 made, 1 failed (facts 1)\n"
    )
    (logs / "1.log").write_text("INFO x: tasks/1: 3 items, 3 reused, 0 made, 0 failed\n")
    (logs / "2.log").write_text("INFO x: tasks/2: 7 items, 0 reused, 7 made, 0 failed\n")
    (logs / "3.log").write_text("killed\n")
    (logs / "4.log").write_text(
        "trajectories/4 oracle 0: 3 items, 1 reused, 2 made, 0 failed\n"
        "trajectories/4 oracle 1: 3 items, 0 reused, 3 made, 1 failed (timeout 1)\n"
    )
    os.utime(logs / "2.log", (1000, 1000))
    found = runs.read_runs(tmp_path / "logs", since=2000)
    assert found == {
        "tasks": runs.StageRun(shards=2, items=15, reused=13, made=2, failed=1),
        "trajectories": runs.StageRun(shards=1, items=6, reused=1, made=5, failed=1),
    }
    (tmp_path / "results").symlink_to(tmp_path)
    there = ["--", "--directory", str(tmp_path)]
    assert runs.main(["--since", "2000", *there]) == 0
    said = capsys.readouterr().out
    assert "tasks: 2 shards, 15 items, of which 1 failed; 13 reused, 2 made" in said
    assert f"    make corpus OPTIONS='--directory {tmp_path}'         after a change" in said
    assert f"All of this lies in {tmp_path}" in said
    assert runs.main(["--since", "9e12", *there]) == 0
    assert "This run had no items to make." in capsys.readouterr().out
    assert runs.main(["--since", "2000", *there, "--dry-run"]) == 0
    assert capsys.readouterr().out == "This was a dry run: nothing was made.\n"
