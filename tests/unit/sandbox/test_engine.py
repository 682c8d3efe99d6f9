"""Finding an engine: what a user without one is told, and what is done about it."""

import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import DockerException

from shellwright.errors import UserError
from shellwright.sandbox import engine
from shellwright.sandbox.limits import Limits
from shellwright.sandbox.reap import is_dead, owner


@pytest.fixture
def nothing_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine.docker, "from_env", no_engine)
    monkeypatch.delenv("DOCKER_HOST", raising=False)


def no_engine(**_: Any) -> Any:
    raise engine.DockerException("no such socket")


@pytest.mark.usefixtures("nothing_answers")
def test_without_an_engine_two_lines_help() -> None:
    with pytest.raises(engine.EngineMissing) as caught:
        engine.connect("verify tasks")
    text = str(caught.value)
    assert "no such socket" in text
    assert "verify tasks" in text
    assert sum("sudo" in line for line in text.splitlines()) == 2


@pytest.mark.usefixtures("nothing_answers")
def test_a_docker_host_that_is_silent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://build.example:2376")
    monkeypatch.setattr(engine, "may_install", lambda: pytest.fail("it would install an engine"))
    for call in (engine.connect, engine.ensure):
        with pytest.raises(engine.EngineMissing, match=r"DOCKER_HOST=tcp://build\.example:2376"):
            call()


class Stranger(BaseHTTPRequestHandler):
    """A server that is no engine and has the same answer to everything."""

    def do_GET(self) -> None:
        content = b'{"ApiVersion": "1.99"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


def test_another_server_at_docker_host_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"tcp://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(engine.EngineMissing, match=f"DOCKER_HOST={host}: what answers there"):
            engine.connect()
        server.shutdown()


def test_a_docker_host_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(engine.EngineMissing, match=rf"DOCKER_HOST={host}: .*timed out"):
            engine.connect()


def test_a_docker_host_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:notaport")
    with pytest.raises(engine.EngineMissing, match=r"DOCKER_HOST=tcp://127\.0\.0\.1:notaport: "):
        engine.connect()


def test_a_job_waits_for_an_engine_that_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def restarting(**_: Any) -> Any:
        asked.append(1)
        if len(asked) < 3:
            raise engine.DockerException("connection refused")
        return SimpleNamespace(ping=lambda: True, close=lambda: None)

    monkeypatch.setattr(engine.docker, "from_env", restarting)
    monkeypatch.setattr(engine.time, "sleep", lambda _: None)
    assert engine.connect("run the gates", patience=5.0).ping()
    with pytest.raises(engine.EngineMissing):
        asked.clear()
        engine.connect("run the gates")


def test_a_lost_box_is_no_lost_engine() -> None:
    lost = engine.SandboxError("the box ended")
    engine.insist(SimpleNamespace(ping=lambda: True), lost)  # type: ignore[arg-type]

    def silent() -> None:
        raise engine.DockerException("no such socket")

    with pytest.raises(engine.SandboxError, match="the container engine went away: no such socket"):
        engine.insist(SimpleNamespace(ping=silent), lost)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("about", "named"),
    [
        ({"MemoryLimit": True, "SwapLimit": True, "CpuCfsQuota": True, "PidsLimit": True}, None),
        ({}, None),
        ({"MemoryLimit": True, "SwapLimit": False}, ": swap (control"),
        ({"MemoryLimit": False, "PidsLimit": False}, ": memory, number of processes (control"),
        (
            {"CpuCfsQuota": False, "CgroupVersion": "1"},
            ": processor time (control groups: version 1",
        ),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, None),
        ({"SecurityOptions": ["name=apparmor"]}, ": filter of system calls"),
    ],
)
def test_limits_that_the_engine_ignores_are_named(
    about: dict[str, Any],
    named: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = SimpleNamespace(
        ping=lambda: True,
        info=lambda: about,
        version=lambda: {"Version": "9.9"},
        close=lambda: None,
    )
    monkeypatch.setattr(engine.docker, "from_env", lambda **_: client)
    assert engine.ensure() == "9.9 (API ?)"
    said = capsys.readouterr().err
    assert said.count("Warning") == (named is not None)
    assert (named or "") in said


def test_an_error_in_what_the_engine_says_of_a_pull_is_raised() -> None:
    engine.finish([{"status": "Pulling"}, {"status": "Done"}])
    with pytest.raises(DockerException, match="connection reset"):
        engine.finish([{"status": "Pulling"}, {"error": "connection reset"}, {"status": "Done"}])


@pytest.mark.usefixtures("nothing_answers")
def test_who_may_not_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "may_install", lambda: False)
    with pytest.raises(engine.EngineMissing, match="two lines"):
        engine.ensure()


def test_a_daemon_that_dies_shows_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "dockerd.log"
    program = tmp_path / "dockerd"
    program.write_text("#!/bin/sh\necho 'failed to start: overlay2 is not supported' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(engine.docker, "from_env", no_engine)
    monkeypatch.setattr(engine, "may_install", lambda: True)
    monkeypatch.setattr(engine, "DAEMON_LOG", log)
    monkeypatch.setattr(engine, "DAEMON_PID", tmp_path / "none")
    monkeypatch.setattr(engine, "SYSTEMD", tmp_path / "none")
    with pytest.raises(engine.EngineMissing, match="overlay2 is not supported"):
        engine.ensure()


def test_limits_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UserError, match="Raise memory_mb or lower disk_mb"):
        Limits(memory_mb=512, disk_mb=512)
    sizes = [int(text.split("size=")[1].split("m")[0]) for text in Limits().tmpfs().values()]
    assert sum(sizes) <= 512 + 5 * 16


def test_an_owner_is_dead_when_its_process_is() -> None:
    assert not is_dead(owner())
    with subprocess.Popen(["sleep", "60"]) as process:
        label = owner(process.pid)
        assert not is_dead(label)
        process.kill()
    assert is_dead(label)
    pid, start, host = owner().split(":")
    assert is_dead(f"{pid}:{int(start) + 1}:{host}")  # the id is used again
    assert not is_dead(f"999999999:{start}:another-host")
    assert not is_dead("nonsense")
