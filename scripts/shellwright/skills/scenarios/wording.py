"""Scenarios in words: a plain sentence that says the state, and what the data in it is about.

Every word comes from the closed vocabulary: two skills that tell the same state of the same sort
of data tell it in the same sentence, whatever they call themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from shellwright.skills.document import Document
from shellwright.skills.scenarios.vocabulary import VOCABULARY, State, topics

MAX_TEXT = 200
#: One word of the description alone says too little of what a skill is about.
_LEAST = 2
_WORD = re.compile(r"[a-z][a-z0-9]{1,24}")


def topic(document: Document) -> str:
    """What the data of a skill is about, as a value of the attribute `about`, or nothing.

    A word of the name counts twice. Of topics with as many words, the one named first is it.
    """
    votes: Counter[str] = Counter()
    heading = f"{document.name[:100]} {document.title[:100]}".lower()
    for text, weight in ((heading, 2), (document.description[:500].lower(), 1)):
        for word in dict.fromkeys(_WORD.findall(text)):
            if word in topics():
                votes[topics()[word]] += weight
    if not votes:
        return ""
    found, count = votes.most_common(1)[0]
    return found if count >= _LEAST else ""


def sentence(kind: str, state: State) -> str:
    """The sentence, such as `There is a PDF document about money.`

    At most MAX_TEXT characters.
    """
    phrase, verb = _phrases(kind, state)
    text = f"{phrase} {verb}" if verb else f"There is {phrase[0].lower()}{phrase[1:]}"
    return text[: MAX_TEXT - 1].rstrip() + "."


@lru_cache(maxsize=4096)
def _phrases(kind: str, state: State) -> tuple[str, str]:
    """The state in words: a noun with what belongs to it, and a verb, empty for mere being."""
    words = VOCABULARY[kind]
    before, behind, verb = [], [], ""
    # The condition is told first: a newly scaffolded Rust project. What it is about comes last.
    for attribute, value in sorted(
        state, key=lambda pair: (pair[0] == "about", pair[0] != "condition", pair)
    ):
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
