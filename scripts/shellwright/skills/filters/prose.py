"""What a skill's prose tells its reader to do that no program can check, or not without others.

Only what is told counts: the start of a sentence, of a step or of an item, outside of code. "If
something is missing, ask the user" is no part of the work, and "no account is needed" asks for
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.text import Text

TASTE = "has an outcome that only taste can judge"
ACCOUNT = "needs an account"
ANSWERS = "depends on what a person answers"

_BEGIN = (
    r"(?:^|(?<=[.!?][ \n]))[ \t>]{0,12}(?:(?:[-*+•]|\d{1,2}[.)]|#{1,6}|\[[ x]\])[ \t]{1,3}){0,2}"
    r"(?:\*\*|__)?(?:(?:then|first|next|finally|now|always|also|and|please|step \d{1,2}|you (?:must"
    r"|should|will|need to|have to))[,.:]?[ \t]{1,2}){0,2}"
)
_SOME = r"(?:(?:an?|the|your|some|one|two|three|\d{1,2}) )?(?:(?!and )[\w'’-]{1,20},? ){0,3}?"
_PERSON = r"(?:the |your |a )?(?:users?|humans?|owner|person|customer|operator)\b"
_WORK_OF_WORDS = (
    r"(?:poems?|poetry|haikus?|limericks?|sonnets?|verses|essays?|(?<!user )stor(?:y|ies)|songs?"
    r"|lyrics|jokes?|puns?|opinions?|blog ?posts?|speeches|novels?|tales?|fables?|slogans?"
    r"|taglines?|love letters?|diary entr(?:y|ies)|reflections?)\b(?![/.]\w)"
)
_ACCOUNT = r"(?:an?|your) (?:[\w.-]{1,20} ){0,3}(?:accounts?|subscription)\b"
_OPEN = (
    r"(?:create|open|set up|get) (?:an?|your) (?:[\w-]{1,20} ){0,2}accounts?\b"
    r"(?! (?:class|object|model|file|record|table|row|type|name|wallet))"
)
_ADMIRED = r"(?:creative|witty|catchy|funny|humorous|heartfelt|poetic)"
_ANSWER = r"(?:answers?|approval|choices?|confirmation|consent|feedback|input|preferences|wishes)"
#: What is asked for, by the reason against it; each behind the start of a sentence.
_ASKED = {
    ACCOUNT: (
        r"sign up\b",
        r"register (?:at|on|with|for)\b",
        r"log ?in (?:with|to|at)\b",
        _OPEN,
        rf"(?:go to|visit) \S{{1,60}} (?:and|to) (?:{_OPEN}|sign up|register)",
        rf"(?:make sure (?:that )?)?(?:it |this skill |you )?(?:needs?|requires?|have) {_ACCOUNT}",
        rf"{_ACCOUNT} (?:is|are) (?:required|needed|necessary)",
    ),
    ANSWERS: (
        rf"(?:ask|interview|prompt|consult|quiz|survey|question) {_PERSON}",
        r"ask (?:them|which|what|whether|how many)\b",
        rf"wait for {_PERSON}",
        rf"(?:get|obtain|collect|gather|ask for|request) {_PERSON}(?:['’]s?)? {_ANSWER}\b",
        rf"(?:get|obtain|collect|gather|request) (?:\w{{1,20}} ){{0,3}}{_ANSWER} from {_PERSON}",
        rf"(?:let|have) {_PERSON} (?:choose|pick|decide|select|confirm|approve|answer)",
        rf"(?:confirm|check|agree|discuss) (?:\w{{1,20}} ){{0,3}}with {_PERSON}",
        r"(?:show|present) [^.\n]{1,60} and (?:wait for|let (?:them|the user))\b",
    ),
    TASTE: (
        rf"(?:write|compose|draft|craft|tell|invent|make up|create|generate|come up with) {_SOME}"
        rf"(?:{_WORK_OF_WORDS}|{_ADMIRED}\b)",
        r"(?:give|share|state|express|offer|add) (?:your|an|its|his|her) (?:[\w-]{1,20} ){0,2}"
        r"(?:opinions?|feelings?|taste)\b",
        r"(?:say|tell|write) what you (?:think|feel)\b",
        rf"(?:rate|judge|score) how (?:{_ADMIRED}|beautiful|nice|pretty|interesting|moving|good)\b",
        r"(?:judge|decide|say|pick|choose) [^.\n]{1,40}\b(?:sounds|looks|feels) (?:best|nicest)\b",
        r"(?:pick|choose|select) the (?:most (?:beautiful|interesting|moving|funny)|nicest"
        r"|funniest|prettiest)\b",
    ),
}
_TOLD = {
    reason: re.compile(f"{_BEGIN}(?:{'|'.join(asked)})", re.MULTILINE)
    for reason, asked in _ASKED.items()
}
#: An item in a list of what the whole skill needs.
_ITEM = re.compile(
    r"^[ \t]{0,4}[-*+][ \t]{1,3}(?:\*\*)?(?:an? )?(?:[\w.-]{1,20} ){1,3}account(?:\*\*)?"
    r"[ \t]{0,3}(?:$|[(:—–-])",
    re.MULTILINE,
)
_NEEDS = re.compile(r"\b(?:prerequisites?|requirements?|you need|before you)\b")
#: What makes of such a sentence what is done in some cases only.
_CASE = re.compile(
    r"\b(?:when|whenever|unless|optional\w*|only if|in case|where (?:it|there)|if (?:it|there|this"
    r"|that|the|no|not|any|you|unclear|unsure|in doubt|needed|necessary|missing|applicable"
    r"|possible|asked|something|anything))\b"
)
_END = re.compile(r"[.!?](?:\s|$)|\n")


def told(text: Text) -> Iterator[tuple[str, str]]:
    """What the text tells to do of this kind: the reason against it, and the line."""
    for reason, pattern in _TOLD.items():
        for match in pattern.finditer(text.lower):
            start, end = match.span()
            ends = _END.search(text.lower, end)
            sentence = text.lower[start : ends.start() if ends else len(text.lower)]
            if not (text.in_code(start) or _CASE.search(sentence)):
                yield reason, text.quote(end - 1, end)
    for match in _ITEM.finditer(text.lower):
        if _NEEDS.search(text.heading(match.start())) and not text.in_code(match.start()):
            yield ACCOUNT, text.quote(*match.span())
