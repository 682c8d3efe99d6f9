"""Entries of a crontab that run what nobody sees: downloads, hidden files, files that anybody may
have written. Any other entry is honest work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from shellwright.skills.document import Call
from shellwright.skills.filters.shellpieces import Shell, said, shell_of
from shellwright.skills.filters.threats.copies import targets
from shellwright.skills.filters.threats.pipes import (
    code_files,
    decoded_and_run,
    expanded,
    fetched_and_run,
    program_of,
    unquoted,
)

_TABLES = re.compile(r"/etc/cron(?:tab|\.\w{1,10}/.{1,80})|/var/spool/cron/.{1,80}")
_FIELD = r"[\d*/,-]{1,40}[ \t]{1,8}"
_ENTRY = re.compile(
    rf"(?m:^)[ \t\"']{{0,8}}(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)"
    rf"[ \t]{{1,8}}|(?:{_FIELD}){{3}}(?:[\d*/,a-zA-Z-]{{1,40}}[ \t]{{1,8}}){{2}})"
    r"(?:root[ \t]{1,8})?(?P<command>[^\n]{1,1000})"
)
#: Folders that every program may write to.
_OPEN = re.compile(r"/(?:tmp|var/tmp|dev/shm)/.{1,200}")
#: A file whose name is hidden, but for those that a shell starts with.
_HIDDEN = re.compile(
    r"(?:.*/)?\.(?!/|(?:bash|zsh)\w{0,20}$|profile$|env\w{0,20}(?:\.\w{1,20})?$)[^/]{1,80}"
    r"|(?:.*/)?\.cache/.{1,200}|/(?:usr|var|etc|opt|lib)/(?:.*/)?\.[^/]{1,80}/.{1,200}"
)
_MOST_READ = 8000
_MOST_ENTRIES = 200


def plants_job(piece: Shell) -> Iterator[str]:
    """The entries of crontabs that a piece of shell code writes, where they run such things."""
    if not any(_writes_table(call, piece) for call in piece.calls):
        return
    for entry in islice(_entries(piece), _MOST_ENTRIES):
        if _runs_unseen(piece, entry["command"].rstrip("\"'")):
            yield entry[0].strip()


def _entries(piece: Shell) -> Iterator[re.Match[str]]:
    """What looks like an entry in the words of a piece of shell code."""
    for call in piece.calls:
        for words in (said(call), *call.fed) if call.arguments or call.fed else ():
            yield from _ENTRY.finditer(expanded(words, piece.values)[:_MOST_READ])


def _writes_table(call: Call, piece: Shell) -> bool:
    if program_of(call) == "crontab":
        return not any(word in ("-l", "-e", "-r") for word in call.arguments)
    written = (unquoted(expanded(word, piece.values)) for word in targets(call))
    return any(map(_TABLES.fullmatch, written))


def _runs_unseen(piece: Shell, command: str) -> bool:
    # A per cent sign ends the command of an entry.
    inner = shell_of(piece.code, re.split(r"(?<!\\)%", command)[0])
    if any(fetched_and_run(inner.calls, piece.values)) or any(
        decoded_and_run(inner.calls, piece.values)
    ):
        return True
    folder = ""
    for call in inner.calls:
        if call.program == "cd":
            folder = "".join(call.arguments[-1:]).rstrip("/") + "/"
        for word in code_files(call):
            file = unquoted(expanded(word, piece.values))
            if folder and not file.startswith(("/", "~", "$")):
                file = folder + file.removeprefix("./")
            if _OPEN.fullmatch(file) or _HIDDEN.fullmatch(file):
                return True
    return False
