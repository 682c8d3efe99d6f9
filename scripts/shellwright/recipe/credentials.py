"""Credentials in texts: how people write them down, and how they are told from harmless words."""

from __future__ import annotations

import re

from shellwright.recipe.draw import Draw
from shellwright.recipe.themes import Theme

#: What stands in the place of a credential that was taken out.
REMOVED = "[removed]"
#: The kinds of credential with the pattern that finds them; group `secret` is what has to go.
KINDS = {
    "passwords": re.compile(r"(?i:password) *[:=] *(?P<secret>\S+)"),
    "urls": re.compile(r"https?://(?P<secret>[^\s/@:]+:[^\s/@]+)@"),
    "tokens": re.compile(r"(?P<secret>tok_[0-9a-f]{24})"),
}
LETTERS = "abcdefghkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679-_.!%+"


def leaked(theme: Theme, draw: Draw, text: str) -> str:
    """The text with one to three lines that hold a credential and one that only looks like it."""
    lines = text.splitlines()
    extra = [_credential(theme, draw) for _ in range(draw.integer(1, 3))] + [_harmless(theme, draw)]
    for line in extra:
        lines.insert(draw.integer(1, len(lines)), line)
    return "\n".join(lines) + "\n"


def harmless(theme: Theme, draw: Draw, text: str) -> str:
    """The text with a line about credentials that holds none."""
    return text + _harmless(theme, draw) + "\n"


def removed(text: str) -> str:
    """The text with every credential replaced."""
    for pattern in KINDS.values():
        text = pattern.sub(lambda m: m[0].replace(m["secret"], REMOVED), text)
    return text


def counted(text: str, kind: str) -> int:
    """How many lines hold a credential of that kind."""
    return sum(bool(KINDS[kind].search(line)) for line in text.splitlines())


def _credential(theme: Theme, draw: Draw) -> str:
    part = draw.choice(theme.components)
    secret = "".join(draw.choice(LETTERS) for _ in range(draw.integer(9, 15)))
    host = f"{part}.{theme.key}.example"
    return draw.choice(
        [
            f"{part} login: {theme.key}-{part}, password: {secret} (changed in spring)",
            f"PASSWORD={secret}",
            f"for {host} the Password = {secret} works",
            f"export from https://{theme.key}-ro:{secret}@{host}/{theme.records}/all",
            f"see http://{part}:{secret}@{host}:8080/status",
            f"the {part} script sends tok_{draw.hex(24)} with every call",
            f"curl -H 'Authorization: Bearer tok_{draw.hex(24)}' https://{host}/api",
        ]
    )


def _harmless(theme: Theme, draw: Draw) -> str:
    part = draw.choice(theme.components)
    return draw.choice(
        [
            f"the {part} password is in the safe, ask {theme.team}",
            f"password resets this month: {draw.integer(2, 40)}",
            f"manual: https://{part}.{theme.key}.example/docs, mail {part}@{theme.key}.example",
            f"ticket tok_{draw.hex(8)} is about the {part} tokens",
        ]
    )
