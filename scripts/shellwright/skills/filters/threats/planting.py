"""What shell code leaves on a machine for later: accounts, rights, ways in, files that are run
whenever somebody logs in. Told from parsed calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shellwright.skills.document import Call
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.shellpieces import is_said, said
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.pipes import (
    SHELLS,
    Values,
    expanded,
    places,
    program_of,
    runs_input,
    upstream,
)
from shellwright.skills.filters.threats.rule import Threat

#: Who may log in, as whom, and what is loaded into every program.
_ACCOUNTS = re.compile(
    r"/etc/(?:passwd|g?shadow|group|sudoers|ld\.so\.preload|(?:sudoers|pam)\.d/.{1,80})"
)
_STARTING = re.compile(
    r"(?:.*/)?\.(?:bashrc|bash_profile|bash_login|zshrc|zprofile|zshenv|profile)|/etc/profile.*"
    r"|/etc/(?:bash\.bashrc|environment)"
)
#: What nobody keeps in the places that every program may write to, and what comes from elsewhere.
_FOREIGN = re.compile(
    r"(?:\bsource|(?:^|[;&\"'])\s{0,3}\.|\b(?:ba|z|da)?sh|python3?)\s{1,3}[\"']?"
    r"/(?:tmp|var/tmp|dev/shm)/"
    r"|(?:^|[;&|\s\"'])/(?:tmp|var/tmp|dev/shm)/\S{1,80}\s{0,3}(?:&|;|$|[\"'])"
    r"|\b(?:curl|wget)\b[^\n]{0,300}\|\s{0,3}(?:ba|z)?sh\b|/dev/tcp/"
    r"|\bn(?:c|cat)\b[^\n]{0,60}\s-\w{0,3}[ec]\s"
)
_SETUID = re.compile(r"[ua]{0,2}g?\+[rwx]{0,3}s[rwx]{0,3}|0?[46][0-7]{3}")
_CARRIERS = frozenset({"nc", "ncat", "netcat", "socat", "telnet"})
#: Programs that compute coins for whoever's account they are given.
_MINERS = frozenset(
    """bfgminer ccminer cgminer cpuminer ethminer lolminer minerd nbminer nheqminer phoenixminer
    srbminer srbminer-multi t-rex teamredminer trex xmr-stak xmrig""".split()  # noqa: SIM905
)


def planting(material: Material) -> Iterator[Threat]:
    """What stays on the machine for others to use."""
    for piece in material.shell:
        for place, call in enumerate(piece.calls):
            reason = _reason(piece.calls, place, piece.values)
            own = material.page and call.program == material.subject
            if reason and not own and not refused_call(material, piece.code, call):
                yield Threat(reason, " ".join((call.program, *call.arguments)))


def _reason(calls: Sequence[Call], place: int, values: Values) -> str:
    call = calls[place]
    program = program_of(call)
    if program in _MINERS or any("stratum+" in word for word in call.arguments):
        return "mines coins"
    if program == "chmod" and any(map(_SETUID.fullmatch, call.arguments[:-1])):
        return "lets everybody run a program as another user"
    if program in _CARRIERS and any(map(_is_open, upstream(calls, place))):
        named = places(call.arguments)
        if not named or not all(each.example for each in named):
            return "opens a way in from outside"
    written = [re.sub(r"[\"']", "", expanded(word, values)) for word in targets(call)]
    if program in ("sed", "perl") and any(word.startswith("-i") for word in call.arguments):
        written += call.arguments
    if any(map(_ACCOUNTS.fullmatch, written)):
        return "changes who may log in or what every program loads"
    if any(map(_STARTING.fullmatch, written)):
        given = [expanded(said(each), values) for each in _sayers(calls, place)]
        if any(map(_FOREIGN.search, (*given, *call.fed))):
            return "plants itself in the files that a shell starts with"
    return ""


def _is_open(call: Call) -> bool:
    """Whether a shell does whatever it is told."""
    return program_of(call) in SHELLS and (runs_input(call) or "-i" in call.arguments)


def _sayers(calls: Sequence[Call], place: int) -> Iterator[Call]:
    """The calls whose words a call writes."""
    for each in (calls[place], *upstream(calls, place)):
        if is_said(each):
            yield each
