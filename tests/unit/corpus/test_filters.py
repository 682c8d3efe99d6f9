"""Filter columns: each on a conversation that has what it looks for, and on one that has not."""

import json

import pytest
from tiny_build import conversation, solved, trajectory, turn

from shellwright.corpus import filters
from shellwright.corpus.turns import read_turn


def measured(messages: list[dict[str, str]], **changes: object) -> dict[str, object]:
    row = trajectory("t", messages, **changes)
    return {**row, **filters.measure(row, messages)}


def objecting(row: dict[str, object]) -> set[str]:
    full = {
        "contaminated_by": [],
        "duplicate_of": None,
        "duplicate_task_of": None,
        "tier": "rl",
        "token_limit": 100_000,
        **row,
    }
    return {name for name, objects in filters.objections(full).items() if objects}


def test_nothing_objects_to_a_good_trajectory() -> None:
    row = measured(solved("Sort it.", "a.txt"))
    assert objecting(row) == set()
    assert row["complete"] and row["passed_share"] == 1 and row["malformed_turns"] == 0
    assert row["assistant_turns"] == 4
    assert filters.excluded({**row, "tier": "sft"}) is None


def test_measures_lengths() -> None:
    messages = conversation("é" * 10, "x" * 17)
    row = measured(messages)
    assert row["n_chars"] == 27
    assert row["tokens"] == round(37 / 3.74)


@pytest.mark.parametrize(
    ("last", "complete"),
    [
        ([turn(done=True), turn(done=True)], True),
        ([turn(), turn(done=True)], False),
        ([turn(done=True), turn()], False),
        ([turn(done=True)], False),
    ],
)
def test_complete_needs_two_confirmations_at_the_end(last: list[str], complete: bool) -> None:
    row = measured(conversation("Go.", *last))
    assert row["complete"] is complete
    assert ("incomplete" in objecting(row)) is not complete


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        '{"analysis": "a", "plan": "b"}',
        '{"analysis": 1, "plan": 2, "commands": [3]}',
        "{",
    ],
)
def test_malformed_turns_are_counted(text: str) -> None:
    row = measured(conversation("Go.", text, text, turn()))
    assert row["malformed_turns"] == 2
    assert "malformed" in objecting(row)
    assert "malformed" not in objecting(measured(conversation("Go.", text, turn())))


def test_reasoning_and_text_around_the_response_are_no_error() -> None:
    inner = turn("Fine.", ("ls\n",), done=True)
    read = read_turn("<think>{not json}</think>\nHere:\n" + inner + "\nDone")
    assert not read.malformed and read.task_complete
    assert read.keystrokes == ("ls\n",)
    assert read_turn(
        json.dumps({"analysis": "", "plan": "", "commands": [], "task_complete": "yes"})
    )


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("I am Qwen, made by Alibaba.", True),
        ("As an AI language model I cannot.", True),
        ("served by hosted_vllm", True),
        ("I'm Claude and I will sort.", True),
        ("This was developed by OpenAI.", True),
        ("I am done as planned; the metadata was created by Metafile.", False),
        ("Claude Monet's letters are in letters.csv.", False),
    ],
)
def test_identity_leaks(text: str, leaks: bool) -> None:
    assert ("identity_leak" in objecting(measured(conversation("Go.", turn(text))))) is leaks


def test_only_what_the_agent_writes_can_leak() -> None:
    row = measured(conversation("You are Qwen. 你好", turn("Fine.")))
    assert not objecting(row) & {"identity_leak", "foreign"}


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("The file 数据.txt is there.", True),
        ("Я посмотрю на файл.", True),
        ("naïve café, Ærøskøbing", False),
        ("α is the level; every other word here is plain English text.", False),
    ],
)
def test_foreign_text(text: str, foreign: bool) -> None:
    messages = conversation("Go.", json.dumps(json.loads(turn(text)), ensure_ascii=False))
    assert ("foreign" in objecting(measured(messages))) is foreign


def test_repeated_lines() -> None:
    assert filters.repeated_share([]) == 0
    assert filters.repeated_share(["a", "b", "a", "a"]) == 0.5
    loop = conversation("Go.", *[turn("Try again.", ("make\n",)) for _ in range(8)])
    assert "repetitive" in objecting(measured(loop))


def test_fabricated_output() -> None:
    messages = conversation("Go.", turn() + "\nNew Terminal Output:\n$ all fine")
    assert "fabricated" in objecting(measured(messages))


def test_the_other_filters_read_their_columns() -> None:
    row = measured(solved("Sort it.", "a.txt"))
    assert objecting({**row, "contaminated_by": ["b/t"]}) == {"contaminated"}
    assert objecting({**row, "duplicate_of": "x"}) == {"duplicate"}
    assert objecting({**row, "duplicate_task_of": "x"}) == {"duplicate"}
    assert objecting({**row, "token_limit": 5}) == {"overlong"}
    assert objecting({**row, "success": False}) == {"unsuccessful"}


def test_what_is_no_trajectory_of_a_verified_task() -> None:
    row = {**measured(solved("Sort it.", "a.txt")), "tier": "rl"}
    assert filters.excluded({**row, "cause": "infrastructure"}) == "infrastructure"
    assert filters.excluded({**row, "tier": "rejected"}) == "unverified"
    assert filters.excluded({**row, "tier": None}) == "unverified"
    assert filters.excluded({**measured([]), "tier": "rl"}) == "empty"


def test_no_messages_measure_as_nothing() -> None:
    row = measured([], tests_total=None, tests_passed=None)
    assert row["passed_share"] == 0 and row["tokens"] == 0 and not row["complete"]
