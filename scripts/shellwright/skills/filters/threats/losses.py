"""Single commands that lose what nobody gets back: emptied system files, a shell's history, all
processes, databases, and all that lies below a name which nobody has set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.shellpieces import Shell, is_said, said
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.databases import drops_database
from shellwright.skills.filters.threats.pipes import (
    expanded,
    program_of,
    unquoted,
    upstream,
)
from shellwright.skills.filters.threats.rule import Threat

#: What a system does not start without or lets nobody in without. A machine's number and the words
#: of the day are emptied for a reason.
_SYSTEM = re.compile(
    r"/(?:etc/(?!machine-id$|motd$|issue|cron\.(?:deny|allow)$).{1,200}|boot/.{1,200}"
    r"|(?:usr/)?s?bin/.{1,80}|(?:usr/)?lib\d{0,2}/.{1,200})"
)
_HISTORY = re.compile(
    r"(?:.*/)?\.(?:bash|zsh|sh|python|mysql|psql|node_repl)_history|.*/fish_history|\$\{?HISTFILE\}?",
)
#: Of these not even one may be deleted, nor all of the others.
_VITAL = re.compile(
    r"/etc/(?:passwd|g?shadow|group|sudoers|fstab)|/boot/.{1,200}|/(?:usr/)?(?:s?bin|lib\d{0,2})/\*"
)
_ALL_LINES = re.compile(r"(?:1,\$|1~1|/\.\*/|/\^/)?d")
_ALL_NAMES = frozenset({"", ".", ".*", "*"})
#: Programs that leave nothing of a file, or something else in its place.
_EMPTYING = frozenset({"truncate", "shred", "rm", "unlink", "ln", "wipe", "srm", "mv"})
_REMOVING = frozenset({"rm", "unlink", "ln", "mv"})
_COPYING = frozenset({"cp", "dd", "tee", "cat"})
_KILLERS = frozenset({"pkill", "killall", "skill"})
_NUMBERED = re.compile(r"-(?:\d{1,2}|[A-Z]{3,10}|SIG[A-Z]{2,8})")
#: A folder, or all in it, of which only a variable tells where it is.
_BELOW = re.compile(
    r"[\"']?\$(?:\{(\w{1,80})(?::?-)?\}|(\w{1,80}))[\"']?/[\"']?[*.,?{}]{0,12}[\"']?"
    r"|[\"']?/[\"']?\$(?:\{(\w{1,80})\}|(\w{1,80}))[\"']?/?"
)
#: What a system or a build sets before any script.
_SET = frozenset(
    """HOME PWD OLDPWD TMPDIR TMP TEMP USER LOGNAME WORKSPACE GITHUB_WORKSPACE RUNNER_TEMP
    CI_PROJECT_DIR CONDA_PREFIX VIRTUAL_ENV XDG_CACHE_HOME XDG_RUNTIME_DIR""".split()  # noqa: SIM905
)
_STRICT = re.compile(
    r"(?m:^)[ \t]*set[ \t]+-(?:[a-z]*u|o[ \t]+nounset)|(?m:^)#![^\n]{0,80}\s-[a-z]*u"
)


def losses(material: Material, piece: Shell) -> Iterator[Threat]:
    """What is lost by the commands of a piece."""
    for place, call in enumerate(piece.calls):
        own = material.page and call.program == material.subject
        reason = "" if own else _reason(material, piece, place)
        if reason and not refused_call(material, piece.code, call):
            words = (call.program, *call.arguments, *(f"> {word}" for word in call.writes))
            yield Threat(reason, " ".join(words))


def _reason(material: Material, piece: Shell, place: int) -> str:
    call = piece.calls[place]
    words = [unquoted(expanded(word, piece.values)) for word in call.arguments]
    program = program_of(call)
    lost = _emptied(piece, place)
    needed = _VITAL if program in _REMOVING else _SYSTEM
    if any(map(needed.fullmatch, lost)):
        return "deletes or empties files that the system needs"
    if any(map(_HISTORY.fullmatch, lost)):
        return "covers its tracks"
    if program == "history" and any(re.fullmatch(r"-\w*c\w*", word) for word in words):
        return "covers its tracks"
    if (program == "kill" and _kills_all(words)) or call.program.endswith("killall5"):
        return "ends all processes"
    if program in _KILLERS and _of_a_user(words):
        return "ends all processes"
    recursive = re.search(r"(?:^| )(?:-\w*[rR]|--recursive)", " ".join(words))
    unset = (word for word in call.arguments if _is_unset(word, material, piece))
    if program == "rm" and recursive and any(unset):
        return "deletes all there is where a name is not set"
    if drops_database(material, piece.calls, place):
        return "drops a database"
    return ""


def _emptied(piece: Shell, place: int) -> list[str]:
    """The files that a call leaves nothing of."""
    call = piece.calls[place]
    program = program_of(call)
    found: Sequence[str] = ()
    before = upstream(piece.calls, place) if program == "tee" else ()
    given = " ".join(word for each in (call, *before) for word in (*each.arguments, *each.reads))
    if program in _EMPTYING:
        found = [word for word in call.arguments if not word.startswith("-")]
        if program == "ln":
            found = found[-1:] if "/dev/null" in found[:1] else ()
        elif program == "mv":
            found = found[:-1]
    elif program in ("", ":", "true") or (program in _COPYING and "/dev/null" in given):
        found = targets(call)
    elif program == "sed" and any(map(_ALL_LINES.fullmatch, call.arguments)):
        found = call.arguments if any(word.startswith("-i") for word in call.arguments) else ()
    elif is_said(call) and not said(call).strip():
        found = call.writes
    return [unquoted(expanded(word, piece.values)) for word in found]


def _kills_all(words: Sequence[str]) -> bool:
    """Whether `kill` is given all processes there are, behind its signal."""
    rest = list(words)
    if rest[:1] in (["-s"], ["-n"], ["--signal"]):
        rest = rest[2:]
    elif rest and _NUMBERED.fullmatch(rest[0]) and len(rest) > 1:
        rest = rest[1:]
    return "-1" in rest and (len(rest) < len(words) or rest[:1] == ["--"])


def _of_a_user(words: Sequence[str]) -> bool:
    """Whether all processes are meant, or all of somebody, whatever they run."""
    named = [unquoted(word) for word in words if not word.startswith("-")]
    if len(named) == 1 and named[0] in _ALL_NAMES:
        return True
    for place, word in enumerate(words):
        if word in ("-u", "-U", "--user", "--uid", "--euid"):
            rest = [each for each in words[place + 2 :] if not each.startswith("-")]
            before = [each for each in words[:place] if not each.startswith("-")]
            return not rest and not before
    return False


def _is_unset(word: str, material: Material, piece: Shell) -> bool:
    """Whether a word is all below a variable that nothing in the skill tells a value of."""
    match = _BELOW.fullmatch(word)
    if match is None:
        return False
    name = next(filter(None, match.groups()))
    known = name in _SET or name.isdigit() or name in material.values or name in material.named
    return not known and _STRICT.search(piece.code.text) is None
