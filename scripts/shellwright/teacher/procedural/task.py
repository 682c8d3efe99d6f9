"""The procedural teacher: a task from a blueprint whose skills are all executable.

Test and oracle are two implementations of one outcome: the expected content is computed in
Python by the recipes, the oracle reaches it with commands in the container, and the verifier
compares the two.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.digest import canonical, digest
from shellwright.recipe.draw import Draw
from shellwright.recipe.move import Recipe
from shellwright.recipe.resource import Entry, Wrong
from shellwright.skills.library import Skill
from shellwright.tasks.bundle import Fixture, TaskSpec, build_bundle
from shellwright.teacher.procedural.calls import check_calls
from shellwright.teacher.procedural.compose import Composition, compose_blueprint
from shellwright.teacher.procedural.instruction import stated_facts, write_instruction
from shellwright.teacher.procedural.minutes import estimated_minutes


@dataclass(frozen=True)
class Environment:
    """The image that a task runs in: its key and the reference that a Dockerfile names."""

    key: str
    reference: str


def write_task(
    blueprint: Mapping[str, Any],
    skills: Mapping[str, Skill],
    environment: Environment,
) -> dict[str, Any]:
    """The task row of a blueprint.

    `skills` maps the ids that blueprints use to library skills. Raises ItemFailed where the
    blueprint cannot become a task.
    """
    recipes = {name: skill.recipe for name, skill in skills.items() if skill.recipe is not None}
    composition, draw = compose_blueprint(blueprint, recipes)
    used = [skills[name] for name in blueprint["skills"]]
    path_recipes = [recipes[name] for name in blueprint["skills"]]
    tools = sorted({tool for recipe in path_recipes for tool in recipe.tools})
    user = "root" if any(recipe.user == "root" for recipe in path_recipes) else "agent"
    effort = sum(recipe.effort for recipe in path_recipes)
    difficulty = "easy" if effort <= 2 else "medium" if effort <= 6 else "hard"
    category = _category(used, path_recipes)
    categories = [skill.category for skill in used]
    instruction = write_instruction(composition, categories, draw.child("instruction"))
    tags = sorted({skill.category for skill in used} | {r.kind for r in composition.made()})
    authoring = _authoring(composition, draw)
    expert, junior = estimated_minutes(instruction, authoring["steps"], effort, len(tools))
    files = build_bundle(
        TaskSpec(
            id=blueprint["id"],
            instruction=instruction,
            image=environment.reference,
            fixture=[_fixture(entry) for entry in composition.fixture()],
            commands=[s["command"] for s in authoring["steps"] if s["kind"] == "do"],
            calls=check_calls(composition.staged_checks()),
            difficulty=difficulty,
            category=category,
            domain=blueprint["domain"],
            user="root" if user == "root" else "agent",
            tags=tags,
            skills=[skill.name for skill in used],
            tools=tools,
            absent=_absent(composition),
            license=_license(used),
            expert_minutes=expert,
            junior_minutes=junior,
        )
    )
    row: dict[str, Any] = {
        "id": blueprint["id"],
        "status": "ok",
        "reason": None,
        "instruction": instruction,
        "files": [dict(file) for file in files],
        "environment_key": environment.key,
        "domain": blueprint["domain"],
        "user": user,
        "category": category,
        "difficulty": difficulty,
        "tags": tags,
        "tools": tools,
        "skills": list(blueprint["skills"]),
        "length": len(used),
        "license": _license(used),
        "authoring_json": canonical(authoring).decode(),
        "lineage_json": canonical(_lineage(blueprint, used)).decode(),
        "facts": stated_facts(instruction),
    }
    return sealed(row)


def sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its digest, which covers everything that decides how the task behaves.

    The lineage is left out: that a skill's prose was edited is no reason to verify a task again.
    """
    parts = {name: row[name] for name in row if name not in ("digest", "lineage_json")}
    return {**row, "digest": digest(parts)}


def failed_task(blueprint: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The row of a blueprint that could not become a task."""
    return {
        "id": blueprint["id"],
        "status": "failed",
        "reason": reason,
        "instruction": "",
        "files": [],
        "environment_key": None,
        "domain": blueprint["domain"],
        "user": "agent",
        "category": blueprint["category"],
        "difficulty": blueprint["difficulty"],
        "tags": [],
        "tools": [],
        "skills": list(blueprint["skills"]),
        "length": blueprint["length"],
        "license": "NOASSERTION",
        "authoring_json": "{}",
        "lineage_json": blueprint["lineage_json"],
        "facts": [],
        "digest": "",
    }


def _category(used: Sequence[Skill], recipes: Sequence[Recipe]) -> str:
    """The category with the most effort in the path; the later one of equals."""
    effort: Counter[str] = Counter()
    for skill, recipe in zip(used, recipes, strict=True):
        effort[skill.category] += recipe.effort
    last = {skill.category: place for place, skill in enumerate(used)}
    return max(effort, key=lambda category: (effort[category], last[category]))


def _license(used: Sequence[Skill]) -> str:
    """The SPDX expression that covers what the skills put into the task."""
    return " AND ".join(sorted({skill.license for skill in used}))


def _lineage(blueprint: Mapping[str, Any], used: Sequence[Skill]) -> dict[str, Any]:
    return {
        "blueprint": json.loads(blueprint["lineage_json"]),
        "scenarios": list(blueprint["scenarios"]),
        "seed": blueprint["seed"],
        "skills": [
            {"name": skill.name, "digest": skill.digest, "license": skill.license} for skill in used
        ],
        "source": blueprint["source"],
        "teacher": "procedural",
    }


def _authoring(composition: Composition, draw: Draw) -> dict[str, Any]:
    """What gates and policies need to know of how the task was made."""
    return {
        "steps": [
            {
                "skill": skill,
                "kind": step.kind,
                "command": step.command,
                "analysis": step.analysis,
                "plan": step.plan,
                "duration": step.duration,
                "fails": step.fails,
            }
            for skill, step in composition.steps()
        ],
        "deliverables": [
            {"path": entry.path, "kind": resource.kind, "resource": resource.path}
            for resource in composition.made()
            for entry in resource.entries()
            if entry.kind == "file"
        ],
        "wrong": [_wrong(answer) for answer in composition.wrong(draw)],
        "mistakes": [
            {
                "skill": skill,
                "before": before,
                "class": mistake.category,
                "command": mistake.command,
                "symptom": mistake.symptom,
                "diagnosis": mistake.diagnosis,
                "recovery": mistake.recovery,
            }
            for skill, before, mistake in composition.mistakes()
        ],
    }


def _wrong(answer: Wrong) -> dict[str, str | None]:
    content = base64.b64encode(answer.content).decode() if answer.path else None
    return {
        "name": answer.name,
        "path": answer.path or None,
        "content_b64": content,
        "command": answer.command or None,
    }


def _absent(composition: Composition) -> list[str]:
    """Delivered paths at which nothing lies at the start."""
    given = {entry.path for entry in composition.fixture()}
    return sorted(r.path for r in composition.made() if r.path not in given)


def _fixture(entry: Entry) -> Fixture:
    return Fixture(
        path=entry.path,
        kind=entry.kind,
        content=entry.content,
        target=entry.target,
        mode=entry.mode,
        uid=entry.uid,
        gid=entry.gid,
        mtime=entry.mtime,
    )
