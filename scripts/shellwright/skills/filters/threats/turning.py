"""Settings that turn a machine over to somebody: where its names and connections lead, whose
certificates it trusts, and that its superuser may log in from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.shellpieces import is_said, said
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.pipes import (
    Values,
    expanded,
    is_fetch,
    program_of,
    unquoted,
    upstream,
)

_NAMES = re.compile(r"/etc/hosts")
_RESOLVER = re.compile(r"/etc/(?:resolv\.conf|systemd/resolved\.conf(?:\.d/.{1,80})?)")
_LOGIN = re.compile(r"/etc/ssh/sshd_config(?:\.d/.{1,80})?")
_AUTHORITIES = re.compile(
    r"/usr/(?:local/)?share/ca-certificates/.{0,200}|/etc/pki/ca-trust/source/anchors/.{0,200}"
    r"|/etc/ca-certificates/trust-source/anchors/.{0,200}"
)
_OPENS_LOGIN = re.compile(r"(?i)\b(?:permitrootlogin[^\n]{0,20}\syes|permitemptypasswords\s+yes)\b")
_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
#: Servers that resolve names for everybody.
_RESOLVERS = frozenset(
    """1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220
    94.140.14.14 94.140.15.15 223.5.5.5 223.6.6.6 114.114.114.114 119.29.29.29""".split()  # noqa: SIM905
)
_TO = frozenset({"--to", "--to-destination"})
_INTO = re.compile(r"-[A-Za-z]{0,8}[oOt]|--output(?:-document)?|--target-directory")
#: Folders that a skill brings along.
_BROUGHT = re.compile(r"(?:.*/)?(?:assets|references|resources|scripts)/.{1,200}")


def turned_over(calls: Sequence[Call], place: int, values: Values, brought: frozenset[str]) -> str:
    """What a call turns over, as the reason of a refusal, or nothing. `brought` are the names of
    the skill's own files."""
    call = calls[place]
    program = program_of(call)
    words = [unquoted(expanded(word, values)) for word in call.arguments]
    if program in ("iptables", "nft") and _leads_away(_redirected(words)):
        return "leads connections to another machine"
    given = [call, *upstream(calls, place)]
    told = [expanded(said(each), values) for each in given if is_said(each)]
    told += [text for each in given for text in each.fed]
    if program == "visudo":
        checks = any(re.fullmatch(r"-\w*c\w*|--check", word) for word in words)
        return "" if checks or not told else "changes who may log in or what every program loads"
    written = [unquoted(expanded(word, values)) for word in targets(call)]
    written += [unquoted(word) for option, word in pairwise(words) if _INTO.fullmatch(option)]
    if program in ("sed", "perl") and any(word.startswith("-i") for word in words):
        written += words
        told += words
    if any(map(_LOGIN.fullmatch, written)) and any(map(_OPENS_LOGIN.search, told)):
        return "lets the superuser log in from outside"
    if any(map(_NAMES.fullmatch, written)) and any(map(_leads_away, map(_numbers, told))):
        return "leads connections to another machine"
    if any(map(_RESOLVER.fullmatch, written)) and any(map(_leads_away, map(_numbers, told))):
        return "leads connections to another machine"
    if any(map(_AUTHORITIES.fullmatch, written)):
        named = [word for each in given for word in (*each.arguments, *each.reads)]
        own = any(word.rpartition("/")[2] in brought or _BROUGHT.fullmatch(word) for word in named)
        if own or told or any(map(is_fetch, given)):
            return "has every program trust a certificate of somebody"
    return ""


def _redirected(words: Sequence[str]) -> list[str]:
    """The machines that rules of a firewall send connections to."""
    to = [word for option, word in pairwise(words) if option in _TO]
    if "dnat" in words:
        to += words[words.index("dnat") + 1 :]
    return [number for word in to for number in _NUMBER.findall(word.partition(":")[0])]


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _leads_away(numbers: Sequence[str]) -> bool:
    """Whether one of some addresses belongs to a machine that nobody knows."""
    for number in numbers:
        try:
            strange = ip_address(number).is_global
        except ValueError:
            continue
        if strange and number not in _RESOLVERS:
            return True
    return False
