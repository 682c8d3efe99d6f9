"""Report what became of the skills of every source, and why."""

from shellwright import tables
from shellwright.job import Job, run
from shellwright.report.skills import skills_report
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the skills and the lists of what was not read, and write the report."""
    refused = {
        path.name.partition(".")[0]: path.read_text(encoding="utf-8").splitlines()
        for path in job.inputs("refused")
    }
    rows = tables.read_table(job.input("skills"), "skill")
    write_text(job.output("page"), skills_report(rows, refused))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
