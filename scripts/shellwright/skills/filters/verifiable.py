"""Whether a program can check what a skill's work leads to, with nothing from outside."""

from __future__ import annotations

import re

from shellwright.skills.document import Call, Verdict
from shellwright.skills.filters.linux import is_work
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.programs import (
    LIVE,
    LOCAL,
    MODELS,
    NETWORK,
    PLATFORM,
    PYTHON_MODELS,
    PYTHON_NETWORK,
    SECRET_SETTING,
    SERVERS,
)
from shellwright.skills.filters.pythoncode import imports
from shellwright.skills.filters.quoting import visible
from shellwright.skills.filters.threats.trust import addresses

_PUBLIC_PYTHON = PYTHON_NETWORK | {"urllib.request", "http.client"}
_KEY_WORD = re.compile(
    r"\b(?:api[ _-]?keys?|access[ _-]?tokens?|oauth2?|bearer|credentials|api tokens?|log ?in to"
    r"|sign (?:up|in)|client[ _-]secret"
    r"|service account|subscription|session cookies?|auth(?:entication)? tokens?)\b"
    r"|\b[a-z0-9]{2,30}_(?:api_key|token|secret)\b",
)
_LIVE_WORD = re.compile(
    r"\b(?:real[- ]?time|live|mcp|kubernetes|ssh|balances?|shopping|npm|browser|devtools|deploy\w*"
    r"|ipfs|feishu|lark|wechat|messag(?:es|ing)"
    r"|apple|finance data|sticker|usage|quotas?|rate limits?|server|account|payments?|mint|bots?|"
    r"current(?:ly)?|today['’]?s?|latest|news|weather|forecast|prices?"
    r"|stocks?|crypto|markets?|trending|tweets?"
    r"|flights?|track(?:ing)? (?:packages?|orders?)|search the web|web search|browse|scrap\w*"
    r"|website|internet|online|api|remote|cloud"
    r"|email|gmail|calendar|slack|discord|telegram|whatsapp|twitter|linkedin|reddit|youtube|notion"
    r"|spotify|github|gitlab|instagram"
    r"|remind\w*|notif\w*|monitor\w*|schedul\w*|on-?chain|blockchain|wallet|nft|solana|ethereum"
    r"|social network)\b"
)
_TASTE_WORD = re.compile(
    r"\b(?:creative|tutor\w*|therap\w*|reasoning|adversarial|teach\w*|divination|expert|guidance|"
    r"write (?:blog|posts?|copy|stories|content|emails?)|brainstorm\w*|coach\w*"
    r"|persona|conversation\w*|storytell\w*|story|joke\w*"
    r"|poem\w*|humor|style|design(?:s|er)?|advice|advis\w*|recommend\w*|feedback|review\w*"
    r"|research\w*|strateg\w*|marketing|ideas?|plan(?:s|ning|ner)?"
    r"|summar\w*|analy[sz]e|explain\w*|llms?|gpt|claude|gemini|ai[- ](?:powered|generated|driven"
    r"|agents?)|images? generation|generate images?|video generation"
    r"|text-to-\w+|speech|voice|transcri\w*|sub-?agents?|agents?|memory|prompts?|translate"
    r"|semantic)\b"
)
#: Those of them that are also said of what commands count and put together.
_COUNTED_WORD = re.compile(
    r"summar\w*|analy[sz]e|review\w*|style|plan\w*|design\w*|expert|feedback"
)
#: Programs whose outcome is exact: from the same input they make the same text, or the same files.
_EXACT = frozenset(
    """awk b2sum cmp comm csplit csvcut csvgrep csvjoin csvsort csvsql csvstat cut diff duckdb
    expand fgrep egrep find fold gawk grep gunzip gzip head join jq md5sum mlr nl numfmt paste
    patch sed seq sha1sum sha256sum sha512sum sort split sqlite3 tac tail tar tr unexpand uniq
    unzip wc xmllint xmlstarlet xsv yq zcat zip""".split()  # noqa: SIM905
)
_TIME = frozenset({"date", "cal", "uptime", "sleep"})


