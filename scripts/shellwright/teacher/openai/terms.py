"""Words that settle a requirement though they are no literals: formats, counts, directions."""

import re

from shellwright.teacher.openai import literals

_ACRONYM = re.compile(r"(?<![\w./`-])[A-Z][A-Z0-9]+(?:-\d+)?(?![\w./-]*\w)|\bSQLite\b")
_SEPARATED = re.compile(r"\b[a-z]+-separated\b", re.IGNORECASE)
_HARMLESS = frozenset({"fyi", "nb", "ok", "ps"})
_OPPOSITES = (
    ("ascending", "descending"),
    ("largest", "smallest"),
    ("highest", "lowest"),
    ("newest", "oldest"),
    ("earliest", "latest"),
    ("maximum", "minimum"),
    ("at least", "at most"),
    ("more than", "less than"),
    ("upper case", "lower case"),
    ("uppercase", "lowercase"),
    ("included", "excluded"),
    ("inclusive", "exclusive"),
    ("including", "excluding"),
)


def formats(text: str) -> set[str]:
    """Return the acronyms (`CSV`, `UTC`, `UTF-8`) and words such as `tab-separated`, lower case."""
    found = {each.group().lower() for r in (_ACRONYM, _SEPARATED) for each in r.finditer(text)}
    return found - _HARMLESS


def missing(original: str, text: str) -> set[str]:
    """Return the numbers, number words and formats of `original` that `text` no longer states."""
    numbers = literals.numbers(original) - literals.numbers(text)
    words = literals.number_words(original) - literals.number_words(text)
    folded = text.lower()
    lost = {each for each in formats(original) if not _word(each, "./").search(folded)}
    return numbers | words | lost


def new_formats(original: str, text: str) -> set[str]:
    """Return the formats that only `text` names; the ending of a file in `original` is a name."""
    folded = original.lower()
    return {each for each in formats(text) if not _word(each).search(folded)}


def reversed_words(original: str, text: str) -> set[str]:
    """Return words that are new in `text` where `original` has the opposite."""
    before, after = original.lower(), text.lower()
    return {
        new
        for pair in _OPPOSITES
        for new, old in (pair, pair[::-1])
        if _word(new).search(after) and _word(old).search(before) and not _word(new).search(before)
    }


def _word(word: str, not_before: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<![\w{not_before}-]){re.escape(word)}(?![\w-])")
