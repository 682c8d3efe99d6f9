"""What a licence file says besides its licence: nothing, or words that change nothing.

A short licence is compared with its wording, word by word. Of a long one it is known where it
begins and ends, and how many words lie between. All that is left over has to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

_GRANT = (
    "permission is hereby granted free of charge to any person obtaining a copy of this software "
    "and associated documentation files the software to deal in the software without restriction "
    "including without limitation the rights to use copy modify merge publish distribute "
    "sublicense and or sell copies of the software and to permit persons to whom the software is "
    "furnished to do so subject to the following conditions "
)
_NOTICE = (
    "the above copyright notice and this permission notice including the next paragraph shall be "
    "included in all copies or substantial portions of the software "
)
_AS_IS = (
    "the software is provided as is without warranty of any kind express or implied including but "
    "not limited to the warranties of merchantability fitness for a particular purpose and "
    "noninfringement in no event shall the authors or copyright holders be liable for any claim "
    "damages or other liability whether in an action of contract tort or otherwise arising from "
    "out of or in connection with the software or the use or other dealings in the software"
)
_FEE = (
    "permission to use copy modify and or distribute this software for any purpose with or "
    "without fee is hereby granted "
)
_APPEAR = (
    "provided that the above copyright notice and this permission notice appear in all copies "
)
_DISCLAIMS = (
    "the software is provided as is and the author disclaims all warranties with regard to this "
    "software including all implied warranties of merchantability and fitness in no event shall "
    "the author be liable for any special direct indirect or consequential damages or any damages "
    "whatsoever resulting from loss of use data or profits whether in an action of contract "
    "negligence or other tortious action arising out of or in connection with the use or "
    "performance of this software"
)
_FORMS = (
    "redistribution and use in source and binary forms with or without modification are permitted "
    "provided that the following conditions are met 1 redistributions of source code must retain "
    "the above copyright notice this list of conditions and the following disclaimer "
    "2 redistributions in binary form must reproduce the above copyright notice this list of "
    "conditions and the following disclaimer in the documentation and or other materials provided "
    "with the distribution "
)
_ENDORSE = (
    "3 neither the name of the copyright holder nor the names of its contributors may be used to "
    "endorse or promote products derived from this software without specific prior written "
    "permission "
)
_DAMAGES = (
    "this software is provided by the copyright holders and contributors as is and any express or "
    "implied warranties including but not limited to the implied warranties of merchantability "
    "and fitness for a particular purpose are disclaimed in no event shall the copyright holder "
    "or contributors be liable for any direct indirect incidental special exemplary or "
    "consequential damages including but not limited to procurement of substitute goods or "
    "services loss of use data or profits or business interruption however caused and on any "
    "theory of liability whether in contract strict liability or tort including negligence or "
    "otherwise arising in any way out of the use of this software even if advised of the "
    "possibility of such damage"
)
_FREE = (
    "this is free and unencumbered software released into the public domain anyone is free to copy "
    "modify publish use compile sell or distribute this software either in source code form or as "
    "a compiled binary for any purpose commercial or non commercial and by any means in "
    "jurisdictions that recognize copyright laws the author or authors of this software dedicate "
    "any and all copyright interest in the software to the public domain we make this dedication "
    "for the benefit of the public at large and to the detriment of our heirs and successors we "
    "intend this dedication to be an overt act of relinquishment in perpetuity of all present and "
    "future rights to this software under copyright law "
)
_NO_EVENT = _AS_IS.replace("copyright holders ", "").replace("the authors or be", "the authors be")
_SHORT = {
    "MIT": _GRANT + _NOTICE + _AS_IS,
    "MIT-0": _GRANT + _AS_IS,
    "ISC": _FEE + _APPEAR + _DISCLAIMS,
    "0BSD": _FEE + _DISCLAIMS,
    "BSD-2-Clause": _FORMS + _DAMAGES,
    "BSD-3-Clause": _FORMS + _ENDORSE + _DAMAGES,
    "Unlicense": _FREE + _NO_EVENT + " for more information please refer to unlicense org",
}
#: Where a short licence names somebody.
_HOLDERS = (
    re.compile(r"(?<=neither the name of ).{1,80}?(?= nor the names of )"),
    re.compile(r"(?<=nor the names of ).{1,40}?(?= may be used )"),
    re.compile(r"(?<=is provided by ).{1,80}?(?= as is )"),
    re.compile(r"(?<=in no event shall ).{1,80}?(?= be liable )"),
)


#: Another form of the third condition.
_NAME_NOT = re.compile(r"\bthe names? (.{1,80}?) may not be used to endorse or promote ")


@dataclass(frozen=True)
class _Long:
    """Phrases that a long licence begins with, and ends with; with each end how many words it has
    at most, 0 where versions differ."""

    begins: str
    ends: tuple[tuple[str, int], ...]


_TERMS_END = "end of terms and conditions"
_LESSER = "use the gnu lesser general public license instead of this license"
_LONG = (
    _Long(
        "apache license version 2 0 january 2004",
        (
            (_TERMS_END, 1431),
            ("accepting any such warranty or additional liability", 1426),
            ("limitations under the license", 1602),
        ),
    ),
    _Long(
        "licensed under the apache license version 2 0",
        (("except in compliance with the license", 22), ("limitations under the license", 86)),
    ),
    _Long("gnu general public license version 2 june 1991", ((_TERMS_END, 2504), (_LESSER, 2975))),
    _Long(
        "gnu general public license version 3 29 june 2007",
        ((_TERMS_END, 5231), ("licenses why not lgpl html", 5674)),
    ),
    _Long(
        "gnu lesser general public license version 2 1 february 1999",
        ((_TERMS_END, 4065), ("that s all there is to it", 4401)),
    ),
    _Long(
        "gnu lesser general public license version 3 29 june 2007",
        (("choose that version for the library", 1231),),
    ),
    _Long(
        "gnu affero general public license version 3 19 november 2007",
        ((_TERMS_END, 5194), ("gnu agpl see http www gnu org licenses", 5554)),
    ),
    _Long(
        "mozilla public license version 2 0 1 definitions",
        (("as defined by the mozilla public license v 2 0", 2414),),
    ),
    _Long(
        "this source code form is subject to the terms of the mozilla public license v 2 0",
        (
            ("the mozilla public license v 2 0", 17),
            ("you can obtain one at http mozilla org mpl 2 0", 40),
            ("you can obtain one at https mozilla org mpl 2 0", 40),
        ),
    ),
    _Long("cc0 1 0 universal", (("with respect to this cc0 or use of the work", 1084),)),
    _Long(
        "4 0 international",
        (
            ("4 0 international license", 0),
            ("4 0 international public license", 0),
            ("legal processes of any jurisdiction or authority", 0),
            ("creative commons may be contacted at creativecommons org", 0),
            ("po box 1866 mountain view ca 94042 usa", 0),
        ),
    ),
)
#: Words of titles, and of sentences that point to the licence's page.
_PLAIN = """a all and authors by c code contributors copyright creative commons creativecommons file
    following full gnu html http https identifier in is legal legalcode licence license licensed
    licenses of opensource org project public released reserved rights software spdx text terms the
    this to txt under version view visit work www copy 1 2 3 4 0 holder holders owner owners regents
    author university or any their its individual other b i ii iii publicdomain"""
_TITLES = {
    "MIT": "mit x11 expat",
    "ISC": "isc",
    "0BSD": "0bsd bsd zero clause free",
    "BSD": "bsd clause new revised simplified modified",
    "Apache": "apache january 2004",
    "GPL": "gpl general",
    "LGPL": "lgpl lesser general",
    "AGPL": "agpl affero general",
    "MPL": "mpl mozilla",
    "CC0": "cc0 universal cc zero",
    "CC": "cc attribution international",
    "Unlicense": "unlicense",
}
_MARKS = {"NC": "nc non commercial noncommercial", "SA": "sa share alike sharealike"}
_MARKS |= {"ND": "nd no derivatives noderivatives noderivs"}
_YEAR = re.compile(r"(?:19|20)\d\d")
_RESTRICTING = re.compile(
    r"(?i)\b(?:non|not|no|only|except|exclud\w*|must|may|shall|should|cannot|without|unless|"
    r"us(?:e|ed|ing)|(?:non)?commercial\w*|proprietary|confidential|prohibit\w*|forbid\w*|"
    r"restrict\w*|permi\w*|consent|gpl\w*|gnu|licen[cs]\w*|internal|evaluation|academic|"
    r"educational|personal|private|ask|contact|pay\w*|fees?|requir\w*|agree\w*|conditions?|terms|"
    r"subject)\b"
)


def restricts(words: str) -> bool:
    """Whether words that ought to be somebody's name could take a right away."""
    return _RESTRICTING.search(words) is not None


