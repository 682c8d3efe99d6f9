"""Files that a skill's sentences name as read or written: "results are saved to `a.csv`"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.document import Document
from shellwright.skills.scenarios.formats import by_name
from shellwright.skills.scenarios.own import is_page
from shellwright.skills.scenarios.stated import Stated

_MAX_BODY = 60_000
_MOST = 12
_FILE = r"`?([\w~$/{}<>.*-]{2,100}\.\w{1,8})(?![\w/])`?"
_WRITES = re.compile(
    r"\b(?:sav(?:e[sd]?|ing)|stor(?:e[sd]?|ing)|writ(?:es?|ing|ten)|export(?:s|ed)?|outputs?"
    r"|generat(?:e[sd]?|ing)|creat(?:e[sd]?|ing)|produc(?:e[sd]?|ing)|append(?:s|ed)?"
    r"|record(?:s|ed)?|logg?(?:s|ed)|kept|keeps?|maintain(?:s|ed)?|updat(?:e[sd]?|ing))\b"
    rf"[^`\n.;]{{0,60}}?{_FILE}",
    re.IGNORECASE,
)
_READS = re.compile(
    r"\b(?:read(?:s|ing)?|load(?:s|ed|ing)?|pars(?:e[sd]?|ing)|scan(?:s|ned|ning)?"
    r"|search(?:es|ed|ing)?|analy[sz](?:e[sd]?|ing)|extract(?:s|ed|ing)?|import(?:s|ed|ing)?"
    rf"|process(?:es|ed|ing)?)\b[^`\n.;]{{0,40}}?{_FILE}",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no|not|never|neither|without|cannot|can't|don't|doesn't)\b.{0,30}$", re.I
)
#: Files that a skill brings along for its reader.
_OWN = re.compile(
    r"(?:^|/)(?:references?|assets|docs?|templates?|resources|examples?|scripts|tests?)/"
    r"|(?:^|/)(?:skill|readme|changelog|contributing|license|faq|quickstart)\.\w+$|basedir",
    re.IGNORECASE,
)
_KINDS = frozenset(
    {"archive", "audio", "database", "document", "image", "log", "page", "table", "video"}
)
#: Code, and tables, whose cells are no sentences.
_ASIDE = re.compile(r"^(```|~~~).*?^\1|^[ \t]*\|[^\n]*$", re.MULTILINE | re.DOTALL)


def told_files(document: Document) -> tuple[list[Stated], list[Stated]]:
    """The files that the text says are read, and those that it says are written."""
    if is_page(document):
        return [], []
    text = _ASIDE.sub("", f"{document.description}\n{document.body[:_MAX_BODY]}")
    return list(_files(text, _READS)), list(_files(text, _WRITES))


def _files(text: str, said: re.Pattern[str]) -> Iterator[Stated]:
    count = 0
    for match in said.finditer(text):
        artifact = by_name(match[1])
        start = text.rfind("\n", 0, match.start()) + 1
        if (
            artifact is not None
            and artifact.kind in _KINDS
            and not _OWN.search(match[1])
            and not _DENIED.search(text[start : match.start()])
        ):
            yield Stated(artifact, " ".join(match[0].split()))
            count += 1
        if count == _MOST:
            return
