"""One episode: a policy and a terminal session, turn by turn, until one of them is done."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.terminal import Screen
from shellwright.trajectories.outcome import Termination
from shellwright.trajectories.policy import Action, Message, Policy, PolicyStopped
from shellwright.trajectories.protocol import (
    OutputTracker,
    Parsed,
    cut_reply,
    limit_output,
    observation,
    parse,
    parse_error_reply,
    render_prompt,
)

SETTLE = 0.1
"""Seconds between the last wait of a turn and the look. Terminus-2 looks through a new process in
the container, which takes about as long; without it immediate commands are seen half-way."""


class Session(Protocol):
    """A terminal session, such as `sandbox.terminal.Terminal`."""

    def interact(self, commands: Sequence[tuple[str, float]]) -> Screen:
        """Type each command's keystrokes verbatim (they may be empty) and wait its seconds; then
        look.
        """
        ...


@dataclass(frozen=True)
class Limits:
    """What an episode may use.

    turns: responses asked for. parse_errors: unusable responses in a row. seconds: wall time
    without the policy's own, so that a slow endpoint is no failure of the agent; no turn begins and
    no wait lasts beyond it. double_truncation: see `protocol.observation`.
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
        self.thought = 0.0
        self.tracker = OutputTracker()
        self.episode = Episode()

    def play(self, template: str, instruction: str) -> Episode:
        first = self.session.interact([])
        if not first.alive:
            raise SandboxError("a terminal ended before its episode began")
        output = limit_output(self.tracker.update(first.visible, first.buffer))
        self.episode.prompt = render_prompt(template, instruction, output)
        self.episode.termination, self.episode.failure = self.turns()
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
            self.thought += self.elapsed() - started
            parsed = parse(action.text)
            unusable = action.cut or bool(parsed.error)
            reply: str | None
            if unusable:
                errors += 1
                reply = cut_reply(parsed) if action.cut else parse_error_reply(parsed)
            else:
                errors = 0
                reply = self.execute(parsed, confirmed=confirmed)
            self.episode.turns.append(Turn(action, reply, started, self.elapsed()))
            if reply is None:
                return Termination.SESSION_ENDED, "the shell of the terminal ended"
            if errors >= self.limits.parse_errors:
                return Termination.PARSE_ERROR_LIMIT, parsed.error or "the response was cut off"
            if parsed.task_complete and confirmed and not unusable:
                return Termination.COMPLETED, ""
            if not unusable:
                # A response that cannot be used leaves a pending completion pending.
                confirmed = parsed.task_complete
            history.append({"role": "assistant", "content": action.text})
            history.append({"role": "user", "content": reply})
        return Termination.TURN_LIMIT, f"{self.limits.turns} turns were used up"

    def execute(self, parsed: Parsed, *, confirmed: bool) -> str | None:
        """Type the commands and give the observation; None when the session has ended."""
        left = self.time_left()
        commands = []
        for command in parsed.commands:
            duration = min(command.duration, max(left, 0.0))
            left -= duration
            commands.append((command.keystrokes, duration))
        seen = self.session.interact([*commands, ("", SETTLE)])
        if not seen.alive:
            return None
        return observation(
            parsed,
            self.tracker.update(seen.visible, seen.buffer),
            confirmed=confirmed,
            double_truncation=self.limits.double_truncation,
        )

    def elapsed(self) -> float:
        return self.clock() - self.begun

    def time_left(self) -> float:
        return self.limits.seconds - (self.elapsed() - self.thought)
