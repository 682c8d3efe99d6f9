"""The report on skills names every status, every reason, and everything that was not read."""

import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from shellwright.report.skills import skills_report


def verdict(name: str, passed: bool, reason: str = "") -> dict[str, Any]:
    outcome = "pass" if passed else "fail"
    return {"filter": name, "verdict": outcome, "reason": reason, "evidence": "curl | bash"}


def row(id: str, status: str = "ok", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "source": id.partition("/")[0],
        "status": status,
        "reason": None,
        "recipe": False,
        "problems": [],
        "license": "MIT",
        "license_evidence": "LICENSE beside SKILL.md",
        "filters": [verdict("license", True), verdict("safe", True)],
        **more,
    }


UNSAFE = [verdict("safe", False, "runs what it downloads: from an unknown host")]


def test_every_source_is_counted_by_status() -> None:
    page = skills_report(
        [row("a/x"), row("a/y", "duplicate"), row("b/z", "rejected", problems=["no name"])], {}
    )
    assert page.startswith("# 3 skills of 2 sources, 1 of them usable")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    assert ["a", "2", "1", "1", "0", "0", "0"] in lines
    assert ["b", "1", "0", "0", "1", "0", "1"] in lines


def test_an_unsafe_skill_is_listed_with_its_evidence() -> None:
    page = skills_report([row("a/x", "rejected", filters=UNSAFE)], {})
    assert "a/x" in page.partition("## Unsafe skills")[2]
    assert "`curl \\| bash`" in page
    assert "runs what it downloads" in page.partition("## Unsafe")[0]


def test_an_unsafe_skill_that_repeats_another_is_listed_too() -> None:
    page = skills_report([row("a/x", "duplicate", filters=UNSAFE)], {})
    line = next(line for line in page.splitlines() if line.startswith("| `a/x`"))
    assert "duplicate" in line
    assert "runs what it downloads" in line


def test_broken_skills_and_refused_licences_are_listed_and_the_rest_is_a_query() -> None:
    unlicensed = {"license": "GPL-3.0-only", "filters": [verdict("license", False)]}
    few = skills_report(
        [
            row("a/x", "broken", reason="no-usable-answer:\nthe model", filters=[]),
            row("a/y", "rejected", **unlicensed),
        ],
        {},
    )
    assert "`no-usable-answer: the model`" in few.partition("## Broken skills")[2]
    assert "`GPL-3.0-only`" in few.partition("### Refused by their licence")[2]
    assert "shellwright.query" not in few
    many = skills_report(
        [row(f"a/{n}", "broken", reason="r", filters=[]) for n in range(20)]
        + [row(f"b/{n}", "rejected", **unlicensed) for n in range(40)],
        {},
    )
    assert many.count("| `a/") == many.count("| `b/") == 15
    assert '5 more:\n\n    python -m shellwright.query "select id, reason from' in many
    assert "25 more:" in many


def test_each_refusal_of_a_filter_is_listed_and_the_rest_is_a_query_that_finds_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        row(f"a/{n:02}", "rejected", filters=[verdict("safe", True), verdict(name, False, "no|*")])
        for n in range(20)
        for name in ("linux", "workflow", "verifiable")
    ]
    rows += [row("a/marked", filters=[verdict("linux", False, "why not")]), row("a/good")]
    rows += [row("a/again", "duplicate", filters=[verdict("linux", False)])]
    page = skills_report(rows, {})
    for name in ("linux", "workflow", "verifiable"):
        section = page.partition(f"### Refused by {name}\n")[2].partition("\n#")[0]
        assert section.count("| `a/") == 15
        assert "`no\\|*`" in section
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(rows).write_parquet("results/skills.parquet")
    (query,) = re.findall(r'shellwright\.query "(.*linux.*)"', page)
    found = duckdb.sql(query).fetchall()
    assert len(found) == 21
    assert ("a/marked", "ok", "why not", "curl | bash") in found


def test_what_usable_skills_pass_by_is_listed_and_the_rest_is_a_query_that_finds_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = [verdict("license", True, "MIT"), verdict("linux", True, "calls 1 program: sort")]
    rows = [row(f"a/{n:02}", filters=passes) for n in range(20)]
    rows += [row("a/refused", "rejected", filters=[verdict("linux", True, "calls none")])]
    rows += [row("a/marked", filters=[verdict("linux", False, "needs a screen")])]
    page = skills_report(rows, {})
    section = page.partition("## What the filters let pass\n")[2].partition("\n#")[0]
    assert section.count("`calls 1 program: sort`") == 15
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(rows).write_parquet("results/skills.parquet")
    (query,) = re.findall(r'shellwright\.query "(.*)"', section)
    found = duckdb.sql(query).fetchall()
    assert len(found) == 20
    assert {each[1:] for each in found} == {("linux", "calls 1 program: sort", "curl | bash")}


def test_licences_are_counted_by_evidence_and_the_row_of_their_filter_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(f"a/{n}", license_evidence=f"LICENSE in {n % 18:02}") for n in range(36)]
    rows.append(row("a/copy", "duplicate"))
    page = skills_report(rows, {})
    assert "`license` counts the skills whose licence `skills.licenses`\nallows" in page
    section = page.partition("## Licences\n")[2].partition("\n#")[0]
    assert section.count("| MIT") == 15
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(rows).write_parquet("results/skills.parquet")
    (query,) = re.findall(r'shellwright\.query "(.*)"', section)
    found = duckdb.sql(query).fetchall()
    assert len(found) == 18
    assert {each[1] for each in found} == {2}


def test_a_source_without_rows_is_counted_too() -> None:
    page = skills_report([row("a/x")], {"a": [], "wild": ["\tcannot be reached <b>"]})
    assert page.startswith("# 1 skill of 2 sources, ")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    assert ["wild", "0", "0", "0", "0", "0", "0"] in lines
    assert ["wild", "", "`cannot be reached <b>`"] in lines


def test_what_was_not_read_is_listed_and_the_rest_counted() -> None:
    page = skills_report([row("a/x")], {"a": [f"link{n}\ta symbolic link" for n in range(20)]})
    assert "a symbolic link" in page
    assert "5 more: results/skills/<source>.refused.tsv" in page


def test_nothing_to_say_is_said() -> None:
    page = skills_report([row("a/x")], {"a": []})
    assert "Nothing was refused." in page
    assert "None was found." in page
    assert "Everything was read." in page
