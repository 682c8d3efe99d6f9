"""Ask a model for JSON in a given shape, and use only what keeps to it.

What a model writes is untrusted, and so is all that it has read: an answer is used only when it is
one JSON object, valid under the schema and accepted by the caller's own check. No endpoint is
trusted to have kept to the schema, whatever form it was asked in.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from shellwright.digest import canonical
from shellwright.errors import ShellwrightError
from shellwright.schema import compiled
from shellwright.teacher.openai.interface import Completion, Message, ShapedClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt
from shellwright.teacher.openai.shapes import Shape

_PROMPT = "structured"
# Bounds on one answer: characters that are looked at, and places where an object may begin.
_MOST_CHARS = 200_000
_MOST_STARTS = 64
_TOLD_PROBLEMS = 12
_TOLD_CHARS = 240
_REPEATED_CHARS = 8_000
_FENCE = re.compile(r"\A```[A-Za-z]*[ \t]*\n(.*?)\n?```\Z", re.DOTALL)

Check = Callable[[dict[str, Any]], Sequence[str]]


class NoUsableAnswer(ShellwrightError):
    """The model was asked as often as allowed, and no answer could be used.

    It says something about this question alone, not about the endpoint. `problems` are those of
    the last answer, one sentence each.
    """

    def __init__(self, purpose: str, attempts: int, problems: Sequence[str]) -> None:
        super().__init__(f"{purpose}: no usable answer in {attempts} attempts: {problems[0]}")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Question:
    """What is asked: a system text, a user text, and the shape of the answer.

    `purpose` and `prompt_version` are for the ledger. `check` returns what is wrong with an answer
    that has the shape, one sentence each; nothing when it can be used.
    """

    system: str
    user: str
    shape: Shape
    purpose: str
    prompt_version: str
    check: Check


@cache
def structured_prompt() -> Prompt:
    """Return the prompt around every question; its version belongs into the key of the answer."""
    return load_prompt(_PROMPT)


def version(prompt: Prompt) -> str:
    """Return the version of all the text that a question with `prompt` is made of."""
    return f"{prompt.version}+{structured_prompt().version}"


def ask_structured(question: Question, client: ShapedClient, attempts: int) -> dict[str, Any]:
    """Return the model's answer to `question`: a JSON object that has the shape and passes `check`.

    The model is asked at most `attempts` times, each time told what was wrong with the last answer.
    Raises NoUsableAnswer when none can be used, and what the client raises: no answer at all stops
    the build.
    """
    prompt = structured_prompt()
    schema = canonical(dict(question.shape.schema)).decode()
    told = prompt.fill("shape", schema=schema)
    opening: list[Message] = [
        {"role": "system", "content": f"{question.system}\n\n{told}"},
        {"role": "user", "content": question.user},
    ]
    messages, problems = opening, ["it was never asked"]
    for attempt in range(1, attempts + 1):
        completion = client.complete(
            messages,
            purpose=question.purpose,
            prompt_version=question.prompt_version,
            shape=question.shape,
        )
        value, problems = _usable(completion, question)
        if value is not None:
            return value
        shown = "\n".join(f"- {_shown(each)}" for each in problems[:_TOLD_PROBLEMS])
        # The number makes each request another one: the same bad answer twice must not be answered
        # from the store with itself.
        complaint = prompt.fill(
            "again", attempt=str(attempt), attempts=str(attempts), problems=shown
        )
        messages = _correction(opening, completion.text.strip()[:_REPEATED_CHARS], complaint)
    raise NoUsableAnswer(question.purpose, attempts, [_shown(each) for each in problems])


def _usable(
    completion: Completion, question: Question
) -> tuple[dict[str, Any], list[str]] | tuple[None, list[str]]:
    """Return the object in an answer, or None and what is wrong."""
    if completion.finish == "length":
        return None, ["It was cut off before its end. Write less."]
    if completion.finish == "content_filter":
        return None, ["It was withheld by a content filter."]
    if len(completion.text) > _MOST_CHARS:
        return None, [f"It is too long: {len(completion.text)} characters."]
    problems_of = _checker(canonical(dict(question.shape.schema)))
    found = find_objects(completion.text)
    if not found:
        return None, ["There is no JSON object in it."]
    valid = [each for each in found if not problems_of(each)]
    if not valid:
        return None, [str(problem) for problem in problems_of(found[0])]
    if any(each != valid[0] for each in valid):
        # The text that the model has read may hold an object, too: which one is the answer?
        return None, ["There is more than one JSON object in it."]
    problems = list(question.check(valid[0]))
    return (None, problems) if problems else (valid[0], [])


def find_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand in `text`, outermost ones only, in order.

    An object in which a key stands twice, or a number that is none, is not taken for one. At most
    64 places where one might begin are tried.
    """
    text = text.strip()
    fenced = _FENCE.match(text)
    text = fenced.group(1) if fenced else text
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refused)
    found: list[dict[str, Any]] = []
    place = text.find("{")
    for _ in range(_MOST_STARTS):
        if place < 0:
            break
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            found.append(value)
        place = text.find("{", end)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no number")


@lru_cache(maxsize=64)
def _checker(schema: bytes) -> Callable[[Any], list[Any]]:
    return compiled(json.loads(schema), "the shape of an answer")


def _shown(problem: str) -> str:
    """Return a sentence that may quote untrusted text, as one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in problem).split())
    return line if len(line) <= _TOLD_CHARS else line[: _TOLD_CHARS - 1] + "…"


def _correction(opening: list[Message], answer: str, complaint: str) -> list[Message]:
    """Return the conversation with the last answer and the complaint about it.

    An empty answer cannot stand as a message, so then the complaint joins the question.
    """
    if not answer:
        system, user = opening
        joined: Message = {"role": "user", "content": f"{user['content']}\n\n{complaint}"}
        return [system, joined]
    return [
        *opening,
        {"role": "assistant", "content": answer},
        {"role": "user", "content": complaint},
    ]
