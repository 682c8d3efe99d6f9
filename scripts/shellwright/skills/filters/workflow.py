"""Whether a skill tells a piece of work in concrete actions."""

from __future__ import annotations

import re

from shellwright.skills.document import Call, Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.programs import PLATFORM, is_work
from shellwright.skills.filters.quoting import visible

_MIN_BODY = 150
_MIN_STEPS = 3
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
_TELLING = frozenset({"--help", "--version"})
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
        return _failed("is empty or a stub", body)
    if material.page:
        different = {(call.program, call.arguments) for call in document.calls if _does(call)}
        if len(different) >= 2:
            return Verdict("workflow", True)
        return _failed("has fewer than two commands", body)
    match = _PLACEHOLDER.search(body[:3000].lower())
    if match and len(body) < 1200:
        return _failed("is a placeholder", body[max(0, match.start() - 60) : match.end() + 60])
    work = [call for call in document.calls if is_work(call) and call.program not in PLATFORM]
    different = {(call.program, call.arguments[:2]) for call in work}
    programs = sum(
        code.language
        in ("python", "javascript", "typescript", "sql", "http", "tsx", "jsx", "go", "rust")
        and len(code.text) > 40
        for code in document.code
    )
    if len(different) >= 2 or programs >= 2 or (different and programs):
        return Verdict("workflow", True)
    steps = list(_STEP.finditer(material.text.lower))
    actions = len(different) + programs + len(document.calls)
    if _PERSONA.search(material.head) and actions < 2:
        return _failed("tells how to think or write, not what to do", document.description)
    if actions >= 1 and len(steps) + actions >= 3:
        return Verdict("workflow", True)
    if len(steps) >= _MIN_STEPS and any(_names_something(material, step) for step in steps):
        return Verdict("workflow", True)
    if len(body) < 600:
        return _failed("is a stub", body)
    return _failed("has fewer than two concrete actions", document.description)


def _does(call: Call) -> bool:
    """Whether a call does more than tell about a program, or of another page."""
    return call.program != "tldr" and not _TELLING.issuperset(call.arguments or ("",))


def _names_something(material: Material, step: re.Match[str]) -> bool:
    """Whether a step says what it works on or with; advice names nothing."""
    start = step.end() - len(step[0].lstrip())
    return _NAMED.search(material.text.lower, start, material.text.line(start)[1]) is not None


def _failed(reason: str, evidence: str) -> Verdict:
    return Verdict("workflow", False, reason, visible(evidence))
