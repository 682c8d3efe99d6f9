"""Rows of scraped skills: read once, gated by licence and filters, and never the end of a build."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shellwright import tables
from shellwright.digest import digest
from shellwright.skills.document import Document, Sketch, Verdict
from shellwright.skills.found import FoundSkill, Gathered, SourceFile
from shellwright.skills.scraped import Policy, Reader, collect_scraped
from shellwright.store import ItemStore
from shellwright.store.stage import ItemFailed, Outcome

SKILL = """\
---
name: {name}
description: Count the orders of each day.
license: {license}
---

# Count orders

```sh
sort orders.csv | uniq -c > totals.txt
```
"""
POLICY = Policy(frozenset({"MIT"}), frozenset({"safe"}))


def found(name: str, license_: str = "MIT", version: int = 1) -> FoundSkill:
    text = SKILL.format(name=name, license=license_) + f"\nVersion {version}.\n"
    file = SourceFile(f"me/{name}/SKILL.md", text.encode())
    return FoundSkill(f"me/{name}", (file,), (), digest([name, license_, version]))


def passing(found: FoundSkill, document: Document) -> Sequence[Verdict]:
    return [Verdict("linux", False, "needs a desktop"), Verdict("safe", True)]


def failing(found: FoundSkill, document: Document) -> Sequence[Verdict]:
    return [Verdict("safe", False, "runs what it downloads", "curl | bash")]


def told(found: FoundSkill, document: Document) -> tuple[list[Sketch], list[Sketch]]:
    pre = Sketch("table", (("format", "csv"),), "a CSV table of orders", "sort orders.csv")
    return [pre], [Sketch("report", (("format", "text"),), "totals of orders", "uniq -c")]


def collect(
    folder: Path, skills: Sequence[FoundSkill], policy: Policy = POLICY, **reader: Any
) -> Outcome:
    reading = Reader(**{"key": "k", "judge": passing, "infer": told, **reader})
    with ItemStore(folder, "skills-wild", "0", 0) as store:
        gathered = Gathered(iter(skills), "https://example.org/skills", "c0ffee")
        return collect_scraped(
            "wild", gathered, store, reading, policy, pages=False, asserted=None, workers=1
        )


def test_a_row_says_where_the_skill_comes_from_and_what_it_leads_between(tmp_path: Path) -> None:
    (row,) = collect(tmp_path, [found("count-orders")]).rows
    assert (row["id"], row["status"]) == ("wild/me/count-orders", "ok")
    assert (row["url"], row["commit"]) == ("https://example.org/skills", "c0ffee")
    assert (row["license"], row["license_evidence"]) == ("MIT", "front matter: MIT")
    assert row["tools"] == ["sort", "uniq"]
    assert row["pre"][0]["state"] == [{"name": "format", "value": "csv"}]
    assert row["category"] == "text-and-data-processing"
    assert [place["id"] for place in row["provenance"]] == [row["id"]]


def test_the_rows_fit_the_table(tmp_path: Path) -> None:
    rows = collect(tmp_path, [found("one"), found("two", "GPL-3.0-only")]).rows
    tables.write_table(tmp_path / "rows.parquet", "skill", rows)
    assert tables.read_table(tmp_path / "rows.parquet", "skill") == rows


def test_a_filter_that_is_not_asked_for_only_marks(tmp_path: Path) -> None:
    (row,) = collect(tmp_path, [found("one")]).rows
    assert row["status"] == "ok"
    assert {each["filter"]: each["verdict"] for each in row["filters"]}["linux"] == "fail"


def test_a_filter_that_is_asked_for_rejects_with_its_reason(tmp_path: Path) -> None:
    (row,) = collect(tmp_path, [found("one")], judge=failing).rows
    assert (row["status"], row["reason"]) == ("rejected", "safe: runs what it downloads")
    assert row["filters"][-1]["evidence"] == "curl | bash"


@pytest.mark.parametrize(
    ("license_", "allowed", "status"),
    [
        ("GPL-3.0-only", {"MIT"}, "rejected"),
        ("MIT OR GPL-3.0-only", {"MIT"}, "ok"),
        ("MIT AND GPL-3.0-only", {"MIT"}, "rejected"),
        ("(MIT OR ISC) AND LicenseRef-Proprietary", {"MIT"}, "rejected"),
        ("GPL-3.0-only AND (MIT OR ISC)", {"MIT", "ISC"}, "rejected"),
        ("", {"MIT"}, "rejected"),
        ("", {"unknown"}, "ok"),
    ],
)
def test_the_licence_gate_denies_by_default(
    tmp_path: Path, license_: str, allowed: set[str], status: str
) -> None:
    policy = Policy(frozenset(allowed), frozenset())
    (row,) = collect(tmp_path, [found("one", license_)], policy).rows
    assert row["status"] == status


def test_only_a_changed_skill_is_read_again(tmp_path: Path) -> None:
    skills = [found(f"skill-{number}") for number in range(20)]
    # One item for what each says, and one for its scenarios.
    assert collect(tmp_path, skills).made == 40
    skills[7] = found("skill-7", version=2)
    again = collect(tmp_path, skills)
    assert (again.made, again.reused) == (2, 38)
    assert "Version 2." in again.rows[sorted(s.path for s in skills).index("me/skill-7")]["body"]


def test_another_policy_reads_nothing_again(tmp_path: Path) -> None:
    collect(tmp_path, [found("one")])
    other = collect(tmp_path, [found("one")], Policy(frozenset({"ISC"}), frozenset()))
    assert other.made == 0
    assert other.rows[0]["status"] == "rejected"


def test_of_a_refused_skill_no_scenarios_are_told_until_a_policy_lets_it_in(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    def counting(found: FoundSkill, document: Document) -> tuple[list[Sketch], list[Sketch]]:
        asked.append(document.name)
        return told(found, document)

    skills = [found("free"), found("closed", "LicenseRef-Proprietary")]
    closed, free = collect(tmp_path, skills, infer=counting).rows
    assert asked == ["free"]
    assert (closed["status"], closed["pre"], closed["post"]) == ("rejected", [], [])
    assert closed["filters"][1]["filter"] == "linux"
    assert free["pre"]
    collect(tmp_path, skills, judge=failing, key="other", infer=counting)
    assert asked == ["free"]
    wider = Policy(POLICY.licenses | {"LicenseRef-Proprietary"}, POLICY.filters)
    outcome = collect(tmp_path, skills, wider, infer=counting)
    assert asked[-1] == "closed"
    assert outcome.rows[0]["pre"]


def test_a_skill_whose_scenarios_cannot_be_told_is_broken(tmp_path: Path) -> None:
    def nothing(found: FoundSkill, document: Document) -> tuple[list[Sketch], list[Sketch]]:
        raise ItemFailed("no-usable-answer", "the model said nothing")

    outcome = collect(tmp_path, [found("one")], infer=nothing)
    (row,) = outcome.rows
    assert (row["status"], row["filters"], outcome.failed) == ("broken", [], 1)
    assert "no-usable-answer" in row["reason"]
    tables.write_table(tmp_path / "rows.parquet", "skill", [row])


def test_a_skill_that_cannot_be_judged_is_broken_and_the_rest_goes_on(tmp_path: Path) -> None:
    def judge(found: FoundSkill, document: Document) -> Sequence[Verdict]:
        if document.name == "one":
            raise ItemFailed("no-usable-answer", "the model said nothing")
        return passing(found, document)

    one, two = collect(tmp_path, [found("one"), found("two")], judge=judge).rows
    assert (one["status"], one["filters"]) == ("broken", [])
    assert "no-usable-answer" in one["reason"]
    assert two["status"] == "ok"
