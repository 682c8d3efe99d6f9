"""Answers in JSON: asked for as strictly as the endpoint allows, and used only when they fit."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.model_client import client
from tests.support.model_server import Exchange, ModelServer, Step, error, ok

from shellwright.teacher.openai.client import OpenAIClient
from shellwright.teacher.openai.failures import EndpointError, ReplayMiss
from shellwright.teacher.openai.shapes import Shape
from shellwright.teacher.openai.structured import (
    NoUsableAnswer,
    Question,
    ask_structured,
    find_objects,
)

SHAPE = Shape(
    "colour",
    {
        "type": "object",
        "properties": {"name": {"type": "string", "enum": ["red", "green"]}},
        "required": ["name"],
        "additionalProperties": False,
    },
)
RED = {"name": "red"}


def not_green(answer: dict[str, Any]) -> list[str]:
    return ["Green is taken."] if answer["name"] == "green" else []


def ask(model: OpenAIClient, attempts: int = 3, user: str = "Which?") -> dict[str, Any]:
    question = Question("Name a colour.", user, SHAPE, "test", "t@1", not_green)
    return ask_structured(question, model, attempts)


def form(server: ModelServer, place: int) -> str:
    return str(server.requests[place].body.get("response_format", {"type": "text"})["type"])


def knows(*forms: str) -> Step:
    """Answer requests in these forms, and refuse all others."""

    def step(exchange: Exchange) -> None:
        asked = exchange.seen.body.get("response_format", {"type": "text"})["type"]
        answer = ok(json.dumps(RED)) if asked in forms else error(400, f"no {asked} here")
        answer(exchange)

    return step


def test_asks_for_the_schema_and_returns_the_answer(tmp_path: Path) -> None:
    with ModelServer(ok('{"name": "red"}')) as server, client(server.base_url, tmp_path) as model:
        assert ask(model) == RED
    sent = server.requests[0].body
    assert sent["response_format"]["json_schema"]["schema"] == SHAPE.schema
    assert '"enum":["red","green"]' in sent["messages"][0]["content"]


@pytest.mark.parametrize(
    ("known", "forms"),
    [
        (("json_schema",), ["json_schema"]),
        (("json_object", "text"), ["json_schema", "json_object"]),
        (("text",), ["json_schema", "json_object", "text"]),
    ],
)
def test_asks_less_strictly_where_the_endpoint_does_not_know_better(
    tmp_path: Path, known: tuple[str, ...], forms: list[str]
) -> None:
    with (
        ModelServer(default=knows(*known)) as server,
        client(server.base_url, tmp_path, retries=0) as model,
    ):
        assert ask(model) == RED
        assert ask(model, user="And now?") == RED
        assert [form(server, place) for place in range(server.count)] == [*forms, forms[-1]]


def test_the_answer_is_stored_whatever_form_it_was_asked_in(tmp_path: Path) -> None:
    with ModelServer(default=knows("text")) as server:
        with client(server.base_url, tmp_path) as model:
            ask(model)
        with client(server.base_url, tmp_path, replay=True, api_key_env="UNSET") as model:
            assert ask(model) == RED
            with pytest.raises(ReplayMiss):
                ask(model, user="Unknown?")
        assert server.count == 3


def test_a_request_that_is_refused_in_every_form_is_an_error(tmp_path: Path) -> None:
    with (
        ModelServer(default=error(400, "too long")) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(EndpointError, match="too long"),
    ):
        ask(model)
    assert server.count == 3


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"name": "red"}\n```',
        'Here it is: {"name": "red"}. Anything else?',
        '<think>{"name": "green"}</think>{"name": "red"}',
        '{"other": 1} {"name": "red"}',
        '{"name": "red"} {"name": "red"}',
    ],
)
def test_finds_the_object_in_a_text(tmp_path: Path, text: str) -> None:
    with ModelServer(ok(text)) as server, client(server.base_url, tmp_path) as model:
        assert ask(model) == RED
    assert server.count == 1


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (ok("I would say red."), "no JSON object"),
        (ok(""), "no JSON object"),
        (ok("[1, 2]"), "no JSON object"),
        (ok('{"name": "blue"}'), "one of"),
        (ok('{"name": "red", "why": "so"}'), "unknown key"),
        (ok("{}"), "Add the key"),
        (ok('{"name": NaN}'), "no JSON object"),
        (ok('{"name": "green", "name": "red"}'), "no JSON object"),
        (ok('{"name": "red"} or {"name": "green"}'), "more than one"),
        (ok('{"name": "green"}'), "Green is taken."),
        (ok('{"name": "r', finish="length"), "cut off"),
        (ok(None, finish="content_filter"), "filter"),
        (ok("{" * 1000), "no JSON object"),
        (ok('{"a":' * 50_000), "too long"),
    ],
)
def test_says_what_was_wrong_and_asks_again(tmp_path: Path, step: Step, told: str) -> None:
    right = ok('{"name": "red"}')
    with ModelServer(step, right) as server, client(server.base_url, tmp_path) as model:
        assert ask(model) == RED
    assert server.count == 2
    assert told in server.requests[1].body["messages"][-1]["content"]


def test_gives_up_after_so_many_attempts(tmp_path: Path) -> None:
    with (
        ModelServer(default=ok("No.")) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(NoUsableAnswer, match="test: no usable answer in 2 attempts") as got,
    ):
        ask(model, attempts=2)
    assert server.count == 2
    assert got.value.problems == ("There is no JSON object in it.",)


@given(st.text(alphabet='{}[]":,a1\\ \n', max_size=200))
def test_looking_for_objects_never_fails(text: str) -> None:
    assert all(isinstance(each, dict) for each in find_objects(text))
