"""Record which images the tasks of one shard need: a row per distinct environment.

The images of the domains are there. Those of environments that tasks bring themselves are built.
"""

import json

from shellwright import tables
from shellwright.images.own import own_record
from shellwright.images.present import workshop
from shellwright.images.stage import image_rows, own_environments, own_records
from shellwright.job import Job, run
from shellwright.sandbox.engine import RESTART_SECONDS, connect


def main(job: Job) -> None:
    """Read the shard's tasks and the domains' records, and write the shard's images."""
    tasks = tables.read_table(job.input("tasks"), "task", ["environment_key"])
    keys = {task["environment_key"] for task in tasks} - {None}
    records = [json.loads(path.read_text(encoding="utf-8")) for path in job.inputs("records")]
    shop = workshop(job.config["images"])
    unknown = keys - {record["key"] for record in records}
    if own := own_environments(job.input("tasks"), unknown, shop):
        client = connect("build the images of tasks", patience=RESTART_SECONDS)
        records += own_records(
            own,
            lambda key, environment: own_record(client, key, environment, shop),
            workers=job.workers,
            label=f"images/{job.shard}",
        )
    rows = image_rows(keys, records)
    tables.write_table(job.output("rows"), "image", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("image", rows, "status"))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
