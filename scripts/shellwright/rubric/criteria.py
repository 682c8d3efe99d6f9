"""What the rubric asks about a task, and what a judge may answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shellwright.teacher.openai.shapes import Shape

Source = Literal["instruction", "tests"]

#: The scores, from "clearly not" to "clearly so".
SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Criterion:
    """A question of the rubric.

    `name` stands in answers and in evidence, `reason` is the short reason of a task that fails it,
    and `source` is where its quote must stand.
    """

    name: str
    reason: str
    source: Source


CRITERIA = (
    Criterion("tests_asked", "tests-not-asked", "tests"),
    Criterion("asks_tested", "asks-not-tested", "instruction"),
    Criterion("self_contained", "not-self-contained", "instruction"),
    Criterion("files_given", "files-not-given", "instruction"),
)


@dataclass(frozen=True)
class Score:
    """A judge's word on one criterion: a score of 1 to 5, why, and the words that it rests on."""

    criterion: str
    score: int
    reason: str
    quote: str

    def plain(self) -> dict[str, Any]:
        """Return the score as JSON holds it."""
        return asdict(self)

    @classmethod
    def of_plain(cls, values: Mapping[str, Any]) -> "Score":
        """Return the score that `plain` gave."""
        return cls(**values)


_ANSWER = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "minLength": 1},
        "quote": {"type": "string", "minLength": 1},
        "score": {"type": "integer", "enum": list(SCORES)},
    },
    "required": ["reason", "quote", "score"],
    "additionalProperties": False,
}
SHAPE = Shape(
    "rubric",
    {
        "type": "object",
        "properties": {criterion.name: _ANSWER for criterion in CRITERIA},
        "required": [criterion.name for criterion in CRITERIA],
        "additionalProperties": False,
    },
)
