"""The words that scenarios of skills from the wild are made of: kinds, attributes, values.

The vocabulary is closed, so that scenarios of different skills can be equal. It lies in
`vocabulary.yaml` and holds all words of the typed scenarios (`shellwright.recipe.kinds`) and those
for things that no task starts from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

State = tuple[tuple[str, str], ...]

#: The fast parser where the machine has it; both read the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class KindWords:
    """A kind in words: its `noun`, and its attributes with a phrase for each value."""

    noun: str
    attributes: Mapping[str, Mapping[str, str]]


def _read() -> dict[str, KindWords]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {
        kind: KindWords(words.pop("noun"), words)
        for kind, words in yaml.load(text, Loader=LOADER).items()
    }


VOCABULARY = _read()


def valid(kind: str, state: State) -> bool:
    """Whether the kind, its attributes and their values are all in the vocabulary."""
    words = VOCABULARY.get(kind)
    return words is not None and all(
        value in words.attributes.get(attribute, {}) for attribute, value in state
    )
