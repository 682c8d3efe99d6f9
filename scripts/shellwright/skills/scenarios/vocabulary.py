"""The words that scenarios of skills from the wild are made of: kinds, attributes, values.

The vocabulary is closed, so that scenarios of different skills can be equal. It lies in
`vocabulary.yaml` and holds all words of the typed scenarios (`shellwright.recipe.kinds`) and those
for things that no task starts from. What the data in something is about is one of the topics of
`topics.yaml`, told as the attribute `about`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

State = tuple[tuple[str, str], ...]

#: The fast parser where the machine has it; both read the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: Kinds of data, whose other attributes say nothing of what is in them.
TOPICAL = frozenset({"database", "document", "endpoint", "message", "page", "report", "table"})


@dataclass(frozen=True)
class KindWords:
    """A kind in words: its `noun`, and its attributes with a phrase for each value."""

    noun: str
    attributes: Mapping[str, Mapping[str, str]]


@cache
def topics() -> Mapping[str, str]:
    """The topic of every word that speaks for one. Raises ValueError for a word of two topics."""
    found: dict[str, str] = {}
    for phrase, words in _listed().items():
        for word in words.split():
            if found.setdefault(word, _value(phrase)) != _value(phrase):
                raise ValueError(f"{word!r} speaks for {found[word]} and for {phrase}")
    return found


def _listed() -> dict[str, str]:
    text = Path(__file__).with_name("topics.yaml").read_text(encoding="utf-8")
    listed: dict[str, str] = yaml.load(text, Loader=LOADER)
    return listed


def _value(phrase: str) -> str:
    return phrase.removeprefix("the ").replace(" ", "-")


def _read() -> dict[str, KindWords]:
    about = {"about": {_value(phrase): f"~about {phrase}" for phrase in _listed()}}
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {
        kind: KindWords(words.pop("noun"), words | (about if kind in TOPICAL else {}))
        for kind, words in yaml.load(text, Loader=LOADER).items()
    }


VOCABULARY = _read()


def valid(kind: str, state: State) -> bool:
    """Whether the kind, its attributes and their values are all in the vocabulary."""
    words = VOCABULARY.get(kind)
    return words is not None and all(
        value in words.attributes.get(attribute, {}) for attribute, value in state
    )
