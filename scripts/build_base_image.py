"""Get the base image, by its digest from a registry or made from packages, and record it."""

import json

from shellwright.images.base import about_base
from shellwright.images.build import build_base
from shellwright.images.present import workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import connect
from shellwright.store import write_text


def main(job: Job) -> None:
    """Pull or make the image and write its record."""
    client = connect("get the base image")
    name = build_base(client, workshop(job.config["images"]))
    write_text(job.output("record"), json.dumps(about_base(client, name), indent=2) + "\n")


if __name__ == "__main__":
    run(main, globals()["snakemake"])