def verifiable(material: Material) -> Verdict:
    """What calls out, needs credentials, asks a model, or tells of the moment, fails."""
    document = material.document
    needs = document.requirements
    work = [call for call in document.calls if is_work(call) and call.program not in PLATFORM]
    if material.page:
        return _page(work or list(document.calls))
    for setting in needs.env:
        if SECRET_SETTING.search(setting):
            return _failed("needs credentials", f"needs {setting}")
    required = (*needs.bins, *needs.any_bins)
    for names, reason in _TABLES:
        found = [name for name in required if name in names and name not in ("curl", "docker")]
        if found:
            return _failed(reason, "needs " + ", ".join(found))
    for call in work:
        reason = _outside(call)
        if reason:
            return _failed(reason, " ".join((call.program, *call.arguments)))
    for code in document.code:
        if code.language == "python":
            for packages, reason in ((PYTHON_MODELS, "asks a model"), (_PUBLIC_PYTHON, _NETWORK)):
                used = sorted(imports(code.text, packages))
                if used:
                    return _failed(reason, f"imports {used[0]}")
        elif code.language in ("javascript", "typescript", "tsx", "jsx"):
            match = re.search(
                r"\b(?:fetch|axios(?:\.\w+)?)\(|require\(['\"]https?['\"]|from ['\"](?:openai"
                r"|axios|@[\w-]+/sdk)",
                code.text[:60_000],
            )
            if match:
                return _failed(_NETWORK, match[0])
        elif code.language in ("http", "graphql", "solidity"):
            return _failed(_NETWORK, code.text)
    return _said(material, work)


def _said(material: Material, work: list[Call]) -> Verdict:
    """What only words tell, and what nothing can be checked for."""
    has_scripts = bool(material.script_codes)
    body = material.text
    match = _KEY_WORD.search(body.lower)
    if match and not (has_scripts and work and not _KEY_WORD.search(material.head)):
        return _failed("needs credentials", body.quote(*match.span()))
    match = _LIVE_WORD.search(material.head)
    if match:
        return _failed("depends on live data or on a service", _around(material.head, match))
    matches = list(_TASTE_WORD.finditer(material.head))
    exact = bool(work) and all(call.program in _EXACT for call in work)
    match = next(
        (each for each in matches if not (exact and _COUNTED_WORD.fullmatch(each[0]))), None
    )
    if match:
        return _failed("has an outcome that only taste can judge", _around(material.head, match))
    named = {call.program for call in work if "/" not in call.program}
    unknown = sorted(name for name in named - LOCAL if not name.endswith((".sh", ".py", ".js")))
    if unknown and len(unknown) * 2 >= len(named):
        return _failed("rests on programs that may call out", ", ".join(unknown))
    programs = [
        code
        for code in material.document.code
        if code.language in ("python", "javascript", "typescript", "sql", "go", "rust")
    ]
    if not work and not programs:
        return _failed("leaves nothing that a program can check", material.document.description)
    if work and all(call.program in LIVE | _TIME for call in work):
        return _failed("tells of this machine or this moment", work[0].program)
    return Verdict("verifiable", True)


def _outside(call: Call) -> str:
    """What a call needs from outside, or nothing."""
    name = call.program.rpartition("/")[2]
    words = " ".join(call.arguments)
    if name in ("curl", "wget"):
        named = addresses(words)
        local = named and all(
            place.host in ("localhost", "127.0.0.1", "0.0.0.0") for place in named
        )
        installing = call.arguments and any(
            place.path.endswith((".sh", "/install", ".deb", ".tar.gz", ".zip")) for place in named
        )
        return "needs a running server" if local else "" if installing else _NETWORK
    if name in ("npx", "bunx"):
        words = words.lower()
        return _NETWORK if re.search(r"mcp|agent|wrangler|vercel|skill", words) else ""
    if name == "rsync":
        return _NETWORK if re.search(r"\S@\S+:|\w:[/~]", words) else ""
    if name == "git":
        return _NETWORK if call.arguments[:1] in (("push",), ("pull",), ("fetch",)) else ""
    return next((reason for names, reason in _TABLES if name in names), "")


def _page(work: list[Call]) -> Verdict:
    """A page fails where its own program, the one that it shows most, needs something."""
    if not work:
        return _failed("leaves nothing that a program can check", "")
    counts: dict[str, int] = {}
    for call in work:
        counts[call.program] = counts.get(call.program, 0) + 1
    for names, reason in (*_TABLES, (LIVE | _TIME, "tells of this machine or this moment")):
        for name, count in counts.items():
            if name in names and count * 2 >= len(work):
                return _failed(reason, name)
    return Verdict("verifiable", True)


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 80) : match.end() + 80]


def _failed(reason: str, evidence: str) -> Verdict:
    return Verdict("verifiable", False, reason, visible(evidence))


_NETWORK = "calls a service on the network"
_TABLES = ((NETWORK, _NETWORK), (MODELS, "asks a model"), (SERVERS, "needs a running server"))
