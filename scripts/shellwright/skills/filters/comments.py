"""Comments in code, which nobody runs: only those that take a whole line."""

from __future__ import annotations

import re

#: Where a line ends for one language or another: what runs must not hide in another's comment.
_END = "\n\r\u2028\u2029"
_START = rf"(?:\A|(?<=[{_END}]))[ \t]*"
_REST = rf"[^{_END}]*"
_HASH = re.compile(rf"{_START}#{_REST}")
_SLASHES = re.compile(rf"{_START}//{_REST}")
#: A page of PHP leaves its code at `?>`, also in a comment.
_PHP = re.compile(rf"{_START}(?://|#)(?:(?!\?>)[^{_END}])*(?!\?>)(?=[{_END}]|\Z)")
#: A second command may stand right behind the word.
_BATCH = re.compile(rf"{_START}@?(?:rem[ \t]+(?![ \t&|<>^]){_REST}|::{_REST})", re.IGNORECASE)
#: How far into its line a place in a comment is looked for.
_FARTHEST = 1000
_COMMENTS = {
    **dict.fromkeys(("sh", "python", "ruby", "perl", "powershell"), _HASH),
    **dict.fromkeys(("javascript", "typescript", "tsx", "jsx"), _SLASHES),
    "php": _PHP,
    "batch": _BATCH,
}


def without_comments(code: str, language: str) -> str:
    """Code with blanks in place of its comments, so that places in it stay the same."""
    pattern = _COMMENTS.get(language)
    if pattern is None:
        return code
    return pattern.sub(lambda match: " " * len(match[0]), code)


def in_comment(code: str, place: int, language: str) -> bool:
    """Whether a place in code is in a comment."""
    pattern = _COMMENTS.get(language)
    if pattern is None:
        return False
    farthest = max(0, place - _FARTHEST)
    first = max(code.rfind(end, farthest, place) for end in _END) + 1
    if first == 0 and farthest > 0:
        return False
    match = pattern.match(code, first)
    return match is not None and place < match.end()
