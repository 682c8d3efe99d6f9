"""One request over HTTP, through the `openai` client: what came back, or why nothing did."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam

from shellwright.teacher.openai import protocol, vectors
from shellwright.teacher.openai.interface import Message, Usage
from shellwright.teacher.openai.protocol import Answer, Malformed
from shellwright.teacher.openai.redact import Redactor, quote
from shellwright.teacher.openai.settings import Settings

MAX_BODY_BYTES = 8 * 1024 * 1024
_DEADLINE = "shellwright_deadline"
_CONNECT_S = 10.0
_RETRIED = frozenset({408, 409, 425, 429})
# For these the next request fails, too, whatever it asks.
_LASTING = frozenset({401, 402, 403, 404})
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_NO_CREDIT = "insufficient_quota"
#: The outcome of a request that the model cannot read to its end.
TOO_LONG = "too_long"
_TOO_LONG_CODE = "context_length_exceeded"
# Most servers have no code for it, and few words: "This model's maximum context length is ...".
_TOO_LONG_WORDS = re.compile(
    r"context (?:length|window|size)|prompt is too long|too many (?:input )?tokens", re.IGNORECASE
)
_MAY_BE_TOO_LONG = frozenset({400, 413, 422})
_CHAT, _EMBEDDINGS = "/chat/completions", "/embeddings"
_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})

R = TypeVar("R")


@dataclass(frozen=True)
class Reply:
    """An answer, with the body that it was read from."""

    body: dict[str, Any]
    answer: Answer
    status: int = 200


@dataclass(frozen=True)
class Embedded:
    """The vectors of the texts of one request, in their order, each as its bytes."""

    vectors: list[bytes]
    usage: Usage | None
    status: int = 200


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    `outcome` is one word for the ledger and `message` a sentence without secrets, which also says
    what to do when `retry` is false. `wait` is what the server asks for, in seconds. `charged`: the
    model may have worked, for `usage` when the server said so. `lasting`: every other request would
    fail in the same way.
    """

    outcome: str
    message: str
    status: int | None = None
    retry: bool = True
    wait: float | None = None
    charged: bool = False
    usage: Usage | None = None
    lasting: bool = False


class _TooLarge(httpx2.RequestError):
    """The body is longer than any answer can be."""


class _Compressed(httpx2.RequestError):
    """The body is compressed though that was not offered: its true size cannot be bounded."""


class _BoundedStream(httpx2.SyncByteStream):
    """A response body that ends in an error when it grows too long or takes too long.

    The time-outs of the HTTP library hold for each read; a server that sends a byte now and then
    would never meet them.
    """

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise _TooLarge("body too large")
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("body too slow")
            yield chunk

    def close(self) -> None:
        self._stream.close()


