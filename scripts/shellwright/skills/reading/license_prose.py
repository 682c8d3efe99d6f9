"""What a skill's own text says of its licence: a line that names it, and terms that differ from
what was found elsewhere.

Only what is said of the skill itself counts: a section on the licence, lines such as
`License: MIT`, copyright lines, and sentences whose subject is the skill. What the text tells to
do with somebody else's work, and what stands in code or quotes, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from shellwright.skills.reading.license_names import named_license
from shellwright.skills.reading.license_texts import recognized
from shellwright.skills.reading.markdown import plain
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY

_LONGEST_QUOTE = 100
_LONGEST_LINE = 2000
_LONGEST_LABEL = 200
#: One of these is in every line that counts; nearly all others are passed over.
_WORTH_READING = re.compile(
    r"(?i)licen[cs]e|rights|propriet|distribut|cop[yi]|repro|use only|under|commercial|customers"
    r"|subscribers|members|users|internal use|shar(?:e|ing)|s[eo]ll?d?\b|confidential"
)
_FENCE = re.compile(r"[\s>]*(`{3,}|~{3,})")
#: Some editors have made an item of a list of every line.
_ITEM = re.compile(r"\s*[-*+>] +")
_HEADING = re.compile(r"[\s>*+-]*(#{1,6})\s+(.*)")
_RULE = re.compile(r"[\s>]*(?:[-*+] )?\s*([-*_])(?:\s?\1){2,}\s*")
#: The whole heading: one about licences in general has more words.
_SECTION = re.compile(
    r"(?i)[^a-z]{0,9}(?:licen[cs](?:e|ing)|copyright)"
    r"(?:\s?(?:&|and|/)\s?(?:\w{1,20} ?){1,3})?[^a-z]{0,9}"
)
#: Marks of lists, quotes and tables, and numbers of items.
_MARKS = re.compile(r"^[^\w©(\"'“`]+(?:\d+[.)]\s+)?")
#: Behind "Inc." a sentence goes on with a small letter.
_SENTENCE = re.compile(r"(?<=[!?;])\s+|(?<=\.)\s+(?![a-z])")
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^”]*”")
_THIS = (
    r"(?:(?:this|these) (?:\w+ ){0,2}(?:skills?|documents?|files?|software|code|materials?|works?"
    r"|contents?|packages?|plugins?|instructions|repository|project)|the skill)"
)
_LABEL = re.compile(r"(?i)(?:spdx-)?licen[cs]e(?:-identifier)?\s?:\s?(.+)")
_UNDER = re.compile(
    rf"(?i)(?:{_THIS} )?(?:is |are )?"
    r"(?:licen[cs]ed|released|distributed|published|made available|available|provided)"
    r" (?:only )?under (.+)"
)
_COPY = r"(?:copy|redistribute|distribute|reproduce|resell)"
_COPIED = r"(?:copied|redistributed|distributed|reproduced|resold)"
_COPYING = r"(?:copying|(?:re)?distribution|(?:re)?distributing|reproduction|reselling|resale)"
#: "Copy", "share, modify or redistribute": one of the words takes a right away.
_COPYING_AND_MORE = rf"(?:(?:share|modify|sell|use),? )?(?:(?:or|and) )?{_COPY}"
_BARRED = r"(?:strictly )?(?:prohibited|forbidden|not (?:allowed|permitted))"
_NOT_TO = r"(?:do not|(?:you )?(?:may|must|can|shall) ?not|you are not (?:allowed|permitted) to)"
_ONLY_FOR = (
    r"(?:(?:personal|internal|private|evaluation|educational|non-?commercial) use only"
    r"|internal use (?:at|by|of) .{1,40} only)"
)
_PAYING = r"(?:paying|paid|licen[cs]ed|premium) (?:customers?|users?|subscribers?|members?)"
#: Whom alone it is for: those who have paid.
_FOR_PAYING = (
    rf"(?:(?:only|solely|exclusively) (?:available )?(?:for|to|by) (?:our )?{_PAYING}"
    rf"|(?:for|to|by) (?:our )?{_PAYING}(?: of .{{1,40}})? only)"
)
#: Sentences that take rights away, each the whole of what it says.
_ALONE = re.compile(
    r"(?i)(?:strictly )?(?:"
    r"(?:(?:©|\(c\)|copyright).*\b)?all rights (?:are )?reserved"
    r"|proprietary(?: (?:and|&) confidential| software| licen[cs]e)?"
    r"|not for (?:re)?distribution\b.{0,60}"
    rf"|{_NOT_TO} {_COPYING_AND_MORE}(?:,? (?:or |and )?(?:{_COPY}|modify|share|sell))*(?: it)?"
    r"(?: without .{0,60})?"
    r"|no (?:re)?distribution\b.{0,60}"
    rf"|{_COPYING} (?:is )?{_BARRED}"
    rf"|(?:for )?{_ONLY_FOR}(?:, no .{{1,40}})?"
    rf"|(?:it is |available |licen[cs]ed )?{_FOR_PAYING}"
    r"|(?:not for|no) commercial use(?: without .{0,60})?"
    r"|commercial use (?:is )?(?:prohibited|forbidden|not (?:allowed|permitted)|requires .{1,40})"
    r"|unauthori[sz]ed (?:copying|distribution|reproduction)\b.{0,100}"
    r")[.!]*"
)
#: The same, said of the skill.
_OF_ITSELF = re.compile(
    rf"(?i)\b{_THIS} (?:(?:is|are) (?:strictly )?(?:(?:confidential (?:and|&) )?proprietary"
    rf"|not for (?:re)?distribution|(?:for )?{_ONLY_FOR}|(?:available |licen[cs]ed )?{_FOR_PAYING}"
    r"|(?:free )?for personal use,? (?:but )?not for commercial|not for commercial use"
    r"|not free for commercial|licen[cs]ed (?:per (?:seat|user)|to (?:subscribers|customers)))"
    rf"|(?:may|must|can|shall|is|are) ?not (?:to )?be (?:{_COPIED}|shared|sold|used commercially"
    r"|used for commercial))"
    rf"|\b{_NOT_TO} {_COPYING_AND_MORE}(?: or share)? {_THIS}\b"
    rf"|\b(?:{_COPYING}|sharing)(?: of)? {_THIS}\b.{{0,60}} (?:is|are) {_BARRED}"
    rf"|\bno part of {_THIS} (?:may|can|shall) be {_COPIED}"
    rf"|\buse of {_THIS} requires a (?:commercial|paid) licen[cs]e"
    rf"|\b(?:buy|purchase) a licen[cs]e (?:to use|for) {_THIS}\b"
    rf"|\bonly (?:for )?{_PAYING} (?:may|can) use {_THIS}\b"
    r"|\bthis is (?:the )?proprietary (?:software|material|code|work)\b"
)
#: In a section on the licence these words are enough.
_IN_SECTION = re.compile(
    r"(?i)\b(?:all rights (?:are )?reserved|proprietary|not for (?:re)?distribution"
    rf"|(?:do|may|must|can|shall) ?not (?:be )?(?:{_COPYING_AND_MORE}|{_COPIED})"
    rf"|no (?:re)?distribution|{_FOR_PAYING}|{_NOT_TO} {_COPYING_AND_MORE}"
    rf"|unauthori[sz]ed (?:copying|use|distribution)|{_ONLY_FOR}"
    r"|(?:no|not for) commercial use|commercial use (?:is )?(?:prohibited|forbidden|not|needs"
    r"|requires)|for commercial use,? (?:please )?(?:contact|buy|purchase)"
    r"|(?<!and )(?<!& )(?<!or )commercial licen[cs]e (?:is )?(?:needed|required)"
    r"|(?:distribution|copying) (?:is )?(?:strictly )?(?:prohibited|forbidden|not))"
)
_RESERVED = re.compile(r"(?i)all rights (?:are )?reserved")
#: Licences as a text names them, by their family.
_FAMILIES = {
    "AGPL": r"(?i:\bAGPL|affero general public licen)",
    "LGPL": r"(?i:\bLGPL|(?:lesser|library) general public licen)",
    "GPL": r"(?i:\bGPL|(?<!affero )(?<!lesser )(?<!library )general public licen)",
    "CC0": r"(?i:\bcc0\b)",
    "Apache": r"\bApache(?:[- ]?2|,? [Ll]icen|,? [Vv]ersion|$)",
    "MIT": r"\bMIT\b",
    "BSD": r"\bBSD\b",
    "MPL": r"\bMPL\b|(?i:mozilla public licen)",
    "ISC": r"\bISC(?: [Ll]icen|$)",
    "BUSL": r"\bBUSL\b|(?i:business source licen)",
    "SSPL": r"\bSSPL\b|(?i:server side public licen)",
    "Unlicense": r"\bUnlicense\b",
}
_CREATIVE_COMMONS = re.compile(
    r"(?i)\bcc[ -]by((?:[ -](?:nc|sa|nd)\b)*)"
    r"|creative commons attribution((?:[ -]*(?:non-?commercial|share-?alike|no-?deriv[a-z]*))*)"
)
_CONDITIONS = {"NC": "nc non", "SA": "sa sharealike share-alike", "ND": "nd no-deriv noderiv"}


@dataclass(frozen=True)
class _Own:
    """The licence that was found: its identifiers, and their families."""

    names: frozenset[str]
    families: frozenset[str]

    def stands_in(self, words: str) -> bool:
        return bool(self.families & _families(words)) or any(name in words for name in self.names)

    def contradicts(self, words: str) -> bool:
        """Whether words name licences, and not this one."""
        return bool(_families(words)) and not self.stands_in(words)


def other_terms(license_: str, text: str) -> str:
    """The words of a skill's text that contradict its licence, an SPDX expression that was found
    elsewhere: at most 100 characters of them; empty where there are none."""
    if license_ in (NOASSERTION, PROPRIETARY):
        return ""
    names = frozenset(re.findall(r"[\w.+-]{3,}", license_)) - {"AND", "WITH"}
    own = _Own(names, frozenset().union(*(_families(name) for name in names)))
    sections = list(_sections(text))
    # Where it says its licence itself, "all rights reserved" is how a copyright line ends.
    agrees = any(own.stands_in(plain(" ".join(lines))) for lines in sections)
    found = next((words for lines in sections if (words := _in_section(lines, own))), "") or next(
        (line for line in _prose(text) if _says_otherwise(line, own, agrees)), ""
    )
    words = _bare(found)
    return words if len(words) <= _LONGEST_QUOTE else words[: _LONGEST_QUOTE - 1] + "…"


def own_license(text: str) -> str:
    """The licence that a skill's text names for itself, in its own words, or nothing.

    A line `License: MIT` counts where it can only mean the skill: above all headings but the first,
    in a section on the licence, or in the last paragraph. Where two such lines differ both stand
    there, which is the name of no licence.
    """
    sections = (line for lines in _sections(text) for line in lines)
    said: dict[str, None] = {}
    for line in chain(_head(text), sections, _foot(text)):
        quoted = len(line) > _LONGEST_LABEL or line.lstrip().startswith(">")
        label = None if quoted else _LABEL.fullmatch(_bare(line))
        if label:
            said[label[1].strip()] = None
    return ", but ".join(said)


def _head(text: str) -> Iterator[str]:
    """The lines above a text's first section: those below its title, too."""
    titled = False
    for line in _prose(text):
        heading = _HEADING.match(line)
        if heading and (titled or len(heading[1]) > 1):
            return
        titled = titled or heading is not None
        yield line


