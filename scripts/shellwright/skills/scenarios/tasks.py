"""What sort of task a skill says that it is: one that makes things, or one that checks them."""

from __future__ import annotations

import re

from shellwright.skills.document import Document

_MOST_EVIDENCE = 200
_MAKES = re.compile(
    r"\b(?:creat|generat|mak|build|produc|writ|draft|compos|scaffold|record|captur|log)"
    r"(?:e|es|s|ing|y)?\b",
    re.IGNORECASE,
)
_EDITS = re.compile(
    r"\b(?:edit|modif|updat|manipulat|annotat|fill)(?:e|es|s|ing|y|ies)?\b", re.IGNORECASE
)
_CHECKS = re.compile(
    r"\b(?:checklist|detector|(?:audit|check|lint|scan|inspect|vet|assess)(?:s|es|ing|or|er)?"
    r"|(?:validat|verif|evaluat|vett?|scann)(?:e|es|y|ies|ing|ion|or|er)s?)\b",
    re.IGNORECASE,
)
_FINDS = re.compile(
    r"\b(?:find|detect|identif|flag|catch|spot)(?:s|es|y|ies|ing)?\s(?:[\w-]+,?\s){0,4}?(?:bugs|errors"
    r"|gaps|injections?|issues|malware|manipulation|mistakes|patterns|problems|risks|secrets|smells"
    r"|violations|vulnerabilities)\b",
    re.IGNORECASE,
)
#: What is checked only now and then, or by somebody else, stands behind these.
_ASIDE = re.compile(
    r"\b(?:use (?:when|this)|when|if|triggers?|not|never|before|after)\b", re.IGNORECASE
)
#: A line on what the exit status says of what was looked at.
_STATUS = re.compile(r"^.{0,40}\bexit (?:codes?|status)\b.{0,160}$", re.IGNORECASE | re.MULTILINE)
_MOST_BODY = 60_000
#: The first words of a description.
_FIRST = 18


def says_it_makes(document: Document) -> bool:
    """Whether the description says that something new is made."""
    return _MAKES.search(document.description[:600]) is not None


def says_it_edits(document: Document) -> bool:
    """Whether the description says that what is there is changed."""
    return _EDITS.search(document.description[:600]) is not None


def says_it_checks(document: Document, first: bool = False) -> str:
    """The words by which the skill says that its task is to check something, or nothing; with
    `first` only where its name or its first words say so."""
    words = " ".join(document.description.split())[:300]
    main = _ASIDE.split(words, maxsplit=1)[0]
    match = _CHECKS.search(main, 0, _FIRST if first else len(main)) or (
        None if first else _FINDS.search(words)
    )
    if match is not None and not (first and "," in main[: match.start()]):
        return words[max(match.start() - 60, 0) :][:_MOST_EVIDENCE]
    if _CHECKS.search(document.name.replace("-", " ")) is not None:
        return document.name
    status = None if first else _STATUS.search(document.body[:_MOST_BODY])
    return " ".join(status[0].split())[:_MOST_EVIDENCE] if status else ""
