"""What a call may cost before it is made, and what it did cost after."""

from collections.abc import Sequence
from dataclasses import dataclass

from shellwright.digest import canonical
from shellwright.teacher.openai.interface import Message, Usage
from shellwright.teacher.openai.shapes import Shape

_MILLION = 1_000_000
# English and paths come to about four bytes a token; three errs on the dear side.
_BYTES_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 8


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens, of the prompt (`input`) and of the answer (`output`)."""

    input: float = 0.0
    output: float = 0.0

    def cost(self, usage: Usage) -> float:
        """Return what `usage` costs, in US dollars."""
        return (usage.prompt_tokens * self.input + usage.completion_tokens * self.output) / _MILLION


@dataclass(frozen=True)
class Budget:
    """The most that may ever be spent with one store; None is no limit."""

    tokens: int | None = None
    usd: float | None = None


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` has, rather too many than too few."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


def worst_case(
    messages: Sequence[Message], max_output_tokens: int, shape: Shape | None = None
) -> Usage:
    """Return the tokens that a call may come to: its prompt, and the longest answer it allows.

    An endpoint may count the shape that it is asked for as a part of the prompt.
    """
    prompt = sum(_TOKENS_PER_MESSAGE + estimate_tokens(each["content"]) for each in messages)
    if shape is not None:
        prompt += estimate_tokens(canonical(shape.content()).decode())
    return Usage(prompt, max_output_tokens, estimated=True)
