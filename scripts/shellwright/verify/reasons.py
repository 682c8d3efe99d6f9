"""Reasons: whether those of the oracle's steps know numbers that nobody has shown them.

A recipe knows the outcome when it writes the reason of a step, and it is easily betrayed: "there
should be 123 rows" before anything has counted them. Whoever is trained on such turns learns to
make results up.
"""

from __future__ import annotations

import re

#: Up to this a number may be counted at a glance.
SMALL = 3
#: Numbers in words; the first is the one after SMALL.
WORDS = """four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""".split()  # noqa: SIM905
# A number that is part of a name (UTF-8, sha256, 1.4.2) is none.
_NUMBER = re.compile(r"(?<![\w.-])\d+(?:,\d+)*(?:\.\d+)?(?![\w-])")


def unseen_numbers(reason: str, known: str) -> list[str]:
    """The numbers of a reason that do not stand in what is known, as they stand there.

    known: the instruction, the commands up to this step and what the earlier ones printed.
    """
    shown = {_plain(number) for number in re.findall(r"\d+(?:,\d+)*(?:\.\d+)?", known)}
    shown |= set(re.findall(r"\d+", known))
    found = [
        number
        for number in _NUMBER.findall(reason)
        if float(_plain(number)) > SMALL and _plain(number) not in shown
    ]
    values = {word: str(value) for value, word in enumerate(WORDS, SMALL + 1)}
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", known)}
    return found + [
        word
        for word in re.findall(r"[A-Za-z]+", reason)
        if word.lower() in values and not {word.lower(), values[word.lower()]} & (shown | words)
    ]


def _plain(number: str) -> str:
    """A number without the commas between its digits."""
    return number.replace(",", "")
