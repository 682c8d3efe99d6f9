"""Whether following a skill could do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shellwright.skills.document import Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.threats.abuse import abuse, attackers
from shellwright.skills.filters.threats.declared import declared
from shellwright.skills.filters.threats.destruction import destruction
from shellwright.skills.filters.threats.downloads import downloads, instructions
from shellwright.skills.filters.threats.injection import injection
from shellwright.skills.filters.threats.installs import installs
from shellwright.skills.filters.threats.obfuscation import obfuscation
from shellwright.skills.filters.threats.persistence import persistence
from shellwright.skills.filters.threats.planting import planting
from shellwright.skills.filters.threats.rule import Threat
from shellwright.skills.filters.threats.secrets import secrets
from shellwright.skills.filters.threats.spying import spying
from shellwright.skills.filters.threats.unlooked import unlooked
from shellwright.skills.filters.verdicts import counted, failed, listed, passed

#: In the order in which they are told: what does most harm comes first.
CHECKS: tuple[Callable[[Material], Iterator[Threat]], ...] = (
    downloads,
    installs,
    obfuscation,
    secrets,
    spying,
    destruction,
    planting,
    declared,
    injection,
    abuse,
    instructions,
    persistence,
    unlooked,
)


def safe(material: Material) -> Verdict:
    """The first threat that is found decides. A pass says what was looked through."""
    found = next(threats(material), None)
    if found is not None:
        return failed("safe", found.reason, found.evidence)
    beside = [text.script for text in (*material.scripts, *material.others)]
    files = beside if material.page else ["SKILL.md", *beside]
    commands = sum(len(piece.calls) for piece in material.shell)
    looked = f"{counted(commands, 'command')} and {counted(len(files), 'file')}"
    return passed("safe", f"nothing found in {looked}", listed(files))


def threats(material: Material) -> Iterator[Threat]:
    """All threats, the worst kinds first."""
    for check in CHECKS:
        # A page tells what a program can do, for whoever has asked: its words name what it is used
        # against. The checks for harm to the reader know what a page may show.
        if not (material.page and check is abuse):
            yield from check(material)
    for name in sorted(attackers(material)) if material.page else ():
        yield Threat("uses a tool for attacks", name)
    too_large = material.cut or material.crowded
    if too_large:
        yield Threat("too large to judge", too_large)
