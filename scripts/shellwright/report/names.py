"""What skills are called: a title for people, and the file to correct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellwright import tables

_ARROW = " → "


@dataclass(frozen=True)
class Named:
    """A skill's title, and the path of its recipe where it is one of a configured library."""

    title: str
    recipe: str | None = None


def read_names(skills: Path, sources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Named]:
    """The skills of the table by their ids. ``sources`` are the configured ones."""
    roots = {each["name"]: each["path"] for each in sources if each["kind"] == "library"}
    found = {}
    for row in tables.read_table(skills, "skill", ["id", "title", "source", "path", "recipe"]):
        root = roots.get(row["source"]) if row["recipe"] else None
        recipe = str(Path(root) / row["path"] / "recipe.py") if root is not None else None
        found[row["id"]] = Named(row["title"].strip() or _words(row["id"]), recipe)
    return found


def task_title(skills: Sequence[str], names: Mapping[str, Named]) -> str:
    """What a task is about: the titles along its path; empty for a task without skills."""
    first, *others = [title_of(skill, names) for skill in skills] or [""]
    return _ARROW.join([first, *map(_within, others)])


def title_of(skill: str, names: Mapping[str, Named]) -> str:
    """The title of a skill; made of its id where the library does not know it."""
    return names[skill].title if skill in names else _words(skill)


def _words(skill: str) -> str:
    text = skill.rpartition("/")[2].replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def _within(title: str) -> str:
    """A title in the middle of a line: without its capital, unless that belongs to the word."""
    word = title.split(" ", 1)[0]
    return title if word[1:] != word[1:].lower() else title[:1].lower() + title[1:]
