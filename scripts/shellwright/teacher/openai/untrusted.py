"""Text of strangers as it is put before a model: bounded, delimited, and quoted back exactly."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.digest import digest

#: The most characters of one text that a model is shown, unless a caller wishes otherwise.
MOST_CHARS = 24_000
QUOTE_CHARS = 200
_SHORTEST_QUOTE = 12
_MARK_DIGITS = 16


@dataclass(frozen=True)
class Block:
    """A text between two lines that hold `mark`, which does not occur in it."""

    mark: str
    text: str

    def __str__(self) -> str:
        return f"=== BEGIN {self.mark} ===\n{self.text}\n=== END {self.mark} ==="


def block(text: str, limit: int = MOST_CHARS) -> Block:
    """Return the first `limit` characters of `text` as a block.

    The mark depends on the text alone, and whoever writes a text cannot put its mark into it.
    """
    text = storable(text)[:limit]
    turn = 0
    while (mark := digest([text, turn])[:_MARK_DIGITS]) in text.lower():
        turn += 1
    return Block(mark, text)


def storable(text: str) -> str:
    """Return `text` without what cannot be sent: control characters and lone surrogates."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c != "\x7f"))


def line(text: str, limit: int = QUOTE_CHARS) -> str:
    """Return `text` as one line of at most `limit` characters."""
    text = " ".join("".join(c if c.isprintable() else " " for c in storable(text)).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quotation(quote: str, text: str) -> str | None:
    """Return what is wrong with a quote from `text`, or None; runs of white space are all alike."""
    wanted, whole = " ".join(quote.split()), " ".join(text.split())
    shortest = min(_SHORTEST_QUOTE, len(whole))
    if len(wanted) < shortest:
        return f"A quote needs at least {shortest} characters: {wanted!r}"
    if wanted not in whole:
        return f"This quote does not stand in the text exactly so: {wanted!r}"
    return None
