"""The library of executable skills: folders with a SKILL.md and a recipe.py.

`<library>/<category>/<name>/` holds one skill. A skill that cannot be loaded is reported with
what is wrong and where, and takes no part in the build; the others are not affected.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from shellwright.digest import tree_digest
from shellwright.errors import UserError
from shellwright.recipe.move import Recipe
from shellwright.skills.fields import FIELDS

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Skill:
    """A skill of the library. `recipe` is None, and `problem` says why, where it is broken."""

    name: str
    category: str
    field: str
    title: str
    description: str
    body: str
    license: str
    path: str
    digest: str
    recipe: Recipe | None
    problem: str = ""


def load_library(folder: Path) -> list[Skill]:
    """Every skill below `folder`, sorted by name.

    Raises UserError where the folder is missing or two skills have the same name.
    """
    if not folder.is_dir():
        raise UserError(
            f"skills: no folder {folder}; expected a library of <category>/<name>/SKILL.md. "
            "Correct skills.sources[].path in the config."
        )
    files = [path for name in ("SKILL.md", "recipe.py") for path in folder.glob(f"*/*/{name}")]
    skills = [load_skill(path) for path in sorted({file.parent for file in files})]
    seen: dict[str, Skill] = {}
    for skill in skills:
        other = seen.setdefault(skill.name, skill)
        if other is not skill:
            raise UserError(
                f"skills: {skill.path} and {other.path} are both called {skill.name}; "
                "give one of them another name."
            )
    return sorted(skills, key=lambda skill: skill.name)


def executable(skills: Iterable[Skill]) -> dict[str, Recipe]:
    """The recipes of the skills that have one, by name."""
    return {skill.name: skill.recipe for skill in skills if skill.recipe is not None}


def skill_id(source: str, name: str) -> str:
    """The id of a skill: its source and its name within it."""
    return f"{source}/{name}"


def read_libraries(sources: Sequence[Mapping[str, Any]], project: Path) -> dict[str, Skill]:
    """The executable skills of the configured libraries, by the id that blueprints use."""
    found: dict[str, Skill] = {}
    for source in sources:
        if source["kind"] == "library":
            for skill in load_library(project / source["path"]):
                if skill.recipe is not None:
                    found[skill_id(source["name"], skill.name)] = skill
    return found


def load_skill(folder: Path) -> Skill:
    """One skill. What is wrong with it ends up in `problem`; nothing is raised for it."""
    name, category = folder.name, folder.parent.name
    title = field = description = body = license_ = ""
    recipe, problem = None, ""
    try:
        front, body = split_front_matter((folder / "SKILL.md").read_text(encoding="utf-8"))
        metadata = front.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        title, field = str(metadata.get("title", "")), str(metadata.get("field", ""))
        description, license_ = str(front.get("description", "")), str(front.get("license", ""))
        problem = _front_problem(front, name, title, field)
        if not problem:
            recipe = load_recipe(folder / "recipe.py")
    except UserError as error:
        problem = str(error)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        problem = f"{folder / 'SKILL.md'}: {error}"
    return Skill(
        name=name,
        category=category,
        field=field,
        title=title,
        description=description,
        body=body,
        license=license_,
        path=f"{category}/{name}",
        digest=tree_digest(folder),
        recipe=recipe,
        problem=problem,
    )


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """The YAML front matter of a SKILL.md and the Markdown below it.

    Raises ValueError where there is no front matter or it is not a mapping.
    """
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    if match is None:
        raise ValueError("no front matter; expected YAML between two lines of ---")
    front = yaml.safe_load(match[1])
    if not isinstance(front, dict):
        raise ValueError("the front matter is not a mapping of keys to values")
    return front, match[2].strip() + "\n"


def _front_problem(front: dict[str, object], name: str, title: str, field: str) -> str:
    """What the Agent Skills specification would object to, or nothing."""
    if front.get("name") != name:
        return (
            f"SKILL.md: name is {front.get('name')!r}; expected {name!r}, as the folder is called"
        )
    if not NAME.fullmatch(name) or len(name) > 64:
        return f"SKILL.md: {name!r} is no skill name; use a-z, 0-9 and single hyphens, at most 64"
    description = front.get("description")
    if not isinstance(description, str) or not 1 <= len(description) <= 1024:
        return "SKILL.md: description is missing or longer than 1,024 characters"
    if not front.get("license"):
        return "SKILL.md: no license; state its SPDX identifier"
    if not title:
        return "SKILL.md: no metadata.title; give a short title"
    if field not in FIELDS:
        return f"SKILL.md: metadata.field is {field!r}; expected one of {', '.join(FIELDS)}"
    return ""


def load_recipe(path: Path) -> Recipe:
    """The recipe in a recipe.py, instantiated. Raises UserError with file and line."""
    try:
        module = _import(path)
    except SyntaxError as error:
        raise UserError(
            f"syntax error: {path}, line {error.lineno}: {error.msg}; correct the recipe"
        ) from error
    except (Exception, SystemExit) as error:
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        raise UserError(
            f"recipe cannot be imported: {path}, line {line}: {type(error).__name__}: {error}"
        ) from error
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Recipe)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
    ]
    if len(found) != 1:
        raise UserError(f"{path}: {len(found)} subclasses of Recipe; expected exactly one")
    for attribute in ("needs", "gives", "tools"):
        if not isinstance(getattr(found[0], attribute, None), tuple):
            raise UserError(f"{path}: {found[0].__name__}.{attribute} is missing or not a tuple")
    return found[0]()


def _import(path: Path) -> ModuleType:
    name = "shellwright_recipe_" + path.parent.name.replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path}: no such file; a library skill needs a recipe.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
