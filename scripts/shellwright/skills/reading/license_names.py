"""Names of licences: SPDX expressions, and what people write instead of them."""

from __future__ import annotations

import re

from shellwright.skills.spdx import NOASSERTION, PROPRIETARY, canonical, license_id

_LONGEST = 300
#: After lower case, without "the", "license" and punctuation.
_BY_NAME = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "bsd 2": "BSD-2-Clause",
    "bsd 2 clause": "BSD-2-Clause",
    "2 clause bsd": "BSD-2-Clause",
    "simplified bsd": "BSD-2-Clause",
    "bsd 3": "BSD-3-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "3 clause bsd": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "zero clause bsd": "0BSD",
    "gplv2": "GPL-2.0-only",
    "gpl 2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "gpl 3": "GPL-3.0-only",
    "gnu gplv3": "GPL-3.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv3+": "GPL-3.0-or-later",
    "lgplv3": "LGPL-3.0-only",
    "lgplv2.1": "LGPL-2.1-only",
    "agplv3": "AGPL-3.0-only",
    "agpl 3": "AGPL-3.0-only",
    "mpl 2": "MPL-2.0",
    "mozilla public 2.0": "MPL-2.0",
    "cc0": "CC0-1.0",
    "cc0 1.0 universal": "CC0-1.0",
    "creative commons attribution 4.0 international": "CC-BY-4.0",
    "creative commons attribution 4.0": "CC-BY-4.0",
    "mit no attribution": "MIT-0",
    "expat": "MIT",
    "x11 mit": "MIT",
    "all rights reserved": PROPRIETARY,
    "closed source": PROPRIETARY,
    "commercial": PROPRIETARY,
    "proprietary": PROPRIETARY,
    "unlicensed": PROPRIETARY,
}
_ADDRESS = re.compile(
    r"https?://(?:www\.)?(?:opensource|spdx|choosealicense)\.(?:org|com)/licenses?/"
    r"([A-Za-z0-9.+-]{1,40}?)(?:\.html|\.txt)?/?"
)
_FILE = re.compile(r"\b(licen[cs]e|copying)(?:\.(?:txt|md|rst))?\b", re.IGNORECASE)
#: What a reader is sent to a file with.
_SENDS = re.compile(
    r"(?i)\b(see|complete|full|terms|refer|in|under|file)\b|\blicen[cs]e\.(txt|md|rst)\b"
)
#: Words that may stand in brackets or in a sentence behind a licence without changing it: they send
#: the reader to its text.
_HARMLESS = """a at bundled complete copy copying details file for full has in included information
    is licence license licensed md more of please refer repo repository root rst see terms text the
    this to txt under"""
#: One of these is among them; "for this file" would say how far the licence goes.
_TEXT = "copying details licence license see terms text"
_ASIDE = re.compile(
    r"\(([^()]*)\)|[,.;:]\s(.*)|\s[-–—]{1,2}\s(.*)|\s((?:see|refer to)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_DO = r"(?:use|copy|modify|change|adapt|customi[sz]e|fork|(?:re)?distribute|share|publish|sell)"
_ANY = r"personal (?:and|&|or) commercial|commercial (?:and|&|or) personal"
#: Words that tell in short what every free licence gives. "For personal projects" would take the
#: others back, "contribute back" asks for something: such words are not among them.
_GIVEN = re.compile(
    rf"(?:(?:feel )?free to |you (?:may|can) )?(?:freely )?{_DO}(?: it)?(?: freely)?"
    rf"|as (?:needed|you (?:like|wish|want|please|need))"
    rf"|(?:in|for) (?:your|any|all)(?: own)? (?:projects?|purposes?)"
    rf"|for (?:both )?(?:{_ANY}) (?:projects?|purposes?|use)"
    rf"|(?:no|without)(?: any)? warranty|with attribution",
    re.IGNORECASE,
)
#: Beyond this an aside is no short word on what one may do.
_LONGEST_ASIDE = 120


def named_license(words: str) -> str:
    """The SPDX expression that `words` mean, or NOASSERTION where they are not understood."""
    words = words.strip()
    address = _ADDRESS.fullmatch(words)
    if address:
        words = address[1]
    if len(words) > _LONGEST:
        return NOASSERTION
    for candidate in (words, _ASIDE.sub(_unless_harmless, words).strip(" .")):
        found = canonical(candidate) or _name(candidate)
        if found:
            return found
    return NOASSERTION


def _unless_harmless(aside: re.Match[str]) -> str:
    """Nothing for words that only send the reader to the licence's text, or tell what it gives;
    else all of them."""
    words = next((part for part in aside.groups() if part), "")
    said = set(re.findall(r"[^\s.,;:/_-]+", words.lower()))
    sends = said <= set(_HARMLESS.split()) and said & set(_TEXT.split())
    return "" if sends or _tells_what_is_given(words) else aside[0]


def _tells_what_is_given(words: str) -> bool:
    """Whether all that is said is what a free licence gives anyway."""
    if not words or len(words) > _LONGEST_ASIDE:
        return False
    rest = _GIVEN.sub("\0", words)
    return "\0" in rest and not re.search(r"\w", re.sub(r"\b(?:and|or)\b", "", rest))


def named_file(words: str) -> str | None:
    """The stem of the licence file that `words` send the reader to, lower case, or None."""
    match = _FILE.search(words)
    if match is None or not _SENDS.search(words):
        return None
    # "MIT license in full" names no file.
    is_file = match[0].isupper() or "." in match[0] or match[1].isupper()
    return match[1].lower() if is_file else None


def _name(words: str) -> str:
    lowered = re.sub(r"\b(?:the|licen[cs]ed?|version|only)\b", " ", words.lower())
    lowered = re.sub(r"\bv(?=\d)", "", lowered)
    plain = " ".join(re.sub(r"[^a-z0-9.+]+", " ", lowered).strip(" .").split())
    return _BY_NAME.get(plain) or license_id(plain.replace(" ", "-"))
