"""Scenarios as a model tells them, in the words of a closed vocabulary."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.model_client import client
from tests.support.model_server import ModelServer, ok

from shellwright.skills.document import Document, Sketch
from shellwright.skills.model.infer import Vocabulary, infer_with_model
from shellwright.teacher.openai.structured import NoUsableAnswer

WORDS: Vocabulary = {
    "table": {"format": ["csv", "tsv"], "condition": {"sorted", "unsorted"}},
    "log": {"format": ["plain"]},
    "place": {},
}
SKILL = Document("sorter", "Sorter", "", "Run `sort -k2 orders.tsv > sorted.tsv`.")
EVIDENCE = "sort -k2 orders.tsv"


def scenario(
    kind: str = "table", text: str = "A table lies there.", **state: str
) -> dict[str, Any]:
    pairs = [{"attribute": name, "value": value} for name, value in state.items()]
    return {"kind": kind, "state": pairs, "text": text, "evidence": EVIDENCE}


def said(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    return json.dumps({"before": before, "after": after})


def test_gives_several_sketches_on_both_sides(tmp_path: Path) -> None:
    text = said(
        [scenario(format="tsv", condition="unsorted"), scenario("place")],
        [scenario(text="A sorted table.", format="tsv")],
    )
    with ModelServer(ok(text)) as server, client(server.base_url, tmp_path) as model:
        before, after = infer_with_model(SKILL, model, WORDS, attempts=3)
    state = (("condition", "unsorted"), ("format", "tsv"))
    assert before == [
        Sketch("table", state, "A table lies there.", EVIDENCE),
        Sketch("place", (), "A table lies there.", EVIDENCE),
    ]
    assert after == [Sketch("table", (("format", "tsv"),), "A sorted table.", EVIDENCE)]
    system = server.requests[0].body["messages"][0]["content"]
    assert "table: condition = sorted | unsorted; format = csv | tsv" in system


def test_equal_sketches_are_one(tmp_path: Path) -> None:
    text = said([scenario(), scenario()], [scenario()])
    with ModelServer(ok(text)) as server, client(server.base_url, tmp_path) as model:
        before, _ = infer_with_model(SKILL, model, WORDS, attempts=3)
    assert len(before) == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([scenario("spaceship")], "one of"),
        ([scenario("log", condition="sorted")], "log has no attribute 'condition'"),
        ([scenario(format="xlsx")], "format of table cannot be 'xlsx'"),
        ([scenario(text="x" * 201)], "1 to 200 characters"),
        ([scenario(text="two\nlines")], "one line"),
        ([{**scenario(), "evidence": "words that nobody wrote"}], "does not stand"),
        ([{**scenario(), "state": scenario(format="csv")["state"] * 2}], "stands twice"),
        ([scenario(text=f"Table {n}.") for n in range(6)], "more than 5"),
        ([], "1 entry or more"),
    ],
)
def test_what_the_vocabulary_or_the_skill_does_not_hold_is_asked_again(
    tmp_path: Path, wrong: list[dict[str, Any]], told: str
) -> None:
    steps = ok(said(wrong, [scenario()])), ok(said([scenario()], [scenario()]))
    with ModelServer(*steps) as server, client(server.base_url, tmp_path) as model:
        infer_with_model(SKILL, model, WORDS, attempts=3)
    assert told in server.requests[1].body["messages"][-1]["content"]


def test_no_usable_answer_is_a_failure_of_its_own_kind(tmp_path: Path) -> None:
    with (
        ModelServer(default=ok("It sorts.")) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(NoUsableAnswer, match="infer_scenarios"),
    ):
        infer_with_model(SKILL, model, WORDS, attempts=3)
