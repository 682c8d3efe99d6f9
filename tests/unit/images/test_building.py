"""How a build ends: by itself, by its limits, or because the engine is broken."""

import io
import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import DockerException
from requests import ConnectionError

from shellwright.images import building
from shellwright.images.building import BuildFailed, BuildStopped, build
from shellwright.sandbox.channel import SandboxError

DONE = {"aux": {"ID": "sha256:1"}}


class Answer:
    """The engine's answer to a build call: lines, and then the end, or none until it is cut."""

    def __init__(self, *lines: dict[str, Any], status: int = 200, silent: bool = False) -> None:
        self.lines, self.status_code, self.silent = lines, status, silent
        self.headers = {"Content-Type": "application/json"}
        self.near, self.far = socket.socketpair()
        self.raw = SimpleNamespace(connection=SimpleNamespace(sock=self.near))

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        self.near.close()
        self.far.close()

    def json(self) -> Any:
        return self.lines[0]

    @property
    def text(self) -> str:
        return json.dumps(self.lines[0])

    def iter_lines(self) -> Iterator[bytes]:
        for line in self.lines:
            yield json.dumps(line).encode()
        if self.silent and self.near.recv(1) == b"":
            raise ConnectionError("cut")


def built(answer: Answer, log: io.StringIO | None = None, **options: Any) -> str:
    api = SimpleNamespace(
        base_url="http://engine", api_version="1.41", post=lambda *_, **__: answer
    )
    client: Any = SimpleNamespace(api=api)
    arguments: Any = {"timeout": 5.0, "limit": "a.key", "options": {}, **options}
    return build(client, b"", log or io.StringIO(), **arguments)


def test_the_last_image_is_the_one_and_the_log_has_its_words() -> None:
    log = io.StringIO()
    lines = [{"stream": "one\n"}, {"aux": {"ID": "sha256:0"}}, {"stream": "two\n"}, DONE]
    assert built(Answer(*lines), log) == "sha256:1"
    assert log.getvalue() == "one\ntwo\n"


def test_the_log_of_a_build_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "LOG_BYTES", 10)
    log = io.StringIO()
    built(Answer(*[{"stream": "x" * 8}] * 9, DONE), log)
    assert len(log.getvalue()) == 10


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({"error": "The command 'x' returned a non-zero code: 1"}), BuildFailed),
        (Answer({"error": "The command 'no space left on device' returned 1"}), BuildFailed),
        (Answer({"message": "dockerfile parse error"}, status=400), BuildFailed),
        (Answer({"error": "write /x: no space left on device"}), SandboxError),
        (Answer({"message": "broken"}, status=500), SandboxError),
        (Answer({"stream": "half"}), SandboxError),
    ],
)
def test_whose_fault_it_is(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        built(answer)


def test_a_silent_build_is_cut_at_its_time() -> None:
    log = io.StringIO()
    with pytest.raises(BuildStopped, match=r"stopped after a\.key, 0 seconds"):
        built(Answer(silent=True), log, timeout=0.2)
    assert "stopped after a.key" in log.getvalue()


def test_a_build_is_cut_when_its_watch_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WATCH_SECONDS", 0.01)
    said = iter([None, "too much"])
    with pytest.raises(BuildStopped, match="too much"):
        built(Answer(silent=True), watch=lambda: next(said))


def test_a_watch_that_cannot_see_leaves_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WATCH_SECONDS", 0.01)

    def watch() -> str | None:
        raise DockerException("busy")

    with pytest.raises(BuildStopped, match="stopped after"):
        built(Answer(silent=True), timeout=0.2, watch=watch)
