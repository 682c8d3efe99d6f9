"""Write the corpus in a form that training frameworks read, with its data card."""

import json

from shellwright.job import Job, run
from shellwright.train.messages import write_messages

WRITERS = {"messages": write_messages}


def main(job: Job) -> None:
    """Read the corpus with its statistics and write the train set's folder."""
    WRITERS[job.wildcards.format](
        job.input("corpus"),
        job.output("manifest").parent,
        shard_rows=job.settings["train"]["shard_rows"],
        stats=json.loads(job.input("stats").read_text(encoding="utf-8")),
        funnel=json.loads(job.input("funnel").read_text(encoding="utf-8")),
    )


if __name__ == "__main__":
    run(main, globals()["snakemake"])
