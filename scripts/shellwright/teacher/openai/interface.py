"""What the rest of the build needs from a model: one call that returns text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

from shellwright.teacher.openai.shapes import Shape


class Message(TypedDict):
    """One message of a conversation, as the chat protocol sends it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; `estimated` when the endpoint reported none that can be believed."""

    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False


@dataclass(frozen=True)
class Completion:
    """A model's answer: untrusted text, and how it was come by.

    `text` is the answer alone; what the model thought before it stands in `reasoning`. `finish` is
    the endpoint's own word for why the text ends: `stop`, or `length` for a text that was cut off,
    or `content_filter`. `latency` is in seconds; for a `cached` answer it is that of the call that
    was paid for.
    """

    text: str
    usage: Usage
    cached: bool
    latency: float
    reasoning: str = ""
    finish: str = "stop"


class ModelClient(Protocol):
    """Something that answers conversations, by a model of one name."""

    @property
    def model(self) -> str:
        """The model's name, as it is recorded in the lineage of what it wrote."""

    def complete(
        self, messages: Sequence[Message], *, purpose: str, prompt_version: str
    ) -> Completion:
        """Return the model's answer to `messages`.

        `purpose` and `prompt_version` are for the ledger. Raises UserError (EndpointError,
        BudgetExceeded, ReplayMiss) when there is no answer to be had: that stops the build, it is
        never a property of the task.
        """


class SamplingClient(Protocol):
    """A ModelClient that can give several answers to the same messages."""

    @property
    def model(self) -> str:
        """The model's name, as it is recorded with what it wrote."""

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        prompt_version: str,
        sample: int = 0,
    ) -> Completion:
        """Return the answer number `sample` to `messages`.

        Raises what ModelClient raises, and PromptTooLong when the model cannot read that much.
        """


class ShapedClient(Protocol):
    """A ModelClient that can also be told the shape of the answer."""

    @property
    def model(self) -> str:
        """The model's name, as it is recorded in the lineage of what it wrote."""

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        prompt_version: str,
        shape: Shape | None = None,
    ) -> Completion:
        """Return the model's answer to `messages`, if possible as JSON in `shape`.

        No endpoint is bound to keep to the shape: the answer has to be checked. Raises what
        ModelClient raises.
        """
