"""Collect the trajectories of one shard: every attempt of every policy at its verified tasks."""

from shellwright import tables
from shellwright.images.present import present, workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import RESTART_SECONDS, connect
from shellwright.sandbox.reap import reap
from shellwright.trajectories.stage import Settings, collect_shard


def main(job: Job) -> None:
    """Read the shard's tasks, verdicts and images, run the episodes and write the trajectories."""
    chosen = job.settings["trajectories"]
    client = connect("run the agents", patience=RESTART_SECONDS)
    tasks = tables.read_table(job.input("tasks"), "task")
    verdicts = tables.read_table(job.input("verdicts"), "verdict", ["id", "tier"])
    images = tables.read_table(job.input("images"), "image")
    images = present(client, images, workshop(job.config["images"]))
    prompt = job.input("prompt").read_text(encoding="utf-8")
    rows = []
    for policy in chosen["policies"]:
        for attempt in range(chosen["attempts"]):
            # Each attempt has items of its own: the same tasks, once more.
            with job.store(f"trajectories/{policy}-{attempt}") as store:
                outcome = collect_shard(
                    tasks,
                    verdicts,
                    images,
                    prompt_template=prompt,
                    policy=policy,
                    attempt=attempt,
                    settings=Settings.of_config(chosen, job.settings["verify"]),
                    workers=job.workers,
                    code=job.code,
                    client=client,
                    run_id=job.name,
                    store=store,
                    label=f"trajectories/{job.shard} {policy} {attempt}",
                )
            rows += outcome.rows
    reap(client)  # what a killed build had asked the engine for may have come since this one began
    tables.write_table(job.output("rows"), "trajectory", rows)
    tables.write_manifest(job.output("manifest"), tables.manifest_of("trajectory", rows, "cause"))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
