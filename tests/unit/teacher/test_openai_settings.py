"""The config section: what is accepted, and what is said when it is not."""

from typing import Any

import pytest
from tests.support.model_client import SECTION, settings

from shellwright.errors import UserError
from shellwright.teacher.openai.budget import Budget, Price, estimate_tokens, worst_case
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.settings import read_settings


def test_reads_every_key() -> None:
    read = settings(max_tokens_total=5, max_cost_usd=1.5)
    assert read.price == Price(10.0, 20.0)
    assert read.budget == Budget(5, 1.5)
    assert (read.retries, read.attempts, read.concurrency, read.replay) == (3, 3, 4, False)
    assert read.parameters == {"temperature": 0.8, "max_tokens": 4096}
    assert read.max_output_tokens == 4096


def test_parameters_add_to_the_defaults_and_null_leaves_one_out() -> None:
    given = {"max_completion_tokens": 9000, "temperature": None, "seed": 7}
    read = settings(parameters=given)
    assert read.parameters == {"max_completion_tokens": 9000, "seed": 7}
    assert read.max_output_tokens == 9000


def test_the_identity_holds_what_answers_depend_on() -> None:
    base = settings()
    assert settings("http://elsewhere/v1", timeout_s=9, retries=0).identity == base.identity
    for change in ({"model": "other"}, {"temperature": 0.1}, {"attempts": 1}):
        assert settings(**change).identity != base.identity


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": None}, r"tasks\.openai\.model: no model is named"),
        ({"model": " "}, r"tasks\.openai\.model: no model is named"),
        ({"base_url": "localhost:8000"}, r"tasks\.openai\.base_url: 'localhost:8000'"),
        ({"base_url": "http://"}, r"tasks\.openai\.base_url"),
        ({"base_url": "http://host:port/v1"}, r"tasks\.openai\.base_url"),
        ({"base_url": "http://h/v1/chat/completions/"}, r"Remove /chat/completions"),
        ({"parameters": {"stream": True, "n": 2}}, r"tasks\.openai\.parameters: n, stream"),
        ({"parameters": {"max_tokens": None}}, r"exactly one of max_completion_tokens and max_"),
        ({"parameters": {"max_tokens": 0}}, r"at least 1"),
        ({"parameters": {"max_tokens": 1, "max_completion_tokens": 1}}, r"exactly one"),
    ],
)
def test_a_value_that_cannot_work_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        read_settings({**SECTION, **changes})


def test_prices_are_for_a_million_tokens() -> None:
    assert Price(3.0, 15.0).cost(Usage(1_000_000, 100_000)) == pytest.approx(4.5)


def test_the_worst_case_counts_each_message_and_the_longest_answer() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("äö") == 2
    asked = worst_case([{"role": "user", "content": "abcd"}] * 2, 50)
    assert asked == Usage(20, 50, estimated=True)
