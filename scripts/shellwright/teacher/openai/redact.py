"""Keep the key out of everything that is written or shown, and text within what can be stored."""

import math
from collections.abc import Callable
from typing import Any

REDACTED = "[redacted]"
# Servers without authentication are given words such as `none` or `x`. Those are no secrets, and to
# replace them would damage ordinary text.
_SHORTEST_SECRET = 8
_QUOTED_CHARS = 300

Redactor = Callable[[str], str]


def redactor(secret: str) -> Redactor:
    """Return a function that replaces `secret` wherever it stands in a text."""
    if len(secret) < _SHORTEST_SECRET:
        return lambda text: text
    return lambda text: text.replace(secret, REDACTED)


def clean(value: Any, redact: Redactor) -> Any:
    """Return a JSON value that can be stored: strings (keys, too) redacted and encodable as UTF-8,
    numbers finite or None.
    """
    if isinstance(value, str):
        return redact(value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [clean(each, redact) for each in value]
    if isinstance(value, dict):
        return {clean(key, redact): clean(each, redact) for key, each in value.items()}
    return value


def quote(text: str, redact: Redactor) -> str:
    """Return what a server said, fit for an error message: one short line without the key."""
    # The key goes first: cut in half it would no longer be recognised.
    line = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
    return line if len(line) <= _QUOTED_CHARS else line[: _QUOTED_CHARS - 1] + "…"
