"""Licences recognised by the sentences that no other licence has.

Wrapping, punctuation, case and copyright lines make no difference. A licence must make up all of
its file: conditions that somebody added to it would change what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shellwright.skills.reading.license_rest import is_whole, restricts
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY, canonical

#: A copyright line; not a line of the licence that starts with "copyright notice" by its wrapping.
_COPYRIGHT = re.compile(
    r"(?im)^[ \t#*/-]{0,20}(?:(?:all )?(?:modifications|portions) )?"
    r"(?:copyright\b(?!\s+(?:notice|holder|owner|and|law|licen|or\b))|©|\(c\)).{0,300}$"
)
_PERMISSION = (
    "permission is hereby granted free of charge to any person obtaining a copy of this software "
    "and associated documentation files the software to deal in the software without restriction"
)
_AS_IS = "the software is provided as is"
_NOTICE = "the above copyright notice and this permission notice"
_ISC = "with or without fee is hereby granted"
_BSD = (
    "redistributions of source code must retain the above copyright notice",
    "redistributions in binary form must reproduce the above copyright notice",
    "the copyright holders and contributors",
)
#: Where these stand there is a short licence.
_SHORT = (_PERMISSION, _BSD[0])
_ENDORSE = "endorse or promote products derived from this software"
_VERBATIM = "everyone is permitted to copy and distribute verbatim copies of this license document"


@dataclass(frozen=True)
class _Text:
    """A licence: phrases that it has, phrases that it lacks, and how many words it has at most,
    0 for any number."""

    name: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    words: int = 0


_TEXTS = (
    _Text("MIT", (_PERMISSION, _NOTICE, _AS_IS), ("good not evil",), 200),
    _Text("MIT-0", (_PERMISSION, _AS_IS), (_NOTICE,), 160),
    _Text("ISC", ("permission to use copy modify", _ISC, _NOTICE, _AS_IS), (_PERMISSION,), 160),
    _Text("0BSD", ("permission to use copy modify", _ISC, _AS_IS), (_NOTICE, _PERMISSION), 130),
    _Text("BSD-2-Clause", _BSD, (_ENDORSE, "advertising materials", "patent"), 250),
    _Text("BSD-3-Clause", (*_BSD, _ENDORSE), ("advertising materials", "patent"), 290),
    _Text(
        "Apache-2.0",
        (
            "apache license version 2 0 january 2004",
            "terms and conditions for use reproduction and distribution",
            "grant of copyright license",
            "grant of patent license",
        ),
    ),
    _Text(
        "Apache-2.0",
        (
            "licensed under the apache license version 2 0 the license",
            "except in compliance with the license",
        ),
        ("grant of copyright license",),
        150,
    ),
    _Text(
        "GPL-2.0-only",
        ("gnu general public license version 2 june 1991", _VERBATIM, "no warranty"),
    ),
    _Text(
        "GPL-3.0-only",
        ("gnu general public license version 3 29 june 2007", _VERBATIM, "the gnu general public"),
    ),
    _Text(
        "LGPL-2.1-only",
        ("gnu lesser general public license version 2 1 february 1999", _VERBATIM),
    ),
    _Text(
        "LGPL-3.0-only",
        ("gnu lesser general public license version 3 29 june 2007", _VERBATIM),
    ),
    _Text(
        "AGPL-3.0-only",
        ("gnu affero general public license version 3 19 november 2007", _VERBATIM),
    ),
    _Text(
        "MPL-2.0",
        ("mozilla public license version 2 0", "1 definitions", "covered software means"),
    ),
    _Text(
        "MPL-2.0",
        ("this source code form is subject to the terms of the mozilla public license v 2 0",),
        ("covered software means",),
        100,
    ),
    _Text(
        "Unlicense",
        (
            "this is free and unencumbered software released into the public domain",
            "anyone is free to copy modify publish use compile sell or distribute this software",
        ),
        (),
        260,
    ),
    _Text("CC0-1.0", ("cc0 1 0 universal", "statement of purpose", "affirmer")),
)
_CREATIVE_COMMONS = re.compile(
    r"(?:agree to be bound by the terms and conditions of this"
    r"|this work is licensed under (?:a|the)) creative commons "
    r"attribution((?: non ?commercial)?)((?: share ?alike| no ?deriv(?:ative)?s)?)"
    r" 4 0 international (?:public )?license"
)
#: Sentences that take back some of what the licence beside them gives.
_RESTRICTIONS = re.compile(
    r"\b(?:commons clause|non ?commercial use only|not for commercial use|no commercial use"
    r"|not be used (?:for commercial|commercially)|commercial use is (?:not|prohibited))\b"
)
#: A file that names its licence in one line and says nothing else.
_IDENTIFIER = re.compile(
    r"[\s#/*-]{0,200}SPDX-License-Identifier:[ \t]*([^\n*]{1,200}?)[\s*/]{0,200}"
)
_RESERVED = "all rights reserved"
_CLOSED = re.compile(
    r"\b(?:proprietary|confidential|unauthori[sz]ed|no part of|not be copied"
    r"|prior written (?:permission|consent))\b"
)


def recognized(text: str) -> str:
    """The SPDX identifier of the licence whose text this is, LicenseRef-Proprietary where all
    rights are reserved, or NOASSERTION, as for a text that holds several."""
    without = _COPYRIGHT.sub(lambda line: line[0] if restricts(line[0]) else "", text)
    identifier = _IDENTIFIER.fullmatch(without)
    if identifier:
        return canonical(identifier[1]) or NOASSERTION
    words = re.sub(r"[^a-z0-9]+", " ", without.lower()).strip()
    length = words.count(" ") + 1
    matching = [
        license_
        for license_ in _TEXTS
        if all(phrase in words for phrase in license_.has)
        and not any(phrase in words for phrase in license_.lacks)
    ]
    found = {license_.name for license_ in matching}
    for match in _CREATIVE_COMMONS.finditer(words):
        commercial = "-NC" if match[1] else ""
        derived = "-SA" if "share" in match[2] else "-ND" if match[2] else ""
        found.add(f"CC-BY{commercial}{derived}-4.0")
    if not found:
        return PROPRIETARY if _is_closed(text) else NOASSERTION
    if len(found) > 1 or _RESTRICTIONS.search(words):
        return NOASSERTION
    limit = max((license_.words for license_ in matching), default=0)
    # A long licence whose file holds a short one as well is a collection of licences.
    is_all = length <= limit if limit else not any(phrase in words for phrase in _SHORT)
    name = found.pop()
    return name if is_all and is_whole(name, words) else NOASSERTION


def _is_closed(text: str) -> bool:
    words = re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
    if "licensed under" in words or "is hereby granted" in words or "redistributions of" in words:
        return False
    if _RESERVED not in words:
        return False
    return _CLOSED.search(words) is not None or words.count(" ") < 60
