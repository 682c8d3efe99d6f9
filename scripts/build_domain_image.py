"""Build the image that the tasks of a domain run in, and record what is in it."""

import json

from shellwright.images.build import build_domain
from shellwright.images.present import workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import connect
from shellwright.store import write_text


def main(job: Job) -> None:
    """Build the image and write its record."""
    client = connect("build images")
    record = build_domain(client, job.wildcards.domain, workshop(job.config["images"]))
    write_text(job.output("record"), json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    run(main, globals()["snakemake"])
