"""Export the accepted tasks as a Harbor data set: a folder per task, and what describes them."""

from shellwright.images import catalogue
from shellwright.job import Job, run
from shellwright.tasks.export import export_harbor


def main(job: Job) -> None:
    """Read the tasks, verdicts and images of all shards and write the data set's folder."""
    # Every image after the one that it builds on.
    names = [name for domain in catalogue.domains() for name in catalogue.lineage(domain)]
    export_harbor(
        job.inputs("tasks"),
        job.inputs("verdicts"),
        job.inputs("images"),
        job.output("manifest").parent,
        contexts=[catalogue.FOLDER / name for name in dict.fromkeys(names)],
        base=job.settings["images"]["base"]["reference"],
        sources=job.settings["images"]["base"]["sources"] or [],
        organisation=job.settings["export"]["harbor"]["organisation"],
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
