"""The skills stage: rows of the `skill` table from the configured sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from shellwright.recipe.move import Recipe
from shellwright.recipe.scenario import Scenario
from shellwright.shell import programs
from shellwright.skills.library import Skill, executable, load_library
from shellwright.skills.transitions import find_transitions


def skill_id(source: str, name: str) -> str:
    """The id of a skill: its source and its name within it."""
    return f"{source}/{name}"


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
        commands = found.commands.get(skill.name, [])
        rows.append(_row(source, skill, pairs, commands, problem, domains, allowed))
    return rows


def _row(
    source: str,
    skill: Skill,
    pairs: Sequence[tuple[Scenario, Scenario]],
    commands: Sequence[str],
    problem: str,
    domains: Mapping[str, frozenset[str]],
    allowed: Collection[str],
) -> dict[str, Any]:
    recipe = skill.recipe
    hosts = _hosts(recipe, domains) if recipe else []
    if recipe and not hosts and not problem:
        problem = f"no domain image has all of {', '.join(recipe.packages)}; add them to one"
    licensed = skill.license in allowed
    status = "broken" if problem else "ok" if licensed else "rejected"
    reason = problem or (
        None if licensed else f"licence {skill.license or 'NOASSERTION'} is not allowed"
    )
    return {
        "id": skill_id(source, skill.name),
        "name": skill.name,
        "title": skill.title,
        "description": skill.description,
        "body": skill.body,
        "category": skill.category,
        "source": source,
        "url": None,
        "commit": None,
        "path": skill.path,
        "license": skill.license or "NOASSERTION",
        "digest": skill.digest,
        "status": status,
        "reason": reason,
        "commands": list(commands),
        "tools": sorted({name for command in commands for name in programs(command)}),
        "packages": sorted(recipe.packages) if recipe else [],
        "domains": hosts,
        "root": recipe is not None and recipe.user == "root",
        "recipe": recipe is not None,
        "filters": [
            {
                "filter": "license",
                "verdict": "pass" if licensed else "fail",
                "reason": skill.license,
            }
        ],
        "transitions": [{"pre": pre.id, "post": post.id} for pre, post in pairs],
    }


def _hosts(recipe: Recipe, domains: Mapping[str, frozenset[str]]) -> list[str]:
    """The domains whose image has every package of the recipe."""
    return sorted(name for name, packages in domains.items() if set(recipe.packages) <= packages)


def merge(
    tables: Sequence[Sequence[Mapping[str, Any]]], warn: Callable[[str], None]
) -> list[dict[str, Any]]:
    """The rows of all sources, sorted by id; every skill that takes no part is named by `warn`."""
    rows = sorted((dict(row) for table in tables for row in table), key=lambda row: row["id"])
    for row in rows:
        if row["status"] != "ok":
            warn(f"skill {row['id']} is {row['status']} and left out: {row['reason']}")
    return rows


def read_libraries(sources: Sequence[Mapping[str, Any]], project: Path) -> dict[str, Skill]:
    """The executable skills of the configured libraries, by the id that blueprints use."""
    found: dict[str, Skill] = {}
    for source in sources:
        if source["kind"] == "library":
            for skill in load_library(project / source["path"]):
                if skill.recipe is not None:
                    found[skill_id(source["name"], skill.name)] = skill
    return found
