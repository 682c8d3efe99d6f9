"""What shell code leaves on a machine for later: accounts, rights, ways in, files that are run
whenever somebody logs in. Told from parsed calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call, spoken_of
from shellwright.skills.filters.shellpieces import is_said, said
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.jobs import plants_job
from shellwright.skills.filters.threats.pipes import (
    SHELLS,
    Values,
    expanded,
    is_fetch,
    places,
    program_of,
    runs_input,
    unquoted,
    upstream,
)
from shellwright.skills.filters.threats.rule import Threat
from shellwright.skills.filters.threats.turning import turned_over

#: Who may log in, as whom, and what is loaded into every program.
_ACCOUNTS = re.compile(
    r"/etc/(?:passwd|g?shadow|group|sudoers|ld\.so\.preload|(?:sudoers|pam)\.d/.{1,80})"
)
_STARTING = re.compile(
    r"(?:.*/)?\.(?:bashrc|bash_profile|bash_login|zshrc|zprofile|zshenv|profile)|/etc/profile.*"
    r"|/etc/(?:bash\.bashrc|environment)"
)
_PROFILES = re.compile(r"/etc/(?:profile\.d(?:/.{0,100})?|rc\.local|init\.d/.{1,100})")
#: What nobody keeps in the places that every program may write to, and what comes from elsewhere.
_FOREIGN = re.compile(
    r"(?:\bsource|(?:^|[;&\"'])\s{0,3}\.|\b(?:ba|z|da)?sh|python3?)\s{1,3}[\"']?"
    r"/(?:tmp|var/tmp|dev/shm)/"
    r"|(?:^|[;&|\s\"'])/(?:tmp|var/tmp|dev/shm)/\S{1,80}\s{0,3}(?:&|;|$|[\"'])"
    r"|\b(?:curl|wget)\b[^\n]{0,300}\|\s{0,3}(?:ba|z)?sh\b|/dev/tcp/"
    r"|\bn(?:c|cat)\b[^\n]{0,60}\s-\w{0,3}[ec]\s"
)
#: Whose keys open an account; what a key of one's own is called, or a list that is copied on.
_KEYS = re.compile(r"(?:.*/)?\.ssh/authorized_keys2?")
_OWN_KEY = re.compile(r"\bid_\w{1,40}\.pub\b|authorized_keys")
_GIVEN_KEY = re.compile(r"\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w{1,20}) ")
_WRITES_KEYS = re.compile(r"(?:.*[\s;/'\"])?w\s{1,3}\S{0,200}\.ssh/authorized_keys2?.*", re.DOTALL)
_HANDERS = frozenset({"cp", "mv", "install", "ln", "tee", "curl", "wget", "dd", "sponge"})
_INTO = frozenset({"-o", "-O", "--output", "--output-document"})
_INTO_FOLDER = frozenset(
    {"-P", "--directory-prefix", "-C", "--directory", "-t", "--target-directory", "--output-dir"}
)
#: Settings of git that name a program for it to run in every repository.
_GIT_RUNS = re.compile(r"core\.(?:hookspath|sshcommand|fsmonitor)", re.IGNORECASE)
_GIT_ASKS = frozenset(
    {"--get", "--get-all", "--get-regexp", "--unset", "--unset-all", "--list", "-l"}
)
_EVERYWHERE = frozenset({"--global", "--system"})
_SETUID = re.compile(r"[ua]{0,2}g?\+[rwx]{0,3}s[rwx]{0,3}|0?[46][0-7]{3}")
_ADDERS = frozenset({"useradd", "adduser", "usermod"})
_CARRIERS = frozenset({"nc", "ncat", "netcat", "socat", "telnet"})
#: Programs that compute coins for whoever's account they are given.
_MINERS = frozenset(
    """bfgminer ccminer cgminer cpuminer ethminer lolminer minerd nbminer nheqminer phoenixminer
    srbminer srbminer-multi t-rex teamredminer trex xmr-stak xmrig""".split()  # noqa: SIM905
)


def planting(material: Material) -> Iterator[Threat]:
    """What stays on the machine for others to use."""
    brought = frozenset(path.rpartition("/")[2] for path in material.texts)
    for piece in material.shell:
        for place, call in enumerate(piece.calls):
            reason = _reason(piece.calls, place, piece.values)
            if not reason and _fills_profile(piece.calls, place):
                reason = "plants itself in the files that a shell starts with"
            if not reason and _lets_in(piece.calls, place, piece.values, brought):
                reason = "plants a way in: a key of somebody in authorized_keys"
            reason = reason or turned_over(piece.calls, place, piece.values, brought)
            own = material.page and call.program == material.subject
            if reason and not own and not refused_call(material, piece.code, call):
                yield Threat(reason, " ".join((call.program, *call.arguments)))
        if not (material.page or material.guards or spoken_of(material, piece.code)):
            for entry in plants_job(piece):
                yield Threat("plants a job that runs unattended", entry)


def _fills_profile(calls: Sequence[Call], place: int) -> bool:
    """Whether a call puts something where every shell or the system starts with it that does not
    stand there to be read."""
    call = calls[place]
    named = [word for opt, word in pairwise(call.arguments) if opt in _INTO | _INTO_FOLDER]
    if program_of(call) == "rsync":
        named += call.arguments[-1:]
    written = [unquoted(word) for word in (*targets(call), *named)]
    shown = call.fed or any(_sayers(calls, place)) or any(e.fed for e in upstream(calls, place))
    return any(map(_PROFILES.fullmatch, written)) and not shown


def _reason(calls: Sequence[Call], place: int, values: Values) -> str:
    call = calls[place]
    program = program_of(call)
    if program in _MINERS or any("stratum+" in word for word in call.arguments):
        return "mines coins"
    grants = program == "setcap" and any("cap_setuid" in word for word in call.arguments)
    if grants or (program == "chmod" and any(map(_SETUID.fullmatch, call.arguments[:-1]))):
        return "lets everybody run a program as another user"
    if program in _CARRIERS and any(map(_is_open, upstream(calls, place))):
        named = places(call.arguments)
        if not named or not all(each.example for each in named):
            return "opens a way in from outside"
    if program in ("ssh", "autossh") and _leaves_tunnel(call):
        return "leaves a tunnel to this machine open"
    if program == "chpasswd" or (program in _ADDERS and _is_second_root(call.arguments)):
        return "changes who may log in or what every program loads"
    if program == "git" and _runs_everywhere(call.arguments):
        return "has git run a program in every repository"
    written = [unquoted(expanded(word, values)) for word in targets(call)]
    if program in ("sed", "perl") and any(word.startswith("-i") for word in call.arguments):
        written += call.arguments
    if any(map(_ACCOUNTS.fullmatch, written)):
        return "changes who may log in or what every program loads"
    if any(map(_STARTING.fullmatch, written)):
        given = [expanded(said(each), values) for each in _sayers(calls, place)]
        if any(map(_FOREIGN.search, (*given, *call.fed))):
            return "plants itself in the files that a shell starts with"
    return ""


def _lets_in(calls: Sequence[Call], place: int, values: Values, brought: frozenset[str]) -> bool:
    """Whether a call puts a key into authorized_keys that is not one's own: by a program that
    replaces the file or fetches the key, or from what the skill says or has brought along."""
    call = calls[place]
    program = program_of(call)
    before = list(upstream(calls, place))
    written = [*targets(call), *(word for opt, word in pairwise(call.arguments) if opt in _INTO)]
    if program == "sed" and any(map(_WRITES_KEYS.fullmatch, call.arguments)):
        return True
    if not any(_KEYS.fullmatch(unquoted(expanded(each, values))) for each in written):
        return False
    given = [word for each in (call, *before) for word in (*each.arguments, *each.reads)]
    given = [expanded(word, values) for word in given if word not in written]
    if any(_GIVEN_KEY.search(said(each)) for each in _sayers(calls, place)):
        return True
    if any(map(_OWN_KEY.search, given)):
        return False
    handed = program in _HANDERS or any(map(is_fetch, before))
    return handed or any(word.rpartition("/")[2] in brought for word in given)


def _leaves_tunnel(call: Call) -> bool:
    """Whether `ssh` goes to the background and lets another machine in by a port of its own."""
    flags = "".join(word[1:] for word in call.arguments if re.fullmatch(r"-[A-Za-z]{1,8}", word))
    back = "R" in flags or any(re.match(r"-[A-Za-z]{0,6}R\d", word) for word in call.arguments)
    stays = "f" in flags or call.program == "autossh"
    named = places(call.arguments)
    return back and stays and (not named or not all(each.example for each in named))


def _is_second_root(words: Sequence[str]) -> bool:
    """Whether an account gets the number of root."""
    numbers = (word for option, word in pairwise(words) if re.fullmatch(r"-\w*u|--uid", option))
    return "0" in numbers or any(word in ("-u0", "-ou0", "--uid=0") for word in words)


def _runs_everywhere(words: Sequence[str]) -> bool:
    """Whether `git config` sets for all repositories what is run in each of them."""
    if words[:1] != ("config",) or not _EVERYWHERE.intersection(words):
        return False
    named = [place for place, word in enumerate(words) if _GIT_RUNS.fullmatch(word)]
    return bool(named) and named[0] + 1 < len(words) and not _GIT_ASKS.intersection(words)


def _is_open(call: Call) -> bool:
    """Whether a shell does whatever it is told."""
    return program_of(call) in SHELLS and (runs_input(call) or "-i" in call.arguments)


def _sayers(calls: Sequence[Call], place: int) -> Iterator[Call]:
    """The calls whose words a call writes."""
    for each in (calls[place], *upstream(calls, place)):
        if is_said(each):
            yield each
