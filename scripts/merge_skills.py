"""Merge the skills of all sources into one table; names every skill that is left out."""

from shellwright import tables
from shellwright.errors import UserError
from shellwright.job import Job, log, run
from shellwright.skills.stage import merge


def main(job: Job) -> None:
    """Read the sources' tables and write the library's, with its manifest."""
    rows = merge(
        [tables.read_table(path, "skill") for path in job.inputs("rows")],
        job.settings["skills"]["near_duplicates"],
        log.warning,
    )
    usable = sum(row["status"] == "ok" for row in rows)
    if not usable:
        raise UserError(
            f"skills: {len(rows)} found in skills.sources, none of them usable; expected at least"
            " one. The lines above say what is wrong with each."
        )
    tables.write_table(job.output("rows"), "skill", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("skill", rows, "status"))
    log.info("skills: %d found, %d usable, %d left out", len(rows), usable, len(rows) - usable)


if __name__ == "__main__":
    run(main, globals()["snakemake"])
