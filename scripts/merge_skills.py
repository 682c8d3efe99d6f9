"""Merge the skills of all sources into one table."""

import logging

from shellwright import tables
from shellwright.job import Job, run

log = logging.getLogger("shellwright.merge_skills")


def main(job: Job) -> None:
    """Read the sources' tables and write the library's, with its manifest."""
    rows = [row for path in job.inputs("rows") for row in tables.read_table(path, "skill")]
    for row in rows:
        if row["status"] != "ok":
            log.warning("skill %s is %s: %s", row["id"], row["status"], row["reason"])
    tables.write_table(job.output("rows"), "skill", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("skill", rows, "status"))
    usable = sum(row["status"] == "ok" for row in rows)
    log.info("skills: %d read, %d usable, %d left out", len(rows), usable, len(rows) - usable)


if __name__ == "__main__":
    run(main, globals()["snakemake"])
