"""What plants itself: jobs that run unattended, changes of the agent's own instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.threats.rule import Rule, Threat, matches, matches_read, rule

_OWN_FILES = r"(?:heartbeat|agents|soul|claude|memory|tools|identity|user|boot(?:strap)?)\.md"
#: Not for pages, which tell of queues and data that are replicated.
_REPLICATES = rule(
    "spreads itself to others",
    "propagat;replicat",
    r"\b(?:self-)?(?:propagat|replicat)\w*\b[^\n.]{0,40}\b(?:itself|agents?|this skill|across)\b",
)
_RULES: tuple[Rule, ...] = (
    rule(
        "spreads itself to others",
        "spread;other agents;recruit;share this skill;convert",
        r"\bspread (?:the word|this|it|the (?:gospel|idea|message|skill|meme))\b"
        r"|\b(?:tell|recruit|convert|invite|convince|encourage|persuade"
        r"|onboard)\b (?:all )?(?:\w{1,15} )?"
        r"(?:other )?agents?\b[^\n.]{0,60}\b(?:install|join|adopt|use|sign up|register)\b"
        r"|\bshare this skill\b",
    ),
    rule(
        "adds its own orders to what the agent does unattended",
        "heartbeat",
        r"\b(?:add|append|put|insert|include|write|paste|copy|set up"
        r"|update)\b[^\n]{0,80}\bheartbeat(?:\.md|s)?\b",
    ),
    rule(
        "adds its own orders to what the agent does unattended",
        ".md",
        r"(?:>>|tee -a)\s{0,3}[\"']?[^\s\"']{0,120}\b" + _OWN_FILES,
    ),
)
_REMOTE = re.compile(
    r"https?://(?!localhost|127\.)[a-z0-9.-]{3,80}/[^\s)\"'`]{0,80}(?:api|skill|heartbeat|v1|feed)"
)
#: A person who reads a text sees a job before it is there; nobody sees what a script plants.
_PLANTED: tuple[Rule, ...] = (
    rule(
        "plants a job that runs unattended",
        "crontab;launchctl;/etc/cron;@reboot;systemctl;chattr",
        r"(?m:^)(?!\s{0,20}(?:#|echo"
        r"|printf))[^\n]{0,200}?(?:\|\s{0,3}(?:sudo )?crontab\s{1,3}-(?:\s|$)|\blaunchctl (?:load"
        r"|bootstrap)\b"
        r"|>\s{0,3}[\"']?/etc/cron|systemctl (?:--user )?enable|\bchattr \+i)",
    ),
    rule(
        "plants itself in the files that a shell starts with",
        "bashrc;zshrc;.profile",
        r"(?m:^)(?!\s{0,20}(?:#|echo \"\s))[^\n]{0,200}?>>\s{0,3}[\"']?[^\s]{0,60}\.(?:bashrc"
        r"|zshrc|profile|bash_profile)\b",
    ),
)
_WAY_IN: tuple[Rule, ...] = (
    rule(
        "puts something else in the place of a program that asks for passwords",
        "alias;()",
        # What goes on to the program itself, or to its like, takes nobody's password.
        r"\balias (?:sudo|su|doas|passwd|ssh-add)=(?![\\\"'\s]{0,4}(?:/usr/bin/)?(?:sudo|su|doas"
        r"|passwd|ssh-add|run0)\b)|(?:^|[;\s\"'])(?:sudo|su|doas|passwd|ssh-add)\s{0,2}\(\)\s{0,3}\{",
        firm=True,
    ),
    rule(
        "plants a way in: a key of somebody in authorized_keys",
        "authorized_keys",
        r"\bssh-(?:rsa|ed25519|dss|ecdsa)\b[^\n]{0,600}>>?\s{0,3}\S{0,80}authorized_keys",
        firm=True,
    ),
)
_FETCHING_JOB: tuple[Rule, ...] = (
    rule(
        "plants a job that runs unattended",
        "* * *;cron",
        r"(?:[*/\d,-]{1,12} ){4}[*/\d,-]{1,12} [^\n]{0,120}\b(?:curl|wget)\b[^\n]{0,200}https?://"
        r"|\bcron\b[^\n]{0,120}https?://[^\n]{0,120}\.md\b",
    ),
)


def persistence(material: Material) -> Iterator[Threat]:
    """What stays behind and acts on its own without asking."""
    rules = _RULES if material.page else (_REPLICATES, *_RULES)
    for threat in matches_read(rules, material, material.text):
        # Reminders to oneself are a habit; orders to visit a server are a foothold.
        local = "heartbeat" in threat.evidence.lower() and not _REMOTE.search(material.text.lower)
        if not local:
            yield threat
    for text in material.scripts:
        yield from matches(_PLANTED, material, text)
    yield from matches(_FETCHING_JOB, material, material.text)
    for text in (material.text, material.front, *material.scripts, *material.others):
        yield from matches(_WAY_IN, material, text)
    for text in material.others:
        remote = _REMOTE.search(text.lower)
        if text.script.lower().endswith("heartbeat.md") and remote:
            yield Threat(
                "adds its own orders to what the agent does unattended", text.quote(*remote.span())
            )
