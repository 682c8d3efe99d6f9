"""The four filters as a model judges them, and what its word counts beside the procedural judge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from shellwright.skills.document import Document, Verdict
from shellwright.skills.model.text import skill_text
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt
from shellwright.teacher.openai.shapes import Shape
from shellwright.teacher.openai.structured import Question, ask_structured, version
from shellwright.teacher.openai.untrusted import QUOTE_CHARS, block, line, quotation

PURPOSE = "judge_skill"
FILTERS = ("linux", "workflow", "safe", "verifiable")
PROMPTS = Path(__file__).with_name("prompts")
# The model cannot overrule the procedural judge here.
_BINDING = frozenset({"safe"})

_VERDICT = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "minLength": 1},
        "quote": {"type": "string", "minLength": 1},
        "passed": {"type": "boolean"},
    },
    "required": ["reason", "quote", "passed"],
    "additionalProperties": False,
}
_SHAPE = Shape(
    "verdicts",
    {
        "type": "object",
        "properties": dict.fromkeys(FILTERS, _VERDICT),
        "required": list(FILTERS),
        "additionalProperties": False,
    },
)


@cache
def judge_prompt() -> Prompt:
    """Return the prompt of the four filters."""
    return load_prompt("judge", PROMPTS)


def judge_version() -> str:
    """Return the version of all prompt text behind a verdict, for the key of the item."""
    return version(judge_prompt())


def judge_with_model(document: Document, client: ShapedClient, *, attempts: int) -> list[Verdict]:
    """Return what the model decides about a skill, in the order of `FILTERS`.

    Every verdict rests on a quote that does stand in the skill. Raises NoUsableAnswer when none of
    `attempts` answers can be used, and what the client raises.
    """
    prompt = judge_prompt()
    shown = block(skill_text(document))

    def check(answer: dict[str, Any]) -> list[str]:
        wrong = ((name, quotation(answer[name]["quote"], shown.text)) for name in FILTERS)
        return [f"{name}: {problem}" for name, problem in wrong if problem is not None]

    question = Question(
        system=prompt.fill("system"),
        user=prompt.fill("user", mark=shown.mark, block=str(shown)),
        shape=_SHAPE,
        purpose=PURPOSE,
        prompt_version=judge_version(),
        check=check,
    )
    answer = ask_structured(question, client, attempts)
    return [
        Verdict(
            name,
            answer[name]["passed"],
            line(answer[name]["reason"]),
            line(answer[name]["quote"], QUOTE_CHARS),
            client.model,
        )
        for name in FILTERS
    ]


def combine(procedural: Sequence[Verdict], model: Sequence[Verdict]) -> list[Verdict]:
    """Return one verdict per filter of `procedural`, in its order.

    The model's counts where there is one, with one exception: it cannot pass as `safe` what the
    procedural judge failed.
    """
    said = {verdict.filter: verdict for verdict in model}
    return [
        own if own.filter in _BINDING and not own.passed else said.get(own.filter, own)
        for own in procedural
    ]
