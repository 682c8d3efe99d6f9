"""Count what the library and the verified tasks consist of, beside TermiGen's figures."""

from shellwright import tables
from shellwright.job import Job, run
from shellwright.report.census import VERDICT, census, task_facts, tool_groups
from shellwright.report.census_page import as_json, census_page
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the skills, the tasks and their verdicts, and write the census."""
    found = census(
        tables.read_table(job.input("skills"), "skill"),
        [fact for table in job.inputs("tasks") for fact in task_facts(table)],
        (
            row
            for table in job.inputs("verdicts")
            for row in tables.read_table(table, "verdict", VERDICT)
        ),
        tool_groups(job.project / "resources" / "tools.yaml"),
    )
    write_text(job.output("census"), as_json(found))
    write_text(job.output("page"), census_page(found))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