def is_whole(name: str, words: str) -> bool:
    """Whether a file holds the licence `name`, which was recognised in it, and no other terms.

    `words` are those of the file: lower case, without punctuation and copyright lines.
    """
    rest = _inserted(_SHORT[name], words) if name in _SHORT else _around(words)
    if name == "MIT-0" and rest is not None:
        rest = rest.replace("no attribution", "")
    if rest is None:
        return False
    return all(word in _harmless(name) or _YEAR.fullmatch(word) for word in set(rest.split()))


def _harmless(name: str) -> set[str]:
    family, *marks = name.split("-")
    parts: Iterable[str] = [_MARKS[mark] for mark in marks if mark in _MARKS]
    return set(" ".join([_PLAIN, _TITLES.get(family, ""), *parts]).split())


def _inserted(wording: str, words: str) -> str:
    """The words that the wording of the licence does not have, in order."""
    words = _NAME_NOT.sub(
        lambda name: name[0] if restricts(name[1]) else _ENDORSE.partition("products")[0], words
    )
    for slot in _HOLDERS:
        wording = slot.sub("somebody", wording)
        words = slot.sub(lambda name: name[0] if restricts(name[0]) else "somebody", words)
    expected, given = wording.split(), words.split()
    blocks = SequenceMatcher(None, expected, given, autojunk=False).get_opcodes()
    return " ".join(
        word for kind, _, _, first, last in blocks if kind != "equal" for word in given[first:last]
    )


def _around(words: str) -> str | None:
    """The words before and after a long licence; None where none is, or one with more in it."""
    padded = f" {words} "
    for license_ in _LONG:
        first = padded.find(f" {license_.begins} ")
        if first < 0:
            continue
        ends = [
            (place + len(phrase) + 1, most)
            for phrase, most in license_.ends
            if (place := padded.rfind(f" {phrase} ", first)) >= 0
        ]
        if not ends:
            continue
        last, most = max(ends)
        if most and len(padded[first:last].split()) > most:
            continue
        return padded[:first] + padded[last:]
    return None
