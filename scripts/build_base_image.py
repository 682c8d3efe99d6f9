"""Get the base image, by its digest from a registry or made from packages, and record it."""

import json

from shellwright.images.base import about_base
from shellwright.images.build import provide_base
from shellwright.images.catalogue import BASE
from shellwright.images.keeping import publish
from shellwright.images.present import workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import connect
from shellwright.store import write_text


def main(job: Job) -> None:
    """Pull or make the image and write its record."""
    shop = workshop(job.config["images"])
    client = connect("get the base image")
    with shop.locked(BASE):
        name = provide_base(client, shop)
        publish(client, name, shop)
    write_text(job.output("record"), json.dumps(about_base(client, name), indent=2) + "\n")


if __name__ == "__main__":
    run(main, globals()["snakemake"])
