"""Collect the skills of one source: a row per skill, with the verdict of every filter."""

from shellwright import tables
from shellwright.job import Job, run
from shellwright.skills.library import collect


def main(job: Job) -> None:
    """Read the source's folder and write its table."""
    source = job.params.source
    rows = collect(
        job.project / source["path"],
        source=source["name"],
        licenses=job.settings["skills"]["licenses"],
    )
    tables.write_table(job.output("rows"), "skill", rows)


if __name__ == "__main__":
    run(main, globals()["snakemake"])
