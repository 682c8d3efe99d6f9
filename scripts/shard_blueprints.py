"""Sort the blueprints into shards: a table and a manifest for each, empty ones included."""

from collections import defaultdict
from typing import Any

from shellwright import tables
from shellwright.job import Job, run
from shellwright.store import shard_names, shard_of


def main(job: Job) -> None:
    """Read all blueprints and write them shard by shard."""
    bits = job.settings["shards"]["bits"]
    shards: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tables.read_table(job.input("rows"), "blueprint"):
        shards[shard_of(row["id"], bits)].append(row)
    places = zip(shard_names(bits), job.outputs("rows"), job.outputs("manifests"), strict=True)
    for shard, rows, manifest in places:
        tables.write_table(rows, "blueprint", shards[shard])
        tables.write_manifest(manifest, tables.manifest_of("blueprint", shards[shard]))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
