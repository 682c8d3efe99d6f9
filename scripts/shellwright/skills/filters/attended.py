"""Whether a skill's work waits for a person: at an editor, a prompt, a password or a conversation.

One command among many that waits is a way to look or to mend. A share of a third is the work
itself. So is a numbered step that only asks; one that only opens an editor says what to edit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.places import PERSON, asks, lacking_call
from shellwright.skills.filters.verdicts import as_written
from shellwright.skills.reading.shellcode import calls

#: The least share of the calls of one kind that makes the work one of that kind.
LEAST_SHARE = 1 / 3
_STEP = re.compile(r"\W{0,6}(?:(?:step|phase)\s{0,2}\d|\d{1,2}\s{0,2}[.:)–—-])")
#: What tells that a step may be left out, or done in another way.
_CHOICE = re.compile(
    r"\b(?:optional\w*|alternative\w*|or|either|manual\w*|instead|e\.g|for example|if|may|can)\b"
)
#: Where one of these is set, a program is the editor.
_EDITOR = re.compile(r"(?:EDITOR|VISUAL|core\.editor|sequence\.editor)=")


def attended(material: Material, work: Sequence[Call]) -> Sequence[str]:
    """The calls for which the work needs a person, as they are written; none where it needs nobody.
    `work` is what the skill calls."""
    code = material.document.code
    questions = [call for each in code for call in _questions(each)]
    asking = [call for call in work if asks(call) and not _EDITOR.search(code[call.block].text)]
    waiting = [*asking, *questions, *(call for call in work if lacking_call(call) == PERSON)]
    if len(waiting) >= LEAST_SHARE * (len(work) + len(questions)):
        return list(dict.fromkeys(map(as_written, waiting)))
    only_ask = frozenset(asking)
    blocks = defaultdict(list)
    for call in work:
        blocks[call.block].append(call)
    steps = (
        [as_written(call) for call in block]
        for place, block in blocks.items()
        if only_ask.issuperset(block) and _is_step(material, code[place])
    )
    return next(steps, [])


def waits(call: Call) -> bool:
    """Whether a call by itself waits for a person."""
    return asks(call) or lacking_call(call) == PERSON


def _questions(code: Code) -> list[Call]:
    """Where a block of shell code asks who runs it, and waits. A script is not looked into: most
    that ask set something up once, and can be told the answers."""
    if code.script or code.language != "sh" or "read" not in code.text:
        return []
    return [call for call in calls(code.text, asked=True) if call.program == "read" and asks(call)]


def _is_step(material: Material, code: Code) -> bool:
    """Whether a block of code is a step of its own that cannot be left out."""
    first = code.text.strip().partition("\n")[0]
    place = material.text.original.find(first)
    if code.script or place < 0:
        return False
    above = (code.heading.lower(), material.text.line_above(place))
    return any(map(_STEP.match, above)) and not any(map(_CHOICE.search, above))
