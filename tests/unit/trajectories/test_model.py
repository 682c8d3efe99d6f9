"""The policy of a model, against a real server: what it sends, and whose fault an end is."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.model_client import client, outcomes
from tests.support.model_server import ModelServer, Step, error, ok, rate_limited

from shellwright.teacher.openai.budget import Price
from shellwright.teacher.openai.client import OpenAIClient
from shellwright.teacher.openai.failures import EndpointError, PromptTooLong
from shellwright.trajectories.atif import total
from shellwright.trajectories.episode import Episode, Limits, run_episode
from shellwright.trajectories.model import ModelAgent, ModelPolicy
from shellwright.trajectories.outcome import Cause, Termination

from .cases import written
from .scripted import TEMPLATE, FakeShell

DONE = written(task_complete=True, commands=[])
FULL = error(400, "This model's maximum context length is 8192 tokens, and you asked for 9000.")


def play(
    model: OpenAIClient, sample: int = 0, shell: FakeShell | None = None, **limits: Any
) -> Episode:
    agent = ModelAgent(model, {}, "test", "p@1", Price(10.0, 20.0))
    return run_episode(
        shell or FakeShell(lambda line: "a file\n"),
        ModelPolicy(agent, sample),
        template=TEMPLATE,
        instruction="Do it.",
        limits=Limits(**limits),
    )


def test_a_model_types_sees_and_completes(tmp_path: Path) -> None:
    thought = f'<think>"{{" comes first</think>\n{written()}'
    shell = FakeShell(lambda line: "a file\n")
    with (
        ModelServer(ok(thought), ok(DONE), ok(DONE)) as server,
        client(server.base_url, tmp_path) as model,
    ):
        episode = play(model, shell=shell)
    assert (episode.termination, episode.failure) == (Termination.COMPLETED, "")
    assert shell.sent == [("ls -la\n", 0.1)]
    # The thinking is no part of the response, or its braces would be taken for it.
    assert episode.turns[0].action.text == written()
    sent = [request.body["messages"] for request in server.requests]
    assert [len(messages) for messages in sent] == [1, 3, 5]
    assert sent[2] == episode.messages[:5]
    assert "Do it." in sent[0][0]["content"]
    assert "a file" in sent[1][2]["content"]
    assert "Are you sure" in sent[2][4]["content"]


def test_what_a_call_took_is_recorded(tmp_path: Path) -> None:
    with ModelServer(default=ok(DONE)) as server, client(server.base_url, tmp_path) as model:
        episode = play(model)
        assert [each.purpose for each in model.ledger.totals()] == ["test"]
    assert total(episode, "prompt_tokens") == 200
    assert total(episode, "completion_tokens") == 40
    assert total(episode, "cost_usd") == pytest.approx((200 * 10 + 40 * 20) / 1e6)
    assert episode.turns[0].action.label == {"kind": "model", "finish": "stop"}


def test_tokens_that_nobody_counted_are_not_made_up(tmp_path: Path) -> None:
    step = ok(DONE, usage=None)
    with ModelServer(default=step) as server, client(server.base_url, tmp_path) as model:
        episode = play(model)
    assert total(episode, "prompt_tokens") is None
    assert total(episode, "cost_usd") is None


def test_each_attempt_has_answers_of_its_own_and_pays_for_them_once(tmp_path: Path) -> None:
    steps = [ok(DONE), ok(DONE), ok("no"), ok(DONE), ok(DONE)]
    with ModelServer(*steps) as server, client(server.base_url, tmp_path) as model:
        assert len(play(model, 0).turns) == 2
        assert len(play(model, 1).turns) == 3
        assert server.count == 5
        assert len(play(model, 0).turns) == 2
        assert len(play(model, 1).turns) == 3
        assert server.count == 5
    assert all("sample" not in request.body for request in server.requests)


def test_a_cut_off_answer_is_not_carried_out(tmp_path: Path) -> None:
    shell = FakeShell(lambda line: "")
    steps = [ok(written(), finish="length"), ok(DONE), ok(DONE)]
    with ModelServer(*steps) as server, client(server.base_url, tmp_path) as model:
        episode = play(model, shell=shell)
    assert shell.sent == []
    assert len(episode.turns) == 3
    assert str(episode.turns[0].observation).startswith(
        "ERROR!! NONE of the actions you just requested were performed because you exceeded the"
        " maximum output length."
    )


def test_a_cut_off_confirmation_confirms_nothing(tmp_path: Path) -> None:
    steps = [ok(DONE), ok(DONE, finish="length"), ok(DONE)]
    with ModelServer(*steps) as server, client(server.base_url, tmp_path) as model:
        episode = play(model)
    assert len(episode.turns) == 3
    assert episode.termination is Termination.COMPLETED


def test_a_model_that_says_nothing_is_told_so_and_ends(tmp_path: Path) -> None:
    with ModelServer(default=ok("")) as server, client(server.base_url, tmp_path) as model:
        episode = play(model)
    assert episode.termination is Termination.PARSE_ERROR_LIMIT
    assert episode.termination.cause is Cause.AGENT
    assert episode.turns[0].action.text == ""
    # An endpoint may refuse an empty message.
    assert server.requests[1].body["messages"][1]["content"] == "(no answer)"


@pytest.mark.parametrize(
    "full",
    [
        FULL,
        error(400, "Too long.", code="context_length_exceeded"),
        error(413, "Prompt is too long"),
        error(422, "the context window is full"),
    ],
)
def test_a_conversation_that_outgrows_the_model_is_the_agents_end(
    tmp_path: Path, full: Step
) -> None:
    with (
        ModelServer(ok(written()), full) as server,
        client(server.base_url, tmp_path) as model,
    ):
        episode = play(model)
        assert outcomes(model) == [("ok", 1), ("too_long", 1)]
    assert episode.termination is Termination.POLICY_STOPPED
    assert episode.failure == "the conversation is longer than the model can read"
    assert len(episode.turns) == 1


def test_a_task_that_does_not_even_fit_is_no_failure_of_the_agent(tmp_path: Path) -> None:
    with (
        ModelServer(FULL) as server,
        client(server.base_url, tmp_path) as model,
        pytest.raises(PromptTooLong, match="maximum context length is 8192"),
    ):
        play(model)


def test_an_endpoint_that_goes_down_ends_nothing_but_the_build(tmp_path: Path) -> None:
    with (
        ModelServer(ok(written()), default=error(503)) as server,
        client(server.base_url, tmp_path, retries=1) as model,
        pytest.raises(EndpointError, match="503"),
    ):
        play(model)


def test_limits_of_the_endpoint_take_nothing_of_the_agents_time(tmp_path: Path) -> None:
    steps = [rate_limited("30"), ok(written(), delay=0.5), ok(DONE, delay=0.5), ok(DONE)]
    with ModelServer(*steps) as server, client(server.base_url, tmp_path) as model:
        episode = play(model, seconds=0.5)
    assert episode.termination is Termination.COMPLETED
    assert len(episode.turns) == 3
