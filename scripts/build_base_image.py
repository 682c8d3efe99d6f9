"""Get the base image that every other image stands on, and record what it is."""

import json

from shellwright.images.base import about_base, ensure_base
from shellwright.images.catalogue import BASE
from shellwright.images.present import workshop
from shellwright.job import Job, run
from shellwright.sandbox.engine import connect
from shellwright.store import write_text


def main(job: Job) -> None:
    """Pull or make the image and write its record."""
    shop = workshop(job.config["images"])
    client = connect("get the base image")
    path = shop.log(BASE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        name = ensure_base(client, shop.base, log)
    write_text(job.output("record"), json.dumps(about_base(client, name), indent=2) + "\n")


if __name__ == "__main__":
    run(main, globals()["snakemake"])