class Transport:
    """A connection to one endpoint. May be used from several threads."""

    def __init__(self, settings: Settings, key: str, redact: Redactor) -> None:
        self._settings = settings
        self._section = settings.section
        self._redact = redact
        seconds = settings.timeout_s

        def start(request: httpx2.Request) -> None:
            request.extensions[_DEADLINE] = time.monotonic() + seconds

        def bound(response: httpx2.Response) -> None:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _Compressed("compressed body")
            stream = cast(httpx2.SyncByteStream, response.stream)
            response.stream = _BoundedStream(stream, response.request.extensions[_DEADLINE])

        self._client = openai.OpenAI(
            api_key=key,
            base_url=settings.base_url,
            # Retries are counted and paid for one by one, so the library must not make its own.
            max_retries=0,
            timeout=httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_S)),
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultHttpxClient(
                # A redirect would carry the key to a place that the config does not name.
                follow_redirects=False,
                event_hooks={"request": [start], "response": [bound]},
            ),
        )

    def send(
        self, messages: Sequence[Message], fields: Mapping[str, Any] = _NO_FIELDS
    ) -> Reply | Failure:
        """Ask once, and return what came of it. Raises nothing that the endpoint can provoke.

        `fields` go into the request beside the parameters of the settings.
        """
        return self._exchange(
            _CHAT,
            lambda: (
                self._client.chat.completions.with_raw_response.create(
                    model=self._settings.model,
                    messages=cast(list[ChatCompletionMessageParam], list(messages)),
                    extra_body={**self._settings.parameters, **fields},
                ).http_response
            ),
            self._read,
        )

    def embed(self, texts: Sequence[str]) -> Embedded | Failure:
        """Ask once for the vectors of `texts`. Raises nothing that the endpoint can provoke."""
        return self._exchange(
            _EMBEDDINGS,
            lambda: (
                self._client.embeddings.with_raw_response.create(
                    model=self._settings.model,
                    input=list(texts),
                    # Unless asked otherwise the library takes another form where it finds numpy.
                    encoding_format="float",
                    extra_body=dict(self._settings.parameters),
                ).http_response
            ),
            lambda content, status: self._read_vectors(content, status, len(texts)),
        )

    def _exchange(
        self,
        method: str,
        ask: Callable[[], httpx2.Response],
        read: Callable[[bytes, int], R | Failure],
    ) -> R | Failure:
        try:
            response = ask()
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                return self._final("streamed", "it streams its answer though that was not asked")
            return read(response.content, response.status_code)
        except openai.APITimeoutError as error:
            connecting = isinstance(error.__cause__, httpx2.ConnectTimeout)
            text = f"no answer within {self._settings.timeout_s:g} s ({self._section}.timeout_s)"
            return Failure("timeout", text, charged=not connecting)
        except openai.APIConnectionError as error:
            return self._broken(error.__cause__)
        except openai.APIStatusError as error:
            return self._refused(error, method, read)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, content: bytes, status: int) -> Reply | Failure:
        usage = None
        try:
            body = protocol.read_body(content, self._redact)
            usage = protocol.read_usage(body, "")
            return Reply(body, protocol.read_answer(body), status)
        except Malformed as error:
            text = f"the answer cannot be read: {quote(str(error), self._redact)}"
            return Failure("malformed", text, status=status, charged=True, usage=usage)

    def _read_vectors(self, content: bytes, status: int, count: int) -> Embedded | Failure:
        usage = None
        try:
            body = protocol.read_body(content, self._redact)
            usage = vectors.read_usage(body)
            return Embedded(vectors.read_vectors(body, count), usage, status)
        except Malformed as error:
            text = f"the answer cannot be read: {quote(str(error), self._redact)}"
            return Failure("malformed", text, status=status, charged=True, usage=usage)

    def _broken(self, cause: BaseException | None) -> Failure:
        if isinstance(cause, _TooLarge):
            return self._final("too_large", f"its answer exceeds {MAX_BODY_BYTES} bytes")
        if isinstance(cause, _Compressed):
            return self._final("malformed", "its answer is compressed though that was not offered")
        text = f"the connection failed ({type(cause).__name__}: {quote(str(cause), self._redact)})"
        return Failure("connection", text, charged=not isinstance(cause, httpx2.ConnectError))

    def _final(self, outcome: str, what: str) -> Failure:
        text = f"{what}. Check that {self._section}.base_url is an OpenAI-compatible endpoint."
        return Failure(outcome, text, retry=False, charged=True)

    def _refused(
        self,
        error: openai.APIStatusError,
        method: str,
        read: Callable[[bytes, int], R | Failure],
    ) -> R | Failure:
        status = error.status_code
        code, said = protocol.error_parts(error.response.content, self._redact)
        if method == _CHAT and status < 500 and code in _FILTER_CODES:
            return read(json.dumps(protocol.refused_by_filter()).encode(), status)
        told = f"HTTP {status}" + (f": {quote(said, self._redact)}" if said.strip() else "")
        if status >= 500 or (status in _RETRIED and code != _NO_CREDIT):
            outcome = "rate_limited" if status == 429 else "server_error"
            wait = protocol.retry_after(error.response.headers, datetime.now(UTC))
            return Failure(outcome, told, status=status, wait=wait)
        if method == _CHAT and status in _MAY_BE_TOO_LONG and _too_long(code, said):
            text = (
                f"{told}. The messages and the longest answer ({self._section}.parameters) together"
                " are more than the model can take: lower the answer's length, or take a model with"
                " a larger context."
            )
            return Failure(TOO_LONG, text, status=status, retry=False)
        return Failure(
            "refused",
            f"{told}. {self._remedy(status, code, method)}",
            status=status,
            retry=False,
            lasting=status in _LASTING or code == _NO_CREDIT or status < 400,
        )

    def _remedy(self, status: int, code: str, method: str) -> str:
        settings, section = self._settings, self._section
        if status == 402 or code == _NO_CREDIT:
            return "The account has no credit left: top it up, or use another key."
        if status in (401, 403):
            return (
                f"Put a key that is valid for {settings.base_url} into the environment variable"
                f" {settings.api_key_env} ({section}.api_key_env)."
            )
        if status == 404:
            return (
                f"Set {section}.model ({settings.model!r}) to a model that the endpoint serves, and"
                f" {section}.base_url ({settings.base_url}) to the address that ends before"
                f" {method}, often in /v1."
            )
        if status < 400:
            return f"Set {section}.base_url ({settings.base_url}) to the address it points to."
        names = ", ".join(sorted(settings.parameters)) or "none"
        return (
            f"Change what the endpoint objects to: {section}.parameters ({names}) go into each"
            f" request as they are, and {section}.model is {settings.model!r}."
        )


def _too_long(code: str, said: str) -> bool:
    return code == _TOO_LONG_CODE or _TOO_LONG_WORDS.search(said) is not None
