"""The model client: cache first, then the endpoint, patiently, within the budget."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from shellwright.teacher.openai import protocol
from shellwright.teacher.openai.budget import estimate_tokens, worst_case
from shellwright.teacher.openai.cache import Request, ResponseCache, StoredResponse
from shellwright.teacher.openai.calling import Backoff, Kept
from shellwright.teacher.openai.connected import Connected
from shellwright.teacher.openai.failures import ReplayMiss
from shellwright.teacher.openai.interface import Completion, Message, Usage
from shellwright.teacher.openai.ledger import ANSWERED, EMPTY, Call
from shellwright.teacher.openai.settings import Settings
from shellwright.teacher.openai.shapes import FORMS, Shape
from shellwright.teacher.openai.transport import Failure, Reply

__all__ = ["Backoff", "OpenAIClient"]

# What says that the form of a request is not understood.
_FORM_REFUSED = frozenset({400, 404, 415, 422})


class OpenAIClient(Connected):
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
        super().__init__(settings, folder, environ, backoff)
        self._cache = ResponseCache(self._store)
        self._mutex = threading.Lock()
        self._asked: dict[str, tuple[threading.Lock, int]] = {}
        self._forms: dict[str, int] = {}

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        prompt_version: str,
        shape: Shape | None = None,
        sample: int = 0,
    ) -> Completion:
        """Return the answer to `messages`, from the store when it has one.

        The endpoint is asked for JSON in `shape` in the strictest form that it takes, which is
        found out. Each `sample` has an answer of its own; the number itself is not sent. Raises
        ReplayMiss when replaying and there is none, BudgetExceeded before a call that might cost
        too much, and EndpointError when the endpoint refuses or keeps failing; it is PromptTooLong
        when the model cannot read that much.
        """
        endpoint = self._endpoint
        request = Request(endpoint.model, tuple(messages), endpoint.parameters, shape, sample)
        call = Call(request.key, request.model, purpose, prompt_version)
        with self._alone(call.key):
            stored = self._cache.get(call.key)
            if stored is None:
                return self._ask(request, call)
            answer = protocol.read_answer(stored.body)
            completion = _completion(request, answer, stored.latency_s, cached=True)
            self.ledger.cached(call, completion.usage, stored.latency_s)
            return completion

    def _ask(self, request: Request, call: Call) -> Completion:
        transport, settings = self._transport, self._endpoint
        if transport is None:
            raise ReplayMiss(
                f"{settings.section}.replay: {self._store.path} has no answer to a request of"
                f" purpose {call.purpose!r}, prompt {call.prompt_version} and model {call.model!r}"
                f" (key {call.key}). Set {settings.section}.replay to false to ask the endpoint, or"
                " bring back the store, the prompt, the model and the parameters that the answers"
                " were made with."
            )
        form = self._form(request.shape)

        def send() -> Reply | Failure:
            fields = request.shape.fields(FORMS[form]) if request.shape else {}
            return transport.send(request.messages, fields)

        def keep(db: sqlite3.Connection, reply: Reply, latency: float) -> Kept:
            completion = _completion(request, reply.answer, latency, cached=False)
            self._cache.put(db, request, call, StoredResponse(reply.body, latency))
            return Kept(_outcome(completion), completion.usage, reply.status)

        def changed(failure: Failure) -> bool:
            """Ask less strictly for the shape where the endpoint may not know how it was asked."""
            nonlocal form
            if request.shape is None or failure.status not in _FORM_REFUSED:
                return False
            if form + 1 == len(FORMS):
                return False
            form += 1
            return True

        worst = worst_case(request.messages, settings.max_output_tokens, request.shape)
        reply, latency = self._caller.ask(call, worst, send, keep, changed=changed)
        self._learn(request.shape, form)
        return _completion(request, reply.answer, latency, cached=False)

    def _form(self, shape: Shape | None) -> int:
        """Return the place in FORMS of the strictest form that the endpoint may know."""
        with self._mutex:
            return 0 if shape is None else self._forms.get(shape.key, 0)

    def _learn(self, shape: Shape | None, form: int) -> None:
        if shape is not None:
            with self._mutex:
                self._forms[shape.key] = max(form, self._forms.get(shape.key, 0))

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
        prompt = worst_case(request.messages, 0, request.shape).prompt_tokens
        output = estimate_tokens(answer.text) + estimate_tokens(answer.reasoning)
        usage = Usage(prompt, output, estimated=True)
    return Completion(answer.text, usage, cached, latency, answer.reasoning, answer.finish)


def _outcome(completion: Completion) -> str:
    """Return the word that the ledger has for an answer."""
    if completion.finish != protocol.STOP:
        return completion.finish
    return ANSWERED if completion.text.strip() else EMPTY
