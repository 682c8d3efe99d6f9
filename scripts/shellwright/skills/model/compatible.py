"""Whether one scenario leads into another, and whether a transition is valid, in batches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from shellwright.digest import digest
from shellwright.skills.model.judge import PROMPTS
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt
from shellwright.teacher.openai.shapes import Shape
from shellwright.teacher.openai.structured import (
    NoUsableAnswer,
    Question,
    ask_structured,
    version,
)
from shellwright.teacher.openai.untrusted import block, line

#: The most questions that one call asks.
BATCH = 20
_TEXT_CHARS = 400
_REASON_CHARS = 200
# A batch also ends, on average, after so many questions at one that is chosen by its content.
_ENDS = 32
_PAIR, _TRIPLE = ("left", "needed"), ("before", "skill", "after")


@dataclass(frozen=True)
class Ruling:
    """Whether something holds, who says so, and why.

    `answered` is False where the model gave no usable answer; such a thing is not accepted.
    """

    accepted: bool
    judge: str
    reason: str
    answered: bool = True


@cache
def _prompt(name: str) -> Prompt:
    return load_prompt(name, PROMPTS)


def compatibility_version() -> str:
    """Return the version of all prompt text behind a judgement of a pair, for its key."""
    return version(_prompt("compatible"))


def transition_version() -> str:
    """Return the version of all prompt text behind a judgement of a triple, for its key."""
    return version(_prompt("transition"))


def judge_compatibility(
    pairs: Sequence[tuple[str, str]],
    client: ShapedClient,
    *,
    attempts: int,
    workers: int = 1,
) -> list[Ruling]:
    """Return for each pair whether work can begin in its second scenario where the first holds.

    The pairs are (post, pre), as sentences. Equal pairs are asked about once, and the order of the
    pairs changes nothing. Raises what the client raises.
    """
    return _judged("compatible", "judge_compatibility", _PAIR, pairs, client, attempts, workers)


def judge_triples(
    triples: Sequence[tuple[str, str, str]],
    client: ShapedClient,
    *,
    attempts: int,
    workers: int = 1,
) -> list[Ruling]:
    """Return for each (pre, skill, post) whether the skill leads from the one to the other.

    Else as `judge_compatibility`.
    """
    return _judged("transition", "judge_transition", _TRIPLE, triples, client, attempts, workers)


def _judged(
    name: str,
    purpose: str,
    fields: Sequence[str],
    things: Sequence[tuple[str, ...]],
    client: ShapedClient,
    attempts: int,
    workers: int,
) -> list[Ruling]:
    cut = [tuple(line(text, _TEXT_CHARS) for text in thing) for thing in things]

    def judge(batch: list[tuple[str, ...]]) -> list[Ruling]:
        return _batch(_prompt(name), purpose, fields, batch, client, attempts)

    batches = batches_of(cut)
    rulings: dict[tuple[str, ...], Ruling] = {}
    pool = ThreadPoolExecutor(workers)
    try:
        for batch, ruled in zip(batches, pool.map(judge, batches), strict=True):
            rulings.update(zip(batch, ruled, strict=True))
    finally:
        pool.shutdown(cancel_futures=True)
    return [rulings[thing] for thing in cut]


def batches_of(things: Sequence[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Return the different ones of `things` in batches of at most 20.

    The batches depend on the content alone, and ends are chosen by content, too: one thing more or
    less changes the batches around it, and the answers to all others stay as they are stored.
    """
    keyed = sorted((digest(list(thing)), thing) for thing in set(things))
    batches: list[list[tuple[str, ...]]] = []
    ended = True
    for key, thing in keyed:
        if ended or len(batches[-1]) == BATCH:
            batches.append([])
        batches[-1].append(thing)
        # The keys are sorted, so it is their last digits that are as good as drawn.
        ended = int(key[-8:], 16) % _ENDS == 0
    return batches


def _batch(
    prompt: Prompt,
    purpose: str,
    fields: Sequence[str],
    batch: Sequence[tuple[str, ...]],
    client: ShapedClient,
    attempts: int,
) -> list[Ruling]:
    """Return the rulings of one batch; where a whole cannot be had, those of its halves."""
    try:
        return _asked(prompt, purpose, fields, batch, client, attempts)
    except NoUsableAnswer as failure:
        if len(batch) == 1:
            reason = line(f"no usable answer: {failure.problems[0]}", _REASON_CHARS)
            return [Ruling(False, client.model, reason, answered=False)]
    middle = len(batch) // 2
    halves = (batch[:middle], batch[middle:])
    return [
        ruling
        for half in halves
        for ruling in _batch(prompt, purpose, fields, half, client, attempts)
    ]


def _asked(
    prompt: Prompt,
    purpose: str,
    fields: Sequence[str],
    batch: Sequence[tuple[str, ...]],
    client: ShapedClient,
    attempts: int,
) -> list[Ruling]:
    ids = [f"q{place}" for place in range(1, len(batch) + 1)]
    entries = (
        {"id": name, **dict(zip(fields, thing, strict=True))}
        for name, thing in zip(ids, batch, strict=True)
    )
    text = "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    shown = block(text, len(text))

    def check(answer: dict[str, Any]) -> list[str]:
        count = Counter(each["id"] for each in answer["answers"])
        return [
            f"{name} is answered {count[name]} times instead of once."
            for name in ids
            if count[name] != 1
        ]

    question = Question(
        system=prompt.fill("system"),
        user=prompt.fill("user", mark=shown.mark, block=str(shown)),
        shape=_shape(ids),
        purpose=purpose,
        prompt_version=version(prompt),
        check=check,
    )
    answer = ask_structured(question, client, attempts)
    given: Mapping[str, Any] = {each["id"]: each for each in answer["answers"]}
    return [
        Ruling(given[name]["accepted"], client.model, line(given[name]["reason"], _REASON_CHARS))
        for name in ids
    ]


def _shape(ids: Sequence[str]) -> Shape:
    ruling = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "enum": list(ids)},
            "reason": {"type": "string", "minLength": 1},
            "accepted": {"type": "boolean"},
        },
        "required": ["id", "reason", "accepted"],
        "additionalProperties": False,
    }
    return Shape(
        "answers",
        {
            "type": "object",
            "properties": {"answers": {"type": "array", "items": ruling, "minItems": len(ids)}},
            "required": ["answers"],
            "additionalProperties": False,
        },
    )
