"""Put the tasks of one shard through the gates: a verdict each, with its evidence."""

from pathlib import Path
from typing import Any

from shellwright import tables
from shellwright.digest import digest
from shellwright.images.present import present, workshop
from shellwright.job import MODEL_CALLS, Job, run
from shellwright.sandbox.engine import RESTART_SECONDS, connect
from shellwright.sandbox.reap import reap
from shellwright.store import shard_of
from shellwright.verify.failures import keep_failures
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

FAILURES = Path("results/verified/failures")

Row = dict[str, Any]


def judged(job: Job, tasks: list[Row], verdicts: list[Row]) -> list[Row]:
    """Return the verdicts with the rubric gate, where the configuration asks for a judge."""
    chosen = job.settings["verify"]["rubric"]
    if chosen["judge"] == "none":
        return verdicts
    # The client takes a second to load, and most builds never call a model.
    from shellwright.rubric.stage import Judge, judge_shard
    from shellwright.teacher.openai.client import OpenAIClient
    from shellwright.teacher.openai.settings import read_settings

    settings = read_settings(job.config["verify"]["rubric"]["openai"], "verify.rubric.openai")
    with OpenAIClient(settings, MODEL_CALLS) as client, job.store("rubric") as store:
        return judge_shard(
            tasks,
            verdicts,
            Judge(settings, client, chosen["least_score"]),
            store,
            code=digest(job.params.rubric_code),
            label=f"rubric/{job.shard}",
        )


def main(job: Job) -> None:
    """Read the shard's tasks and images, run the gates and write the verdicts."""
    client = connect("run the gates", patience=RESTART_SECONDS)
    tasks = tables.read_table(job.input("tasks"), "task")
    images = tables.read_table(job.input("images"), "image")
    section = job.config["images"]
    images = present(client, images, workshop(section))
    settings = Settings.of_config(job.settings["verify"])
    with job.store("verified") as store:
        outcome = verify_shard(
            tasks,
            images,
            settings,
            client,
            store,
            code=job.code,
            workers=job.workers,
            label=f"verified/{job.shard}",
            run_id=job.name,
        )
    reap(client)  # what a killed build had asked the engine for may have come since this one began
    rows = judged(job, tasks, outcome.rows)
    bits = job.settings["shards"]["bits"]
    keep_failures(
        FAILURES,
        tasks,
        images,
        settings,
        rows,
        section,
        belongs=lambda id: shard_of(id, bits) == job.shard,
    )
    tables.write_table(job.output("rows"), "verdict", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("verdict", rows, "tier"))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
