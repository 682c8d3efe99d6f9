"""Report which pairs of scenario and skill the executed trajectories cover, beside the plans."""

import json

from shellwright import tables
from shellwright.blueprints.coverage import coverage, pairs_of, visits
from shellwright.job import Job, log, run
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the plans and the corpus; write the coverage, and the visits to start from."""
    blueprints = tables.read_table(job.input("blueprints"), "blueprint")
    by_id = {row["id"]: row for row in blueprints}
    rows = tables.read_table(job.input("corpus"), "corpus", ["task_id", "success"])
    executed = [by_id[row["task_id"]] for row in rows if row["success"]]
    found = json.loads(job.input("planned").read_text(encoding="utf-8"))
    found["executed"] = coverage(pairs_of(row) for row in executed)
    write_text(job.output("coverage"), json.dumps(found, indent=2) + "\n")
    write_text(job.output("visits"), json.dumps(visits(executed), indent=2) + "\n")
    log.info(
        "coverage: %d pairs planned, %d of them executed",
        found["blueprints"]["pairs"],
        found["executed"]["pairs"],
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
