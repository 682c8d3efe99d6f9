"""The model client: cache first, then the endpoint, patiently, within the budget."""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from shellwright.teacher.openai import protocol
from shellwright.teacher.openai.budget import estimate_tokens, worst_case
from shellwright.teacher.openai.cache import Request, ResponseCache, StoredResponse
from shellwright.teacher.openai.failures import EndpointError, ReplayMiss
from shellwright.teacher.openai.interface import Completion, Message, Usage
from shellwright.teacher.openai.ledger import ANSWERED, EMPTY, NOTHING, Call, Ledger
from shellwright.teacher.openai.redact import redactor
from shellwright.teacher.openai.settings import SECTION, Settings, read_key
from shellwright.teacher.openai.store import CallStore
from shellwright.teacher.openai.transport import Failure, Reply, Transport

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backoff:
    """How long to wait before asking again; all in seconds.

    The wait doubles from `first` up to `longest`, and a random half of it is left off, so that many
    callers do not come back at once. A server's own wish is honoured in full, up to `patience`;
    who asks for more has no answer to give today.
    """

    first: float = 1.0
    longest: float = 60.0
    patience: float = 300.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait after `attempt` (from 1) failed."""
        if asked is not None:
            return asked + self.first * self.chance()
        return min(self.longest, self.first * 2.0 ** min(attempt - 1, 60)) * (
            1.0 - 0.5 * self.chance()
        )


class OpenAIClient:
    """A ModelClient for one OpenAI-compatible endpoint. May be used from several threads.

    At most `settings.concurrency` requests are under way at a time; equal requests are asked once.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        environ: Mapping[str, str] = os.environ,
        backoff: Backoff | None = None,
    ) -> None:
        """Open the client, with the answers and the ledger in `folder`.

        Raises UserError when the key is missing (replay needs none) or the store cannot be used.
        """
        self._settings = settings
        self._backoff = backoff or Backoff()
        self._transport: Transport | None = None
        if not settings.replay:
            key = read_key(settings, environ)
            self._transport = Transport(settings, key, redactor(key))
        self._store = CallStore(folder)
        self._cache = ResponseCache(self._store)
        self.ledger = Ledger(self._store, settings.price)
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._mutex = threading.Lock()
        self._asked: dict[str, tuple[threading.Lock, int]] = {}
        self._not_before = 0.0
        self._lasting: str | None = None

    @property
    def model(self) -> str:
        """The model's name, as configured."""
        return self._settings.model

    def complete(
        self, messages: Sequence[Message], *, purpose: str, prompt_version: str
    ) -> Completion:
        """Return the answer to `messages`, from the store when it has one.

        Raises ReplayMiss when replaying and there is none, BudgetExceeded before a call that might
        cost too much, and EndpointError when the endpoint refuses or keeps failing.
        """
        request = Request(self._settings.model, tuple(messages), self._settings.parameters)
        call = Call(request.key, request.model, purpose, prompt_version)
        with self._alone(call.key):
            stored = self._cache.get(call.key)
            if stored is None:
                return self._ask(request, call)
            answer = protocol.read_answer(stored.body)
            completion = _completion(request, answer, stored.latency_s, cached=True)
            self.ledger.cached(call, completion.usage, stored.latency_s)
            return completion

    def close(self) -> None:
        """Close the connections and the store."""
        if self._transport is not None:
            self._transport.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                log.info("%s", self.ledger.summary())
        finally:
            self.close()

    def _ask(self, request: Request, call: Call) -> Completion:
        if self._transport is None:
            raise ReplayMiss(
                f"{SECTION}.replay: {self._store.path} has no answer to a request of purpose"
                f" {call.purpose!r}, prompt {call.prompt_version} and model {call.model!r} (key"
                f" {call.key}). Set {SECTION}.replay to false to ask the endpoint, or bring back"
                " the store, the prompt, the model and the parameters that the answers were made"
                " with."
            )
        worst = worst_case(request.messages, self._settings.max_output_tokens)
        for attempt in range(1, self._settings.retries + 2):
            with self._slots:
                self._hold()
                row = self.ledger.begin(
                    replace(call, attempt=attempt), worst, self._settings.budget
                )
                started = time.monotonic()
                result = self._transport.send(request.messages)
                latency = time.monotonic() - started
            if isinstance(result, Reply):
                return self._keep(request, call, row, result, latency)
            self._fail(row, result, latency, worst)
            self._give_up(result, attempt)
            log.warning("%s; asking again", result.message)
            self._pause(attempt, result)
        raise AssertionError("the last attempt returns or raises")

    def _keep(
        self, request: Request, call: Call, row: int, reply: Reply, latency: float
    ) -> Completion:
        """Store an answer and what it cost in one transaction, before anybody sees it."""
        completion = _completion(request, reply.answer, latency, cached=False)
        outcome = completion.finish
        if outcome == protocol.STOP:
            outcome = ANSWERED if completion.text.strip() else EMPTY
        with self._store.transaction() as db:
            self._cache.put(db, request, call, StoredResponse(reply.body, latency))
            self.ledger.settle(
                db,
                row,
                outcome=outcome,
                usage=completion.usage,
                latency_s=latency,
                status=reply.status,
            )
        return completion

    def _fail(self, row: int, failure: Failure, latency: float, worst: Usage) -> None:
        with self._store.transaction() as db:
            self.ledger.settle(
                db,
                row,
                outcome=failure.outcome,
                usage=(failure.usage or worst) if failure.charged else NOTHING,
                latency_s=latency,
                status=failure.status,
            )

    def _give_up(self, failure: Failure, attempt: int) -> None:
        """Raise EndpointError unless it makes sense to ask again."""
        where = f"{SECTION}.base_url: {self._settings.base_url}"
        if not failure.retry:
            text = f"{where}: {failure.message}"
            if failure.lasting:
                self._lasting = text
            raise EndpointError(text)
        kept = "Every answer so far is kept: run the same command again"
        if failure.wait is not None and failure.wait > self._backoff.patience:
            raise EndpointError(
                f"{where}: {failure.message}; the endpoint asks to wait {failure.wait:.0f} s, more"
                f" than the {self._backoff.patience:g} s that a build waits. {kept} after that."
            )
        if attempt > self._settings.retries:
            raise EndpointError(
                f"{where}: no usable answer after {attempt} attempts ({SECTION}.retries), at last:"
                f" {failure.message}. See that the endpoint is up and not overloaded, or lower"
                f" {SECTION}.concurrency. {kept}."
            )

    def _pause(self, attempt: int, failure: Failure) -> None:
        """Wait before the next attempt; when the server asked for it, all callers wait."""
        if failure.wait is not None:
            with self._mutex:
                self._not_before = max(self._not_before, self._backoff.clock() + failure.wait)
        self._backoff.sleep(self._backoff.wait(attempt, failure.wait))

    def _hold(self) -> None:
        """Wait as long as the server asked any caller to; raise what is wrong for all of them."""
        with self._mutex:
            seconds, lasting = self._not_before - self._backoff.clock(), self._lasting
        if lasting is not None:
            raise EndpointError(lasting)
        if seconds > 0:
            self._backoff.sleep(seconds)

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Let one thread at a time in for `key`: the second finds the answer of the first."""
        with self._mutex:
            lock, users = self._asked.get(key, (threading.Lock(), 0))
            self._asked[key] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._mutex:
                users = self._asked[key][1] - 1
                if users:
                    self._asked[key] = (lock, users)
                else:
                    del self._asked[key]


def _completion(
    request: Request, answer: protocol.Answer, latency: float, *, cached: bool
) -> Completion:
    usage = answer.usage
    if usage is None:
        prompt = worst_case(request.messages, 0).prompt_tokens
        output = estimate_tokens(answer.text) + estimate_tokens(answer.reasoning)
        usage = Usage(prompt, output, estimated=True)
    return Completion(answer.text, usage, cached, latency, answer.reasoning, answer.finish)
