"""Commands that stand within prose, between backticks or in `<pre>` and `<code>`, and in the blocks
of the texts beside a skill's own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from shellwright.skills.document import Code
from shellwright.skills.filters.scriptfetch import LANGUAGES
from shellwright.skills.filters.text import Text
from shellwright.skills.reading.markdown import read_markdown

_MOST = 1000
_LOOKED_AT = LANGUAGES | {"sh", "python"}
_BLOCKS = re.compile(r"(?m:^)[ \t>]{0,12}(?:```|~~~)")
_SPAN = re.compile(r"(?<!`)(`{1,3})(?!`)[ \t]?([^`\n]{3,500}?)[ \t]?\1(?!`)")
_OPENED = re.compile(
    r"<(pre|code|kbd|samp|tt)(?:\s(?:[^<>\"']|\"[^\"]{0,200}\"|'[^']{0,200}'){0,40})?>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s{0,2}/?>", re.IGNORECASE)
_LONGEST = 8000
#: A name alone does nothing that a filter could tell.
_WORDS = re.compile(r"\S[ \t\n]+\S|[<>|]")


@dataclass(frozen=True, kw_only=True)
class InlineCode(Code):
    """A command within prose, with where it starts and ends there."""

    within: Text
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class BlockBeside(Code):
    """A block of code in a text beside the skill's own."""

    within: Text


def blocks_beside(text: Text) -> tuple[BlockBeside, ...]:
    """The blocks of a text beside the skill's own in languages that are looked at."""
    if not _BLOCKS.search(text.original):
        return ()
    return tuple(
        BlockBeside(code.language, code.text, code.heading, within=text)
        for code in read_markdown(text.original).code
        if code.language in _LOOKED_AT
    )


def inline_code(text: Text) -> tuple[InlineCode, ...]:
    """The commands within the prose of a text, at most _MOST."""
    return tuple(islice(_inline_code(text), _MOST))


def _inline_code(text: Text) -> Iterator[InlineCode]:
    for match in _SPAN.finditer(text.original):
        if _WORDS.search(match[2]) and not text.in_code(match.start()):
            yield InlineCode(
                "sh", match[2] + "\n", within=text, start=match.start(), end=match.end()
            )
    for start, end, inner in _elements(text.original):
        words = html.unescape(_TAG.sub("", _BREAK.sub("\n", inner)))
        if _WORDS.search(words) and not text.in_code(start):
            yield InlineCode("sh", words + "\n", within=text, start=start, end=end)


def _elements(text: str) -> Iterator[tuple[int, int, str]]:
    """Where elements of code start and end, and what is in them."""
    low = text.lower()
    if len(low) != len(text):
        low = text
    done = 0
    for match in _OPENED.finditer(text):
        if match.start() < done:
            continue
        end = low.find(f"</{match[1].lower()}", match.end(), match.end() + _LONGEST)
        if end < 0 and match[1].lower() == "pre":
            # What is not closed goes on to the next empty line.
            end = low.find("\n\n", match.end(), match.end() + _LONGEST)
            end = min(len(low), match.end() + _LONGEST) if end < 0 else end
        if end >= 0:
            done = end
            yield match.start(), end, text[match.end() : end]
