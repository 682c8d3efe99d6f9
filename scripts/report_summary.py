"""Report what the build came to: a summary for the terminal, and a page to look around in."""

import json

from shellwright.job import Job, run
from shellwright.report.page import write_report


def main(job: Job) -> None:
    """Read the corpus with its statistics and write both."""
    write_report(
        job.input("corpus"),
        job.inputs("tasks"),
        job.inputs("verdicts"),
        job.input("skills"),
        stats=json.loads(job.input("stats").read_text(encoding="utf-8")),
        funnel=json.loads(job.input("funnel").read_text(encoding="utf-8")),
        out=job.output("summary").parent,
        sources=job.settings["skills"]["sources"],
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
