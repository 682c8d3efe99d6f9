"""Draw the blueprints: paths through the skill graph, each to become a task."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shellwright import tables
from shellwright.blueprints.sample import Campaign, Row, sample
from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.job import Job, log, run
from shellwright.skills.library import read_libraries
from shellwright.store import ItemStore
from shellwright.store.stage import ItemFailed
from shellwright.teacher.procedural.compose import BROKEN, compose_blueprint

VISITS = ("scenarios", "skills")


def shares(length: dict[str, Any]) -> dict[int, float]:
    """Return the share of every number of skills from the configuration's blueprints.length."""
    numbers = range(length["min"], length["max"] + 1)
    weights = length["weights"] or [1.0] * len(numbers)
    return {
        number: float(weight) for number, weight in zip(numbers, weights, strict=True) if weight
    }


def earlier(path: str | None, project: Path) -> dict[str, dict[str, float]]:
    """Return the visits that blueprints.visits names, of scenarios and of skills, by id.

    Raises UserError where the file is none that a build has counted.
    """
    if path is None:
        return {"scenarios": {}, "skills": {}}
    file = project / path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {name: {id: _count(n) for id, n in found[name].items()} for name in VISITS}
    except OSError as error:
        problem = error.strerror
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
    raise UserError(
        f"{file}: {problem}; expected the visits.json of a build's report. Correct"
        " blueprints.visits, or set it to null."
    )


def _count(value: Any) -> float:
    """Return a number of visits. Raises ValueError for one that is below 0 or no number."""
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{value} visits")
    return number


def composes(job: Job, store: ItemStore) -> Callable[[Row], bool]:
    """Return the test that a path stands for its blueprint: content leads through its scenarios.

    A path that the procedural teacher cannot write cannot be tried out, and passes. What was tried
    before is found in the store: it depends on the path and its skills alone.
    """
    skills = read_libraries(job.settings["skills"]["sources"], job.project)
    recipes = {name: skill.recipe for name, skill in skills.items() if skill.recipe is not None}

    def tried(row: Row) -> dict[str, Any]:
        try:
            compose_blueprint(row, recipes)
        except ItemFailed as failure:
            return {"composes": False, "broken": failure.detail * (failure.reason == BROKEN)}
        return {"composes": True, "broken": ""}

    def test(row: Row) -> bool:
        if not row["executable"]:
            return True
        used = [skills[name].digest if name in skills else None for name in row["skills"]]
        key = digest([row, used, job.code])
        found = store.get(row["id"], key)
        if found is None:
            found = tried(row)
            store.put(row["id"], key, found)
        if found["broken"]:
            log.warning("a path was given up: skill %s", found["broken"])
        return bool(found["composes"])

    return test


def main(job: Job) -> None:
    """Read the graph and write all blueprints."""
    settings = job.settings["blueprints"]
    visits = earlier(settings["visits"], job.project)
    with job.whole_store("blueprints") as store:
        rows = sample(
            tables.read_table(job.input("scenarios"), "scenario"),
            tables.read_table(job.input("transitions"), "transition"),
            tables.read_table(job.input("skills"), "skill"),
            Campaign(
                count=settings["count"],
                seed=job.settings["seed"],
                lengths=shares(settings["length"]),
                executable_only=settings["skills"] == "executable",
                branching=settings["branching"],
                scenario_visits=visits["scenarios"],
                skill_visits=visits["skills"],
            ),
            composes(job, store),
        )
    tables.write_table(job.output("rows"), "blueprint", rows)
    if len(rows) < settings["count"]:
        log.warning(
            "blueprints: %d drawn, blueprints.count asks for %d: the graph has no more new sets of"
            " skills of the lengths allowed",
            len(rows),
            settings["count"],
        )
    log.info("blueprints: %d drawn", len(rows))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
