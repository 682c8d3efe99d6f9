"""Clients of the model server, with a clock that runs only when somebody sleeps."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shellwright.teacher.openai.client import Backoff, OpenAIClient
from shellwright.teacher.openai.interface import Completion, Message, Usage
from shellwright.teacher.openai.settings import Settings, read_settings

KEY = "sk-very-secret-0123456789"
ENVIRON = {"TEST_MODEL_KEY": KEY}
SECTION: Mapping[str, Any] = {
    "base_url": "http://127.0.0.1:9/v1",
    "model": "test-model",
    "api_key_env": "TEST_MODEL_KEY",
    "temperature": 0.8,
    "parameters": {},
    "replay": False,
    "timeout_s": 5,
    "retries": 3,
    "attempts": 3,
    "concurrency": 4,
    "max_tokens_total": None,
    "max_cost_usd": None,
    "usd_per_million_input_tokens": 10,
    "usd_per_million_output_tokens": 20,
}


def settings(base_url: str = "http://127.0.0.1:9/v1", **changes: Any) -> Settings:
    """Return the settings of a section of the config with `changes`."""
    return read_settings({**SECTION, "base_url": base_url, **changes})


@dataclass
class Clock:
    """A clock for tests: sleeping moves it on and is written down."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        with self._mutex:
            self.slept.append(seconds)
            self.time += seconds

    def backoff(self, **changes: Any) -> Backoff:
        """Return a back-off on this clock, without chance unless `changes` bring it."""
        return Backoff(**{"clock": self.now, "sleep": self.sleep, "chance": lambda: 0.0, **changes})


def client(
    base_url: str, folder: Path, *, clock: Clock | None = None, **changes: Any
) -> OpenAIClient:
    """Return a client of the server at `base_url` that never really sleeps."""
    backoff = (clock or Clock()).backoff()
    return OpenAIClient(settings(base_url, **changes), folder, environ=ENVIRON, backoff=backoff)


def ask(model: OpenAIClient, text: str = "Say something.") -> Completion:
    """Ask one question."""
    return model.complete([{"role": "user", "content": text}], purpose="test", prompt_version="t@1")


def outcomes(model: OpenAIClient) -> list[tuple[str, int]]:
    """Return (outcome, calls) of the calls that went out, in alphabetical order."""
    return [(total.outcome, total.calls) for total in model.ledger.totals() if not total.cached]


@dataclass
class FakeModel:
    """A ModelClient that gives prepared answers and keeps what it was asked."""

    answers: list[Completion | str]
    model: str = "fake-model"
    asked: list[list[Message]] = field(default_factory=list)

    def complete(
        self, messages: Sequence[Message], *, purpose: str, prompt_version: str
    ) -> Completion:
        self.asked.append(list(messages))
        answer = self.answers.pop(0)
        if isinstance(answer, Completion):
            return answer
        return Completion(answer, Usage(1, 1), cached=False, latency=0.0)
