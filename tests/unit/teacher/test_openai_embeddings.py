"""The embedding client against a real server: every text once, and no vector that is none."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.embedding_server import embedded, first_vector, in_base64, vector_of
from tests.support.model_client import ENVIRON, KEY, SECTION, Clock
from tests.support.model_server import ModelServer, Step, body, error, rate_limited, unauthorized

from shellwright.errors import UserError
from shellwright.teacher.openai.embeddings import EmbeddingClient
from shellwright.teacher.openai.failures import BudgetExceeded, EndpointError, ReplayMiss
from shellwright.teacher.openai.settings import EmbeddingSettings, read_embedding_settings


def settings(base_url: str = "http://127.0.0.1:9/v1", **changes: Any) -> EmbeddingSettings:
    return read_embedding_settings({**SECTION, "base_url": base_url, **changes}, "a.embeddings")


def client(
    server: ModelServer,
    folder: Path,
    *,
    clock: Clock | None = None,
    batch: dict[str, int] | None = None,
    **changes: Any,
) -> EmbeddingClient:
    read = settings(server.base_url, **changes)
    read = EmbeddingSettings(read.endpoint, **(batch or {}))
    return EmbeddingClient(read, folder, environ=ENVIRON, backoff=(clock or Clock()).backoff())


def asked(server: ModelServer) -> list[list[str]]:
    return [seen.body["input"] for seen in server.requests]


def test_sends_the_texts_and_returns_their_vectors_in_order(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server, client(server, tmp_path) as model:
        assert model.embed(["one", "three", "one"]) == [
            vector_of("one"),
            vector_of("three"),
            vector_of("one"),
        ]
        assert model.ledger.spent()[0] == 14
    seen = server.requests[0]
    assert seen.path == "/v1/embeddings"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.body == {
        "model": "test-model",
        "input": ["one", "three"],
        "encoding_format": "float",
    }


def test_no_text_asks_nothing(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server, client(server, tmp_path) as model:
        assert model.embed([]) == []
    assert server.count == 0


def test_a_second_run_asks_for_changed_texts_only(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server:
        with client(server, tmp_path) as model:
            first = model.embed(["one", "two", "three"])
        with client(server, tmp_path) as model:
            assert model.embed(["one", "two", "three"]) == first
            model.embed(["three", "zwei", "one"])
    assert asked(server) == [["one", "two", "three"], ["zwei"]]


def test_what_comes_from_the_store_is_what_was_given_at_first(tmp_path: Path) -> None:
    with (
        ModelServer(first_vector([0.1, 1 / 3, 2e-7])) as server,
        client(server, tmp_path) as model,
    ):
        assert model.embed(["text"]) == model.embed(["text"])


def test_another_model_or_other_parameters_ask_again(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server:
        for changes in ({}, {"model": "other"}, {"parameters": {"dimensions": 3}}):
            with client(server, tmp_path, **changes) as model:
                model.embed(["one"])
    assert server.count == 3
    assert server.requests[2].body["dimensions"] == 3


def test_batches_are_bounded_in_texts_and_tokens(tmp_path: Path) -> None:
    with (
        ModelServer(default=embedded()) as server,
        client(
            server, tmp_path, batch={"batch_texts": 2, "batch_tokens": 10}, concurrency=1
        ) as model,
    ):
        model.embed(["a", "b", "c", "d" * 27, "e" * 60, "f"])
    assert asked(server) == [["a", "b"], ["c", "d" * 27], ["e" * 60], ["f"]]


def test_a_long_text_is_cut_off(tmp_path: Path) -> None:
    with (
        ModelServer(default=embedded()) as server,
        client(server, tmp_path, batch={"max_chars": 3}) as model,
    ):
        assert model.embed(["abcdef"]) == [vector_of("abc")]


def test_a_text_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    with (
        ModelServer() as server,
        client(server, tmp_path) as model,
        pytest.raises(ValueError, match="visible"),
    ):
        model.embed(["fine", " \n"])


def test_a_text_that_is_no_unicode_can_be_sent(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server, client(server, tmp_path) as model:
        assert len(model.embed(["a\ud800b"])) == 1


def test_vectors_are_put_in_the_order_of_their_indexes(tmp_path: Path) -> None:
    step = embedded(lambda answer: {**answer, "data": answer["data"][::-1]})
    with ModelServer(step) as server, client(server, tmp_path) as model:
        assert model.embed(["one", "three"]) == [vector_of("one"), vector_of("three")]


def test_base64_is_read_though_it_was_not_asked_for(tmp_path: Path) -> None:
    step = first_vector(in_base64(1.0, -2.5, 0.25))
    with ModelServer(step) as server, client(server, tmp_path) as model:
        assert model.embed(["one"]) == [[1.0, -2.5, 0.25]]


def indexes(*numbers: object) -> Step:
    def change(answer: dict[str, Any]) -> dict[str, Any]:
        for entry, number in zip(answer["data"], numbers, strict=True):
            entry["index"] = number
        return answer

    return embedded(change)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (embedded(lambda answer: {"data": answer["data"][:1]}), "1 vectors for 2 texts"),
        (embedded(lambda answer: {"data": answer["data"] * 2}), "4 vectors for 2 texts"),
        (embedded(lambda _: {"error": {"message": "busy"}}), "but an error: busy"),
        (embedded(lambda _: {"data": [1, 2]}), "no object"),
        (embedded(lambda _: [1]), "not a JSON object"),
        (indexes(0, 0), "indexes"),
        (indexes(1, 2), "indexes"),
        (indexes(0, None), "indexes"),
        (indexes(True, False), "indexes"),
        (first_vector([1.0, 2.0]), "different dimensions: 2, 3"),
        (first_vector([]), "0 dimensions"),
        (first_vector(None), "neither a list"),
        (first_vector([1.0, float("nan"), 1.0]), "no finite number"),
        (first_vector([1.0, float("inf"), 1.0]), "no finite number"),
        (first_vector([1.0, "2.0", 1.0]), "no finite number"),
        (first_vector([1.0, True, 1.0]), "no finite number"),
        (first_vector([1.0, 1e300, 1.0]), "no 32-bit float"),
        (first_vector([0.0, 0.0, 0.0]), "nothing but zeros"),
        (first_vector("not base64!"), "no base64"),
        (first_vector("AAAAAAA="), "32-bit floats"),
        (first_vector(in_base64(1.0, float("nan"), 0.0)), "no finite number"),
    ],
)
def test_an_answer_that_is_none_is_told_asked_again_and_not_kept(
    tmp_path: Path, step: Step, told: str
) -> None:
    with ModelServer(step, step, default=embedded()) as server:
        with (
            client(server, tmp_path, retries=1) as model,
            pytest.raises(EndpointError, match=rf"2 attempts \(a\.embeddings\.retries\).*{told}"),
        ):
            model.embed(["one", "three"])
        with client(server, tmp_path) as model:
            assert model.embed(["one", "three"]) == [vector_of("one"), vector_of("three")]
    assert server.count == 3


def test_the_dimension_is_the_same_in_all_answers(tmp_path: Path) -> None:
    with ModelServer(embedded(), first_vector([1.0, 2.0])) as server:
        with client(server, tmp_path) as model:
            model.embed(["one"])
        with (
            client(server, tmp_path) as model,
            pytest.raises(EndpointError, match=r"have 2 dimensions.* have 3.*a\.embeddings\.model"),
        ):
            model.embed(["two"])
    assert server.count == 2


def test_waits_as_long_as_the_server_asks(tmp_path: Path) -> None:
    clock = Clock()
    with (
        ModelServer(rate_limited("7"), default=embedded()) as server,
        client(server, tmp_path, clock=clock) as model,
    ):
        assert model.embed(["one"]) == [vector_of("one")]
    assert clock.slept == [7.0]


def test_a_refused_key_stops_every_batch_and_is_not_shown(tmp_path: Path) -> None:
    with (
        ModelServer(default=unauthorized()) as server,
        client(server, tmp_path, batch={"batch_texts": 1}, concurrency=1) as model,
        pytest.raises(EndpointError, match=r"TEST_MODEL_KEY \(a\.embeddings\.api_key_env\)") as got,
    ):
        model.embed(["one", "two", "three"])
    assert server.count == 1
    assert KEY not in str(got.value)


def test_a_wrong_address_names_the_method(tmp_path: Path) -> None:
    with (
        ModelServer(error(404, "nothing here")) as server,
        client(server, tmp_path) as model,
        pytest.raises(EndpointError, match=r"ends before /embeddings"),
    ):
        model.embed(["one"])


def test_a_text_that_a_filter_withholds_is_an_error(tmp_path: Path) -> None:
    with (
        ModelServer(error(400, "policy", code="content_filter")) as server,
        client(server, tmp_path) as model,
        pytest.raises(EndpointError, match="HTTP 400: policy"),
    ):
        model.embed(["one"])


def test_what_was_answered_before_a_failure_is_kept(tmp_path: Path) -> None:
    one_each = {"batch_texts": 1}
    with ModelServer(embedded(), error(400, "no"), default=embedded()) as server:
        with (
            client(server, tmp_path, batch=one_each, concurrency=1) as model,
            pytest.raises(EndpointError),
        ):
            model.embed(["one", "two"])
        with client(server, tmp_path, batch=one_each) as model:
            model.embed(["one", "two"])
    assert asked(server) == [["one"], ["two"], ["two"]]


def test_the_budget_holds(tmp_path: Path) -> None:
    with (
        ModelServer(default=embedded()) as server,
        client(server, tmp_path, max_tokens_total=20) as model,
    ):
        model.embed(["one"])
        with pytest.raises(BudgetExceeded, match=r"a\.embeddings\.max_tokens_total"):
            model.embed(["x" * 300])
    assert server.count == 1


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": True}, {"prompt_tokens": -3}])
def test_estimates_the_tokens_that_the_endpoint_does_not_tell(
    tmp_path: Path, usage: object
) -> None:
    step = embedded(lambda answer: {**answer, "usage": usage})
    with ModelServer(step) as server, client(server, tmp_path) as model:
        model.embed(["x" * 30])
        assert model.ledger.spent()[0] == 10


def test_replay_answers_from_the_store_and_never_asks(tmp_path: Path) -> None:
    with ModelServer(default=embedded()) as server:
        with client(server, tmp_path) as model:
            model.embed(["one"])
        with client(server, tmp_path, replay=True, api_key_env="UNSET") as model:
            assert model.embed(["one"]) == [vector_of("one")]
            with pytest.raises(ReplayMiss, match=r"a\.embeddings\.replay.*for 1 texts"):
                model.embed(["one", "two"])
    assert server.count == 1


def test_a_body_that_is_cut_off_is_asked_for_again(tmp_path: Path) -> None:
    with (
        ModelServer(body(b'{"data": [{"embedding": [1,'), default=embedded()) as server,
        client(server, tmp_path) as model,
    ):
        assert model.embed(["one"]) == [vector_of("one")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": None}, r"a\.embeddings\.model: no model"),
        ({"base_url": "http://host/v1/embeddings"}, r"Remove /embeddings from the end"),
        ({"parameters": {"encoding_format": "base64"}}, r"a\.embeddings\.parameters: encoding"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        settings(**changes)
