"""What the collector asks of a policy: given the conversation so far, the next raw response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypedDict

from shellwright.errors import ShellwrightError


class Message(TypedDict):
    """One turn of the conversation, as a chat model would be given it."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """What a model call cost; None where the provider did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True)
class Action:
    """One response of a policy.

    text: the raw response, exactly as it will stand in the transcript. usage: None when no model
    was called. cut: the response reached the model's limit before its end, so nothing of it is
    carried out. label: what the policy knows about this turn, JSON values only; it is recorded with
    the trajectory and never shown to the agent.
    """

    text: str
    usage: Usage | None = None
    cut: bool = False
    label: Mapping[str, object] = field(default_factory=dict)


class PolicyStopped(ShellwrightError):
    """The policy sees no way on. The episode ends, is graded and recorded; the text says why."""


class PolicyUnfit(ShellwrightError):
    """The policy cannot begin on this task at all; the text says what is missing where."""


class Policy(Protocol):
    """A policy that lives for one episode."""

    @property
    def name(self) -> str:
        """The name by which the configuration knows it."""
        ...

    @property
    def model(self) -> str | None:
        """The name of the model behind it, None when there is none."""
        ...

    def act(self, history: Sequence[Message]) -> Action:
        """The response to the last message of `history`, which is always the user's.

        Raises PolicyStopped to end the episode. Any other exception is an infrastructure failure.
        """
        ...
