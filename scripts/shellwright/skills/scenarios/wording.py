"""Scenarios in words: a plain sentence that says the state, and what the data in it is about.

Every word comes from the vocabulary or from the closed list of topics: two skills that tell the
same state of the same sort of data tell it in the same sentence, whatever they call themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

import yaml

from shellwright.skills.document import Document
from shellwright.skills.scenarios.vocabulary import LOADER, VOCABULARY, State

MAX_TEXT = 200
#: Kinds of data, whose state says nothing of what is in them.
TOPICAL = frozenset({"database", "document", "endpoint", "message", "page", "report", "table"})
#: One word of the description alone says too little of what a skill is about.
_LEAST = 2
_WORD = re.compile(r"[a-z][a-z0-9]{1,24}")


@cache
def _topics() -> dict[str, str]:
    """The topic of every word that speaks for one. Raises ValueError for a word of two topics."""
    text = Path(__file__).with_name("topics.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for topic, words in yaml.load(text, Loader=LOADER).items():
        for word in words.split():
            if found.setdefault(word, topic) != topic:
                raise ValueError(f"{word!r} speaks for {found[word]} and for {topic}")
    return found


def topic(document: Document) -> str:
    """What the data of a skill is about, in words of a closed list, or nothing.

    A word of the name counts twice. Of topics with as many words, the one named first is it.
    """
    topics = _topics()
    votes: Counter[str] = Counter()
    heading = f"{document.name[:100]} {document.title[:100]}".lower()
    for text, weight in ((heading, 2), (document.description[:500].lower(), 1)):
        for word in dict.fromkeys(_WORD.findall(text)):
            if word in topics:
                votes[topics[word]] += weight
    if not votes:
        return ""
    found, count = votes.most_common(1)[0]
    return found if count >= _LEAST else ""


def sentence(kind: str, state: State, about: str = "") -> str:
    """The sentence, such as `There is a PDF document about money.`

    At most MAX_TEXT characters. `about` is a topic, told only of kinds that have one.
    """
    phrase, verb = _phrases(kind, state)
    if about and kind in TOPICAL:
        phrase = f"{phrase} about {about}"
    text = f"{phrase} {verb}" if verb else f"There is {phrase[0].lower()}{phrase[1:]}"
    return text[: MAX_TEXT - 1].rstrip() + "."


@lru_cache(maxsize=4096)
def _phrases(kind: str, state: State) -> tuple[str, str]:
    """The state in words: a noun with what belongs to it, and a verb, empty for mere being."""
    words = VOCABULARY[kind]
    before, behind, verb = [], [], ""
    # The condition is told first: a newly scaffolded Rust project.
    for attribute, value in sorted(state, key=lambda pair: (pair[0] != "condition", pair)):
        phrase = words.attributes[attribute][value]
        if phrase == "=exists":
            verb = ""
        elif phrase.startswith("="):
            verb = phrase[1:]
        elif phrase.startswith("~"):
            behind.append(phrase[1:])
        else:
            before.append(phrase)
    text = " ".join([*before, words.noun, *behind])
    return ("An " if _VOWEL.match(text) else "A ") + text, verb


#: What is spoken with a vowel first; abbreviations are spelt out.
_VOWEL = re.compile(
    r"[aeioAEIO]|un(?!i)|up|HTML|MP\d|M[4KO]|SVG|SQL|SSH|XML|RTF|HCL|X\.|FLAC|R |r "
)
