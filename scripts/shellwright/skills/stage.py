"""The skills stage: rows of the `skill` table from the configured sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shellwright.recipe.move import Recipe
from shellwright.recipe.scenario import Scenario
from shellwright.shell import programs
from shellwright.skills.duplicates import mark_duplicates
from shellwright.skills.library import Skill, executable, load_library, skill_id
from shellwright.skills.reading.license_names import named_license
from shellwright.skills.spdx import may_use
from shellwright.skills.transitions import find_transitions

PROJECT = Path(__file__).resolve().parents[3]


def collect_library(
    source: str,
    folder: Path,
    domains: Mapping[str, frozenset[str]],
    allowed: Collection[str],
) -> list[dict[str, Any]]:
    """The rows of a library of executable skills.

    `domains` maps a domain to the packages of its image, `allowed` are the SPDX licences that may
    be used. Broken and refused skills are rows, too, with their reason.
    """
    skills = load_library(folder)
    found = find_transitions(executable(skills))
    rows = []
    for skill in skills:
        pairs = found.pairs.get(skill.name, [])
        problem = skill.problem or found.problems.get(skill.name, "")
        if not problem and not pairs:
            problem = "no scenario that can be reached suits `needs`; the skill can never be used"
        problem = _portable(problem, folder)
        commands = found.commands.get(skill.name, {})
        rows.append(_row(source, skill, pairs, commands, problem, domains, allowed))
    return rows


def _portable(problem: str, library: Path) -> str:
    """The problem without the paths of this machine: a row is the same in every clone."""
    for root in (PROJECT, library, library.resolve()):
        problem = problem.replace(f"{root}/", "")
    return problem


def _row(
    source: str,
    skill: Skill,
    pairs: Sequence[tuple[Scenario, Scenario]],
    commands: Mapping[str, bool],
    problem: str,
    domains: Mapping[str, frozenset[str]],
    allowed: Collection[str],
) -> dict[str, Any]:
    recipe = skill.recipe
    hosts = _hosts(recipe, domains) if recipe else []
    if recipe and not hosts and not problem:
        problem = f"no domain image has all of {', '.join(recipe.packages)}; add them to one"
    license_ = named_license(skill.license)
    licensed = may_use(license_, allowed)
    place = {"source": source, "url": None, "commit": None, "path": skill.path, "license": license_}
    status = "broken" if problem else "ok" if licensed else "rejected"
    reason = problem or (None if licensed else f"licence {license_} is not allowed")
    return {
        "id": skill_id(source, skill.name),
        "name": skill.name,
        "title": skill.title,
        "description": skill.description,
        "body": skill.body,
        "category": skill.category,
        "field": skill.field or None,
        **place,
        "license_evidence": "front matter",
        "digest": skill.digest,
        "status": status,
        "reason": reason,
        "problems": [],
        "provenance": [{"id": skill_id(source, skill.name), **place, "similarity": 1.0}],
        "commands": list(commands),
        "tools": _tools(commands),
        "oracle_tools": _tools(command for command, does in commands.items() if does),
        "packages": sorted(recipe.packages) if recipe else [],
        "domains": hosts,
        "root": recipe is not None and recipe.user == "root",
        "recipe": recipe is not None,
        "filters": [
            {
                "filter": "license",
                "verdict": "pass" if licensed else "fail",
                "reason": license_,
                "evidence": "front matter",
                "judge": "procedural",
            }
        ],
        "pre": [],
        "post": [],
        "transitions": [{"pre": pre.id, "post": post.id} for pre, post in pairs],
    }


def _tools(commands: Iterable[str]) -> list[str]:
    """The programs that the commands call."""
    return sorted({name for command in commands for name in programs(command)})


def _hosts(recipe: Recipe, domains: Mapping[str, frozenset[str]]) -> list[str]:
    """The domains whose image has every package of the recipe."""
    return sorted(name for name, packages in domains.items() if set(recipe.packages) <= packages)


def merge(
    tables: Sequence[Sequence[Mapping[str, Any]]],
    threshold: float,
    warn: Callable[[str], None],
) -> list[dict[str, Any]]:
    """The rows of all sources, sorted by id, with duplicates marked.

    Sources come in order of preference: of several skills with the same text, the first one that
    may be used stays. Every skill of a library that takes no part is named by `warn`; of scraped
    ones most are left out, and the report lists them.
    """
    rows = mark_duplicates([row for table in tables for row in table], threshold)
    for row in rows:
        if row["status"] != "ok" and row["recipe"] | (row["status"] == "broken"):
            warn(f"skill {row['id']} is {row['status']} and left out: {row['reason']}")
    return sorted(rows, key=lambda row: row["id"])
