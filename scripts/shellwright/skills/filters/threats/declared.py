"""Code that says of itself that it is a back door."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.threats.pipes import program_of, unquoted
from shellwright.skills.filters.threats.rule import Threat

_DOOR = (
    r"back ?-?door|后门|後門|бэкдор|бекдор|puertas? traseras?|portes? dérobées?|hintertür(?:en)?"
    r"|バックドア|백도어"
)
_NAMED = re.compile(_DOOR)
_COMMENT = re.compile(r"(?:^|[\s;{}])(?:#|//|/\*|--[ \t])[^\n]{0,400}", re.MULTILINE)
#: Words of comments that speak of what others might have hidden.
_LOOKING = re.compile(
    r"\b(?:check|detect|scan|find|look|search|seek|hunt|prevent|avoid|protect|guard|remove|reject"
    r"|refus|block|flag|warn|audit|review|analy[sz]|inspect|identif|against|attack|malicious"
    r"|malware|suspicious|threat|vulnerab|compromis|pattern|signature|rule|known|e\.g|such as"
    r"|like|no|not|never|without|any|if|test|sample|example|fake|simulat)\w*\b"
    r"|检测|扫描|检查|查找|防止|发现|排查|清除|避免|没有|恶意|провер|поиск|detect|busca|prüf|such"
)
_DEFINED = re.compile(
    r"\b(?:def|function|func|fn|sub|class)[ \t]{1,4}(\w{0,40}back_?door\w{0,40})"
    r"|(?m:^)[ \t]{0,20}(\w{0,40}back_?door\w{0,40})[ \t]{0,3}(?:\(\)[ \t\n]{0,3}\{|=(?!=))"
)
_SEEKING = re.compile(
    r"check|detect|scan|find|search|has|is_|no_|test|pattern|rule|remove|list|count|regex|keyword"
    r"|signature|indicator|known"
)
#: What a break-in leaves behind to show that it has worked.
_MARK = re.compile(r"(?:.*/)?(?:\w{1,20}[._-])?pwned(?:[._-]\w{1,20})?")
_MARKING = frozenset({"touch", "tee", "mkdir", "cp", "mv", "install"})
_REASON = "says itself that it is a back door"
_MOST = 100_000


def declared(material: Material) -> Iterator[Threat]:
    """Comments, names and files in code that declare a back door. What looks for one is none."""
    if material.guards or material.page:
        return
    blocks = [code for code in material.document.code if not code.script]
    for code in (*blocks, *material.script_codes):
        low = code.text[:_MOST].lower()
        if not _NAMED.search(low) and "backdoor" not in low and "back_door" not in low:
            continue
        for comment in _COMMENT.finditer(low):
            if _NAMED.search(comment[0]) and not _LOOKING.search(comment[0]):
                yield Threat(_REASON, comment[0].strip())
        for name in _DEFINED.finditer(low):
            if not _SEEKING.search(name[1] or name[2]):
                yield Threat(_REASON, name[0].strip())
    for piece in material.shell:
        for call in piece.calls:
            words = call.arguments if program_of(call) in _MARKING else ()
            marks = (unquoted(word) for word in (*words, *call.writes))
            if any(map(_MARK.fullmatch, marks)) and not refused_call(material, piece.code, call):
                yield Threat(
                    "leaves the mark of a break-in", " ".join((call.program, *call.arguments))
                )
