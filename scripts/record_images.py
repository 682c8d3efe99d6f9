"""Record which images the tasks of one shard need: a row per distinct environment."""

import json

from shellwright import tables
from shellwright.images.stage import image_rows
from shellwright.job import Job, run


def main(job: Job) -> None:
    """Read the shard's tasks and the domains' records, and write the shard's images."""
    tasks = tables.read_table(job.input("tasks"), "task", ["environment_key"])
    keys = {task["environment_key"] for task in tasks} - {None}
    records = [json.loads(path.read_text(encoding="utf-8")) for path in job.inputs("records")]
    rows = image_rows(keys, records)
    tables.write_table(job.output("rows"), "image", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("image", rows, "status"))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
