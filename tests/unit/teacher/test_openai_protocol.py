"""Reading what an endpoint sends, without an endpoint."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.model_server import completion

from shellwright.teacher.openai.protocol import (
    Malformed,
    error_parts,
    read_answer,
    read_body,
    retry_after,
    split_thinking,
)

NOW = datetime(2024, 5, 6, 12, 0, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "error", "finish_reason"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


def same(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("content", "thought", "text"),
    [
        ("Plain.", "", "Plain."),
        ("<think>Hm.</think>\n\nText.", "Hm.", "Text."),
        ("Hm, the template opened it.</think>Text.", "Hm, the template opened it.", "Text."),
        ("\n<think>\nCut off while thinking", "Cut off while thinking", ""),
        ("About <think> tags.", "", "About <think> tags."),
    ],
)
def test_thinking_in_the_content_is_split_off(content: str, thought: str, text: str) -> None:
    assert split_thinking(content) == (thought, text)


def test_thinking_in_a_field_is_preferred_and_content_may_come_in_parts() -> None:
    message = {"reasoning": "", "reasoning_content": "field"}
    answer = read_answer(completion("<think>tag</think>Text.", message=message))
    assert (answer.reasoning, answer.text) == ("field", "Text.")
    body = completion("")
    body["choices"][0]["message"]["content"] = [
        {"type": "text", "text": "Te"},
        "noise",
        {"type": "text", "text": "xt."},
        {"type": "image"},
    ]
    assert read_answer(body).text == "Text."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 06 May 2024 12:01:30 GMT"}, 90.0),
        ({"retry-after": "Mon, 06 May 2024 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b'{"error": {"message": "m", "type": "t", "code": "c"}}', ("c", "m")),
        (b'{"error": {"message": "m", "type": "t", "code": null}}', ("t", "m")),
        (b'{"error": "m"}', ("", "m")),
        (b'{"detail": "m"}', ("", "m")),
        (b'{"object": "error", "message": "m", "code": 404}', ("404", "m")),
        (b"<html>", ("", "<html>")),
        (b"", ("", "")),
        (b"\xff", ("", "\ufffd")),
    ],
)
def test_error_bodies_of_many_servers(content: bytes, parts: tuple[str, str]) -> None:
    assert error_parts(content, same) == parts


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_malformed(content: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(read_body(content, same), dict)


@given(JSON)
def test_any_object_is_an_answer_or_malformed(value: object) -> None:
    body = value if isinstance(value, dict) else {"choices": value}
    try:
        answer = read_answer(body)
    except Malformed:
        return
    assert isinstance(answer.text, str)
    assert answer.finish in ("stop", "length", "content_filter")
