"""One build by the engine: its log, its end, and what it may use."""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TextIO
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException
from requests import RequestException, Response

from shellwright.errors import UserError
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.tar import tar_of

PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LOG_BYTES = 4 << 20  # kept of the log of one build, so that it cannot fill the disk
SMALL_SECONDS = 120.0  # for a build that only copies files
WATCH_SECONDS = 1.0  # between two looks at a running build
# The engine's words about a command of the Dockerfile; these others are about itself.
BY_COMMAND = "The command '"
BY_ENGINE = ("no space left on device", "context canceled")


class BuildFailed(UserError):
    """An image cannot be built; the message says why."""


class BuildStopped(BuildFailed):
    """A build was ended from outside: its time was over, or it used too much."""


def build(
    client: docker.DockerClient,
    context: bytes,
    log: TextIO,
    *,
    timeout: float,
    limit: str,
    options: Mapping[str, str],
    watch: Callable[[], str | None] = lambda: None,
) -> str:
    """Has the engine build an image from a context, a tar, and returns its id; it has no name.

    `timeout` in seconds, after which the engine kills the build; `limit` is the configuration's key
    of it. `options` are further parameters of the engine's build call. `watch` is called now and
    then while the build runs and returns why it must end, if it must. Raises BuildFailed with what
    was wrong, BuildStopped when the build was ended, and SandboxError when the engine failed.
    """
    api = client.api
    guard = _Guard(time.monotonic() + timeout, limit, watch)
    image = ""
    try:
        with (
            api.post(
                f"{api.base_url}/v{api.api_version}/build",
                data=context,
                headers={"Content-Type": "application/tar"},
                params={"rm": "1", "forcerm": "1", **options},
                stream=True,
                timeout=timeout,
            ) as response,
            guard.over(response),
        ):
            _check(response)
            room = LOG_BYTES
            for line in filter(None, response.iter_lines()):
                said = json.loads(line)
                text = str(said.get("stream", said.get("error", said.get("status", ""))))
                if room > 0:
                    log.write(text[:room])
                    room -= len(text)
                if "error" in said:
                    _fail(text)
                image = (said.get("aux") or {}).get("ID", image)
    except (DockerException, RequestException) as error:
        if not guard.reason:
            raise SandboxError(f"the engine has lost a build: {error}") from error
    if guard.reason:
        log.write(f"\n{guard.reason}\n")
        raise BuildStopped(guard.reason)
    if not image:
        raise SandboxError("the engine ended a build without an image and without a reason")
    return image


def _check(response: Response) -> None:
    if response.status_code < 400:
        return
    message = response.text
    if "json" in response.headers.get("Content-Type", ""):
        message = str(response.json().get("message", message))
    if response.status_code >= 500:
        raise SandboxError(f"the engine cannot build: {message}")
    raise BuildFailed(message)


def _fail(message: str) -> None:
    if not message.startswith(BY_COMMAND) and any(words in message for words in BY_ENGINE):
        raise SandboxError(f"the engine cannot build: {message}")
    raise BuildFailed(message)


def build_small(client: docker.DockerClient, files: Mapping[str, bytes], log: TextIO) -> str:
    """Has the engine build an image from a few files, which fetches nothing; returns its id.

    `files` by their names in the build context, the Dockerfile among them. Raises as `build`.
    """
    return build(
        client,
        tar_of((name, 0o644, content) for name, content in sorted(files.items())),
        log,
        timeout=SMALL_SECONDS,
        limit="the time for this step",
        options={},
    )


class _Guard:
    """Ends a build, when its time is over or its watch says so, by breaking the connection: the
    engine then kills the build's container, however silent that is.
    """

    def __init__(self, deadline: float, limit: str, watch: Callable[[], str | None]) -> None:
        self.reason = ""
        self._deadline, self._limit, self._watch = deadline, limit, watch
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._response: Response | None = None

    def over(self, response: Response) -> "_Guard":
        self._response = response
        return self

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="build-guard", daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            left = self._deadline - time.monotonic()
            if self._over.wait(max(0.0, min(WATCH_SECONDS, left))):
                return
            if time.monotonic() >= self._deadline:
                seconds = self._deadline - self._begun
                self.reason = f"stopped after {self._limit}, {seconds:.0f} seconds"
            else:
                with contextlib.suppress(DockerException, RequestException):
                    self.reason = self._watch() or ""
            if self.reason:
                self._cut()
                return

    def _cut(self) -> None:
        connection = self._response.raw.connection if self._response else None
        if connection is not None and connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def proxy_arguments(environment: Mapping[str, str]) -> dict[str, str]:
    """Build arguments for the proxies of an environment; engines keep these out of the image."""
    names = [name for proxy in PROXIES for name in (proxy, proxy.upper())]
    return {name: environment[name] for name in names if environment.get(name)}


def on_loopback(proxies: Mapping[str, str]) -> bool:
    """Whether one of the proxies is on this machine's loopback."""
    urls = [url for name, url in proxies.items() if name.lower() != "no_proxy"]
    return any(urlsplit(url).hostname in LOOPBACK for url in urls)


def network_options() -> dict[str, str]:
    """Options of a build that needs the network: this machine's proxies, and a way to them."""
    proxies = proxy_arguments(os.environ)
    options = {"buildargs": json.dumps(proxies)}
    if on_loopback(proxies):
        # Such a proxy is not there in a network of the build's own.
        options["networkmode"] = "host"
    return options
