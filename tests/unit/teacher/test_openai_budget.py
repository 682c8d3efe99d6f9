"""The budget: a hard stop before the call that could exceed it, over all runs together."""

import threading
from pathlib import Path
from typing import Any

import pytest
from tests.support.model_client import ask, client, outcomes
from tests.support.model_server import ModelServer, body, hang, wait_until

from shellwright.teacher.openai.failures import BudgetExceeded, EndpointError


def test_the_budget_stops_before_the_call_that_could_exceed_it(tmp_path: Path) -> None:
    limit: dict[str, Any] = {"max_tokens_total": 990, "parameters": {"max_tokens": 500}}
    with ModelServer() as server:
        with client(server.base_url, tmp_path, **limit) as model:
            for number in range(4):
                ask(model, str(number))
            with pytest.raises(
                BudgetExceeded, match=r"max_tokens_total: 990 are allowed, 480 are used"
            ):
                ask(model, "one more")
            assert ask(model, "0").cached
        with client(server.base_url, tmp_path, **limit) as model, pytest.raises(BudgetExceeded):
            ask(model, "a new process has no new budget")
        with client(server.base_url, tmp_path, max_tokens_total=10_000) as model:
            assert ask(model, "one more").text
        assert server.count == 5


def test_the_money_budget_counts_prices(tmp_path: Path) -> None:
    limit: dict[str, Any] = {"max_cost_usd": 0.0125, "parameters": {"max_tokens": 500}}
    with ModelServer() as server, client(server.base_url, tmp_path, **limit) as model:
        ask(model, "first")
        assert model.ledger.spent()[1] == pytest.approx(0.0014)
        ask(model, "second")
        with pytest.raises(BudgetExceeded, match=r"max_cost_usd: 0\.0125 is allowed, 0\.0028"):
            ask(model, "third")
        assert server.count == 2


def test_a_call_under_way_holds_its_part_of_the_budget(tmp_path: Path) -> None:
    limit: dict[str, Any] = {"max_tokens_total": 900, "parameters": {"max_tokens": 500}}
    with (
        ModelServer(default=hang()) as server,
        client(server.base_url, tmp_path, timeout_s=1, retries=0, **limit) as model,
    ):

        def ask_in_vain() -> None:
            with pytest.raises(EndpointError):
                ask(model, "first")

        first = threading.Thread(target=ask_in_vain)
        first.start()
        wait_until(lambda: server.count == 1)
        with pytest.raises(BudgetExceeded):
            ask(model, "second")
        first.join()
        # What was never answered may have been charged for all the same.
        assert outcomes(model) == [("timeout", 1)]
        assert model.ledger.spent()[0] > 500
        assert server.count == 1


def test_tokens_of_an_unreadable_answer_count_as_reported(tmp_path: Path) -> None:
    step = body({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    with ModelServer(step) as server, client(server.base_url, tmp_path) as model:
        ask(model)
        assert model.ledger.spent()[0] == 10 + 120
