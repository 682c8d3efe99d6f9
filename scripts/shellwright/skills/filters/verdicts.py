"""How a filter words what it decided: a short reason, and a quote of what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from shellwright.skills.document import Call, Code, Verdict
from shellwright.skills.filters.quoting import visible

_MOST_LISTED = 5
_LONGEST_LISTED = 40


def passed(name: str, reason: str, evidence: str) -> Verdict:
    """The filter `name` lets a skill pass; both are written as for a refusal."""
    return Verdict(name, True, visible(reason), visible(evidence))


def failed(name: str, reason: str, evidence: str) -> Verdict:
    """The filter `name` refuses a skill."""
    return Verdict(name, False, reason, visible(evidence))


def as_written(call: Call) -> str:
    """A call as it is quoted."""
    return " ".join((call.program, *call.arguments))


def named(code: Code) -> str:
    """A piece of code as it is quoted: a script by its path, a block by its text."""
    return code.heading if code.script else code.text


def counted(number: int, what: str) -> str:
    """A number of things: `1 command`, `3 commands`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def listed(names: Iterable[str]) -> str:
    """The first few of some names, each once, and how many more there are."""
    each = list(dict.fromkeys(names))
    shown = ", ".join(name[:_LONGEST_LISTED] for name in each[:_MOST_LISTED])
    more = len(each) - _MOST_LISTED
    return f"{shown} and {more} more" if more > 0 else shown
