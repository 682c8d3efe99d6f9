"""Words that turn the reader against its instructions or against the user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.rule import Rule, Threat, matches_read, rule

_USER = r"(?:the |your )?(?:users?|human|operator|owner|customer)"
#: Orders that no text has a use for, wherever it stands.
_ORDERS: tuple[Rule, ...] = (
    rule(
        "tells the reader to ignore its instructions",
        "ignore;disregard;forget;override",
        r"\b(?:ignore|disregard|forget|override|bypass)\b (?:(?:all|any|your|the|my|these"
        r"|of) ){0,3}"
        r"(?:previous|prior|above|earlier|existing|system|safety|other|default|original)"
        r" (?:security |safety |system )?(?:instructions?|prompts?|rules?|guidelines?|directives?"
        r"|polic(?:y|ies)|constraints?|checks?)",
    ),
    rule(
        "asks for an unrestricted persona",
        "you are ",
        r"\byou are (?:now )?(?:an? )?(?:dan\b|unrestricted|uncensored|unfiltered|jailbroken"
        r"|in (?:developer|god|maintenance|admin) mode)",
    ),
    rule(
        "tells to hide something from the user",
        "tell;inform;mention;reveal;notify;disclose;alert;show;let ",
        r"\b(?:do not|don['’]t|never|must not|without|avoid|no need to)\b (?:ever )?(?:tell|inform"
        r"|mention|reveal"
        r"|notify|disclose|alert|telling|informing|mentioning|notifying|revealing|disclosing"
        r"|alerting)\w*"
        r"\b(?:(?! - )[^\n.;—–(]){0,60}?\b" + _USER + r"\b(?! to (?:run|use|do|go|open|type))",
        firm=True,
    ),
    rule(
        "tells to hide something from the user",
        "hide;conceal;secret;between us;between you and me;silently"
        ";knowledge;knowing;invisible;aware;behind the scenes",
        r"\bkeep (?:this|it|that) (?:strictly )?between (?:us|you and me)\b"
        r"|\b(?:hide|conceal\w*|keep (?:this|it|that) (?:a )?secret"
        r"|secretly?)\b[^\n.;]{0,40}\bfrom "
        + _USER
        + r"|\b(?:user|human|owner) (?:must|should|will) (?:not|never) (?:know|notice|see|be aware"
        r"|find out|learn)",
        firm=True,
    ),
    rule(
        "tells to hide something from the user",
        "show;silently",
        r"\b(?:do not|don['’]t|never|must not)\b (?:ever )?show\b[^\n.;]{0,50}"
        r"\b(?:commands?|paths?|steps|fees?|costs?|prices?)\b[^\n.;]{0,50}\b(?:to )?" + _USER,
        firm=True,
    ),
)
#: Orders that are to hold beyond the skill's work, or that put it above its reader's own.
_STANDING: tuple[Rule, ...] = (
    rule(
        "writes standing orders for the reader",
        "claude.md;agents.md;gemini.md;memory.md;soul.md",
        r"\b(?:store|save|write|add|append|put|record|keep|insert)\b[^\n.]{0,20}"
        r"\b(?:this|these|the following|the above|that)\b[^\n.]{0,20}"
        r"\b(?:rules?|instructions?|orders?|directives?|polic(?:y|ies))\b[^\n]{0,50}"
        r"(?:~|\$home|/root|/home/\w{1,30})/\.\w{1,20}/(?:[\w.-]{1,40}/){0,4}"
        r"(?:claude|agents|gemini|memory|soul)\.md",
        firm=True,
    ),
    rule(
        "tells to hide something from the user",
        "out of ;omit;from your",
        r"\b(?:leave|keep)\b (?:steps? [\w, ]{1,20}|(?:this|that|these|those) (?:steps?|commands?"
        r"|parts?|actions?|changes?)) out of (?:your|the|any|every) (?:\w{1,15} )?"
        r"(?:summar(?:y|ies)|reports?|answers?|repl(?:y|ies)|responses?|explanations?|logs?)\b"
        r"|\b(?:omit|drop|remove|exclude)\b (?:steps? [\w, ]{1,20}|(?:this|that) (?:step|command"
        r"|action)) from your (?:\w{1,15} )?(?:summary|report|answer|reply|response|explanation)\b",
        firm=True,
    ),
    rule(
        "claims power over the reader",
        "rank;precedence;outrank;prevail",
        r"\b(?:ranks? (?:above|over|higher than)|outranks?|takes? precedence over"
        r"|prevails? over)\b[^\n.;]{0,20}(?:\b(?:what|anything|everything|whatever|all)\b"
        r"[^\n.;]{0,20}\byou (?:were|are|have been|had been) (?:told|given|instructed|taught)"
        r"|\byour (?:system prompt|(?:\w{1,15} )?(?:instructions|orders|directives)))",
    ),
)
#: What a skill says of itself. Texts beside it and scripts speak of such things without asking.
_CLAIMS: tuple[Rule, ...] = (
    rule(
        "asks for an unrestricted persona",
        "you are now;act as;you are an;jailbreak;unrestricted;uncensored;restrictions"
        ";developer mode"
        ";no limits;unfiltered;no rules;unbound;liberat",
        r"\b(?:no|without(?: any)?|free (?:of|from)) (?:\w{1,15} )?"
        r"(?:ethical|moral|content|safety|censorship)[ -](?:\w{1,15} )?(?:restrictions?|limits?"
        r"|guidelines?|filters?|constraints?)"
        r"|\b(?:jailbreak|jailbroken|unrestricted (?:ai|mode|access|assistant)|uncensored"
        r"|unfiltered (?:ai|mode|truth"
        r"|assistant)|god ?mode|no (?:restrictions|limits|rules|filters) (?:mode|persona)"
        r"|unshackled)",
    ),
    rule(
        "tells to hide something from the user",
        "hidden",
        r"\bhidden\b[^\n.;]{0,40}\bfrom " + _USER,
        firm=True,
    ),
    rule(
        "tells the reader to get round safety rules",
        "bypass;circumvent;evade;override;safety;content polic;guideline;filter",
        r"\b(?:bypass|circumvent|evade|override|get around|defeat|disable"
        r"|turn off)\w*\b[^\n.]{0,40}\b(?:safety"
        r"|content|moderation|nsfw|ethical|guardrails?)\s?(?:filters?|polic(?:y|ies)|guidelines?"
        r"|checks?"
        r"|restrictions?|guardrails?|protocols?|checker)?\b",
    ),
    rule(
        "claims power over the reader",
        "highest priority;overrides;supersede;must obey;always obey;obey;absolute;mandatory"
        ";system override",
        r"\b(?:overrides?|supersedes?)\b (?:all|any|every)(?: of)?(?: your| the)?(?: other"
        r"| previous| prior| system)?"
        r" (?:instructions?|rules?|prompts?|guidelines?|directives?)|\b(?:must|always) obey\b"
        r"|\bsystem override\b",
    ),
)
#: A page tells of options that ask nothing.
_UNASKED: tuple[Rule, ...] = (
    rule(
        "tells to act without asking the user",
        "ask;confirm;permission;approval;consent;wait for",
        r"\b(?:do not|don['’]t|never|no need to|stop) (?:ever )?(?:ask|asking|wait|waiting|request"
        r"|requesting|seek"
        r"|seeking)\b(?: for)?(?: (?:the|your|any|a|user|human|their|his|her"
        r"|explicit)){0,3} ?(?:['’]s )?"
        r"(?:permission|confirmation|approval|consent)\b",
        firm=True,
    ),
    rule(
        "tells to act without asking the user",
        "without",
        r"\bwithout (?:any |the )?(?:user|human|your|explicit|manual"
        r"|owner)(?:['’]s)? (?:permission|confirmation"
        r"|approval|consent|knowledge|knowing|awareness|noticing|visibility|oversight"
        r"|supervision)\b",
    ),
)
#: How much of a text is searched for comments.
_MAX_COMMENTED = 60_000
_COMMENT = re.compile(r"<!--(.{20,3000}?)-->", re.DOTALL)
_ORDER = re.compile(
    r"\b(?:ignore|you must|send|upload|curl|http|do not (?:mention|tell|inform)|agent|assistant"
    r"|system:"
    r"|silently|credential|api key|instructions?)\b"
)
_STRONG = re.compile(
    r"\b(?:ignore (?:all |previous )|do not (?:mention|tell|inform)|system:|send (?:all|the|your)"
    r"|curl "
    r"|https?://\S{1,200}(?:verify|collect|webhook)|assistants?\b.{0,60}\b(?:must|should))"
)
_FAKE = re.compile(
    r"<\s{0,2}/?\s{0,2}(?:system|system-reminder|im_start|\|im_start\|)\s{0,2}>|\[/?inst\]"
    r"|<\|im_start\|>"
)


def injection(material: Material) -> Iterator[Threat]:
    """Orders to the reader that its user has not given, in all that it may read."""
    said = (*_ORDERS, *_STANDING, *_CLAIMS, *(() if material.page else _UNASKED))
    for text in (material.text, material.front):
        yield from matches_read(said, material, text)
        yield from _disguised(material, text)
    for text in material.beside:
        yield from matches_read((*_ORDERS, *_STANDING), material, text)
        yield from _disguised(material, text)
    for script in material.scripts:
        yield from matches_read(_ORDERS, material, script)


def _disguised(material: Material, text: Text) -> Iterator[Threat]:
    """Orders in comments that are not shown, and such as seem to come from elsewhere."""
    for each in (text, text.plain):
        for match in _COMMENT.finditer(each.lower[:_MAX_COMMENTED]):
            if len(_ORDER.findall(match[1])) >= 2 and _STRONG.search(match[1]):
                yield Threat("hides orders in a comment", each.exact(*match.span()))
                break
        fake = _FAKE.search(each.lower)
        if fake and not material.mentioned(each, fake.start(), fake.end()):
            yield Threat("poses as the system", each.quote(*fake.span()))
