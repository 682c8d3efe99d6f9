"""Measure how hard the tasks of one shard are: attempts of an agent, in real boxes."""

from collections.abc import Mapping, Sequence
from typing import Any

from shellwright import tables
from shellwright.difficulty.bands import Bands
from shellwright.difficulty.stage import Plan, measure_shard
from shellwright.images.present import present, workshop
from shellwright.job import MODEL_CALLS, Job, run
from shellwright.sandbox.engine import RESTART_SECONDS, connect
from shellwright.teacher.openai.client import OpenAIClient
from shellwright.teacher.openai.settings import read_settings
from shellwright.trajectories.model import ModelAgent, ModelPolicy, prompt_version
from shellwright.trajectories.stage import Settings, collect_shard


def main(job: Job) -> None:
    """Read the shard's tasks, verdicts and images; write their difficulty and the attempts."""
    chosen = job.settings["difficulty"]
    # Answers are asked for one by one, so how many may be bad is no setting of an agent.
    model = read_settings(
        {**job.config["difficulty"]["openai"], "attempts": 1}, "difficulty.openai"
    )
    client = connect("measure the difficulty of tasks", patience=RESTART_SECONDS)
    tasks = tables.read_table(job.input("tasks"), "task")
    verdicts = tables.read_table(job.input("verdicts"), "verdict", ["id", "tier"])
    images = tables.read_table(job.input("images"), "image")
    images = present(client, images, workshop(job.config["images"]))
    prompt = job.input("prompt").read_text(encoding="utf-8")
    settings = Settings.of_config(job.settings["trajectories"], job.settings["verify"])
    policy = ModelPolicy.name

    with OpenAIClient(model, MODEL_CALLS) as asked:
        agent = ModelAgent(asked, model.identity, "difficulty", prompt_version(prompt), model.price)

        def collect(
            some: Sequence[Mapping[str, Any]], attempt: int, again: int
        ) -> list[dict[str, Any]]:
            # Each attempt has items of its own: the same tasks, once more.
            with job.store(f"difficulty/{policy}-{attempt}-{again}") as store:
                return collect_shard(
                    some,
                    verdicts,
                    images,
                    prompt_template=prompt,
                    policy=policy,
                    attempt=attempt,
                    settings=settings,
                    workers=job.workers,
                    code=job.code,
                    client=client,
                    run_id=job.name,
                    store=store,
                    label=f"difficulty/{job.shard} {policy} {attempt}",
                    model=agent,
                    again=again,
                ).rows

        plan = Plan(
            chosen["attempts"],
            chosen["retries"],
            Bands.of_config(chosen["bands"]),
            policy,
            asked.model,
        )
        measured = measure_shard(tasks, verdicts, plan, collect)
    tables.write_table(job.output("rows"), "difficulty", measured.rows)
    tables.write_table(job.output("attempts"), "trajectory", measured.attempts)
    tables.write_manifest(
        job.output("manifest"), tables.manifest_of("difficulty", measured.rows, "band")
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
