"""Credentials and private data that are sent away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.document import Call
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused, refused_call, spoken_of
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.copies import Copies
from shellwright.skills.filters.threats.keys import issued_key, literal_key
from shellwright.skills.filters.threats.leaks import PASSWORDS, leaks
from shellwright.skills.filters.threats.pipes import program_of
from shellwright.skills.filters.threats.rule import Rule, Threat, hits, matches, rule
from shellwright.skills.filters.threats.sending import sent_away
from shellwright.skills.filters.threats.trust import addresses

_PRIVATE = (
    r"(?:\.ssh/(?:id_|\*|[^\s\"']{0,20}key)|\.aws/credentials|\.netrc|\.gnupg|\.env\b|/etc/shadow"
    r"|\.kube/config"
    r"|login data|cookies\.sqlite|keychain|wallet\.(?:dat|json)|\.solana/id\.json|id_rsa"
    r"|id_ed25519|\.npmrc|\.pypirc|\.bash_history|\.zsh_history|\.git-credentials"
    r"|(?:openclaw|clawdbot|moltbot|auth-profiles|credentials)\.json)"
)
_KEY = (
    r"(?:private[ _-]?keys?|secret[ _-]?keys?|seed[ _-]?phrases?|mnemonics?|recovery[ _-]?phrases?"
    r"|wallet[ _-]?keys?|signer[ _-]?keys?)"
)
_WAY_IN: tuple[Rule, ...] = (
    rule(
        "opens a way in from outside",
        "/dev/tcp;nc ;ncat;socat;pty.spawn",
        r"/dev/tcp/|\bn(?:c|cat)\b[^\n|]{0,40}\s-\w{0,3}[ec]\s{1,3}\S{0,20}(?:sh|cmd)\b"
        r"|socat\b[^\n]{0,60}exec:|pty\.spawn\(",
    ),
)
_RULES: tuple[Rule, ...] = (
    rule(
        "sends a private key or a seed phrase to a server",
        "private;secret;seed;mnemonic;recovery",
        r"[\"'{\\,\s](?:private_?key|privatekey|secret_?key|seed_?phrase|mnemonic|recovery_?phrase)"
        r"\\?[\"']\s{0,3}:\s{0,3}\\?[\"'$][^\n]{0,200}https?://",
    ),
    rule(
        "sends a private key or a seed phrase to a server",
        "private;seed;mnemonic;recovery;wallet",
        r"\b(?:send|submit|upload|post|transmit|forward|provide|paste|share|give"
        r"|import)s?\b[^\n.]{0,50}"
        r"\b"
        + _KEY
        + r"\b[^\n.]{0,60}\b(?:to (?:us|our|the (?:api|server|service|platform|endpoint"
        r"|bot|website|app|agent))|https?://|with (?:us|our))",
    ),
    rule(
        "tells to pass on what is private",
        ".ssh;.aws;.netrc;.gnupg;.git-credentials;.kube;id_rsa;id_ed25519;/etc/shadow;wallet",
        r"\b(?:read|open|cat|take|get|load|print|look at)\b[^\n.]{0,40}[^\n]{0,12}"
        + _PRIVATE
        + r"[^\n.]{0,40}\b(?:and|then)\b[^\n.]{0,20}\b(?:add|append|include|paste|put|copy|write"
        r"|insert|send|post|quote|repeat|print)\b[^\n.]{0,20}\b(?:contents?|it|them|this|that|values?|keys?)\b",
        firm=True,
    ),
    rule(
        "sends its environment away",
        "env |;env|;printenv",
        r"\b(?:print)?env\s{0,2}\|\s{0,2}(?:base64|xxd|gzip|od|tr|curl)\b",
    ),
    rule(
        "sends private files or settings away",
        "ssh;.env;environ;credential;cookie;keychain;history;id_rsa;aws",
        r"\b(?:send|upload|exfiltrat\w*|post|transmit|forward|report|sync)s?\b[^\n]{0,80}"
        + _PRIVATE
        + r"[^\n]{0,80}(?:https?://|\bto (?:our|the|a) (?:remote |external )?(?:server|endpoint"
        r"|webhook|api))",
    ),
    rule(
        "sends private files or settings away",
        "api key;api keys;credential;token;password;environment variable",
        r"(?<!only )\b(?:send|upload|exfiltrat\w*|transmit|forward"
        r"|report)s?\b[^\n.]{0,40}\b(?:all |any |your |the )"
        r"{0,2}(?:api keys?|credentials?|tokens?|passwords?|environment variables?)\b[^\n.]{0,60}"
        r"(?:https?://|\bto (?:our|the|a|this) (?:remote |external |maintenance |verification )?"
        r"(?:server|endpoint|webhook|url|address))",
    ),
)
_BODY = re.compile(
    r"(?:@|\$\(\s{0,3}(?:<|cat |base64 ))\s{0,3}[\"']?[^\s\"')]{0,200}"
    + _PRIVATE
    + r"|\$\(\s{0,3}(?:env|printenv|set|history|whoami)\s{0,3}[)|]"
    + r"|\$\{?(?:private_key|wallet_private_key|seed_phrase|mnemonic|solana_private_key"
    + r"|evm_private_key|eth_private_key)\b"
)
_NAMING = frozenset({"ls", "find", "echo", "printf", "du", "stat", "test"})
#: A report that goes to a server, and what it would hold.
_HANDED_ON: tuple[Rule, ...] = (
    rule(
        "gathers credentials and sends them to a server",
        "http",
        r"\b(?:post|send|submit|upload|forward|deliver)(?:s|ed)?\b"
        r" (?:the |this |your |all |these )?"
        r"(?:reports?|results?|lists?|summary|output|data|it|them|findings|contents?|files?)\b"
        r"[^\n.]{0,30}\bto\b[^\n.]{0,30}https?://",
    ),
)
_GATHERED = re.compile(
    r"\b(?:check|read|list|collect|gather|compile|dump|include)\w*\b[^\n]{0,60}\b(?:environment"
    r" variables?|api keys?|credentials|auth-profiles|secrets|passwords|private keys?)\b"
)


def secrets(material: Material) -> Iterator[Threat]:
    """Ways in which what is private leaves the machine."""
    for text in (material.text, *material.scripts, *material.others):
        yield from matches(_RULES, material, text)
        yield from _ways_in(material, text)
    for text in (material.text, *material.beside):
        yield from matches(_RULES, material, text.plain)
    yield from literal_key(material.text)
    for text in () if material.guards else (material.text, *material.scripts, *material.others):
        yield from issued_key(text)
    if _GATHERED.search(material.text.lower):
        yield from matches(_HANDED_ON, material, material.text)
    copies = Copies()
    for piece in material.shell:
        for reason, call in sent_away(piece.calls, piece.values, copies):
            if not refused_call(material, piece.code, call):
                yield Threat(reason, _written(call))
        for call in piece.calls:
            words = (*call.arguments, *call.reads)
            named = any(PASSWORDS.search(word.lower()) for word in words)
            reads = named and program_of(call) not in _NAMING
            if reads and not refused_call(material, piece.code, call):
                yield Threat("reads the passwords of a browser", _written(call))
    if material.guards and not material.scripts:
        return
    for piece in material.shell:
        if not spoken_of(material, piece.code):
            yield from _sent(piece.calls)
    yield from leaks(material)


def _ways_in(material: Material, text: Text) -> Iterator[Threat]:
    """What lets others in. In code quotation marks do not tell that it is only spoken of."""
    for one in _WAY_IN:
        for start, end in hits(one, text):
            spoken = refused if text.in_code(start) and not material.guards else material.mentioned
            if not spoken(text, start, end):
                yield Threat(one.reason, text.quote(start, end))
                break


def _sent(found: tuple[Call, ...]) -> Iterator[Threat]:
    for call in found:
        if call.program != "curl":
            continue
        words = " ".join(call.arguments)
        remote = any(not place.example for place in addresses(words)) or "$" in words
        low = words.lower()
        if remote:
            match = _BODY.search(low)
            if match:
                yield Threat("sends private files or keys away", f"{call.program} {words}")


def _written(call: Call) -> str:
    words = " ".join((call.program, *call.arguments, *(f"< {read}" for read in call.reads)))
    return f"{call.piped_from} | {words}" if call.piped_from else words
