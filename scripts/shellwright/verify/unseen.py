"""Numbers in the reasons of the oracle's steps that nobody has shown them.

A recipe knows the outcome when it writes the reason of a step, and it is easily betrayed: "there
should be 123 rows" before anything has counted them. Whoever is trained on such turns learns to
make results up.
"""

from __future__ import annotations

import re

#: Up to this a number may be counted at a glance.
SMALL = 3
_IN_WORDS = """four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
#: Numbers in words, each with its digits; the first is the one after SMALL.
WORDS = {word: str(value) for value, word in enumerate(_IN_WORDS.split(), SMALL + 1)}
_DIGITS = re.compile(r"\d+(?:,\d+)*(?:\.\d+)?")
# A number that is part of a name (UTF-8, sha256, 1.4.2) is none.
_NUMBER = re.compile(rf"(?<![\w.-]){_DIGITS.pattern}(?![\w-])")
_WORD = re.compile("[A-Za-z]+")


def unseen_numbers(reason: str, known: str) -> list[str]:
    """The numbers of a reason that do not stand in what is known, as they stand there.

    known: the instruction, the commands up to this step and what the earlier ones printed.
    """
    shown = {_plain(number) for number in _DIGITS.findall(known)}
    shown |= set(re.findall(r"\d+", known))
    found = [
        number
        for number in _NUMBER.findall(reason)
        if float(_plain(number)) > SMALL and _plain(number) not in shown
    ]
    shown |= {word.lower() for word in _WORD.findall(known)}
    return found + [
        word
        for word in _WORD.findall(reason)
        if word.lower() in WORDS and not {word.lower(), WORDS[word.lower()]} & shown
    ]


def _plain(number: str) -> str:
    """A number without the commas between its digits."""
    return number.replace(",", "")
