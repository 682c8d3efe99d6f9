"""Front matter that is TOML, or JSON that is no YAML, as strings, lists and mappings."""

from __future__ import annotations

import datetime
import json
import tomllib

_MAX_DEPTH = 20
#: The parser's time grows with the square of the number of parts of a key, which is on one line.
_MAX_DOTS = 200
_LICENSE_KEYS = ("license", "licence")


def read_toml(text: str) -> dict[str, object]:
    """The keys of a TOML document; numbers and dates as they are written. Raises ValueError."""
    if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
        raise ValueError("a line has too many dots")
    try:
        return _mapping(tomllib.loads(text, parse_float=str))
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def read_json(text: str) -> dict[str, object]:
    """The keys of a JSON object; numbers as they are written. Raises ValueError."""
    try:
        return _mapping(
            json.loads(
                text,
                parse_int=str,
                parse_float=str,
                parse_constant=str,
                object_pairs_hook=_paired,
            )
        )
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def is_license(key: str) -> bool:
    """Whether a key, however it is spelt, names the licence."""
    return key.lower() in _LICENSE_KEYS


def given_again(key: str, first: object, second: object) -> object:
    """The value of a key that is given twice: the first one, but of a licence both, since the
    second may take back what the first one gives."""
    if not is_license(key):
        return first
    return [*(first if isinstance(first, list) else [first]), second]


def _paired(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object, of which a key may be given twice."""
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = given_again(key, found[key], value) if key in found else value
    return found


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("it is no mapping")
    return {key: _plain(child, 1) for key, child in value.items()}


def _plain(value: object, depth: int) -> object:
    """A value without types: text, lists and mappings."""
    if depth > _MAX_DEPTH:
        raise ValueError("it is nested too deep")
    if isinstance(value, dict):
        return {key: _plain(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child, depth + 1) for child in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return "" if value is None else str(value)
