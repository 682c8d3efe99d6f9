"""What a program needs that a Linux terminal lacks: another system, a screen, a device, someone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shellwright.skills.document import Call
from shellwright.skills.filters.programs import DEVICES, ELSEWHERE, INTERACTIVE, SCREEN

#: By which programs it is told, in the order in which it is told.
_TABLES = (
    (ELSEWHERE, "needs programs of macOS or Windows"),
    (SCREEN, "needs a screen"),
    (DEVICES, "needs a device"),
)
PERSON = "needs a person at the terminal"
REASONS = (*(reason for _, reason in _TABLES), PERSON)
_SCREEN = "needs a screen"
#: Characters of a call's arguments that are looked at.
_MOST_WORDS = 1000
_OFFICE = frozenset({"libreoffice", "soffice", "lowriter", "localc", "loimpress", "lodraw"})
_OFFICE_TOLD = re.compile(r"-(?:headless|convert-to|print|pt|cat|version|help)\b")


def _patterns(table: Mapping[str, str]) -> Mapping[str, re.Pattern[str]]:
    """The patterns of a table, of which a key may name several programs."""
    return {name: re.compile(told) for names, told in table.items() for name in names.split()}


_EDITOR = r"(?:^|\s)(?:-[eE]s|--headless)\b|\bw?qa?!?(?:\W|$)"
#: How programs that wait for a person are told not to.
_UNATTENDED = _patterns(
    {
        "crontab": r"^(?!(?:.*\s)?-e\b)",
        "emacs": r"-batch\b|--script\b",
        "fzf": r"(?:^|\s)(?:-f|--filter)\b",
        "lynx": r"-dump\b|-source\b",
        "man": r"(?:^|\s)-[kfw]",
        "mutt": r"(?:^|\s)-s\b",
        "ncdu": r"(?:^|\s)-o",
        "nvim vi vim": _EDITOR,
        "screen": r"(?:^|\s)-(?:d|ls|list|X|S \S+ -X)",
        "top": r"(?:^|\s)-\w{0,5}b",
        "visudo": r"(?:^|\s)-\w*[ch]|--check",
        "w3m": r"-dump",
    }
)
#: What has programs open an editor, ask for words or a password, or take the terminal over.
_ASKING = _patterns(
    {
        "gh": r"^auth login(?!.*--with-token)",
        "git": r"\brebase\s(?:.*\s)?(?:-i\b|--interactive)"
        r"|\b(?:add|checkout|commit|reset|restore|stash)\s(?:.*\s)?(?:-p\b|--patch|--interactive)"
        r"|\badd\s+-i\b|\b(?:mergetool|citool|gui)\b|^commit(?:\s+-(?:a|v|s|S|av|as))*$",
        "gpg gpg2": r"^(?!.*--batch).*--(?:full-)?gen(?:erate)?-key|--edit-key",
        "mariadb mysql mysqladmin mysqldump": r"(?:^|\s)(?:-p|--password)(?=\s|$)",
        "openssl": r"^req\s(?!.*(?:-subj|-batch|-config|-in\b)).*-new\b",
        "psql pg_dump": r"(?:^|\s)(?:-W|--password)(?=\s|$)",
        "python python3": r"^(?:-\w+\s+)*-i(?=\s|$)",
        # It makes a key, and is not told both its file and its passphrase.
        "ssh-keygen": r"^(?!.*(?:^|\s)-\w*[AacDEeFHhIiKkLlQRrsYy])(?!(?=.*-N)(?=.*-f))",
        "tmux": r"^$|^(?:-[LSf]\s\S+\s)?(?:at?|attach|attach-session)(?=\s|$)"
        r"|^new(?:-session)?\b(?!.*\s-\w*d)",
        "zip": r"^(?!.*\s-P)(?:.*\s)?(?:-\w*e|--encrypt)(?=\s|$)",
    }
)
#: Programs that hold a conversation where they are given neither a program nor its input: what
#: gives them one.
_CONVERSING = _patterns(
    {
        "bash dash fish sh zsh": r"\S",
        "bpython deno erl ghci iex ipython irb julia lua node pry python python3 R scala": r"\S",
        "clickhouse-client": r"--query|-q\b",
        "duckdb sqlite3": r"^(?:-\S+\s+)*[^-\s]\S*\s+\S|-(?:help|version|c|f|init)\b",
        "gdb lldb": r"-{1,2}(?:batch|ex\b|eval|x\b|help|version)|(?:^|\s)-v\b",
        "mariadb mysql": r"(?:^|\s)-\w*[eV](?=\W|$)|--(?:execute|version|help)",
        "mongo mongosh": r"--(?:eval|version|help|file)|-f\b|\.js\b",
        "passwd": r"(?:^|\s)-\w*[Sdelu]|--(?:status|delete|expire|lock|unlock|stdin|help)",
        "psql": r"(?:^|\s)-[1AXqt]*[cflV]|--(?:command|file|list|version|help)",
        # It has a prompt, or hides what is typed, and does not go on by itself.
        "read": r"^(?!(?:-\w+\s+(?:\d+\s+)?)*-\w*[ps])|(?:^|\s)-\w*[tu]\b",
        "redis-cli": r"^(?:-[ahnpu]\s+\S+\s+|--\S+\s+)*[^-\s]"
        r"|--(?:bigkeys|cluster|eval|help|latency|pipe|rdb|scan|stat|version)",
    }
)


def lacking(program: str) -> str:
    """What a program needs by its name alone, as the reason of a refusal, or nothing."""
    return next((reason for names, reason in _TABLES if program in names), "")


def lacking_call(call: Call) -> str:
    """What a call needs: the same, or a person, where the program shows something and waits."""
    name, words = call.program, _words(call)
    reason = lacking(name)
    if not reason and name in _OFFICE and not _OFFICE_TOLD.search(words):
        return _SCREEN
    if reason or name not in INTERACTIVE:
        return reason
    return "" if name in _UNATTENDED and _UNATTENDED[name].search(words) else PERSON


def asks(call: Call) -> bool:
    """Whether a call asks for something, opens an editor or a conversation, or takes the terminal
    over, though its program can be told not to."""
    name, words = call.program, _words(call)
    if name in _ASKING and _ASKING[name].search(words):
        return True
    given = bool(call.piped_from or call.reads or call.fed)
    return name in _CONVERSING and not given and not _CONVERSING[name].search(words)


def _words(call: Call) -> str:
    return " ".join(call.arguments)[:_MOST_WORDS]
