"""A terminal in a box: a tmux session that is typed into and looked at, as Terminus-2 does it."""

import codecs
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from shellwright.sandbox.box import Box, Command, User
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.guest.output import EVENT

FOLDER = "/run/terminal"  # not below /tmp, which commands may well empty
SOCKET, PIPE = f"{FOLDER}/socket", f"{FOLDER}/pane"
SESSION = "main"
LONGEST_KEYS = 16_000  # bytes; what is longer is pasted
SCREEN_KB, BUFFER_KB, CAST_BYTES = 1024, 32 * 1024, 8 << 20
START_SECONDS = 10.0
TMUX_SECONDS = 20.0


@dataclass(frozen=True)
class Screen:
    """What a terminal shows: the visible rows, and all rows from the start of its history.

    `alive` is false, and the rest empty, once the shell has ended.
    """

    visible: str
    buffer: str
    alive: bool


class Terminal:
    """A login shell of the box's user in a tmux session of its own.

    folder: where it starts, as in `Command.cwd`
    """

    def __init__(
        self,
        box: Box,
        width: int = 160,
        height: int = 40,
        history_limit: int = 50_000,
        folder: str | None = None,
    ) -> None:
        self._box = box
        self._folder = folder
        self._size = width, height
        self._history_limit = history_limit

    def start(self) -> Screen:
        """Starts the shell and waits for its prompt. Raises SandboxError if there is none."""
        width, height = self._size
        self._setup(["install", "-d", "-m", "700", "-o", self._box.user, FOLDER], "root")
        self._box.record(PIPE, CAST_BYTES)
        # The limit first: a pane keeps the one that it was made under.
        limit = ["set-option", "-g", "history-limit", str(self._history_limit)]
        session = ["new-session", "-x", str(width), "-y", str(height), "-d", "-s", SESSION]
        pipe = ["pipe-pane", "-t", SESSION, f"cat > {PIPE}"]
        self._setup(_tmux(*limit, ";", *session, "bash --login", ";", *pipe))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            screen = self.interact([("", 0.02)])
            if screen.visible.strip():
                return screen
        raise SandboxError("a terminal shows no prompt")

    def interact(self, commands: Sequence[tuple[str, float]]) -> Screen:
        """Types keystrokes, each followed by a wait in seconds, then looks; in one round trip."""
        steps: list[Command | float] = []
        waited = 0.0
        for keys, duration in commands:
            steps += _typing(keys)
            waited += max(duration, 0.0)
            steps.append(waited)
        steps.append(_command(_tmux("capture-pane", "-p", "-t", SESSION), SCREEN_KB))
        steps.append(_command(_tmux("capture-pane", "-p", "-S", "-", "-t", SESSION), BUFFER_KB))
        *_, visible, buffer = self._box.run_all(steps)
        alive = visible.exit_code == 0 and buffer.exit_code == 0
        return Screen(visible.text if alive else "", buffer.text if alive else "", alive)

    def send(self, keys: str) -> None:
        """Types keystrokes without waiting: text, or the name of one key such as C-c."""
        self._box.run_all(_typing(keys))

    def look(self) -> Screen:
        """What the terminal shows now."""
        return self.interact([])

    def alive(self) -> bool:
        """Whether the shell still runs."""
        return self._box.run_all([_command(_tmux("has-session", "-t", SESSION))])[0].exit_code == 0

    def cast(self, title: str) -> str:
        """The recording so far as an asciicast v2."""
        width, height = self._size
        header = {"version": 2, "width": width, "height": height, "title": title}
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        lines = [json.dumps(header, ensure_ascii=False)]
        for seconds, data in events(self._box.recorded()):
            if text := decoder.decode(data):
                lines.append(json.dumps([round(seconds, 3), "o", text], ensure_ascii=False))
        return "\n".join(lines) + "\n"

    def _setup(self, argv: list[str], user: User | None = None) -> None:
        environment = {"TERM": "xterm-256color"}
        ran = self._box.run(
            argv, user=user, cwd=self._folder, environment=environment, timeout=TMUX_SECONDS
        )
        if ran.exit_code:
            raise SandboxError(f"a terminal does not start: {argv[0]}: {ran.text}")


def events(recorded: bytes) -> list[tuple[float, bytes]]:
    """The events of a box's recording: seconds since its start, and what was written."""
    found = []
    at = 0
    while at + EVENT.size <= len(recorded):
        seconds, size = EVENT.unpack_from(recorded, at)
        at += EVENT.size
        found.append((seconds, recorded[at : at + size]))
        at += size
    return found


def _tmux(*arguments: str) -> list[str]:
    return ["tmux", "-S", SOCKET, *arguments]


def _command(argv: list[str], most_kb: int = 64, stdin: bytes = b"") -> Command:
    return Command(argv, cwd="/", stdin=stdin, timeout=TMUX_SECONDS, most_kb=most_kb)


def _typing(keys: str) -> list[Command]:
    """The tmux commands that type a string: one key argument, or a paste if it is long."""
    # What cannot be an argument of a program cannot be typed either.
    data = keys.replace("\0", "").encode("utf-8", "replace")
    if not data:
        return []
    if len(data) > LONGEST_KEYS:
        return [
            _command(_tmux("load-buffer", "-"), stdin=data),
            _command(_tmux("paste-buffer", "-d", "-t", SESSION)),
        ]
    text = data.decode("utf-8")
    if text.endswith(";"):  # which would end the tmux command
        text = text[:-1] + "\\;"
    return [_command(_tmux("send-keys", "-t", SESSION, "--", text))]