def _foot(text: str) -> list[str]:
    """The lines of a text's last paragraph."""
    lines: list[str] = []
    for line in _prose(text.rstrip()):
        if line.strip() and not _HEADING.match(line):
            lines.append(line)
        else:
            lines = []
    return lines


def _prose(text: str) -> Iterator[str]:
    """The lines that are no code."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        elif not line.startswith(("    ", "\t")) or _ITEM.match(line):
            yield line


def _sections(text: str) -> Iterator[list[str]]:
    """The lines of each section on the licence, without headings."""
    depth = 0
    lines: list[str] = []
    for line in _prose(text):
        heading = _HEADING.match(line)
        if depth and (_RULE.fullmatch(line) or (heading and len(heading[1]) <= depth)):
            yield lines
            depth, lines = 0, []
        if heading and not depth and _SECTION.fullmatch(plain(heading[2])):
            depth = len(heading[1])
        elif depth and not heading:
            lines.append(line)
    yield lines


def _in_section(lines: list[str], own: _Own) -> str:
    """The line of a section on the licence that says other terms; empty where none does."""
    words = " ".join(lines)
    agrees = own.stands_in(plain(words)) or recognized("\n".join(lines)) in own.names
    for line in lines:
        unquoted = plain(_QUOTED.sub("", line[:_LONGEST_LINE]))
        taken = _IN_SECTION.search(unquoted)
        if taken and not (agrees and _RESERVED.fullmatch(taken[0])):
            return line
    return "" if agrees else next((line for line in lines if own.contradicts(plain(line))), "")


def _says_otherwise(line: str, own: _Own, agrees: bool) -> bool:
    """Whether a line says of the skill, wherever it stands, that its terms are others; `agrees`
    tells that a section on the licence says the same as was found."""
    if len(line) > _LONGEST_LINE or not _WORTH_READING.search(line):
        return False
    bare = _bare(line)
    label = _LABEL.fullmatch(bare)
    if label and (own.contradicts(label[1]) or named_license(label[1]) == PROPRIETARY):
        return True
    agrees = agrees or own.stands_in(bare)
    for part in _SENTENCE.split(_QUOTED.sub("", line)):
        sentence = _bare(part)
        under = _UNDER.match(sentence)
        if under and own.contradicts(under[1]):
            return True
        if _ALONE.fullmatch(sentence) and not (agrees and _RESERVED.search(sentence)):
            return True
        if _OF_ITSELF.search(sentence):
            return True
    return False


def _bare(line: str) -> str:
    """A line without the marks of Markdown."""
    return _MARKS.sub("", plain(line))


def _families(words: str) -> frozenset[str]:
    found = {name for name, pattern in _FAMILIES.items() if re.search(pattern, words)}
    for match in _CREATIVE_COMMONS.finditer(words):
        said = (match[1] or match[2] or "").lower()
        marks = [mark for mark, forms in _CONDITIONS.items() if _has(said, forms)]
        found.add("-".join(["CC-BY", *marks]))
    return frozenset(found)


def _has(said: str, forms: str) -> bool:
    return any(form in said for form in forms.split())
