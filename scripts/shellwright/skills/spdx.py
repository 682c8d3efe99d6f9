"""SPDX licence expressions: parsed, spelled canonically, and held against an allow-list."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

NOASSERTION = "NOASSERTION"
PROPRIETARY = "LicenseRef-Proprietary"
#: Among allowed licences: a licence that was not found.
UNKNOWN = "unknown"
#: An expression, parsed: a licence, perhaps `WITH` an exception, or AND or OR with its parts.
Node = str | tuple[str, tuple["Node", ...]]

_MAX_WORDS = 40
_TOKEN = re.compile(r"[()]|[^\s()]+")
_ID = re.compile(r"[A-Za-z0-9.+-]{1,64}")
_OPERATORS = ("and", "or", "with")
#: Identifiers that SPDX has replaced.
_REPLACED = {
    f"{name}-{version}{sign}".lower(): f"{name}-{version}{meaning}"
    for name, version in (
        ("GPL", "2.0"),
        ("GPL", "3.0"),
        ("LGPL", "2.1"),
        ("LGPL", "3.0"),
        ("AGPL", "3.0"),
    )
    for sign, meaning in (("", "-only"), ("+", "-or-later"))
}
#: What a mistyped identifier is compared with: the ones that skills have.
_COMMON = """0BSD AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-2.0
    BSD-2-Clause BSD-3-Clause BSD-4-Clause BSL-1.0 BUSL-1.1 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-4.0
    CC-BY-NC-ND-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 EPL-2.0 EUPL-1.2
    GFDL-1.3-only GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only
    LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 OFL-1.1 PSF-2.0 PostgreSQL
    Python-2.0 Unlicense WTFPL Zlib unknown"""


def license_id(word: str) -> str:
    """The canonical spelling of an SPDX identifier or a LicenseRef; empty for any other word."""
    if not _ID.fullmatch(word) or word.lower() in _OPERATORS:
        return ""
    try:
        known = canonicalize_license_expression(word)
    except InvalidLicenseExpression:
        return ""
    return _REPLACED.get(known.lower(), known)


def canonical(expression: str) -> str:
    """An SPDX expression in its canonical spelling; empty where it is none."""
    node = _parsed(expression)
    return _written(node) if node is not None else ""


def is_single(expression: str) -> bool:
    """Whether this is one licence, perhaps with an exception, in its canonical spelling."""
    return _parsed(expression) == expression


def may_use(expression: str, allowed: Collection[str]) -> bool:
    """Whether a licence may be used: with AND every part is allowed, with OR one of them.

    A licence with an exception has to be allowed as such. `unknown` among the allowed ones stands
    for NOASSERTION. What is no expression may not be used.
    """
    if expression == NOASSERTION:
        return UNKNOWN in allowed
    node = _parsed(expression)
    return node is not None and _holds(node, allowed)


def nearest(word: str) -> str:
    """The allowed spelling that a wrong one was most likely meant for; empty where none is near."""
    if known := canonical(word):
        return known
    by_lower = {name.lower(): name for name in _COMMON.split()}
    found = difflib.get_close_matches(word.lower(), by_lower, 1, 0.6)
    return by_lower[found[0]] if found else ""


def _holds(node: Node, allowed: Collection[str]) -> bool:
    if isinstance(node, str):
        return node in allowed
    operator, parts = node
    each = (_holds(part, allowed) for part in parts)
    return all(each) if operator == "AND" else any(each)


def _written(node: Node) -> str:
    """The node as text; an expression within another one stands in brackets."""
    if isinstance(node, str):
        return node
    operator, parts = node
    texts = (_written(part) if isinstance(part, str) else f"({_written(part)})" for part in parts)
    return f" {operator} ".join(texts)


class _Wrong(Exception):
    """The words are no expression."""


def _parsed(expression: str) -> Node | None:
    tokens = _TOKEN.findall(expression)
    if len(tokens) > _MAX_WORDS:
        return None
    tokens.reverse()
    try:
        node = _joined(tokens, "OR")
    except _Wrong:
        return None
    return None if tokens else node


def _joined(tokens: list[str], operator: str) -> Node:
    """What the next tokens mean, taken off the end; AND binds more closely than OR."""
    parts: list[Node] = []
    while True:
        part = _joined(tokens, "AND") if operator == "OR" else _single(tokens)
        # One of the same kind within brackets means the same without them.
        parts += part[1] if isinstance(part, tuple) and part[0] == operator else (part,)
        if not tokens or tokens[-1].upper() != operator:
            break
        tokens.pop()
    return parts[0] if len(parts) == 1 else (operator, tuple(parts))


def _single(tokens: list[str]) -> Node:
    """A licence, or an expression in brackets."""
    if not tokens:
        raise _Wrong
    token = tokens.pop()
    if token == "(":
        node = _joined(tokens, "OR")
        if not tokens or tokens.pop() != ")":
            raise _Wrong
        return node
    name = license_id(token)
    if not name:
        raise _Wrong
    if not tokens or tokens[-1].upper() != "WITH":
        return name
    tokens.pop()
    exception = tokens.pop() if tokens else ""
    if not _ID.fullmatch(exception):
        raise _Wrong
    try:
        # Which exceptions there are is asked with a licence whose own spelling does not matter.
        known = canonicalize_license_expression(f"MIT WITH {exception}")
    except InvalidLicenseExpression:
        raise _Wrong from None
    return f"{name} {known.removeprefix('MIT ')}"
