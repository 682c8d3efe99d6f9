"""One episode: a policy and a terminal session, turn by turn, until one of them is done."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from shellwright.trajectories.outcome import Termination
from shellwright.trajectories.policy import Action, Message, Policy, PolicyStopped
from shellwright.trajectories.protocol import (
    Command,
    OutputTracker,
    Parsed,
    limit_output,
    observation,
    parse,
    parse_error_reply,
    render_prompt,
)


class Capture(NamedTuple):
    """What a terminal shows: its visible rows, and its whole history with them."""

    screen: str
    buffer: str


class SessionEnded(Exception):
    """The terminal session is gone, though the container that it ran in is well."""


class Session(Protocol):
    """A terminal session. Both methods raise SessionEnded when it is gone."""

    def send(self, keys: str, duration: float) -> None:
        """Type `keys` verbatim (they may be empty), then wait `duration` seconds."""
        ...

    def capture(self) -> Capture:
        """What the terminal shows now."""
        ...


@dataclass(frozen=True)
class Limits:
    """What an episode may use.

    turns: responses asked for. parse_errors: unusable responses in a row. seconds: wall time;
    looked at before every turn and every command. double_truncation: see `protocol.observation`.
    """

    turns: int = 60
    parse_errors: int = 5
    seconds: float = 600.0
    double_truncation: bool = True


@dataclass(frozen=True)
class Turn:
    """A response and the observation that followed it; None when the session had ended.

    started, finished: seconds since the episode began.
    """

    action: Action
    observation: str | None
    started: float
    finished: float


@dataclass
class Episode:
    """What happened. failure: one line on why it ended, empty when it ended as it should."""

    prompt: str = ""
    turns: list[Turn] = field(default_factory=list)
    termination: Termination = Termination.COMPLETED
    failure: str = ""

    @property
    def messages(self) -> list[Message]:
        """The conversation: user and assistant in turn, from the prompt to the last response.

        The observation after the last response was never sent, so it is not part of it. Empty
        when there was no response.
        """
        messages: list[Message] = []
        said = self.prompt
        for turn in self.turns:
            messages.append({"role": "user", "content": said})
            messages.append({"role": "assistant", "content": turn.action.text})
            said = turn.observation or ""
        return messages


def run_episode(
    session: Session,
    policy: Policy,
    *,
    template: str,
    instruction: str,
    limits: Limits,
    clock: Callable[[], float] = time.monotonic,
) -> Episode:
    """Let `policy` work in `session` until it is done or a limit is reached.

    template: the Terminus-2 prompt with its two places. Whatever the agent does ends up in the
    episode; only the policy's and the session's infrastructure failures raise.
    """
    return _Run(session, policy, limits, clock).play(template, instruction)


class _Run:
    def __init__(
        self, session: Session, policy: Policy, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self.session, self.policy, self.limits, self.clock = session, policy, limits, clock
        self.begun = clock()
        self.tracker = OutputTracker()
        self.episode = Episode()

    def play(self, template: str, instruction: str) -> Episode:
        output = self.tracker.update(*self.session.capture())
        self.episode.prompt = render_prompt(template, instruction, limit_output(output))
        try:
            self.episode.termination, self.episode.failure = self.turns()
        except SessionEnded as end:
            self.episode.termination, self.episode.failure = Termination.SESSION_ENDED, str(end)
        return self.episode

    def turns(self) -> tuple[Termination, str]:
        """Take turns until the end; gives how it ended and what went wrong."""
        history: list[Message] = [{"role": "user", "content": self.episode.prompt}]
        errors, confirmed = 0, False
        for _ in range(self.limits.turns):
            if self.time_left() <= 0:
                return Termination.TIME_LIMIT, f"{self.limits.seconds:g} s were over"
            started = self.elapsed()
            try:
                action = self.policy.act(history)
            except PolicyStopped as stop:
                return Termination.POLICY_STOPPED, str(stop)
            parsed = parse(action.text)
            if parsed.error:
                errors += 1
                reply = parse_error_reply(parsed)
            else:
                errors = 0
                reply = self.execute(action, parsed, confirmed=confirmed, started=started)
            self.episode.turns.append(Turn(action, reply, started, self.elapsed()))
            if errors >= self.limits.parse_errors:
                return Termination.PARSE_ERROR_LIMIT, parsed.error
            if parsed.task_complete and confirmed:
                return Termination.COMPLETED, ""
            if not parsed.error:
                # A response that cannot be parsed leaves a pending completion pending.
                confirmed = parsed.task_complete
            history.append({"role": "assistant", "content": action.text})
            history.append({"role": "user", "content": reply})
        return Termination.TURN_LIMIT, f"{self.limits.turns} turns were used up"

    def execute(self, action: Action, parsed: Parsed, *, confirmed: bool, started: float) -> str:
        """Type the commands and give the observation; keeps the turn when the session ends."""
        try:
            for command in parsed.commands:
                self.type(command)
            output = self.tracker.update(*self.session.capture())
        except SessionEnded:
            self.episode.turns.append(Turn(action, None, started, self.elapsed()))
            raise
        return observation(
            parsed,
            output,
            confirmed=confirmed,
            double_truncation=self.limits.double_truncation,
        )

    def type(self, command: Command) -> None:
        # A terminal takes bytes: what is no character cannot be typed, and NUL cannot be passed on.
        keys = command.keystrokes.encode("utf-8", "replace").decode().replace("\0", "")
        self.session.send(keys, min(command.duration, max(0.0, self.time_left())))

    def elapsed(self) -> float:
        return self.clock() - self.begun

    def time_left(self) -> float:
        return self.limits.seconds - self.elapsed()
