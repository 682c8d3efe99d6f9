"""Wrong outputs of a right form: which are made, and which survivors count."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.forms import appended, came_of, cut, formed, last
from shellwright.verify.mutants import Answer, corruptions
from shellwright.verify.spoiling import Change

NAMES = "/app/out/names.txt"


def made(content: bytes, instruction: str = "Write names.txt.") -> dict[str, tuple[bytes, bool]]:
    case = Case.of_row(tasks.row(files={"instruction.md": instruction}))
    found = {}
    for change in formed(case, NAMES, content):
        assert change.name == f"{change.kind} {NAMES}" and change.content is not None
        found[change.kind] = change.content, change.free
    return found


def test_an_output_is_changed_in_each_way_once() -> None:
    assert made(b"adam\nmia\nzoe\n") == {
        "revalued": (b"adam\nnjb\ngpf\n", False),
        "shifted": (b"adam\nmib\nzof\n", False),
        "cut": (b"adam\nmia\n", False),
        "appended": (b"adam\nmia\nzoe\ngpf\n", True),
        "duplicated": (b"adam\nmia\nzoe\nzoe\n", True),
        "one_value": (b"adam\nmia\ngoe\n", True),
    }
    # One value is all of them.
    assert list(made(b"4\n")) == ["revalued", "shifted", "appended", "duplicated"]
    assert made(b"\n") == made(b"") == made(b"\xff\x00") == {}


def test_what_the_instruction_asks_of_lines_must_be_noticed() -> None:
    found = made(
        b"adam\nmia\nzoe\n", "Put the distinct names in order, nothing else, in names.txt."
    )
    assert found["permuted"] == (b"adam\nzoe\nmia\n", False)
    assert [kind for kind, (_, free) in found.items() if free] == ["one_value"]


@pytest.mark.parametrize(
    ("content", "half", "more"),
    [
        (b"a\nb\nc", b"a\nb\n", b"a\nb\nc\nx"),
        (b"a\n", b"a\n", b"a\nx\n"),
        (b'{"a": [1, 2]}\n', b'{"a": [1, 2]}\n', b'{"a": [1, 2]}\n'),
        (b"<r>\n</r>\n", b"<r>\n</r>\n", b"<r>\n</r>\n"),
    ],
)
def test_lines_are_taken_away_and_added_where_a_text_is_made_of_lines(
    content: bytes, half: bytes, more: bytes
) -> None:
    assert (cut(content), appended(content, b"x")) == (half, more)


def test_items_of_an_array_are_as_lines() -> None:
    content = b'[\n {"n": 1},\n {"n": 2},\n {"n": 3}\n]\n'
    assert json.loads(cut(content)) == [{"n": 1}, {"n": 2}]
    assert json.loads(appended(content, last(content)))[2:] == [{"n": 3}, {"n": 3}]
    assert cut(b"[]") == appended(b"[]", last(b"[]")) == b"[]"


def told(**noticed: bool) -> list[tuple[Change, Answer]]:
    """Changes named <kind>_<file>, and whether each was noticed; those of kind one are free."""
    found = []
    for name, each in noticed.items():
        kind, _, path = name.partition("_")
        found.append((Change(name, kind, path, b"", kind == "one"), Answer(each)))
    return found


def names(tried: Any) -> list[str]:
    return [mutant.name for mutant in tried.mutants]


def test_that_the_content_of_some_output_is_free_is_believed_and_of_all_is_not() -> None:
    some = told(altered_log=False, empty_log=False, altered_n=True, revalued_n=True)
    tried = came_of(some, loose=True, harness=False)
    assert names(tried) == ["empty_log", "altered_n", "revalued_n"]
    assert (tried.tolerated, tried.form_only, tried.shape_only) == (["altered_log"], ["log"], False)
    tried = came_of(some[:2], loose=True, harness=False)
    assert names(tried) == ["altered_log", "empty_log"]
    assert (tried.tolerated, tried.form_only, tried.shape_only) == ([], ["log"], True)


def test_other_values_of_an_output_are_noticed_only_if_all_of_its_changes_are() -> None:
    # Headers are compared, and values are not.
    tried = came_of(
        told(altered_n=True, revalued_n=False, shifted_n=True), loose=True, harness=False
    )
    assert tried.shape_only and tried.form_only == ["n"]


def test_what_is_free_counts_only_when_it_is_noticed() -> None:
    tried = came_of(told(altered_n=True, one_n=False), loose=True, harness=False)
    assert (names(tried), tried.tolerated) == (["altered_n"], ["one_n"])
    assert names(came_of(told(one_n=True), loose=True, harness=False)) == ["one_n"]


def test_the_checks_of_the_harness_compare_all_that_they_are_told_of() -> None:
    some = told(altered_log=False, altered_n=True, revalued_log=False)
    strict = came_of(some, loose=False, harness=True)
    assert len(strict.mutants) == 3 and not strict.form_only and not strict.shape_only
    # Code of its own below the same harness: whoever wrote it knows what is exact.
    code = came_of(some, loose=True, harness=True)
    assert names(code) == ["altered_log", "altered_n"]
    assert code.tolerated == ["revalued_log"]


def test_without_outputs_nothing_is_said_of_their_form() -> None:
    tried = came_of(told(wrong_x=False), loose=True, harness=False)
    assert (names(tried), tried.shape_only) == (["wrong_x"], False)


def verdict(content: bytes, instruction: str, holds: Callable[[str], bool]) -> str:
    """What the mutants of one output come to, for tests that say whether a text is right."""
    assert holds(content.decode())
    case = Case.of_row(tasks.row(files={"instruction.md": instruction}))
    kinds = corruptions(content, ordered=False, exact=False)
    changes = [Change(kind, kind, NAMES, wrong) for kind, wrong in kinds]
    changes += formed(case, NAMES, content)

    def right(wrong: bytes | None) -> bool:
        try:
            return holds((wrong or b"").decode())
        except (ValueError, LookupError, TypeError):
            return False

    tried = came_of([(c, Answer(not right(c.content))) for c in changes], loose=True, harness=False)
    survivors = [mutant.kind for mutant in tried.mutants if not mutant.killed]
    return "shape-only" if tried.shape_only else " ".join(survivors)


TABLE = b"name,times\nadam,2\nmia,1\nzoe,1\n"
OBJECT = b'{\n  "count": 4,\n  "first": "adam",\n  "mean": 1.25\n}\n'
LINES = b"adam\nmia\nzoe\n"
LOG = b"2024-05-01 10:00:03 start\n2024-05-01 10:00:04 copied 14 files\n2024-05-01 10:00:09 done\n"


def rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def is_date(text: str) -> bool:
    return bool(datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S"))


@pytest.mark.parametrize(
    ("content", "holds", "told"),
    [
        # The form alone.
        (LINES, lambda t: len(t.splitlines()) == 3, "shape-only"),
        (LINES, lambda t: t.islower() and len(t) == 13, "shape-only"),
        (LINES, lambda t: len(t.split()) == 3 and t.split() == sorted(t.split()), "shape-only"),
        (LINES, lambda t: len(t.split()) == 3 and t.startswith("adam\n"), "shape-only"),
        (TABLE, lambda t: rows(t)[0] == ["name", "times"] and len(rows(t)) == 4, "shape-only"),
        (TABLE, lambda t: sum(r[1].isdigit() for r in rows(t)) == 3, "shape-only"),
        (TABLE, lambda t: 0 < sum(int(r[1]) for r in rows(t)[1:]) < 10, "shape-only"),
        (OBJECT, lambda t: list(json.loads(t)) == ["count", "first", "mean"], "shape-only"),
        (OBJECT, lambda t: type(json.loads(t)["count"]) is int, "shape-only"),
        (OBJECT, lambda t: 0 < json.loads(t)["mean"] < 5, "shape-only"),
        (b"COUNT=4\nFIRST=adam\n", lambda t: "COUNT=" in t and "FIRST=" in t, "shape-only"),
        (b"<r><c>4</c></r>", lambda t: "<c>" in t and t.endswith("</r>"), "shape-only"),
        (b"17\n", lambda t: t.strip().isdigit(), "shape-only"),
        (b"17\n", lambda t: 0 <= int(t) <= 100, "shape-only"),
        (LOG, lambda t: len(t.splitlines()) == 3 and is_date(t.splitlines()[2]), "shape-only"),
        # A part of it.
        (LINES, lambda t: bool(t) and set(t.split()) <= {"adam", "mia", "zoe"}, "cut"),
        (b'["mia", "zoe"]', lambda t: "mia" in json.loads(t), "cut"),
        # Right, and more or less strict.
        (LINES, lambda t: t == "adam\nmia\nzoe\n", ""),
        (LINES, lambda t: sorted(t.upper().split()) == ["ADAM", "MIA", "ZOE"], ""),
        (LINES, lambda t: {"adam", "mia", "zoe"} <= set(t.split()), ""),
        (TABLE, lambda t: dict(rows(t)[1:]) == {"adam": "2", "mia": "1", "zoe": "1"}, ""),
        (OBJECT, lambda t: json.loads(t)["mean"] == pytest.approx(1.25, abs=0.1), ""),
        (b"0.913\n", lambda t: float(t) == pytest.approx(0.913, abs=0.05), ""),
        (b"0.004\n", lambda t: float(t) == pytest.approx(0.004, abs=0.01), ""),
        (b"3.1416\n", lambda t: float(t) == pytest.approx(3.14, abs=0.01), ""),
        (LOG, lambda t: "copied 14 files" in t and t.rstrip().endswith("done"), ""),
    ],
)
def test_what_mutants_tell_of_tests(content: bytes, holds: Any, told: str) -> None:
    assert verdict(content, "Write names.txt.", holds) == told


@pytest.mark.parametrize(
    ("asks", "holds", "told"),
    [
        ("in order", lambda t: sorted(t.split()) == ["adam", "mia", "zoe"], "permuted"),
        ("in any order", lambda t: sorted(t.split()) == ["adam", "mia", "zoe"], ""),
        ("each only once", lambda t: set(t.split()) == {"adam", "mia", "zoe"}, "duplicated"),
        ("all of them", lambda t: set(t.split()) == {"adam", "mia", "zoe"}, ""),
        ("and nothing else", lambda t: "adam\nmia\nzoe\n" in t, "appended"),
        ("by age", lambda t: "adam\nmia\nzoe\n" in t, ""),
        ("distinct, sorted, nothing else", lambda t: t.split() == ["adam", "mia", "zoe"], ""),
    ],
)
def test_what_is_asked_must_be_noticed(asks: str, holds: Any, told: str) -> None:
    assert verdict(LINES, f"Put the names into names.txt, {asks}.", holds) == told
