"""The four filters that decide whether a skill is of use."""

from __future__ import annotations

from shellwright.skills.document import Document, Verdict
from shellwright.skills.filters.linux import linux
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.safe import safe
from shellwright.skills.filters.verifiable import verifiable
from shellwright.skills.filters.workflow import workflow
from shellwright.skills.found import FoundSkill


def judge(found: FoundSkill, document: Document) -> list[Verdict]:
    """The verdicts on a skill, or a page: linux, workflow, safe, verifiable."""
    material = Material(found, document)
    return [linux(material), workflow(material), safe(material), verifiable(material)]
