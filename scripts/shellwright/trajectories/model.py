"""The policy of a model behind an OpenAI-compatible endpoint."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.teacher.openai.budget import Price
from shellwright.teacher.openai.failures import PromptTooLong
from shellwright.teacher.openai.interface import Completion, SamplingClient
from shellwright.teacher.openai.interface import Message as Sent
from shellwright.trajectories.policy import Action, Message, PolicyStopped, Usage

# Some endpoints refuse a message without any content, and a model can answer with none.
_NOTHING = "(no answer)"
_TEMPLATE = "terminus-json-plain"
_VERSION_DIGITS = 12


def prompt_version(template: str) -> str:
    """The version of a prompt template, for the ledger."""
    return f"{_TEMPLATE}@{hashlib.sha256(template.encode()).hexdigest()[:_VERSION_DIGITS]}"


@dataclass(frozen=True)
class ModelAgent:
    """A model that acts, for all episodes of a job.

    identity: what its answers depend on besides the conversation, for the key of an episode.
    purpose and prompt_version: for the ledger. price: what a call is said to cost in a row.
    """

    client: SamplingClient
    identity: Mapping[str, Any]
    purpose: str
    prompt_version: str
    price: Price = field(default_factory=Price)


class ModelPolicy:
    """Sends the conversation to a model and gives back what it answers, without its thinking."""

    name = "model"

    def __init__(self, agent: ModelAgent, sample: int) -> None:
        """sample: which of the model's possible answers this episode takes at every turn."""
        self._agent = agent
        self._sample = sample

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._agent.client.model

    def act(self, history: Sequence[Message]) -> Action:
        """The model's answer to a conversation.

        Raises PolicyStopped when the conversation has outgrown the model, and what the client
        raises: an endpoint that gives no answer says nothing about the agent.
        """
        agent = self._agent
        sent: list[Sent] = [
            {"role": each["role"], "content": each["content"] or _NOTHING} for each in history
        ]
        try:
            completion = agent.client.complete(
                sent,
                purpose=agent.purpose,
                prompt_version=agent.prompt_version,
                sample=self._sample,
            )
        except PromptTooLong as error:
            if len(history) == 1:
                # Not even the task fits: that is how the model was configured, not what it did.
                raise
            raise PolicyStopped("the conversation is longer than the model can read") from error
        return Action(
            completion.text,
            _usage(completion, agent.price),
            cut=completion.finish == "length",
            label={"kind": "model", "finish": completion.finish},
        )


def _usage(completion: Completion, price: Price) -> Usage:
    """What a call took; nothing where the endpoint did not say."""
    if completion.usage.estimated:
        return Usage()
    usage = completion.usage
    return Usage(usage.prompt_tokens, usage.completion_tokens, cost_usd=price.cost(usage))
