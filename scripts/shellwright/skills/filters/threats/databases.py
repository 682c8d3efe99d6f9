"""Databases that are dropped: work in a skill that administers them and has its user asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shellwright.skills.document import Call
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.threats.pipes import program_of, unquoted, upstream

_CLIENTS = frozenset(
    """psql mysql mariadb sqlcmd clickhouse-client cockroach mongosh mongo redis-cli
    valkey-cli""".split()  # noqa: SIM905
)
_DROPS = re.compile(
    r"\bdrop\s+(?:database|schema)\s+(?:if\s+exists\s+)?(?P<name>[^\s;]{1,80})"
    r"|\bdropdatabase\s*\(|^flush(?:all|db)\b",
    re.IGNORECASE,
)
#: Databases that are made to be thrown away.
_SCRATCH = re.compile(
    r"test|te?mp|dev|staging|demo|sample|example|scratch|local|sandbox|old|copy|backup|_restore"
    r"|[<{$]",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:databases?|dba|postgres\w*|mysql|mariadb|mongo\w*|sql|redis|supabase|migrations?)\b"
)
_ASKS = re.compile(
    r"\b(?:ask\w*|confirm\w*|approv\w*|permission|consent)\b|\bback(?:ing)? ?up\b|\bpg_dump\b"
)


def drops_database(material: Material, calls: Sequence[Call], place: int) -> bool:
    """Whether a call drops a database that is no scratch, without anybody being asked."""
    call = calls[place]
    program = program_of(call)
    words = [unquoted(word) for word in call.arguments]
    if program == "dropdb":
        named = [word for word in words if not word.startswith("-")][-1:]
    elif program == "mysqladmin" and "drop" in words:
        named = words[words.index("drop") + 1 :][:1]
    elif program in _CLIENTS:
        before = upstream(calls, place)
        said = (
            *words,
            *call.fed,
            *(word for each in before for word in (*each.arguments, *each.fed)),
        )
        found = (match for word in said for match in _DROPS.finditer(word.strip()))
        named = [match["name"] or "all" for match in found]
    else:
        return False
    if all(map(_SCRATCH.search, named)):
        return False
    text = material.text.lower
    return not (_ABOUT.search(material.head) and _ASKS.search(text))
