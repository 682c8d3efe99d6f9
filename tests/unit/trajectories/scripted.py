"""Policies and sessions that play a script, and a prompt template of our own."""

from collections.abc import Callable, Iterator, Sequence

from shellwright.sandbox.terminal import Screen
from shellwright.trajectories.policy import Action, Message, PolicyStopped

TEMPLATE = "Answer in JSON {{}}.\nTask:\n{instruction}\n\nTerminal:\n{terminal_state}\n"
PROMPT = "agent@workbench:/app$"


def typed(commands: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The commands without the pause before the look."""
    return [*commands[:-1]] if commands else []


class ScriptedPolicy:
    """Gives its responses one by one, then stops."""

    name = "scripted"
    model = None

    def __init__(self, responses: Sequence[Action | str]) -> None:
        self.responses = list(responses)
        self.histories: list[list[Message]] = []

    def act(self, history: Sequence[Message]) -> Action:
        """The next response."""
        self.histories.append(list(history))
        if not self.responses:
            raise PolicyStopped("out of responses")
        response = self.responses.pop(0)
        return response if isinstance(response, Action) else Action(response)


class ScriptedSession:
    """Shows its captures one by one; its shell ends when there is none left."""

    def __init__(self, captures: Sequence[tuple[str, str]]) -> None:
        self.captures: Iterator[tuple[str, str]] = iter(captures)
        self.sent: list[tuple[str, float]] = []

    def interact(self, commands: Sequence[tuple[str, float]]) -> Screen:
        """Note what is typed; the next capture."""
        self.sent += typed(commands)
        for screen, buffer in self.captures:
            return Screen(screen, buffer, alive=True)
        return Screen("", "", alive=False)


class FakeShell:
    """A terminal whose shell answers commands by a function, at once or after some captures.

    answer: command line -> its output, or None for a command that never ends. slow: command line ->
    number of captures during which it still runs.
    """

    def __init__(
        self, answer: Callable[[str], str | None], slow: dict[str, int] | None = None
    ) -> None:
        self.answer, self.slow = answer, slow or {}
        self.text = f"{PROMPT} "
        self.pending: list[tuple[str, int]] = []
        self.sent: list[tuple[str, float]] = []

    def interact(self, commands: Sequence[tuple[str, float]]) -> Screen:
        """Type; every line is a command. Then look."""
        for keys, duration in typed(commands):
            self.sent.append((keys, duration))
            self.type(keys)
        return self.capture()

    def type(self, keys: str) -> None:
        """Run the lines."""
        for line in keys.splitlines():
            self.text += f"{line}\n"
            output = self.answer(line)
            if output is None:
                self.pending.append(("", 1_000_000))
            elif line in self.slow:
                self.pending.append((output, self.slow[line]))
            else:
                self.text += f"{output}{PROMPT} "

    def capture(self) -> Screen:
        """Forty rows, padded with blank ones, as tmux gives them."""
        shown = "\n".join(line.rstrip() for line in self.text.split("\n"))
        if self.pending:
            output, left = self.pending.pop()
            if left > 1:
                self.pending.append((output, left - 1))
            else:
                self.text += f"{output}{PROMPT} "
        rows = shown.split("\n")
        screen = rows[-40:] + [""] * (40 - len(rows))
        padded = rows + [""] * (40 - len(rows))
        return Screen("\n".join(screen) + "\n", "\n".join(padded) + "\n", alive=True)
