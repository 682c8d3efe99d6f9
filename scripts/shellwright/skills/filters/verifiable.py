"""Whether a program can check what a skill's work leads to, with nothing from outside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shellwright.skills.document import Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.outside import TABLES
from shellwright.skills.filters.pages import page_verifiable
from shellwright.skills.filters.pieces import Piece, most_doubted, pieces, shares
from shellwright.skills.filters.programs import SECRET_SETTING
from shellwright.skills.filters.prose import ANSWERS, TASTE, told
from shellwright.skills.filters.verdicts import counted, failed, listed, passed

#: The most of the work that may need something from outside: an upload at the end, say.
_MOST_OUTSIDE = 0.2
#: The least of the work that is known to be at hand, for code to speak louder than words.
_LEAST_SETTLED = 0.5
#: So many calls that are at hand say as much as a script of the skill's own.
_FEW_CALLS = 4
_KEY_WORD = re.compile(
    r"\b(?:api[ _-]?keys?|access[ _-]?tokens?|oauth2?|bearer|api tokens?|log ?in to|sign (?:up|in)"
    r"|(?:your|with|needs?|requires?|enter|configure|set up|api|account|login|client) credentials"
    r"|client[ _-]secret|service account|(?:paid|active|premium) subscription|session cookies?"
    r"|auth(?:entication)? tokens?)\b|\b[a-z0-9]{2,30}_(?:api_key|token|secret)\b",
)
#: Services, and what is only ever so for the moment.
_SERVICE_WORD = re.compile(
    r"\b(?:real[- ]?time|live|mcp|kubernetes|ssh|balances?|shopping|browser|devtools|ipfs|feishu"
    r"|lark|wechat|finance data|sticker|quotas?|rate limits?|payments?|mint|bots?|today['’]?s?"
    r"|news|weather|forecast|prices?|stocks?|crypto\w*|markets?|trending|trading|tweets?|flights?"
    r"|track(?:ing)? (?:packages?|orders?)|search the web|web search|scrap\w*|cloud|email|gmail"
    r"|calendar|slack|discord|telegram|whatsapp|twitter|linkedin|reddit|youtube|notion|spotify"
    r"|instagram|on-?chain|blockchain|wallet|nft|solana|ethereum|bitcoin|social network"
    r"|network scan\w*|hosts?|lan|apis?|servers?|accounts?)\b"
)
#: What is said of services, and of files and programs at hand as well.
_LIVE_WORD = re.compile(
    r"\b(?:npm|deploy\w*|messag(?:es|ing)|apple|usage|current(?:ly)?|latest|browse"
    r"|website|internet|online|remote|github|gitlab|remind\w*|notif\w*|monitor\w*"
    r"|schedul\w*)\b"
)
#: What only a reader can judge, and what only a model does.
_TASTE_WORD = re.compile(
    r"\b(?:creative|tutor\w*|therap\w*|divination|brainstorm\w*|coach\w*|persona|conversation\w*"
    r"|write (?:blog|posts?|copy|stories|content|emails?)|storytell\w*|story|joke\w*|poem\w*|humor"
    r"|poetry|haikus?|limericks?|sonnets?|essays?|fiction|novels|opinions?"
    r"|advice|advis\w*|recommend\w*|research\w*|marketing|llms?|gpt|claude|gemini"
    r"|ai[- ](?:powered|generated|driven)|images? generation|generate images?|video generation"
    r"|text-to-\w+|speech|voice|transcri\w*|sub-?agents?|translate)\b"
)
#: What is said of these, and of what programs count, compare and keep as well.
_LOOSE_WORD = re.compile(
    r"\b(?:reasoning|adversarial|teach\w*|expert|guidance|style|design(?:s|er)?|feedback|review\w*"
    r"|strateg\w*|ideas?|plan(?:s|ning|ner)?|summar\w*|analy[sz]e|explain\w*|ai agents?|agents?"
    r"|memory|prompts?|semantic)\b"
)
_LIVE = "depends on live data or on a service"
#: What a person is asked for before there is an outcome.
_ASKING_WORD = re.compile(
    r"\b(?:ask(?:s|ing)?|interview(?:s|ing)?|quiz(?:zes|zing)?) (?:the |your )?(?:users?|humans?)\b"
)
_STRICT = ((_SERVICE_WORD, _LIVE), (_TASTE_WORD, TASTE), (_ASKING_WORD, ANSWERS))
_WORDS = (
    (_SERVICE_WORD, _LIVE),
    (_LIVE_WORD, _LIVE),
    (_TASTE_WORD, TASTE),
    (_LOOSE_WORD, TASTE),
    (_ASKING_WORD, ANSWERS),
)


def verifiable(material: Material) -> Verdict:
    """What calls out, needs credentials, asks a model, is left to chance or tells of the moment,
    fails. Code decides where it is there and known; words decide where it is not."""
    document = material.document
    if material.page:
        return page_verifiable(material)
    for setting in document.requirements.env:
        if SECRET_SETTING.search(setting):
            return failed("verifiable", "needs credentials", f"needs {setting}")
    required = (*document.requirements.bins, *document.requirements.any_bins)
    for names, reason in TABLES:
        found = [name for name in required if name in names and name not in ("curl", "docker")]
        if found:
            return failed("verifiable", reason, "needs " + ", ".join(found))
    work_pieces = pieces(material)
    if not work_pieces:
        return failed("verifiable", "leaves nothing that a program can check", document.description)
    outside, settled = shares(work_pieces)
    if outside > _MOST_OUTSIDE:
        return _needing(work_pieces)
    at_hand = settled >= _LEAST_SETTLED and _weighty(work_pieces)
    return _said(material, work_pieces, at_hand)


def _weighty(found: Sequence[Piece]) -> bool:
    """Whether what is at hand is work of some size: a script, or several calls."""
    kinds = Counter(piece.kind for piece in found if piece.settled)
    return kinds["script"] > 0 or kinds["call"] >= _FEW_CALLS


def _needing(found: Sequence[Piece]) -> Verdict:
    """The refusal by what most of the pieces need."""
    needy = [piece for piece in found if piece.needs]
    reason, _ = Counter(piece.needs for piece in needy).most_common(1)[0]
    return failed(
        "verifiable", reason, next(piece.quote for piece in needy if piece.needs == reason)
    )


def _said(material: Material, found: Sequence[Piece], at_hand: bool) -> Verdict:
    """What only words tell. Where the work is at hand they are heard less."""
    if not material.guards:
        match = _KEY_WORD.search(material.text.lower)
        script = any(piece.kind == "script" and piece.settled for piece in found)
        if match and not (at_hand and script and not _KEY_WORD.search(material.head)):
            return failed("verifiable", "needs credentials", material.text.quote(*match.span()))
    if not (at_hand and material.guards):
        for pattern, reason in _STRICT if at_hand else _WORDS:
            match = pattern.search(material.head)
            if match:
                return failed("verifiable", reason, _around(material.head, match))
    if not material.guards:
        asked = next(told(material.text), None)
        if asked is not None:
            return failed("verifiable", *asked)
    if not at_hand:
        unknown = [piece for piece in found if not piece.settled]
        if len(unknown) * 2 >= len(found):
            return _doubted(unknown)
    return _settled(found)


def _doubted(unknown: Sequence[Piece]) -> Verdict:
    """The refusal by what is not known of most of the pieces."""
    reason = most_doubted(unknown)
    if not reason:
        return _needing(unknown)
    quote = next(piece.quote for piece in unknown if piece.doubt == reason)
    return failed("verifiable", reason, quote)


def _settled(found: Sequence[Piece]) -> Verdict:
    """The pass, by what is known to be at hand and the files that it leaves; a script's name, or
    else the first call that leaves something, is the quote."""
    settled = [piece for piece in found if piece.settled]
    leaves = [name for piece in settled for name in piece.leaves]
    shown = min(settled, key=lambda piece: (piece.kind != "script", not piece.leaves))
    share = f"{len(settled)} of {counted(len(found), 'piece')} of its work"
    reason = f"only what is at hand is used by {share}"
    if leaves:
        reason += f", which leave {listed(leaves)}"
    return passed("verifiable", reason, shown.quote)


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 80) : match.end() + 80]
