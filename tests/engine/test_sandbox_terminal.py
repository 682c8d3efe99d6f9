"""A terminal shows what a person would see, and records it."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shellwright.sandbox.box import Box
from shellwright.sandbox.terminal import Terminal

pytestmark = pytest.mark.engine
RUN = f"terminal-{os.getpid()}"


@pytest.fixture(scope="module", params=["agent", "root"])
def shared(engine: Any, image: str, request: pytest.FixtureRequest) -> Iterator[Box]:
    user = request.param
    with Box.start(engine, image, run_id=RUN, user=user, hostname="workbench") as box:
        yield box


@pytest.fixture
def terminal(shared: Box) -> Terminal:
    shared.kill_all()
    shared.remove("/run/terminal")
    terminal = Terminal(shared)
    terminal.start()
    return terminal


def seen(terminal: Terminal, text: str) -> str:
    """The buffer, as soon as it holds a text."""
    deadline = time.monotonic() + 15
    while text not in (buffer := terminal.look().buffer) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert text in buffer
    return buffer


def test_a_login_shell_in_app(shared: Box, terminal: Terminal) -> None:
    sign = "$" if shared.user == "agent" else "#"
    assert terminal.look().visible.startswith(f"{shared.user}@workbench:/app{sign}")
    terminal.send("echo $PATH $(tput cols) $(tput lines) $(umask)\n")
    seen(terminal, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin 160 40 0022\n")


def test_keys_are_typed_as_they_are(terminal: Terminal) -> None:
    terminal.interact([("cat > /tmp/typed <<'END'\n-x 'a\" $HOME `id` \\ é ;\nEnter\nEND\n", 0.3)])
    terminal.interact([("echo a;", 0.1), ("echo b\n", 0.2), ("cat /tmp/typed\n", 0.2)])
    seen(terminal, "a\nb\n")
    seen(terminal, "-x 'a\" $HOME `id` \\ é ;\nEnter\n")


def test_names_of_keys_are_pressed(terminal: Terminal) -> None:
    terminal.interact([("sleep 1000\n", 0.3), ("C-c", 0.2), ("echo still $?\n", 0.2)])
    seen(terminal, "still 130\n")


def test_what_is_too_long_for_an_argument_is_pasted(terminal: Terminal) -> None:
    text = "".join(f"line {number} é\n" for number in range(20_000))
    terminal.interact([("cat > /tmp/long\n", 0.2), (text, 1.0), ("C-d", 0.2)])
    terminal.send("wc -l /tmp/long; tail -1 /tmp/long\n")
    seen(terminal, "20000 /tmp/long\nline 19999 é\n")


def test_the_buffer_goes_back_further_than_the_screen(terminal: Terminal) -> None:
    terminal.send("seq -f 'number %.0f' 6000\n")
    buffer = seen(terminal, "number 6000\n")
    assert "number 1\n" in buffer
    assert "number 1\n" not in terminal.look().visible
    assert len(terminal.look().visible.split("\n")) == 41


def test_impossible_keys_do_no_harm(terminal: Terminal) -> None:
    terminal.interact([("echo nu\0ll \ud800\n", 0.3)])
    seen(terminal, "\nnull ?\n")


def test_the_end_of_the_shell_is_noticed(terminal: Terminal) -> None:
    assert terminal.alive()
    screen = terminal.interact([("exit\n", 0.5)])
    assert not screen.alive
    assert not terminal.alive()
    assert not terminal.interact([("ls\n", 0.0)]).alive


def test_a_recording_can_be_played(terminal: Terminal) -> None:
    terminal.interact([("echo first\n", 0.5), ("echo 'sécond'\n", 0.3)])
    header, *events = map(json.loads, terminal.cast("a title").splitlines())
    assert header == {"version": 2, "width": 160, "height": 40, "title": "a title"}
    assert all(kind == "o" for _, kind, _ in events)
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert times[-1] - times[0] > 0.4
    text = "".join(text for _, _, text in events)
    assert "first\r\n" in text
    assert "sécond\r\n" in text


def test_emptying_tmp_does_not_end_the_terminal(terminal: Terminal) -> None:
    terminal.interact([("rm -rf /tmp/* /tmp/.[a-z]* /var/tmp/*; echo emptied\n", 0.3)])
    seen(terminal, "\nemptied\n")
