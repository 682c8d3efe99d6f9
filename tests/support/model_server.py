"""A local server that speaks the chat-completions protocol, and misbehaves as it is told to.

Each request takes the next step of the script; when the script is at its end, every request is
answered by `default`. Steps are functions of the exchange, so a test can write its own.
"""

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
_DRIP_S = 0.02


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Exchange:
    """One request, and the means to answer it well or badly."""

    def __init__(self, handler: BaseHTTPRequestHandler, seen: Seen, closing: threading.Event):
        self._handler = handler
        self.seen = seen
        self.closing = closing

    def send(
        self,
        status: int,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Send a whole response."""
        self.head(status, len(body), headers=headers, content_type=content_type)
        self.write(body)

    def head(
        self,
        status: int,
        length: int,
        *,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Send the status and the headers, and announce `length` bytes."""
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", content_type)
        self._handler.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def write(self, content: bytes) -> None:
        """Send bytes of the body."""
        self._handler.wfile.write(content)
        self._handler.wfile.flush()

    def reset(self) -> None:
        """Break the connection off so that the client sees a reset."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()
        self._handler.close_connection = True


Step = Callable[[Exchange], None]


def completion(
    text: str | None,
    *,
    finish: str = "stop",
    usage: object = USAGE,
    message: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the body of an answer; `message` adds fields beside role and content."""
    content = {"role": "assistant", "content": text, **(message or {})}
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "test-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": content}],
    }
    return body if usage is None else {**body, "usage": usage}


def ok(text: str | None = "A fine answer.", *, delay: float = 0.0, **fields: Any) -> Step:
    """Answer with `text` after `delay` seconds; `fields` are those of `completion`."""

    def step(exchange: Exchange) -> None:
        if delay:
            exchange.closing.wait(delay)
        exchange.send(200, json.dumps(completion(text, **fields)).encode())

    return step


def body(content: object, *, status: int = 200, **fields: Any) -> Step:
    """Answer with any body: bytes as they are, anything else as JSON."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda exchange: exchange.send(status, raw, **fields)


def error(
    status: int, message: str = "", *, code: str | None = None, headers: Mapping[str, str] = {}
) -> Step:
    """Answer with an HTTP error in the usual form."""
    content = {"error": {"message": message, "type": "error", "code": code}}
    return body(content, status=status, headers=headers)


def rate_limited(retry_after: str) -> Step:
    """Answer 429 with a `Retry-After`."""
    return error(429, "Rate limit reached", headers={"Retry-After": retry_after})


def unauthorized() -> Step:
    """Answer 401 and repeat the header with the key, as careless servers do."""

    def step(exchange: Exchange) -> None:
        sent = exchange.seen.headers.get("authorization", "")
        error(401, f"Incorrect API key provided: {sent}")(exchange)

    return step


def hang() -> Step:
    """Never answer."""

    def step(exchange: Exchange) -> None:
        exchange.closing.wait()

    return step


def reset() -> Step:
    """Reset the connection instead of answering."""
    return lambda exchange: exchange.reset()


def cut_body() -> Step:
    """Announce more bytes than are sent, then close."""

    def step(exchange: Exchange) -> None:
        exchange.head(200, 1000)
        exchange.write(b'{"choices": [')
        exchange.reset()

    return step


def drip() -> Step:
    """Send a byte now and then: never silent, never done."""

    def step(exchange: Exchange) -> None:
        exchange.head(200, 1_000_000)
        while not exchange.closing.wait(_DRIP_S):
            exchange.write(b" ")

    return step


def huge(size: int) -> Step:
    """Send an answer of `size` bytes and more."""

    def step(exchange: Exchange) -> None:
        head, tail = json.dumps(completion("@")).encode().split(b"@")
        exchange.head(200, len(head) + size + len(tail))
        exchange.write(head)
        for _ in range(0, size, 65_536):
            exchange.write(b"a" * 65_536)
        exchange.write(tail)

    return step


class ModelServer:
    """The running server. Use as a context manager; `base_url` is what a config would hold."""

    def __init__(self, *script: Step, default: Step | None = None) -> None:
        self.requests: list[Seen] = []
        self.peak = 0
        self._steps = deque(script)
        self._default = default or ok()
        self._open = 0
        self._mutex = threading.Lock()
        self._closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the output of the tests clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """The address, up to and with `/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def count(self) -> int:
        """How many requests have arrived."""
        return len(self.requests)

    def script(self, steps: Iterable[Step]) -> None:
        """Append steps to the script."""
        with self._mutex:
            self._steps.extend(steps)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", "0"))
        sent = json.loads(handler.rfile.read(length))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        seen = Seen(handler.path, headers, sent)
        with self._mutex:
            self.requests.append(seen)
            step = self._steps.popleft() if self._steps else self._default
            self._open += 1
            self.peak = max(self.peak, self._open)
        try:
            step(Exchange(handler, seen, self._closing))
        except OSError:
            # The client has gone away, which most of the misbehaviour provokes.
            handler.close_connection = True
        finally:
            with self._mutex:
                self._open -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def free_port() -> int:
    """Return a port of 127.0.0.1 where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until `condition` holds. Raises TimeoutError when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the condition never held")
        time.sleep(0.01)
