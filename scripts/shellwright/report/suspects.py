"""Suspects: the skills that rejected tasks have in common, with the file to correct."""

import shlex
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shellwright import tables
from shellwright.report.names import Named

BUNDLED = Path("resources/skills")
_MOST = 5
#: Characters of a reason.
_LONGEST = 200
#: A skill is suspected when at least this share of its tasks is rejected.
_SHARE = 0.5


@dataclass(frozen=True)
class Suspect:
    """A skill, how many of its tasks were rejected, of how many, and one of them.

    ``said`` is why that one was rejected, ``recipe`` the path of the skill's recipe, None where it
    has no known one.
    """

    skill: str
    rejected: int
    tasks: int
    example: str
    said: str = ""
    recipe: str | None = None

    @property
    def finding(self) -> str:
        """What to say of it."""
        return f"{self.skill}: {self.rejected} of its {self.tasks} tasks rejected"

    @property
    def advice(self) -> list[tuple[str, str]]:
        """What to do about it: names, and the file or command to each."""
        name = self.skill.rpartition("/")[2]
        return [
            ("said", textwrap.shorten(self.said, _LONGEST, placeholder=" …")),
            ("correct", self.recipe or "its recipe.py"),
            ("check it", f"python -m shellwright.check_skill {name}{self._library}"),
            ("evidence", f"results/verified/failures/{self.example}"),
        ]

    @property
    def _library(self) -> str:
        """The option that names the library of the recipe, where it is not the bundled one."""
        folder = Path(self.recipe).parents[2] if self.recipe else BUNDLED
        return "" if folder == BUNDLED else f" --library {shlex.quote(str(folder))}"

    def lines(self) -> str:
        """The finding and the advice as plain text."""
        advice = (f"        {name:<9} {what}" for name, what in self.advice)
        return "\n".join([f"    {self.finding}", *advice])


def read_suspects(
    task_tables: Sequence[Path], verdict_tables: Sequence[Path], names: Mapping[str, Named]
) -> list[Suspect]:
    """The suspects of a build, from the tables of all shards and the names of its skills."""
    skills = {
        row["id"]: row["skills"]
        for path in task_tables
        for row in tables.read_table(path, "task", columns=["id", "skills"])
    }
    rejected = {
        row["id"]: row["reason"]
        for path in verdict_tables
        for row in tables.read_table(path, "verdict", columns=["id", "tier", "reason"])
        if row["tier"] == "rejected"
    }
    return [
        replace(suspect, recipe=names[suspect.skill].recipe) if suspect.skill in names else suspect
        for suspect in find_suspects(skills, rejected)
    ]


def find_suspects(
    skills: Mapping[str, Sequence[str]], rejected: Mapping[str, str]
) -> list[Suspect]:
    """The skills that explain the rejected tasks, the one that explains most first.

    ``skills`` maps a task to its skills, ``rejected`` one to its reason. A task that one suspect
    explains is not held against the other skills in its path.
    """
    uses = Counter(skill for names in skills.values() for skill in names)
    left = {task: skills[task] for task in sorted(rejected) if task in skills}
    found: list[Suspect] = []
    while left and len(found) < _MOST:
        blamed = Counter(skill for names in left.values() for skill in names)
        worst = min(blamed, key=lambda skill: (-blamed[skill] / uses[skill], -blamed[skill], skill))
        if blamed[worst] / uses[worst] < _SHARE:
            break
        its = [task for task, names in left.items() if worst in names]
        found.append(Suspect(worst, blamed[worst], uses[worst], its[0], rejected[its[0]]))
        left = {task: names for task, names in left.items() if worst not in names}
    return sorted(found, key=lambda suspect: (-suspect.rejected, suspect.skill))
