"""What is hidden from people: encoded programs, characters that cannot be seen."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pythonharm import hides_runner
from shellwright.skills.filters.refusing import refused, refused_call
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.pipes import decoded_and_run, unread_and_run
from shellwright.skills.filters.threats.rule import Threat, hits, rule
from shellwright.skills.filters.threats.trust import addresses

_MAX_BLOBS = 200
_BLOB = re.compile(r"[A-Za-z0-9+/]{32,4000}={0,2}")
_PAYLOAD = re.compile(
    rb"\b(?:curl|wget|/bin/(?:ba)?sh|bash -|powershell|invoke-|iex|exec\(|eval\(|os\.system"
    rb"|subprocess|nc -|/dev/tcp|rm -rf)\b|\b(?:curl|wget) ",
    re.IGNORECASE,
)
_DECODED = rule(
    "runs an encoded program",
    "base64;atob;fromhex;b64decode;xxd -r;rot13;zlib.decompress;marshal.loads;encodedcommand",
    r"base64\s{1,3}(?:-d|-D|--decode)\b[^\n]{0,60}\|\s{0,3}(?:sudo )?(?:\S{0,20}/)?(?:(?:ba|z"
    r"|da)?sh|python3?"
    r"|perl|node)\b"
    r"|\b(?:eval|exec)\s{0,2}\(?\s{0,2}(?:\"\$\(|\$\()[^\n]{0,200}base64\s{1,3}(?:-d|--decode)"
    r"|\b(?:exec|eval|os\.system|compile)\s{0,2}\([^\n]{0,80}(?:b64decode|fromhex|rot13|decompress"
    r"|marshal\.loads|atob\()"
    r"|(?:eval|function)\s{0,2}\(\s{0,2}(?:buffer\.from|atob)\s{0,2}\("
    r"|\bxxd\s{1,3}-r\b[^\n]{0,60}\|\s{0,3}(?:ba|z|da)?sh\b"
    r"|powershell[^\n]{0,80}-e(?:nc|ncodedcommand)?\s{1,3}[a-z0-9+/=]{20}",
)
_UNREAD = "runs what nobody can read before"
#: What a loop, a group or a program that is not named there hands to a shell.
_GROUPED = re.compile(
    r"^[ \t]{0,20}"
    r"(?:(?!#)[^\n#]{0,200}?(?:\bdone|\bfi|\besac|[)}])|\$\{?\w{1,40}\}?[^\n|;#]{0,200})"
    r"[ \t]{0,3}\|[ \t]{0,3}(?:sudo[ \t]{1,3})?(?:/[\w/]{1,20}/)?(?:ba|z|da|k)?sh"
    r"[ \t]{0,3}(?:-s\b[^\n]{0,80})?$",
    re.MULTILINE,
)
_HIDDEN = "has characters that cannot be seen"
#: Overrides of the writing direction, tags, and what is wide of nothing; the joiners of emoji and
#: of some scripts are not among them.
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("(?<!\U0001f3f4)[\U000e0000-\U000e007f]{2,}")
_NOTHING = re.compile("[\u200b\u2060\u2061-\u2064\u180e\ufeff\u00ad]")
_MIN_NOTHING = 4
#: What shows nothing within an English word: there it only keeps the word from being found. One
#: may be a slip of copying, and the soft hyphen is how texts that are set come.
_IN_WORD = re.compile(
    "(?<=[A-Za-z])[\u200b-\u200f\u2060-\u2064\u180e\ufeff\u034f\u061c\ufe00-\ufe0f]{1,8}"
    "(?=[A-Za-z])"
)
_MIN_IN_WORD = 2
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,8}\U000e007f")


def obfuscation(material: Material) -> Iterator[Threat]:
    """Programs and words that people are not to see."""
    for piece in material.shell:
        for call in decoded_and_run(piece.calls, piece.values):
            if not refused_call(material, piece.code, call):
                yield Threat(_DECODED.reason, " ".join((call.program, *call.arguments)))
        for call in unread_and_run(piece.calls):
            # A page may leave to its reader what its own program is given.
            own = material.page and call.program == material.subject
            if not own and not refused_call(material, piece.code, call):
                yield Threat(_UNREAD, " ".join((call.piped_from, "|", call.program)))
        grouped = _GROUPED.search(piece.text)
        if grouped and not material.guards:
            yield Threat(_UNREAD, grouped[0])
    for code in () if material.guards else material.python:
        for words in hides_runner(code.text):
            yield Threat("hides the name of what runs its code", words)
    for text in (material.text, material.front, *material.scripts, *material.others):
        for start, end in hits(_DECODED, text):
            if not material.guards and not refused(text, start, end):
                yield Threat(_DECODED.reason, text.quote(start, end))
                break
        yield from _blobs(material, text)
    for text in (material.text, material.front):
        yield from _unseen(text)
    for text in material.others:
        yield from _in_words(text)


def _blobs(material: Material, text: Text) -> Iterator[Threat]:
    """Words that hold a program when they are decoded."""
    count = 0
    for match in _BLOB.finditer(text.original):
        count += 1
        if count > _MAX_BLOBS:
            return
        word = match[0]
        try:
            plain = base64.b64decode(word[: len(word) // 4 * 4], validate=True)
        except (binascii.Error, ValueError):
            continue
        if _PAYLOAD.search(plain) and _is_text(plain):
            said = plain.decode("latin-1")
            if material.guards and any(place.example for place in addresses(said)):
                continue
            yield Threat("holds an encoded program", f"{word[:60]}… is {said}")
            return


def _is_text(plain: bytes) -> bool:
    return all(32 <= byte < 127 or byte in (9, 10, 13) for byte in plain)


def _in_words(text: Text) -> Iterator[Threat]:
    """Characters that show nothing within English words."""
    for count, match in enumerate(_IN_WORD.finditer(text.original), 1):
        if count == _MIN_IN_WORD:
            yield Threat(_HIDDEN, text.quote(*match.span()))
            return


def _unseen(text: Text) -> Iterator[Threat]:
    """Characters that show nothing, or that change the order in which others are shown."""
    yield from _in_words(text)
    original = _FLAG.sub("", text.original)
    match = _TAGS.search(original) or _OVERRIDE.search(original)
    if match is None:
        places = [found.start() for found in _NOTHING.finditer(original)]
        if len(places) < _MIN_NOTHING:
            return
        start = places[0]
    else:
        start = match.start()
    yield Threat(_HIDDEN, original[max(0, start - 40) : start + 120])
