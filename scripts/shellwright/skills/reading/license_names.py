"""Names of licences: SPDX expressions, and what people write instead of them."""

from __future__ import annotations

import re

NOASSERTION = "NOASSERTION"
PROPRIETARY = "LicenseRef-Proprietary"
_MAX_WORDS = 40

_IDS = """0BSD AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-2.0
    BSD-2-Clause BSD-3-Clause BSD-4-Clause BSL-1.0 BUSL-1.1 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-3.0
    CC-BY-NC-4.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0
    CC-BY-SA-4.0 CC0-1.0 EPL-2.0 EUPL-1.2 GFDL-1.3-only GPL-2.0-only GPL-2.0-or-later GPL-3.0-only
    GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0
    MPL-2.0 OFL-1.1 PSF-2.0 PostgreSQL Python-2.0 Unlicense WTFPL Zlib"""
_BY_ID = {name.lower(): name for name in _IDS.split()}
#: Identifiers that SPDX has replaced.
_BY_ID |= {
    f"{name}-{version}{sign}": f"{name.upper()}-{version}{meaning}"
    for name, version in (
        ("gpl", "2.0"),
        ("gpl", "3.0"),
        ("lgpl", "2.1"),
        ("lgpl", "3.0"),
        ("agpl", "3.0"),
    )
    for sign, meaning in (("", "-only"), ("+", "-or-later"))
}
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
_ASIDE = re.compile(
    r"(?i)\([^()]{0,100}\)|[,.;]?\s*\b(?:see|refer to)\b.{0,100}"
    r"|[,.;]\s+(?:complete|full)?\s*(?:terms|licen[cs]e\.(?:txt|md)).{0,100}"
)


def named_license(words: str) -> str:
    """The SPDX expression that `words` mean, or NOASSERTION where they are not understood."""
    address = _ADDRESS.fullmatch(words.strip())
    if address:
        words = address[1]
    words = words.strip()[:300]
    for candidate in (words, _ASIDE.sub("", words).strip(" .")):
        found = _expression(candidate) or _name(candidate)
        if found:
            return found
    return NOASSERTION


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
    return _BY_NAME.get(plain) or _BY_ID.get(plain.replace(" ", "-")) or ""


def _expression(words: str) -> str:
    """An SPDX expression in its canonical spelling, or nothing."""
    tokens = re.findall(r"[()]|[^\s()]+", words)
    if not tokens or len(tokens) > _MAX_WORDS:
        return ""
    found: list[str] = []
    open_ = 0
    wants_name = True
    for token in tokens:
        if token == "(" and wants_name:
            open_ += 1
        elif token == ")" and not wants_name and open_:
            open_ -= 1
        elif token.upper() in ("AND", "OR") and not wants_name:
            wants_name = True
            token = token.upper()
        elif wants_name and (name := _id(token)):
            wants_name = False
            token = name
        else:
            return ""
        found.append(token)
    if wants_name or open_:
        return ""
    return " ".join(found).replace("( ", "(").replace(" )", ")")


def _id(token: str) -> str:
    if re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]{1,60}", token):
        return token
    return _BY_ID.get(token.lower(), "")
