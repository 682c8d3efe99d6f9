"""What a program needs that a Linux terminal lacks: another system, a screen, a device, someone."""

from __future__ import annotations

import re

from shellwright.skills.document import Call
from shellwright.skills.filters.programs import DEVICES, ELSEWHERE, INTERACTIVE, SCREEN

#: By which programs it is told, in the order in which it is told.
_TABLES = (
    (ELSEWHERE, "needs programs of macOS or Windows"),
    (SCREEN, "needs a screen"),
    (DEVICES, "needs a device"),
)
_PERSON = "needs a person at the terminal"
REASONS = (*(reason for _, reason in _TABLES), _PERSON)
_EDITOR = r"(?:^|\s)(?:-[eE]s|--headless)\b|\bw?qa?!?(?:\W|$)"
#: How programs that wait for a person are told not to.
_UNATTENDED = {
    "emacs": r"-batch\b|--script\b",
    "fzf": r"(?:^|\s)(?:-f|--filter)\b",
    "lynx": r"-dump\b|-source\b",
    "man": r"(?:^|\s)-[kfw]",
    "mutt": r"(?:^|\s)-s\b",
    "ncdu": r"(?:^|\s)-o",
    "nvim": _EDITOR,
    "screen": r"(?:^|\s)-(?:d|ls|list|X|S \S+ -X)",
    "top": r"(?:^|\s)-\w{0,5}b",
    "vi": _EDITOR,
    "vim": _EDITOR,
    "w3m": r"-dump",
}


def lacking(program: str) -> str:
    """What a program needs by its name alone, as the reason of a refusal, or nothing."""
    return next((reason for names, reason in _TABLES if program in names), "")


def lacking_call(call: Call) -> str:
    """What a call needs: the same, or a person, where the program asks or shows and waits."""
    reason = lacking(call.program)
    if reason or call.program not in INTERACTIVE:
        return reason
    unattended = _UNATTENDED.get(call.program)
    told = unattended is not None and re.search(unattended, " ".join(call.arguments)) is not None
    return "" if told else _PERSON
