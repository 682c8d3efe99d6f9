"""Report what the blueprints plan to cover beside the baselines, and how many need no model."""

import json

from shellwright import tables
from shellwright.blueprints.coverage import compare
from shellwright.job import Job, log, run
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the blueprints and the graph; write the planned coverage."""
    settings = job.settings
    scenarios = tables.read_table(job.input("scenarios"), "scenario", ["id", "start"])
    generated = {row["id"] for row in scenarios if row["start"]}
    found = compare(
        tables.read_table(job.input("blueprints"), "blueprint"),
        tables.read_table(job.input("transitions"), "transition"),
        settings["seed"],
        generated if settings["blueprints"]["skills"] == "executable" else None,
    )
    write_text(job.output("coverage"), json.dumps(found, indent=2) + "\n")
    log.info(
        "coverage: %d pairs planned; the procedural teacher can write %.1f %% of the blueprints",
        found["blueprints"]["pairs"],
        100 * found["executable_share"],
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
