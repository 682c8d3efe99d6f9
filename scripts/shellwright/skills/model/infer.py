"""The scenarios before and after a skill, as a model tells them in the words of a vocabulary."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from shellwright.skills.document import Document, Sketch
from shellwright.skills.model.judge import PROMPTS
from shellwright.skills.model.text import skill_text
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt
from shellwright.teacher.openai.shapes import Shape
from shellwright.teacher.openai.structured import Question, ask_structured, version
from shellwright.teacher.openai.untrusted import QUOTE_CHARS, block, line, quotation

Vocabulary = Mapping[str, Mapping[str, Collection[str]]]

PURPOSE = "infer_scenarios"
_MOST = 5
_TEXT_CHARS = 200
_SIDES = ("before", "after")


@cache
def infer_prompt() -> Prompt:
    """Return the prompt of the scenarios."""
    return load_prompt("infer", PROMPTS)


def infer_version() -> str:
    """Return the version of all prompt text behind a sketch, for the key of the item.

    The vocabulary is not part of it: that belongs into the key as well.
    """
    return version(infer_prompt())


def infer_with_model(
    document: Document,
    client: ShapedClient,
    vocabulary: Vocabulary,
    *,
    attempts: int,
) -> tuple[list[Sketch], list[Sketch]]:
    """Return the scenarios before and after a skill, at least one and at most five of each.

    `vocabulary` gives the values of every attribute of every kind; there is no other word in a
    sketch. Raises NoUsableAnswer when none of `attempts` answers can be used, and what the client
    raises.
    """
    prompt = infer_prompt()
    shown = block(skill_text(document))

    def check(answer: dict[str, Any]) -> list[str]:
        return [
            f"{side}[{place}]: {problem}"
            for side in _SIDES
            for place, entry in enumerate(answer[side][: _MOST + 1])
            for problem in _problems(entry, place, vocabulary, shown.text)
        ]

    question = Question(
        system=prompt.fill("system", most=str(_MOST), vocabulary=_lines(vocabulary)),
        user=prompt.fill("user", mark=shown.mark, block=str(shown)),
        shape=_shape(vocabulary),
        purpose=PURPOSE,
        prompt_version=infer_version(),
        check=check,
    )
    answer = ask_structured(question, client, attempts)
    before, after = ([_sketch(entry) for entry in answer[side]] for side in _SIDES)
    return _different(before), _different(after)


def _problems(entry: Mapping[str, Any], place: int, vocabulary: Vocabulary, text: str) -> list[str]:
    """Return what is wrong with one scenario, beyond what its schema says."""
    if place >= _MOST:
        return [f"There are more than {_MOST}."]
    problems = []
    attributes = vocabulary[entry["kind"]]
    names = [each["attribute"] for each in entry["state"]]
    if len(set(names)) < len(names):
        problems.append("An attribute stands twice.")
    for name, value in ((each["attribute"], each["value"]) for each in entry["state"]):
        if name not in attributes:
            problems.append(f"{entry['kind']} has no attribute {name!r}.")
        elif value not in attributes[name]:
            problems.append(f"{name} of {entry['kind']} cannot be {value!r}.")
    sentence = entry["text"].strip()
    if not sentence or len(sentence) > _TEXT_CHARS or not sentence.isprintable():
        problems.append(f"`text` must be one line of 1 to {_TEXT_CHARS} characters.")
    quoted = quotation(entry["evidence"], text)
    return [*problems, quoted] if quoted is not None else problems


def _sketch(entry: Mapping[str, Any]) -> Sketch:
    state = sorted((each["attribute"], each["value"]) for each in entry["state"])
    return Sketch(
        entry["kind"],
        tuple(state),
        line(entry["text"], _TEXT_CHARS),
        line(entry["evidence"], QUOTE_CHARS),
    )


def _different(sketches: list[Sketch]) -> list[Sketch]:
    """Return the first sketch of every kind, state and text."""
    seen = {(each.kind, each.state, each.text): each for each in reversed(sketches)}
    return list(reversed(seen.values()))


def _lines(vocabulary: Vocabulary) -> str:
    return "\n".join(
        f"{kind}: "
        + "; ".join(
            f"{name} = {' | '.join(sorted(attributes[name]))}" for name in sorted(attributes)
        )
        for kind, attributes in sorted(vocabulary.items())
    )


def _shape(vocabulary: Vocabulary) -> Shape:
    """The shape of an answer. Values are left to the check: as choices they would be too many."""
    names = sorted({name for attributes in vocabulary.values() for name in attributes})
    scenario = _closed(
        kind={"type": "string", "enum": sorted(vocabulary)},
        state={
            "type": "array",
            "items": _closed(
                attribute={"type": "string", **({"enum": names} if names else {})},
                value={"type": "string"},
            ),
        },
        text={"type": "string", "minLength": 1},
        evidence={"type": "string", "minLength": 1},
    )
    side = {"type": "array", "items": scenario, "minItems": 1}
    return Shape("scenarios", _closed(**dict.fromkeys(_SIDES, side)))


def _closed(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
