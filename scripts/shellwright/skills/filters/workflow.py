"""Whether a skill tells a piece of work in concrete actions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shellwright.skills.document import Call, Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.programs import only_tells, work_of
from shellwright.skills.filters.verdicts import as_written, counted, failed, named, passed

_MIN_BODY = 150
_MIN_STEPS = 3
#: Characters of a piece of code that does something.
_MIN_CODE = 40
_PROGRAMS = frozenset("python javascript typescript sql http tsx jsx go rust".split())  # noqa: SIM905
_PLACEHOLDER = re.compile(
    r"\b(?:todo|tbd|coming soon|lorem ipsum|work in progress|placeholder skill|describe (?:your"
    r"|the) skill here"
    r"|replace with description)\b"
)
_STEP = re.compile(
    r"^[ \t]{0,8}(?:\d{1,2}[.)]|[-*+]|#{2,4}[ \t]{1,3}(?:step"
    r"|phase)?[ \t]{0,2}\d{1,2}[.:)]?)[ \t]+(?:\[[ x]\][ \t]+)?"
    r"(?:\*\*|`)?(?:step[ \t]\d{1,2}[:.]?[ \t]*)?(?:first|then|next|finally)?,?[ \t]*"
    r"(?:run|execute|create|open|edit|copy|install|download|fetch|save|write|append|move|rename"
    r"|delete|remove|call|send|post|query|parse|convert|extract|export|import|build|compile|deploy"
    r"|start|stop|restart|configure|clone|commit|push|pull|add|update|upload|generate|load|read"
    r"|scan|search|list|merge|split|count|validate|test|set|launch|log in|navigate|click|fill|use"
    r"|collect|gather|backup|back up|restore|check|verify|make|put|replace|store|record)\b",
    re.MULTILINE,
)
_NAMED = re.compile(r"`[^`\n]{2,}`|https?://")
_PERSONA = re.compile(
    r"\b(?:you are (?:an? |the )|act as|persona|roleplay|role-play|tone of voice|character|mindset"
    r"|coach(?:ing)?|therap\w*"
    r"|companion|personality|archetype|philosoph\w*|mentor|brainstorm\w*|copywriting|storytelling"
    r"|writing style"
    r"|prompt (?:engineering|templates?|library|expert)|framework for thinking|thinking partner"
    r"|humaniz\w*|expert in)\b"
)


def workflow(material: Material) -> Verdict:
    """Two actions that hang together, at least."""
    document = material.document
    body = document.body
    if len(body.strip()) < _MIN_BODY and not document.calls:
        return failed("workflow", "is empty or a stub", body)
    if material.page:
        shown = {(call.program, *call.arguments): None for call in document.calls if _does(call)}
        if len(shown) >= 2:
            reason = f"shows {len(shown)} different commands"
            return passed("workflow", reason, " ".join(next(iter(shown))))
        return failed("workflow", "has fewer than two commands", body)
    match = _PLACEHOLDER.search(body[:3000].lower())
    if match and len(body) < 1200:
        around = body[max(0, match.start() - 60) : match.end() + 60]
        return failed("workflow", "is a placeholder", around)
    work = work_of(document.calls)
    different = {(call.program, *call.arguments[:2]): call for call in work}
    programs = [
        code for code in document.code if code.language in _PROGRAMS and len(code.text) > _MIN_CODE
    ]
    if len(different) + len(programs) >= 2:
        done = _counted((len(different), "different command"), (len(programs), "code block"))
        quote = as_written(work[0]) if work else named(programs[0])
        return passed("workflow", f"has {done}", quote)
    steps = list(_STEP.finditer(material.text.lower))
    actions = len(different) + len(programs) + len(document.calls)
    if _PERSONA.search(material.head) and actions < 2:
        reason = "tells how to think or write, not what to do"
        return failed("workflow", reason, document.description)
    telling = [step for step in steps if _names_something(material, step)]
    if (actions >= 1 and len(steps) + actions >= 3) or (len(steps) >= _MIN_STEPS and telling):
        done = _counted((len(steps), "step"), (len(document.calls), "command"))
        return passed("workflow", f"has {done}", _shown(material, telling or steps))
    if len(body) < 600:
        return failed("workflow", "is a stub", body)
    return failed("workflow", "has fewer than two concrete actions", document.description)


def _counted(*parts: tuple[int, str]) -> str:
    """How many of each there are, those left out of which there are none."""
    return " and ".join(counted(number, what) for number, what in parts if number)


def _shown(material: Material, steps: Sequence[re.Match[str]]) -> str:
    """The line of the first of some steps, or else the first command."""
    if steps:
        return material.text.quote(_begins(steps[0]), steps[0].end())
    return as_written(material.document.calls[0])


def _does(call: Call) -> bool:
    """Whether a call does more than tell about a program, or of another page."""
    return call.program != "tldr" and not only_tells(call)


def _names_something(material: Material, step: re.Match[str]) -> bool:
    """Whether a step says what it works on or with; advice names nothing."""
    start = _begins(step)
    return _NAMED.search(material.text.lower, start, material.text.line(start)[1]) is not None


def _begins(step: re.Match[str]) -> int:
    return step.end() - len(step[0].lstrip())
