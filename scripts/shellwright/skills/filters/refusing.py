"""Whether a command is quoted as something to refuse: asked of what must not be missed.

A heading or a "not" somewhere in the sentence is not enough. The words must refuse the command
itself, next to it; a block of code is refused by the line above it or by a comment of its own.
"""

from __future__ import annotations

import re

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.inlinecode import BlockBeside, InlineCode
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.text import Text

_DOING = (
    r"(?:run|execut\w*|pip(?:e|ing)|past(?:e|ing)|us(?:e|ing)|install\w*|allow\w*|accept\w*"
    r"|trust\w*|follow\w*|call\w*|do|doing|type|typing|download\w*|write|writing)"
)
#: Words after which the sentence asks for something after all.
_TURN = r"\b(?:unless|without|until|before|instead|but|then|if|when|run|use)\b"
_REFUSING = (
    r"(?:\b(?:never|don['’]?t|do not|must not|should not|shouldn['’]?t|avoid|refuse to|not to)"
    r"\s+(?:ever |just |blindly |directly )?"
    + _DOING
    + r"\b|\b(?:reject|refuse|avoid|beware of)s?\b|\bred flags?\b)(?:(?!"
    + _TURN
    + r")[^,]){0,60}$"
    # What a detector looks for, with hardly a word before the command.
    r"|\b(?:it|this(?: \w{1,20})?|scanner|linter|checker|detector|audit|tool)\s(?:also\s)?"
    r"(?:flags|detects|reports|catches|rejects|(?:looks|scans|searches|checks) for"
    r"|warns (?:about|of|on))"
    r"(?:\s(?:patterns?|commands?|lines?|constructs?|calls?|such as|like|as|any|of|the)){0,4}"
    r"[\s`\"']{0,4}$"
)
_CLAUSE_REFUSES = re.compile(_REFUSING)
_LABEL = re.compile(
    r"^[\W_]*(?:bad|wrong|dangerous|unsafe|malicious|suspicious|red flags?|forbidden|prohibited"
    r"|anti-?patterns?)\b\W*(?:\w+\W+){0,3}$|^[\W_]*avoid (?:this|these|it)\b\W*$"
)
_SIGN = re.compile(r"^[\s>*-]*[❌🚫⛔]")
_AFTER = re.compile(
    r"^[`'\")*\s|]{0,6}(?:attempts?|attacks?|patterns?|(?:(?:is|are)\s)?(?:prohibited|forbidden"
    r"|not allowed|dangerous|unsafe|malicious|a red flag))\b"
)
_HEADING = re.compile(
    r"^\W*(?:red flags?|never|don['’]?ts?|do not|anti-?patterns?|malicious|prohibited|forbidden"
    r"|examples? of|what (?:not|never) to)\b|[❌🚫⛔]"
)
_CLAUSE = re.compile(r"[.;!?](?:\s|$)|\s[—–-]\s")


def refused(text: Text, start: int, end: int) -> bool:
    """Whether the words around a command refuse it. In a script nothing does: it would run."""
    if text.script:
        return False
    first, last = text.line(start)
    before, after = text.lower[first:start], text.lower[end:last]
    if text.in_code(start):
        return _SIGN.match(before) is not None or _refuses(text.line_above(start))
    return bool(
        _CLAUSE_REFUSES.search(_CLAUSE.split(before)[-1])
        or _SIGN.match(before)
        or _AFTER.search(after)
        or _HEADING.search(text.heading(start))
    )


def refused_call(material: Material, code: Code, call: Call) -> bool:
    """Whether the words above a block of code, or a comment in it, refuse a call. One within prose
    need only be spoken of."""
    if material.guards:
        return True
    if isinstance(code, InlineCode):
        return spoken_of(material, code)
    text = code.within if isinstance(code, BlockBeside) else material.text
    start = text.original.find(code.text.strip()) if not code.script else -1
    if start < 0:
        return False
    words = sorted((*call.arguments, call.program), key=len)
    place = text.original.find(words[-1], start)
    return refused(text, place, place + 1) if place >= 0 else False


def spoken_of(material: Material, code: Code) -> bool:
    """Whether code stands within prose that only speaks of it."""
    return isinstance(code, InlineCode) and material.mentioned(code.within, code.start, code.end)


def _refuses(line: str) -> bool:
    """Whether a line of prose, or a comment, refuses the code below it."""
    words = line.strip().rstrip(":").strip("*_ ")
    return bool(_SIGN.match(line) or _LABEL.match(words) or _CLAUSE_REFUSES.search(words))
