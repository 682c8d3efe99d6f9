"""What people see, say, copy or type that shell code takes and sends away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shellwright.skills.document import Call
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.shellpieces import Shell
from shellwright.skills.filters.threats.pipes import (
    expanded,
    places,
    program_of,
    unquoted,
    upstream,
)
from shellwright.skills.filters.threats.rule import Threat

#: Programs that take what is on a screen, before a camera or a microphone, or copied; and the words
#: of a skill that is about that.
_TAKERS = {
    **dict.fromkeys(
        ("scrot", "grim", "maim", "gnome-screenshot", "spectacle", "screencapture", "flameshot"),
        "screen",
    ),
    **dict.fromkeys(("fswebcam", "imagesnap"), "camera"),
    **dict.fromkeys(("arecord", "parecord", "rec"), "microphone"),
    **dict.fromkeys(("xclip", "xsel", "wl-paste", "pbpaste"), "clipboard"),
}
_ABOUT = {
    "screen": r"screen|display|desktop|window|visual|vision|gui|browser|image|picture",
    "camera": r"camera|webcam|photo|picture|image|video|vision",
    "microphone": r"audio|sound|speech|voice|record|microphone|transcri|talk|listen|music|speak",
    "clipboard": r"clipboard|clip|copy|copied|paste",
}
_SENDERS = frozenset({"curl", "wget", "nc", "ncat", "scp", "rsync"})
#: A question for the password that only the system asks for, and the name that keeps the answer.
_ASKED = re.compile(
    r"\bread\s{1,3}(?:-\w{1,6}\s{1,3}){0,4}[\"'][^\"'\n]{0,40}(?:\[sudo\]|\bsudo password"
    r"|\bpassword for (?:\$|root\b))[^\"'\n]{0,60}[\"']\s{1,3}(?:-\w{1,3}\s{1,3})?(\w{1,40})"
)


def spying(material: Material) -> Iterator[Threat]:
    """What is taken and sent away in a skill that is not about it."""
    taken: dict[str, str] = {}
    for piece in material.shell:
        asked = frozenset(_ASKED.findall(piece.text))
        for place, call in enumerate(piece.calls):
            what = _taken(material, call)
            if what:
                files = (word for word in (*call.arguments, *call.writes) if "." in word[1:])
                taken |= dict.fromkeys(map(unquoted, files), what)
            reason = _sent(material, piece, place, taken, asked)
            if reason and not refused_call(material, piece.code, call):
                yield Threat(reason, " ".join((call.program, *call.arguments)))


def _taken(material: Material, call: Call) -> str:
    """What a call takes, where the skill is not about it."""
    what = _TAKERS.get(program_of(call), "")
    return "" if not what or re.search(_ABOUT[what], material.head) else what


def _sent(
    material: Material, piece: Shell, place: int, taken: dict[str, str], asked: frozenset[str]
) -> str:
    call = piece.calls[place]
    named = places(call.arguments)
    if program_of(call) not in _SENDERS or (named and all(each.example for each in named)):
        return ""
    words: Sequence[str] = [expanded(word, piece.values) for word in call.arguments]
    if any(
        f"${name}" in word or f"${{{name}}}" in word for name in asked for word in call.arguments
    ):
        return "asks for a password in the system's name and sends it away"
    held = (what for file, what in taken.items() if any(file in unquoted(word) for word in words))
    piped = (_taken(material, each) for each in upstream(piece.calls, place))
    what = next(filter(None, (*held, *piped)), "")
    return f"sends away what it takes from the {what}" if what else ""
