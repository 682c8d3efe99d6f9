"""Keys of somebody that a skill gives in full."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import MAX_TEXT
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.rule import Threat

_REASON = "gives a key of somebody in full"
#: A key that stands there in full, as an export or in a header.
_LITERAL = re.compile(
    r"(?:api_?key|token|secret|passw(?:or)?d|bearer)[\"']?\s{0,3}[=: ]\s{0,3}[\"']?"
    r"([A-Za-z0-9_\-]{24,200})\b",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"(?i)your|my[_-]|xxx|example|sample|placeholder|change|insert|dummy|demo|abc|1234|test"
)


#: Addresses on a blockchain (of tokens, mints, contracts): long, and public by nature.
_PUBLIC_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{43,44}")
#: What tells that a word without `0x` is such an address and not a key.
_ADDRESS_NAME = re.compile(
    r"(?<![a-z])(?:mint|(?:from|to|in|out|input|output|quote|base)_?token)\W*$|[a-z]-token $",
    re.IGNORECASE,
)


def _is_mixed(key: str) -> bool:
    """Whether a word has digits, small letters and capitals."""
    return all(any(map(test, key)) for test in (str.isdigit, str.islower, str.isupper))


def _is_public(name: str, key: str) -> bool:
    """Whether a word is the address of a token: by its form, or by its form and its name."""
    if _PUBLIC_ADDRESS.fullmatch(key) is None:
        return False
    return key.startswith("0x") or _ADDRESS_NAME.search(name) is not None


def literal_key(text: Text) -> Iterator[Threat]:
    """Somebody's key: whoever follows the skill works in that person's account."""
    for match in _LITERAL.finditer(text.original[:MAX_TEXT]):
        key = match[1]
        mixed = _is_mixed(key)
        name = text.original[max(0, match.start() - 40) : match.start(1)]
        if _is_public(name, key):
            continue
        if mixed and len(set(key)) >= 14 and not _STAND_IN.search(key):
            yield Threat(_REASON, text.quote(*match.span()))
            return


#: Keys by the form in which the services that everybody knows issue them.
_ISSUED = re.compile(
    r"(?<![\w-])(?:xox[abprs]-[0-9A-Za-z-]{24,200}|gh[pousr]_[A-Za-z0-9]{36}"
    r"|github_pat_\w{50,100}|sk-(?:proj-|ant-|or-v1-)?[A-Za-z0-9_-]{36,200}"
    r"|[sr]k_live_[A-Za-z0-9]{24,100}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}"
    r"|GOCSPX-[A-Za-z0-9_-]{24,40}|1//0[A-Za-z0-9_-]{40,200}|glpat-[A-Za-z0-9_-]{20}"
    r"|hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}|SG\.[\w-]{22}\.[\w-]{43}"
    r"|\d{8,10}:AA[\w-]{33})(?![\w-])"
)
#: What no address of a page has that begins like a key and is made of words.
_RUN = re.compile(r"[A-Za-z0-9]{20}")
_MOST_ISSUED = 50


def issued_key(text: Text) -> Iterator[Threat]:
    """Somebody's key by its form alone, wherever it stands."""
    for count, match in enumerate(_ISSUED.finditer(text.original)):
        if count >= _MOST_ISSUED:
            return
        key = match[0]
        mixed = any(map(str.isdigit, key)) or key.startswith("hf_")
        if key.startswith("sk-") and not (_RUN.search(key) or _is_mixed(key)):
            continue
        if mixed and len(set(key)) >= 14 and not _STAND_IN.search(key):
            yield Threat(_REASON, text.quote(*match.span()))
            return
