"""The model client against a real server: every way in which an endpoint can misbehave."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.model_client import ENVIRON, KEY, Clock, ask, client, outcomes, settings
from tests.support.model_server import (
    ModelServer,
    Step,
    body,
    completion,
    cut_body,
    drip,
    error,
    free_port,
    hang,
    huge,
    ok,
    rate_limited,
    reset,
    unauthorized,
)

from shellwright.teacher.openai import transport
from shellwright.teacher.openai.client import Backoff, OpenAIClient
from shellwright.teacher.openai.failures import EndpointError, ReplayMiss
from shellwright.teacher.openai.interface import Usage


def test_sends_the_request_and_returns_the_answer(tmp_path: Path) -> None:
    with ModelServer(ok("Hello.")) as server, client(server.base_url, tmp_path) as model:
        answer = ask(model, "Hi?")
    assert (answer.text, answer.finish, answer.cached) == ("Hello.", "stop", False)
    assert answer.usage == Usage(100, 20)
    assert answer.latency > 0
    seen = server.requests[0]
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.body == {
        "model": "test-model",
        "messages": [{"role": "user", "content": "Hi?"}],
        "temperature": 0.8,
        "max_tokens": 4096,
    }


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_keeps_reasoning_apart_from_the_text(tmp_path: Path, name: str) -> None:
    step = ok("The text.", message={name: "I think."})
    with ModelServer(step) as server, client(server.base_url, tmp_path) as model:
        answer = ask(model)
    assert (answer.text, answer.reasoning) == ("The text.", "I think.")


def test_honours_retry_after_in_seconds(tmp_path: Path) -> None:
    clock = Clock()
    with (
        ModelServer(rate_limited("7")) as server,
        client(server.base_url, tmp_path, clock=clock) as model,
    ):
        assert ask(model).text == "A fine answer."
        assert outcomes(model) == [("ok", 1), ("rate_limited", 1)]
    assert clock.slept == [7.0]


def test_honours_retry_after_as_a_date(tmp_path: Path) -> None:
    clock = Clock()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with (
        ModelServer(rate_limited(date)) as server,
        client(server.base_url, tmp_path, clock=clock) as model,
    ):
        ask(model)
    assert len(clock.slept) == 1
    assert 50 < clock.slept[0] <= 60


def test_a_wish_to_wait_holds_for_every_caller(tmp_path: Path) -> None:
    clock = Clock()
    asleep, woken = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        """Let the first caller sleep until the second has waited its time."""
        clock.slept.append(seconds)
        if threading.current_thread() is first:
            asleep.set()
            woken.wait(5)
        else:
            clock.time += seconds

    with (
        ModelServer(rate_limited("30")) as server,
        OpenAIClient(
            settings(server.base_url),
            tmp_path,
            environ=ENVIRON,
            backoff=clock.backoff(sleep=sleep),
        ) as model,
    ):
        first = threading.Thread(target=ask, args=(model, "first"))
        first.start()
        asleep.wait(5)
        ask(model, "second")
        woken.set()
        first.join()
    assert clock.slept == [30.0, 30.0]


def test_does_not_wait_for_hours(tmp_path: Path) -> None:
    with (
        ModelServer(rate_limited("7200")) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(EndpointError, match=r"wait 7200 s.*Every answer so far is kept"),
    ):
        ask(model)
    assert server.count == 1


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (error(500, "boom"), "server_error"),
        (error(502), "server_error"),
        (error(503, headers={"Retry-After": "1"}), "server_error"),
        (error(408), "server_error"),
        (body(b"<html>gateway</html>", status=504, content_type="text/html"), "server_error"),
        (reset(), "connection"),
        (cut_body(), "connection"),
        (body(b'{"choices": ['), "malformed"),
        (body(b"[" * 100_000), "malformed"),
        (body([1, 2]), "malformed"),
        (body({"choices": [], "usage": {}}), "malformed"),
        (body({"choices": [{"index": 0}]}), "malformed"),
        (body({"error": {"message": "upstream is down"}}), "malformed"),
        (body(b"", status=204), "malformed"),
    ],
)
def test_asks_again_after_a_fault(tmp_path: Path, step: Step, outcome: str) -> None:
    with ModelServer(step) as server, client(server.base_url, tmp_path) as model:
        assert ask(model).text == "A fine answer."
        assert sorted(outcomes(model)) == sorted([("ok", 1), (outcome, 1)])
    assert server.count == 2


@pytest.mark.parametrize("step", [hang(), drip()])
def test_a_silent_or_dripping_endpoint_meets_the_time_limit(tmp_path: Path, step: Step) -> None:
    with (
        ModelServer(step) as server,
        client(server.base_url, tmp_path, timeout_s=0.3) as model,
    ):
        assert ask(model).text == "A fine answer."
        assert outcomes(model) == [("ok", 1), ("timeout", 1)]


def test_a_closed_port_is_retried_and_costs_nothing(tmp_path: Path) -> None:
    clock = Clock()
    address = f"http://127.0.0.1:{free_port()}/v1"
    with client(address, tmp_path, clock=clock) as model:
        with pytest.raises(EndpointError, match=rf"{address}: no usable answer after 4 attempts"):
            ask(model)
        assert outcomes(model) == [("connection", 4)]
        assert model.ledger.spent() == (0, 0.0)
    assert clock.slept == [1.0, 2.0, 4.0]


def test_gives_up_after_the_last_retry(tmp_path: Path) -> None:
    with ModelServer(default=error(500, "overloaded")) as server:
        with (
            client(server.base_url, tmp_path, retries=2) as model,
            pytest.raises(EndpointError, match=r"HTTP 500: overloaded.*tasks\.openai\.concurrency"),
        ):
            ask(model)
        assert server.count == 3


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (unauthorized(), r"HTTP 401.*environment variable TEST_MODEL_KEY"),
        (error(403, "no access"), r"HTTP 403: no access.*TEST_MODEL_KEY"),
        (error(402), r"no credit left"),
        (error(429, "no quota", code="insufficient_quota"), r"no credit left"),
        (error(404, "no model"), r"HTTP 404: no model.*tasks\.openai\.model \('test-model'\)"),
        (error(400, "bad temperature"), r"HTTP 400: bad temperature.*max_tokens, temperature"),
        (error(400, "only stream=true is supported"), r"only stream=true"),
        (error(307, headers={"Location": "http://127.0.0.1:9/"}), r"to the address it points to"),
        (body(b"data: {}\n\n", content_type="text/event-stream"), r"streams its answer"),
        (body(b"x", headers={"Content-Encoding": "gzip"}), r"compressed"),
    ],
)
def test_fails_at_once_when_asking_again_cannot_help(tmp_path: Path, step: Step, told: str) -> None:
    with ModelServer(step) as server, client(server.base_url, tmp_path) as model:
        with pytest.raises(EndpointError, match=told):
            ask(model)
        assert server.count == 1


def test_a_refused_key_stops_all_further_requests(tmp_path: Path) -> None:
    with ModelServer(unauthorized()) as server, client(server.base_url, tmp_path) as model:
        for text in ("first", "second"):
            with pytest.raises(EndpointError, match="HTTP 401"):
                ask(model, text)
        assert server.count == 1


def test_a_huge_body_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 200_000)
    with (
        ModelServer(huge(50_000_000)) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(EndpointError, match="exceeds 200000 bytes"),
    ):
        ask(model)


def test_a_huge_error_body_is_not_read_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 200_000)
    with (
        ModelServer(body(b"x" * 1_000_000, status=500)) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(EndpointError, match="exceeds 200000 bytes"),
    ):
        ask(model)


@pytest.mark.parametrize(
    ("step", "text", "finish", "outcome"),
    [
        (ok(None), "", "stop", "empty"),
        (ok("", message={"reasoning": "hm"}), "", "stop", "empty"),
        (ok("Half a sent", finish="length"), "Half a sent", "length", "length"),
        (ok(None, finish="content_filter"), "", "content_filter", "content_filter"),
        (error(400, "policy", code="content_filter"), "", "content_filter", "content_filter"),
        (ok("Done.", finish="eos_token"), "Done.", "stop", "ok"),
    ],
)
def test_an_answer_that_is_of_no_use_is_still_an_answer_and_kept(
    tmp_path: Path, step: Step, text: str, finish: str, outcome: str
) -> None:
    with ModelServer(step) as server, client(server.base_url, tmp_path) as model:
        first, second = ask(model), ask(model)
        assert outcomes(model) == [(outcome, 1)]
        assert server.count == 1
    assert (first.text, first.finish, first.cached) == (text, finish, False)
    assert (second.text, second.finish, second.cached) == (text, finish, True)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "lots",
        {"prompt_tokens": "100", "completion_tokens": 20},
        {"prompt_tokens": -100, "completion_tokens": 20},
        {"prompt_tokens": 100, "completion_tokens": 0},
        {"prompt_tokens": True, "completion_tokens": 20},
        {"prompt_tokens": 10**30, "completion_tokens": 20},
    ],
)
def test_estimates_the_tokens_when_the_endpoint_cannot_be_believed(
    tmp_path: Path, usage: object
) -> None:
    with (
        ModelServer(ok("x" * 300, usage=usage)) as server,
        client(server.base_url, tmp_path) as model,
    ):
        answer = ask(model, "y" * 30)
        assert model.ledger.spent()[0] == 18 + 100
    assert answer.usage == Usage(18, 100, estimated=True)


def test_asks_for_no_more_at_a_time_than_allowed(tmp_path: Path) -> None:
    with (
        ModelServer(default=ok(delay=0.05)) as server,
        client(server.base_url, tmp_path, concurrency=3) as model,
        ThreadPoolExecutor(12) as pool,
    ):
        list(pool.map(lambda number: ask(model, str(number)), range(12)))
    assert server.count == 12
    assert server.peak == 3


def test_equal_requests_at_the_same_time_are_paid_for_once(tmp_path: Path) -> None:
    with (
        ModelServer(default=ok(delay=0.1)) as server,
        client(server.base_url, tmp_path) as model,
        ThreadPoolExecutor(4) as pool,
    ):
        answers = list(pool.map(lambda _: ask(model), range(4)))
    assert server.count == 1
    assert sorted(answer.cached for answer in answers) == [False, True, True, True]
    assert len({answer.text for answer in answers}) == 1


def test_replay_answers_from_the_store_and_never_asks(tmp_path: Path) -> None:
    with ModelServer(ok("Once.")) as server:
        with client(server.base_url, tmp_path) as model:
            ask(model, "known")
        with client(server.base_url, tmp_path, replay=True, api_key_env="UNSET") as model:
            assert ask(model, "known").text == "Once."
            with pytest.raises(ReplayMiss, match=r"tasks\.openai\.replay.*purpose 'test'.*t@1"):
                ask(model, "unknown")
        assert server.count == 1


def test_another_address_finds_the_same_answers(tmp_path: Path) -> None:
    with ModelServer(ok("Once.")) as server, client(server.base_url, tmp_path) as model:
        ask(model)
    with client("http://127.0.0.1:9/elsewhere", tmp_path) as model:
        assert ask(model).cached


def test_backoff_doubles_up_to_its_longest_and_leaves_off_a_random_part() -> None:
    calm = Backoff(first=1, longest=10, chance=lambda: 0.0)
    assert [calm.wait(attempt, None) for attempt in (1, 2, 3, 4, 5, 500)] == [1, 2, 4, 8, 10, 10]
    assert Backoff(first=1, longest=10, chance=lambda: 1.0).wait(2, None) == 1.0
    # Never earlier than the server asks for, and not all at the same moment.
    assert calm.wait(1, 42.0) == 42.0
    assert Backoff(chance=lambda: 1.0).wait(1, 42.0) == 43.0


def test_probabilities_that_are_no_numbers_do_not_lose_the_answer(tmp_path: Path) -> None:
    raw = completion("Kept.")
    raw["choices"][0]["logprobs"] = {"content": [{"logprob": float("-inf")}], "x": 1e400}
    with ModelServer(body(raw)) as server, client(server.base_url, tmp_path) as model:
        assert ask(model).text == ask(model).text == "Kept."
        assert server.count == 1


def test_broken_unicode_can_be_stored(tmp_path: Path) -> None:
    raw = b'{"choices": [{"message": {"content": "a\\ud800b\\u0000"}}]}'
    with ModelServer(body(raw)) as server, client(server.base_url, tmp_path) as model:
        first, second = ask(model), ask(model)
    assert first.text == second.text
    assert first.text.encode("utf-8").startswith(b"a\xef\xbf\xbd")
