"""Duplicates: found whatever the order, decided exactly, and every place remembered."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills import duplicates
from shellwright.skills.duplicates import (
    CROWD,
    SHINGLE,
    SPOKESMEN,
    find_twins,
    mark_duplicates,
    words_of,
)

WORDS = [f"word{number}" for number in range(400)]


def text(seed: int, length: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def edited(original: str, every: int) -> str:
    words = original.split()
    return " ".join(f"x{n}" if n % every == every - 1 else w for n, w in enumerate(words))


def jaccard(one: str, other: str) -> float:
    first, second = (
        {tuple(words[n : n + SHINGLE]) for n in range(len(words) - SHINGLE + 1)}
        for words in (words_of(one), words_of(other))
    )
    return len(first & second) / len(first | second)


def row(id: str, body: str, status: str = "ok", *, safe: bool = True) -> dict[str, Any]:
    place = {"id": id, "source": "s", "url": None, "commit": None, "path": id, "license": "MIT"}
    return {
        "id": id,
        "description": "",
        "body": body,
        "status": status,
        "reason": None if status == "ok" else "safe: it destroys",
        "filters": [{"filter": "safe", "verdict": "pass" if safe else "fail"}],
        "provenance": [{**place, "similarity": 1.0}],
    }


def test_the_same_words_are_a_duplicate_whatever_their_case_and_layout() -> None:
    (twin,) = find_twins(
        ["Copy *all* files\nto /srv.", "other words here", "copy all files, to srv"], 0.9
    )
    assert (twin.copy, twin.original, twin.similarity) == (2, 0, 1.0)


def test_words_of_any_script_count() -> None:
    assert words_of("Sort_by naïve Größe: файлы 备份 v2") == [
        *("sort", "by", "naïve", "größe", "файлы", "备", "份", "v2")
    ]
    command = "python3 main.py --in a.csv --out b.csv"
    assert (
        find_twins([f"备份数据库每天一次 {command}", f"отсортировать строки {command}"], 0.9) == []
    )
    assert (
        len(find_twins([f"备份数据库每天一次 {command}", f"备份数据库每天一次。{command}"], 0.9))
        == 1
    )


def test_short_and_empty_texts_are_no_duplicates_of_each_other() -> None:
    assert find_twins(["", "", "one two", "two one"], 0.5) == []


def test_a_lightly_edited_text_is_a_near_duplicate() -> None:
    original = text(1)
    copy = edited(original, 150)
    (twin,) = find_twins([original, text(2), copy], 0.9)
    assert (twin.copy, twin.original) == (2, 0)
    assert abs(twin.similarity - jaccard(original, copy)) < 1e-3


@given(st.integers(5, 60), st.floats(0.3, 0.95))
def test_no_pair_below_the_threshold_is_reported(every: int, threshold: float) -> None:
    original = text(3)
    copy = edited(original, every)
    found = find_twins([original, copy], threshold)
    if found:
        assert jaccard(original, copy) >= threshold - 1e-3


def test_near_duplicates_are_found_with_high_recall() -> None:
    originals = [text(seed) for seed in range(200)]
    copies = [edited(each, 120) for each in originals]
    found = {(twin.copy, twin.original) for twin in find_twins([*originals, *copies], 0.8)}
    assert found == {(200 + n, n) for n in range(200)}


def test_a_thousand_copies_of_one_text_are_all_merged() -> None:
    original = text(11).split()
    copies = [
        " ".join([*original[: n % 300], f"own{n}", *original[n % 300 + 1 :]]) for n in range(1000)
    ]
    assert jaccard(copies[0], copies[1]) > 0.9
    others = [text(seed) for seed in range(20, 30)]
    twins = find_twins([*others, *copies], 0.9)
    assert {(twin.copy, twin.original) for twin in twins} == {
        (len(others) + n, len(others)) for n in range(1, 1000)
    }


def test_many_different_texts_of_one_template_are_compared_with_a_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = text(12)
    texts = [f"{template} {text(seed, 150)}" for seed in range(CROWD + 100)]
    compared = 0

    def counted(shingles: Sequence[duplicates.Hashes], first: int, second: int) -> float:
        nonlocal compared
        compared += 1
        return jaccard_of(shingles, first, second)

    jaccard_of = duplicates._jaccard
    monkeypatch.setattr(duplicates, "_jaccard", counted)
    assert find_twins(texts, 0.8) == []
    assert compared <= 2 * SPOKESMEN * len(texts)


def test_an_original_is_never_a_copy() -> None:
    base = text(4)
    chain = [base, edited(base, 100), edited(edited(base, 100), 90)]
    twins = find_twins(chain, 0.85)
    assert {twin.original for twin in twins}.isdisjoint(twin.copy for twin in twins)


def test_a_copy_points_to_its_original_which_remembers_the_place() -> None:
    first, second = mark_duplicates([row("a/x", text(5)), row("b/x", text(5))], 0.9)
    assert first["status"] == "ok"
    assert [place["id"] for place in first["provenance"]] == ["a/x", "b/x"]
    assert second["status"] == "duplicate"
    assert second["reason"] == "the same text as a/x"


def test_a_copy_that_calls_the_platform_by_another_name_is_a_copy() -> None:
    def about(platform: str, settings: str) -> str:
        lines = (f"Copy {platform} and set {settings}_{n} to {n}." for n in range(40))
        return "\n".join(lines)

    pair = [row("a/x", about("ClawdBot", "CLAWDBOT")), row("b/x", about("OpenClaw", "OPENCLAW"))]
    _, copy = mark_duplicates(pair, 0.9)
    assert (copy["status"], copy["reason"]) == ("duplicate", "the same text as a/x")
    pair = [row("a/x", about("redis", "REDIS")), row("b/x", about("mongo", "MONGO"))]
    assert [each["status"] for each in mark_duplicates(pair, 0.9)] == ["ok", "ok"]


def test_pages_that_are_the_same_but_for_their_program_are_none() -> None:
    pages = [
        "\n".join(f"{program} -{option} file" for option in ("d", "i", "w 0", "v"))
        for program in ("base32", "base64")
    ]
    rows = [row(f"p/{n}", page) for n, page in enumerate(pages)]
    assert [each["status"] for each in mark_duplicates(rows, 0.8)] == ["ok", "ok"]


def test_a_skill_that_may_be_used_stands_for_one_that_may_not() -> None:
    first, second = mark_duplicates([row("a/x", text(6), "rejected"), row("b/x", text(6))], 0.9)
    assert (first["status"], second["status"]) == ("duplicate", "ok")
    assert [place["id"] for place in second["provenance"]] == ["b/x", "a/x"]


def test_broken_skills_take_no_part() -> None:
    first, second = mark_duplicates([row("a/x", text(7), "broken"), row("b/x", text(7))], 0.9)
    assert (first["status"], second["status"]) == ("broken", "ok")


def test_an_unsafe_copy_stays_unsafe_and_is_in_nobodys_provenance() -> None:
    good = row("b/x", text(8))
    for body, kind in ((edited(text(8), 150), "nearly the same"), (text(8), "the same")):
        bad, kept = mark_duplicates([row("a/x", body, "rejected", safe=False), good], 0.9)
        assert (bad["status"], kept["status"]) == ("rejected", "ok")
        assert bad["reason"] == f"safe: it destroys; {kind} text as b/x"
        assert [place["id"] for place in kept["provenance"]] == ["b/x"]


def test_a_safe_skill_stands_for_an_unsafe_one_that_is_used_all_the_same() -> None:
    bad, kept = mark_duplicates([row("a/x", text(9), safe=False), row("b/x", text(9))], 0.9)
    assert (bad["status"], kept["status"]) == ("duplicate", "ok")
    assert [place["id"] for place in kept["provenance"]] == ["b/x"]


def test_unsafe_skills_are_merged_with_each_other() -> None:
    first, second = mark_duplicates(
        [row(id, text(10), "rejected", safe=False) for id in ("a/x", "b/x")], 0.9
    )
    assert (first["status"], second["status"]) == ("rejected", "duplicate")
    assert len(first["provenance"]) == 2
