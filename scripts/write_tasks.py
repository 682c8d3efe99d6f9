"""Write the tasks of one shard: a bundle with all its files for every blueprint."""

from contextlib import ExitStack

from shellwright import tables
from shellwright.job import MODEL_CALLS, Job, run
from shellwright.skills.library import read_libraries
from shellwright.teacher.openai.interface import ModelClient
from shellwright.teacher.openai.settings import Settings, read_settings
from shellwright.teacher.procedural.task import Environment
from shellwright.teacher.stage import write_shard


def rewriter(job: Job, stack: ExitStack) -> tuple[Settings, ModelClient] | None:
    """Return the model that rewrites instructions, where the configuration asks for one."""
    if job.settings["tasks"]["teacher"] == "procedural":
        return None
    # The client takes a second to load, and most builds never call a model.
    from shellwright.teacher.openai.client import OpenAIClient

    settings = read_settings(job.config["tasks"]["openai"])
    return settings, stack.enter_context(OpenAIClient(settings, MODEL_CALLS))


def main(job: Job) -> None:
    """Read the shard's blueprints and write its tasks, with their manifest."""
    with ExitStack() as stack:
        outcome = write_shard(
            tables.read_table(job.input("blueprints"), "blueprint"),
            read_libraries(job.settings["skills"]["sources"], job.project),
            {
                domain: Environment(key, reference)
                for domain, (key, reference) in job.params.environments.items()
            },
            stack.enter_context(job.store("tasks")),
            code=job.code,
            label=f"tasks/{job.shard}",
            rewriter=rewriter(job, stack),
        )
    tables.write_table(job.output("rows"), "task", outcome.rows)
    tables.write_manifest(
        job.output("manifest"), tables.manifest_of("task", outcome.rows, "status")
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
