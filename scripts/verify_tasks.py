"""Put the tasks of one shard through the gates: a verdict each, with its evidence."""

from pathlib import Path

from shellwright import tables
from shellwright.images.present import present, workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import RESTART_SECONDS, connect
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

FAILURES = Path("results/verified/failures")


def main(job: Job) -> None:
    """Read the shard's tasks and images, run the gates and write the verdicts."""
    client = connect("run the gates", patience=RESTART_SECONDS)
    images = tables.read_table(job.input("images"), "image")
    with job.store("verified") as store:
        outcome = verify_shard(
            tables.read_table(job.input("tasks"), "task"),
            present(client, images, workshop(job.config["images"])),
            Settings.of_config(job.settings["verify"]),
            client,
            store,
            code=job.code,
            workers=job.workers,
            label=f"verified/{job.shard}",
            run_id=job.name,
            failures=FAILURES,
        )
    tables.write_table(job.output("rows"), "verdict", outcome.rows)
    tables.write_manifest(
        job.output("manifest"), tables.manifest_of("verdict", outcome.rows, "tier")
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
