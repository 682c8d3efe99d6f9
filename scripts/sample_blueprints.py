"""Draw the blueprints: paths through the skill graph, each to become a task."""

from collections.abc import Callable
from typing import Any

from shellwright import tables
from shellwright.blueprints.sample import Row, sample
from shellwright.job import Job, log, run
from shellwright.skills.stage import read_libraries
from shellwright.store.stage import ItemFailed
from shellwright.teacher.procedural.compose import compose_blueprint


def shares(length: dict[str, Any]) -> dict[int, float]:
    """Return the share of every number of skills from the configuration's blueprints.length."""
    numbers = range(length["min"], length["max"] + 1)
    weights = length["weights"] or [1.0] * len(numbers)
    return {
        number: float(weight) for number, weight in zip(numbers, weights, strict=True) if weight
    }


def composes(job: Job) -> Callable[[Row], bool]:
    """Return the test that a path stands for its blueprint: content leads through its scenarios.

    A path with a skill that has no recipe cannot be tried out, and passes.
    """
    skills = read_libraries(job.settings["skills"]["sources"], job.project)
    recipes = {name: skill.recipe for name, skill in skills.items() if skill.recipe is not None}

    def test(row: Row) -> bool:
        if any(name not in recipes for name in row["skills"]):
            return True
        try:
            compose_blueprint(row, recipes)
        except ItemFailed:
            return False
        return True

    return test


def main(job: Job) -> None:
    """Read the graph and write all blueprints."""
    settings = job.settings["blueprints"]
    rows = sample(
        tables.read_table(job.input("scenarios"), "scenario"),
        tables.read_table(job.input("transitions"), "transition"),
        tables.read_table(job.input("skills"), "skill"),
        count=settings["count"],
        seed=job.settings["seed"],
        lengths=shares(settings["length"]),
        accept=composes(job),
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
