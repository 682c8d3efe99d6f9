"""Collect the skills of one source: a row per skill, with the verdict of every filter."""

from shellwright import tables
from shellwright.job import Job, run
from shellwright.skills.stage import collect_library


def main(job: Job) -> None:
    """Read the source's folder and write its table."""
    source = job.params.source
    rows = collect_library(
        source["name"],
        job.project / source["path"],
        {domain: frozenset(packages) for domain, packages in job.params.hosts.items()},
        job.settings["skills"]["licenses"],
    )
    tables.write_table(job.output("rows"), "skill", rows)


if __name__ == "__main__":
    run(main, globals()["snakemake"])
