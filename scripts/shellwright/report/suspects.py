"""Suspects: the skills that rejected tasks have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shellwright import tables

_MOST = 5
#: A skill is suspected when at least this share of its tasks is rejected.
_SHARE = 0.5


@dataclass(frozen=True)
class Suspect:
    """A skill, how many of its tasks were rejected, of how many, and one of them."""

    skill: str
    rejected: int
    tasks: int
    example: str

    def line(self) -> str:
        """What to say of it, and what to do."""
        name = self.skill.rpartition("/")[2]
        return (
            f"    {self.skill}: {self.rejected} of its {self.tasks} tasks rejected; correct its "
            f"recipe.py, then\n        python -m shellwright.check_skill {name}\n"
            f"        results/verified/failures/{self.example} has one of them, with its evidence"
        )


def read_suspects(task_tables: Sequence[Path], verdict_tables: Sequence[Path]) -> list[Suspect]:
    """The suspects of a build, from the tables of all shards."""
    skills = {
        row["id"]: row["skills"]
        for path in task_tables
        for row in tables.read_table(path, "task", columns=["id", "skills"])
    }
    rejected = {
        row["id"]
        for path in verdict_tables
        for row in tables.read_table(path, "verdict", columns=["id", "tier"])
        if row["tier"] == "rejected"
    }
    return find_suspects(skills, rejected)


def find_suspects(skills: Mapping[str, Sequence[str]], rejected: set[str]) -> list[Suspect]:
    """The skills that explain the rejected tasks, the one that explains most first.

    ``skills`` maps a task to its skills. A task that one suspect explains is not held against
    the other skills in its path.
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
        found.append(Suspect(worst, blamed[worst], uses[worst], its[0]))
        left = {task: names for task, names in left.items() if worst not in names}
    return sorted(found, key=lambda suspect: (-suspect.rejected, suspect.skill))
